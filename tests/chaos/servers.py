"""Owns what the suite stands on: Postgres with a standby, Redis, proxies whose lines can be slowed or cut, cables. Never the suite."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from suite import free_port, run

BY_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


def words(command):
    return [str(part) for part in command]


class Postgres:
    """A primary, and its standby when there is one. Everything is in `folder`."""

    def __init__(self, folder, primary="primary"):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        self.bin = Path(found[-1]) if found else Path(shutil.which("pg_ctl") or sys.exit("Postgres is not installed")).parent
        # Postgres refuses to run as root: there it runs as the user that its package made.
        self.user = BY_POSTGRES if os.getuid() == 0 else []
        folder.mkdir(exist_ok=True)
        if self.user:
            shutil.chown(folder, "postgres")
        self.folder, self.primary, self.ports = folder, primary, {}

    @property
    def port(self):
        return self.ports[self.primary]

    def url(self, port=None):
        return f"postgres://tester@127.0.0.1:{port or self.port}/postgres"

    def call(self, name, *arguments):
        return run(*self.user, self.bin / name, *arguments, stdin=subprocess.DEVNULL)

    def start(self, which=None):
        which = which or self.primary
        port = self.ports.setdefault(which, free_port())
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c max_connections=400"
        command = [*self.user, self.bin / "pg_ctl", "-D", self.folder / which, "-w", "-l", self.folder / f"{which}.log", "-o", options, "start"]
        # Its output stays open as long as the server runs, so nobody may wait for it to end.
        subprocess.run(words(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def see_to(self):
        """Starts the primary if it has ended by itself, until it answers."""
        end = time.monotonic() + 60
        while subprocess.run(words([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port])).returncode:
            if time.monotonic() > end:
                sys.exit("Postgres does not come back")
            status = words([*self.user, self.bin / "pg_ctl", "-D", self.folder / self.primary, "status"])
            if subprocess.run(status, capture_output=True).returncode:
                self.start()
            time.sleep(0.2)

    def begin(self):
        self.call("initdb", "-D", self.folder / self.primary, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    def follow(self, standby):
        """Makes a standby that every commit waits for."""
        place = self.folder / standby
        self.call("pg_basebackup", "-h", "127.0.0.1", "-p", self.port, "-U", "tester", "-D", place, "-R", "-X", "stream")
        self.start(standby)
        ask = lambda *said: run("psql", "-qXAt", *[part for one in said for part in ("-c", one)], self.url())
        ask("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        end = time.monotonic() + 30
        while "sync" not in ask("SELECT sync_state FROM pg_stat_replication"):
            if time.monotonic() > end:
                sys.exit("the standby does not follow")
            time.sleep(0.1)

    def promote(self, standby):
        """The standby is the primary from now on, and waits for nobody."""
        self.call("pg_ctl", "-D", self.folder / standby, "-w", "promote")
        self.primary = standby
        run("psql", "-qX", "-c", "ALTER SYSTEM RESET synchronous_standby_names", "-c", "SELECT pg_reload_conf()", self.url())

    def kill(self):
        """Kills the primary and what it started, as the loss of its machine would."""
        parent = int((self.folder / self.primary / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for pid in [parent, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while Path(f"/proc/{parent}").exists() and "State:\tZ" not in Path(f"/proc/{parent}/status").read_text():
            time.sleep(0.02)

    def stop(self, which):
        """Ends one of them at once."""
        subprocess.run(words([*self.user, self.bin / "pg_ctl", "-D", self.folder / which, "-m", "immediate", "stop"]), capture_output=True)

    def end(self):
        for which in self.ports:
            self.stop(which)


class Redis:
    """A server that keeps nothing."""

    def __init__(self, folder):
        self.folder, self.port, self.child = folder, free_port(), None
        if not shutil.which("redis-server"):
            sys.exit("redis-server is not installed: apt-get install redis-server")
        folder.mkdir(exist_ok=True)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def begin(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def end(self):
        if self.child and self.child.poll() is None:
            self.kill()


class Lines:
    """Proxies, all in one process of their own (line.py). Each has a name and leads to a port of this machine."""

    def __init__(self):
        command = [sys.executable, str(Path(__file__).with_name("line.py"))]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, **said):
        self.child.stdin.write(json.dumps(said) + "\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def lay(self, name, port, host="127.0.0.1"):
        """The port of a new line, which is open on this address."""
        return self.say(do="lay", line=name, port=port, host=host)["port"]

    def lead(self, name, port):
        """Leads a line elsewhere and closes what is open on it."""
        self.say(do="lead", line=name, port=port)

    def silence(self, name, silent):
        """Nothing passes, in either direction, and nobody is told: neither by an end nor by a refusal."""
        self.say(do="silence", line=name, silent=silent)

    def slow(self, name, seconds):
        """What passes, passes so much later, in each direction."""
        self.say(do="slow", line=name, seconds=seconds)

    def end(self):
        self.child.kill()
        self.child.wait()


class Cable:
    """A network of its own for one process, with a cable to this machine that can be pulled out. What listens on loopback here is found
    through lines at this end of the cable. Needs root. Errors: PermissionError where networks cannot be made."""

    def __init__(self, lines, number):
        self.lines, self.name, self.found = lines, f"chaos-{os.getpid()}-{number}", {}
        # A block for tests of networks (RFC 2544), so that nothing else is hidden.
        self.here, self.there = f"198.18.{number}.1", f"198.18.{number}.2"
        near = f"cs{os.getpid()}-{number}"
        self.enter = ["ip", "netns", "exec", self.name]
        inside = ["ip", "-n", self.name]
        for command in (
            ["ip", "netns", "add", self.name],
            ["ip", "link", "add", near, "type", "veth", "peer", "name", "cable", "netns", self.name],
            ["ip", "addr", "add", f"{self.here}/30", "dev", near],
            ["ip", "link", "set", near, "up"],
            [*inside, "link", "set", "lo", "up"],
            [*inside, "addr", "add", f"{self.there}/30", "dev", "cable"],
            [*inside, "link", "set", "cable", "up"],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                self.end()
                raise PermissionError(f"no network can be made here: {done.stderr.strip()}")

    def through(self, settings):
        """The settings with addresses on loopback as they are reached from the other end."""
        at = lambda found: f"{self.here}:{self.line_to(int(found[1]))}"
        return {key: re.sub(r"127\.0\.0\.1:(\d+)", at, value) if isinstance(value, str) else value for key, value in settings.items()}

    def line_to(self, port):
        if port not in self.found:
            self.found[port] = self.lines.lay(f"{self.name} {port}", port, self.here)
        return self.found[port]

    def pull(self, out):
        """While it is out packets are lost, in both directions, and nobody is told."""
        run("ip", "-n", self.name, "link", "set", "cable", "down" if out else "up")

    def end(self):
        # With the network its end of the cable goes, and with that the other.
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
