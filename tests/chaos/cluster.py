"""Owns a suite with roles apart and replicas of each, which are started, killed and watched over. Never load, and never a fault."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from suite import ROLES, Refused, arguments, free_port, program

# Who follows another role starts after it; while rolling, the front comes last.
ORDER = ["metrics", "discovery", "scoring", "campaign", "gateway"]


class Replica:
    """One process of one role. Its data folder, port and log stay when it is started again."""

    def __init__(self, role, number, folder, roles=None):
        self.role, self.name, self.roles = role, f"{role}-{number}", roles or [role]
        self.port, self.admin = free_port(), free_port()
        # Where peers find it: itself, or a line that leads to it; and its own network, if it has one.
        self.host, self.shown, self.cable = "127.0.0.1", self.port, None
        self.data, self.log = folder / self.name, folder / f"{self.name}.log"
        self.child, self.wanted, self.program, self.environment = None, False, None, {}

    @property
    def runs(self):
        return self.child is not None and self.child.poll() is None

    def start(self, settings):
        own = {"node.data_dir": self.data, f"{self.role}.listen": f"{self.host}:{self.port}", "admin.listen": f"{self.host}:{self.admin}"}
        given, enter = (self.cable.through(settings), self.cable.enter) if self.cable else (settings, [])
        command = [*enter, self.program or program(), "serve", "--roles", ",".join(self.roles), *arguments(given | own)]
        with self.log.open("a") as log:
            self.child = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | self.environment)
        self.wanted = True

    def page(self, path):
        """A page of its admin. Errors: Refused."""
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.admin}{path}", timeout=5) as answer:
                return answer.read().decode()
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise Refused(f"{self.name}{path}: {error}") from None

    def wait(self, seconds=60):
        """Until it says that it is ready. Errors: Refused."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.page("/readyz")
            except Refused as error:
                if time.monotonic() > end or not self.runs:
                    raise Refused(f"{error}\n{self.log.read_text()[-3000:]}") from None
            time.sleep(0.05)

    def kill(self):
        self.wanted = False
        self.child.kill()
        self.child.wait()

    def stop(self, seconds=60):
        """Asks it to end. Answers with how long that took. Errors: Refused when it does not end well."""
        self.wanted, begun = False, time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=seconds)
        if code:
            raise Refused(f"{self.name} ended with {code} after SIGTERM:\n{self.log.read_text()[-3000:]}")
        return time.monotonic() - begun


class Cluster:
    """All roles, `count` replicas of each. `place(replica)` says where peers find it. With `together` every process has all of these roles."""

    def __init__(self, folder, settings, count=2, place=None, roles=ORDER, together=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = dict(settings)
        self.replicas = [Replica(role, number + 1, folder, together) for role in roles for number in range(count)]
        for replica in self.replicas:
            if place:
                place(replica)
        for role in ROLES:
            if role != "gateway" and not together:
                self.settings[f"peers.{role}"] = ",".join(f"http://{one.host}:{one.shown}" for one in self.of(role))
        # What ended by itself: a process that dies of what happens around it is a finding.
        self.ended, self.watching = [], threading.Event()

    def of(self, role):
        return [one for one in self.replicas if one.role == role]

    def start(self, replica, wait=True):
        replica.start(self.settings)
        if wait:
            replica.wait()

    def begin(self):
        for replica in self.replicas:
            self.start(replica, wait=False)
        for replica in self.replicas:
            replica.wait()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def watch(self):
        """Starts again what ends, after a second, as systemd, compose and Kubernetes do."""
        while not self.watching.wait(0.2):
            for replica in self.replicas:
                if replica.wanted and not replica.runs:
                    self.ended.append(replica.name)
                    time.sleep(1)
                    if replica.wanted and not self.watching.is_set():
                        replica.start(self.settings)

    def targets(self):
        """What a client of gRPC connects to: every gateway."""
        return [f"127.0.0.1:{one.port}" for one in self.of("gateway")]

    def ask(self, method, path, body=None):
        """What a gateway answers in JSON. Errors: Refused."""
        told = "nobody answers"
        for target in self.targets():
            request = urllib.request.Request(f"http://{target}{path}", method=method, headers={"content-type": "application/json"})
            request.data = None if body is None else json.dumps(body).encode()
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                told = f"{method} {path}: {error.code} {error.read().decode()[:400]}"
            except (OSError, ValueError) as error:
                told = f"{method} {path}: {error}"
        raise Refused(told)

    def patiently(self, method, path, body=None, seconds=60):
        """What a gateway answers once it does. Errors: Refused."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.ask(method, path, body)
            except Refused:
                if time.monotonic() > end:
                    raise
            time.sleep(0.2)

    def stop(self):
        """Asks every process to end. Errors: Refused when one does not end well."""
        self.watching.set()
        running = [one for one in self.replicas if one.runs]
        for replica in running:
            replica.wanted = False
            replica.child.send_signal(signal.SIGTERM)
        for replica in running:
            replica.stop()

    def end(self):
        """Ends what still runs, whatever it says."""
        self.watching.set()
        for replica in self.replicas:
            replica.wanted = False
            if replica.runs:
                replica.child.kill()
                replica.child.wait()
