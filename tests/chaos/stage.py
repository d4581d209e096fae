"""Owns what faults happen to: a suite with replicas, its servers, the lines between them, a load; and what a fault did to calls. Never a fault."""

import collections
import secrets
import statistics
import subprocess
import sys
import time
from pathlib import Path

from cluster import Cluster
from load import DEADLINE, RETRIABLE, Load
from servers import Cable, Lines, Postgres, Redis
from suite import ROLES, Refused, redis_settings

# How long no call may fail until a suite is called calm, and how long that may take.
CALM, PATIENCE = 3, 90
# Who is reached through a line that can be cut, and who is alone at the end of a cable.
CABLES = ("metrics-1", "discovery-1")
CUT = ("metrics-1", "discovery-1", "scoring-1", "campaign-1")


class Stage:
    """Everything, on free ports, in `folder`. With `lines` some roles are reached through lines that can be cut; with `cables` some are
    in networks of their own, and need root; `disk` puts Postgres' and
    one index's files on small disks and needs root; `embedded` is one process with all roles on SQLite, all its files on a small disk.
    `direct`: Postgres is reached without a line, for measurements. `few`: as Load has it."""

    def __init__(self, folder, count=2, watchers=200, lines=False, cables=False, disk=False, embedded=False, direct=False, environment=None, pace=1.0, settings=None, few=0):
        folder.chmod(0o755)
        self.folder, self.disks, self.cables, self.cabled = folder, [], [], CABLES if cables else ()
        self.postgres, self.redis, self.lines, self.load, self.cluster = None, Redis(folder / "redis"), Lines(), None, None
        self.count, self.watchers, self.cut, self.disk, self.environment, self.pace = count, watchers, CUT if lines else (), disk, environment or {}, pace
        self.settings, self.embedded, self.direct, self.few = settings or {}, embedded, direct, few

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for part in (self.cluster, self.lines, self.postgres, self.redis):
            if part:
                part.end()
        for cable in self.cables:
            cable.end()
        for disk in self.disks:
            subprocess.run(["umount", "-l", str(disk)], check=False)

    def begin(self):
        self.cluster = self.process() if self.embedded else self.apart()
        for replica in self.cluster.replicas:
            replica.environment = self.environment
        self.cluster.begin()
        self.cluster.patiently("GET", "/v1/creators:distribution")
        self.load = Load(self.cluster.targets(), self.watchers, pace=self.pace, few=self.few)
        self.load.begin()
        end = time.monotonic() + PATIENCE
        while not self.load.written.complete or any(len(one.seen) < len(one.names) for one in self.load.open):
            if time.monotonic() > end:
                raise Refused(f"the load does not begin: {collections.Counter((call.kind, call.code, call.told) for call in self.load.calls).most_common(5)}")
            time.sleep(0.2)
        time.sleep(5)

    def process(self):
        self.small_disk(self.folder / "data" / "gateway-1", 128)
        return Cluster(self.folder / "data", self.settings, 1, roles=["gateway"], together=ROLES)

    def apart(self):
        if self.disk:
            self.small_disk(self.folder / "postgres", 700)
            self.small_disk(self.folder / "data" / "discovery-1", 64)
        self.postgres = Postgres(self.folder / "postgres")
        self.postgres.begin()
        self.redis.begin()
        port = self.postgres.port if self.direct else self.lines.lay("postgres", self.postgres.port)
        # deploy/ has 5 s and more; one is enough for peers to learn that an address does not serve any more, and none is not.
        settings = {"node.drain_seconds": 1, "database.url": self.postgres.url(port), "identity.secret": secrets.token_hex(32), **redis_settings(self.redis), **self.settings}
        return Cluster(self.folder / "data", settings, self.count, self.place)

    def place(self, replica):
        """Says where peers find it."""
        if replica.name in self.cut:
            replica.shown = self.lines.lay(replica.name, replica.port)
        elif replica.name in self.cabled:
            self.cables.append(Cable(self.lines, len(self.cables)))
            replica.cable, replica.host = self.cables[-1], self.cables[-1].there

    def small_disk(self, place, mebibytes):
        """Mounts a disk of this size. Errors: Refused where that is not allowed."""
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(place)], capture_output=True, text=True)
        if done.returncode:
            raise PermissionError(f"no disk can be mounted here: {done.stderr.strip()}")
        self.disks.append(place)

    def replica(self, name):
        return next(one for one in self.cluster.replicas if one.name == name)

    def calm(self):
        """Waits until no call has failed for a while. Answers with when the last one failed. Errors: Refused."""
        end = time.monotonic() + PATIENCE
        while True:
            failed = [call.begun + call.took for call in self.load.calls[-20000:] if call.code != "OK"]
            now = time.monotonic()
            last = max(failed, default=0.0)
            if now - last > CALM and any(call.begun > now - CALM for call in self.load.calls[-500:]):
                return last
            if now > end:
                told = collections.Counter((call.code, call.told) for call in self.load.calls[-300:] if call.code != "OK")
                raise Refused(f"calls still fail after {PATIENCE} s: {told.most_common(5)}")
            time.sleep(0.1)


def quantile(took, share):
    return statistics.quantiles(took, n=100)[round(share * 100) - 1] if len(took) > 10 else float("nan")


def p99(calls):
    return quantile([call.took for call in calls if call.kind == "read" and call.code == "OK"], 0.99)


class Trial:
    """One fault and what came of it."""

    def __init__(self, stage, name, fault, none_fails=False, slower=None):
        self.stage, self.name, self.fault, self.none_fails, self.slower = stage, name, fault, none_fails, slower

    def run(self):
        stage = self.stage
        stage.calm()
        usual = p99([call for call in stage.load.calls if call.begun > time.monotonic() - 10])
        ended, begun = len(stage.cluster.ended), time.monotonic()
        self.note = self.fault(stage) or ""
        remedied = time.monotonic()
        last = stage.calm()
        while time.monotonic() < remedied + CALM:
            time.sleep(0.1)
        calls = [call for call in stage.load.calls if call.begun + call.took >= begun]
        failed = [call for call in calls if call.code != "OK"]
        self.codes = collections.Counter(call.code for call in failed)
        self.calls, self.longest = len(calls), max((call.took for call in failed), default=0.0)
        first = min((call.begun + call.took for call in failed), default=begun)
        self.failing, self.after = max(0.0, last - first) if failed else 0.0, max(0.0, last - remedied) if failed else 0.0
        during = [call for call in calls if call.begun < remedied]
        self.slow = (usual, p99(during))
        self.streams = collections.Counter(code for when, _, code, _ in stage.load.resumed if when >= begun)
        self.ended = stage.cluster.ended[ended:]
        self.told = collections.Counter((call.code not in RETRIABLE, call.code, call.told) for call in failed)
        self.clock = {call.told: time.strftime("%H:%M:%S", time.gmtime(time.time() - time.monotonic() + call.begun + call.took)) for call in reversed(failed)}
        return self.wrong()

    def wrong(self):
        """What is not as it must be."""
        told = [f"calls failed with {code}" for code in self.codes if code not in RETRIABLE]
        told += [f"a call failed after {self.longest:.1f} s only"] if self.longest > DEADLINE + 1 else []
        told += [f"streams ended with {code}" for code in self.streams if code not in RETRIABLE | {"SILENT"}]
        told += [f"ended by itself: {', '.join(self.ended)}"] if self.ended else []
        told += ["calls failed"] if self.none_fails and self.codes else []
        usual, during = self.slow
        # Below 20 ms it is the machine that is measured.
        told += [f"p99 of reads {during * 1000:.0f} ms, usually {usual * 1000:.0f}"] if self.slower and during > max(self.slower * usual, 0.02) else []
        return [f"{self.name}: {one}" for one in told] + ([f"  {count} x {code} {what}, first at {self.clock[what]}" for (_, code, what), count in sorted(self.told.items(), reverse=True)[:10]] if told else [])

    HEAD = ("| fault | calls | failed, by code | longest failed call, s | failing for, s | after the remedy, s | p99 of reads before, during, ms | streams that went on | note |\n"
            "|---|--:|---|--:|--:|--:|--:|---|---|")

    def row(self):
        listed = lambda counter: ", ".join(f"{count} {code}" for code, count in counter.most_common()) or "none"
        usual, during = (1000 * one for one in self.slow)
        return (f"| {self.name} | {self.calls} | {listed(self.codes)} | {self.longest:.2f} | {self.failing:.1f} | {self.after:.1f} | {usual:.0f}, {during:.0f} "
                f"| {listed(self.streams)} | {self.note} |")


def skip(what, why):
    print(f"SKIPPED {what}: {why}", file=sys.stderr, flush=True)
