"""Starts what the load and abuse figures are taken of, each process in a folder of its own on free ports, and stops it by its id."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

METHOD = "/creatorscope.discovery.v1.DiscoveryService/GetCreator"
CREATOR = "creators/tiktok:mara.bakes"
PROFILE = {
    "name": CREATOR, "displayName": "Mara Bakes", "handle": "mara.bakes", "bio": "Bread, cakes and calm", "country": "DE", "languages": ["de"],
    "niches": ["baking"], "hashtags": ["sourdough", "cake"], "source": "SOURCE_GIVEN", "observeTime": "2026-03-01T00:00:00Z",
}
ROLES = ("discovery", "metrics", "scoring", "campaign")
PATIENCE = 60
TICK = os.sysconf("SC_CLK_TCK")


def framed(name=CREATOR):
    """The request as gRPC sends it: no compression, four bytes of length, field 1."""
    message = bytes([10, len(name)]) + name.encode()
    return b"\0" + len(message).to_bytes(4, "big") + message


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def usage(pids):
    """Processor seconds that the processes have used, and the memory that they hold, in MiB."""
    seconds = memory = 0.0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        seconds += (int(fields[11]) + int(fields[12])) / TICK
        status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
        memory += int(status["VmRSS"].split()[0]) / 1024
    return seconds, memory


class Process:
    """One process and its children."""

    def __init__(self, name, command, folder):
        self.name, self.log = name, open(os.path.join(folder, f"{name}.log"), "a+")
        self.out = os.path.join(folder, f"{name}.out")
        self.child = subprocess.Popen(command, stdout=open(self.out, "w"), stderr=self.log, stdin=subprocess.DEVNULL)

    def fail(self, why):
        self.log.seek(0)
        sys.exit(f"{self.name} {why}:\n{self.log.read()}")

    def address(self, role):
        """Where a role listens, once it says so."""
        for _ in range(PATIENCE * 10):
            for line in open(self.out):
                if line.startswith(f"{role} is listening on "):
                    return line.split()[-1]
            if self.child.poll() is not None:
                break
            time.sleep(0.1)
        self.fail("did not start")

    def pids(self):
        children = open(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read().split()
        return [self.child.pid, *map(int, children)]

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Machine:
    """The processes of one measurement."""

    def __init__(self, program, settings=()):
        self.program, self.folder, self.processes = os.path.abspath(program), tempfile.TemporaryDirectory(), []
        self.secret, self.settings = secrets.token_hex(32), [part for one in settings for part in ("--set", one)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()
        self.folder.cleanup()

    def start(self, name, command):
        self.processes.append(Process(name, command, self.folder.name))
        return self.processes[-1]

    def serve(self, name, roles, settings, extra=()):
        folder = os.path.join(self.folder.name, f"{name}-files")
        settings = [part for one in [f"identity.secret={self.secret}", *settings] for part in ("--set", one)]
        self.options = ["--data-dir", folder, *settings, *extra]
        return self.start(name, [self.program, "serve", "--roles", ",".join(roles), *self.options])

    def key(self, options, tenant="default"):
        """A key that may do everything, for a gateway that runs with these options."""
        made = subprocess.run([self.program, "key", "create", *options, "--name", "load", "--scopes", "*", "--expires", "1d", "--tenant", tenant,
                               "--json"], check=True, capture_output=True, text=True)
        return json.loads(made.stdout)["key"]

    def apart(self):
        """The roles in a process, the gateway in another. Answers with both, the addresses of discovery and gateway, and a key."""
        roles = self.serve("roles", ROLES, [f"{role}.listen=127.0.0.1:0" for role in ROLES])
        addresses = {role: roles.address(role) for role in ROLES}
        peers = [f"peers.{role}=http://{address}" for role, address in addresses.items()]
        gateway = self.serve("gateway", ["gateway"], ["gateway.listen=127.0.0.1:0", "gateway.auth=keys", *peers], self.settings)
        key, address = self.key(self.options), gateway.address("gateway")
        pour_in(address, key)
        return roles, gateway, addresses["discovery"], address, key

    def together(self):
        """Everything in one process. Answers with it, its address and a key."""
        suite = self.serve("suite", [*ROLES, "gateway"], ["gateway.listen=127.0.0.1:0", "gateway.auth=keys"], self.settings)
        key, address = self.key(self.options), suite.address("gateway")
        pour_in(address, key)
        return suite, address, key

    def identity(self):
        """What a gateway would show a role, good for a minute; see services/kit/src/caller.rs."""
        plain = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        caller = {"tenant": "default", "key": "load", "scopes": ["*"], "request_id": "", "expires": int(time.time()) + 60}
        said = plain(json.dumps(caller).encode())
        return f"{said}.{plain(hmac.digest(self.secret.encode(), f'creatorscope identity 1:{said}'.encode(), hashlib.sha256))}"


def pour_in(address, key):
    request = urllib.request.Request(f"http://{address}/v1/creators:ingest", json.dumps({"creators": [PROFILE]}).encode(),
                                     {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"})
    answer = urllib.request.urlopen(request, timeout=PATIENCE).read().decode()
    assert "OUTCOME_CREATED" in answer, answer


def machine_line():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown processor")
    return f"{os.cpu_count()} cores ({model}), load average at the start {os.getloadavg()[0]:.1f}"
