"""Owns running suites for scripts: one process with all roles, or one for each role, on free ports. Never what a script checks."""

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROLES = ["metrics", "discovery", "scoring", "campaign", "gateway"]
# One cheap question to each service: a suite is up when all are answered.
PROBES = ["/v1/metricDefinitions", "/v1/creators:distribution", "/v1/scoreDefinitions", "/v1/disclosureRules"]

GIVEN = set()


class Refused(Exception):
    """A call that was not answered as asked; `code` is that of HTTP, 0 when nothing answered."""

    def __init__(self, told, code=0):
        super().__init__(told)
        self.code = code


def program():
    """The program: CREATORSCOPE_BIN, else what cargo built last."""
    named = os.environ.get("CREATORSCOPE_BIN")
    built = [Path(named)] if named else [ROOT / "target" / kind / "creatorscope" for kind in ("release", "debug")]
    there = [path for path in built if path.exists()]
    if there:
        return str(max(there, key=lambda path: path.stat().st_mtime))
    sys.exit(f"no program at {' or '.join(map(str, built))}: run `cargo build --release`, or say CREATORSCOPE_BIN")


def with_grpc():
    """Goes on as a Python that has grpcio, in an environment that is made when it is missing."""
    packages = ["grpcio==1.85.1", "grpcio-reflection==1.85.1", "grpcio-status==1.85.1"]
    cache = Path(os.environ.get("CACHE", ROOT / "target" / "clients")) / "grpcio"
    python = cache / "bin" / "python"
    if Path(sys.prefix) == cache.resolve():
        return
    if not (cache / ".complete").exists():
        run(sys.executable, "-m", "venv", "--clear", cache)
        run(python, "-m", "pip", "-q", "install", *packages)
        (cache / ".complete").touch()
    os.execv(python, [str(python), *sys.argv])


def run(*command, **more):
    """What a command prints; ends this script when it fails."""
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def arguments(settings):
    """Settings as `--set` arguments."""
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


def free_port():
    """A port that nobody listens on and that the kernel gives to no connection, so that it stays free until it is taken."""
    range_of_kernel = Path("/proc/sys/net/ipv4/ip_local_port_range")
    least = int(range_of_kernel.read_text().split()[0]) if range_of_kernel.exists() else 32768
    while True:
        port = random.randrange(10_000, least)
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in GIVEN:
            GIVEN.add(port)
            return port


def redis_settings(redis):
    """What leads the program to Redis, as far as it knows Redis."""
    own = {"redis.url": redis.url}
    checked = subprocess.run([program(), "config", "check", *arguments(own | {"cache.backend": "redis"})], capture_output=True)
    return own | ({} if checked.returncode else {"cache.backend": "redis"})


class Suite:
    """A suite in `folder`, asked with `key`. Each role that is apart has a data folder of its own."""

    def __init__(self, folder, settings, apart=False, key=""):
        self.folder, self.settings, self.apart, self.key = Path(folder), settings, apart, key
        self.base, self.ports, self.processes, self.logs = "", {}, {}, []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()
        for log in self.logs:
            log.close()

    def start(self):
        self.ports = {role: free_port() for role in ROLES}
        self.base = f"http://127.0.0.1:{self.ports['gateway']}"
        self.folder.mkdir(parents=True, exist_ok=True)
        for roles in [[role] for role in ROLES] if self.apart else [ROLES]:
            self.spawn(roles)
        self.wait()

    def data_of(self, role):
        """The data folder of the process of a role."""
        return self.folder / role if self.apart else self.folder

    def spawn(self, roles):
        """Starts one process, on the ports that its roles had before."""
        settings = dict(self.settings) | {"node.data_dir": self.data_of(roles[0])}
        if self.apart:
            settings |= {f"peers.{role}": f"http://127.0.0.1:{port}" for role, port in self.ports.items() if role != "gateway"}
            settings |= {f"{roles[0]}.listen": f"127.0.0.1:{self.ports[roles[0]]}"}
        else:
            settings["gateway.listen"] = f"127.0.0.1:{self.ports['gateway']}"
        log = self.log_of(roles[0]).open("a")
        self.logs.append(log)
        command = [program(), "serve", "--roles", ",".join(roles), *arguments(settings)]
        self.processes[roles[0]] = subprocess.Popen(command, stdout=log, stderr=log)

    def log_of(self, role):
        return Path(f"{self.folder}-{role}.log")

    def restart(self, role, before_start=None):
        """Stops the process of a role and starts it with the settings as they are now. Errors: Refused when it does not end well."""
        process = self.processes.pop(role)
        process.terminate()
        if code := process.wait(timeout=60):
            raise Refused(f"{role} ended with {code} after SIGTERM")
        if before_start:
            before_start()
        self.spawn([role])
        self.wait()

    def wait(self, seconds=120):
        """Until every service answers through the gateway."""
        end, missing = time.monotonic() + seconds, "nobody answers"
        while time.monotonic() < end and all(process.poll() is None for process in self.processes.values()):
            try:
                for probe in PROBES:
                    self.ask("GET", probe)
                return
            except Refused as error:
                missing = str(error)
            time.sleep(0.2)
        told = "".join(Path(log.name).read_text()[-3000:] for log in self.logs)
        raise Refused(f"the suite did not come up ({missing}):\n{told}")

    def ask(self, method, path, body=None, headers=None):
        """The answer: JSON, or for a stream the list of its lines. A list as body is a stream too. Errors: Refused."""
        request = urllib.request.Request(self.base + path, method=method, headers=headers or {})
        if self.key:
            request.add_header("authorization", f"Bearer {self.key}")
        if body is not None:
            stream = isinstance(body, list)
            request.add_header("content-type", "application/x-ndjson" if stream else "application/json")
            request.data = "\n".join(map(json.dumps, body if stream else [body])).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                lines = answer.read().decode().splitlines()
                stream = "ndjson" in answer.headers.get("content-type", "")
                return [json.loads(line) for line in lines] if stream else json.loads("\n".join(lines))
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path}: {error.code} {error.read().decode()[:600]}", error.code) from None
        except (OSError, ValueError) as error:
            raise Refused(f"{method} {path}: {error}") from None

    def stop(self):
        """Asks every process to end and waits. Errors: Refused when one does not end well."""
        for process in self.processes.values():
            process.terminate()
        codes = {name: process.wait(timeout=60) for name, process in self.processes.items()}
        self.processes = {}
        if any(codes.values()):
            raise Refused(f"processes ended with {codes} after SIGTERM")

    def wait_for_creators(self, count, seconds=300):
        """Until a search finds so many: indexes are built after the start. Errors: Refused."""
        end, found = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            found = int(self.ask("POST", "/v1/creators:search", {"pageSize": 1}).get("totalSize", 0))
            if found >= count:
                return
            time.sleep(0.5)
        raise Refused(f"only {found} of {count} creators are found after {seconds} s")
