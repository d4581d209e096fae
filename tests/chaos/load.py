"""Owns a steady load through the gateways and what came of every call: reads, writes of known values, watchers. Never a fault, never a verdict."""

import asyncio
import collections
import json
import random
import threading
import time

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from watchers import Watcher, code_of

# What a client may repeat: the contract says so of the first two, the others of a call whose end nobody saw.
RETRIABLE = {"UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED"}
DEADLINE = 5.0
LIVE = 100
# Calls a second of readers; each writer makes three calls a turn.
READS, WRITERS, TURNS = 60, 4, 10
DISCOVERY, METRICS = "creatorscope.discovery.v1.DiscoveryService", "creatorscope.metrics.v1.MetricsService"
SCORING, CAMPAIGN = "creatorscope.scoring.v1.ScoringService", "creatorscope.campaign.v1.CampaignService"
# What a client of several gateways needs: all their addresses, and turns among them. gRPC notices by itself which is away. Of a list
# of addresses it would make an authority that no server can read.
OPTIONS = [
    ("grpc.default_authority", "localhost"),
    ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 10000),
    ("grpc.keepalive_timeout_ms", 5000),
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.use_local_subchannel_pool", 1),
]

Call = collections.namedtuple("Call", "begun took kind code told")


def live(number):
    return f"creators/tiktok:live{number}"


class Methods:
    """Methods of services that are known by their descriptors."""

    def __init__(self, targets):
        # Loopback needs no TLS, and the descriptors are asked for once.
        with grpc.insecure_channel(targets[0]) as channel:
            pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
            found = {service: pool.FindServiceByName(service).methods_by_name for service in (DISCOVERY, METRICS, SCORING, CAMPAIGN)}
            self.found = {}
            for service, methods in found.items():
                for name, method in methods.items():
                    kinds = message_factory.GetMessageClass(method.input_type), message_factory.GetMessageClass(method.output_type)
                    self.found[service, name] = (method, *kinds)

    def call(self, channel, service, name, request, **more):
        method, asked, answered = self.found[service, name]
        shape = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        send = getattr(channel, shape)(f"/{service}/{name}", request_serializer=asked.SerializeToString, response_deserializer=answered.FromString)
        message = json_format.ParseDict(request, asked())
        return send(iter([message]) if method.client_streaming else message, **more)


class Load:
    """Runs in a thread of its own until it is stopped. What was acknowledged stands in `written`, which may write `few` again and again."""

    def __init__(self, targets, watchers=200, reads=READS, writers=WRITERS, pace=1.0, few=0):
        self.methods, self.targets = Methods(targets), targets
        self.calls, self.written, self.stopping = [], Written(few), False
        self.counts = watchers, reads, writers
        self.pace, self.open = pace, []
        self.resumed, self.settled = [], threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.main()), daemon=True)

    def begin(self):
        self.thread.start()

    def stop(self):
        """Ends readers and writers, the latter when what they began is acknowledged. Watchers go on until `end`."""
        self.stopping = True
        if not self.settled.wait(60):
            raise TimeoutError("writes are not acknowledged within a minute after the load was stopped")

    def end(self):
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join()

    async def main(self):
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        count, reads, writers = self.counts
        target = "ipv4:" + ",".join(self.targets)
        async with grpc.aio.insecure_channel(target, options=OPTIONS) as self.channel:
            for number in range(count):
                # A fifth watches posts. Each watches a tenth of all, so that each creator has many watchers.
                names = [live(place) for place in range(LIVE) if (place + number) % 10 == 0]
                kind = "posts" if number % 5 == 4 else "creators"
                self.open.append(Watcher(self, kind, names))
            watching = [asyncio.create_task(one.run()) for one in self.open]
            working = [asyncio.create_task(self.write(number, writers)) for number in range(writers)]
            working += [asyncio.create_task(self.read(number, reads / 6)) for number in range(6 if reads else 0)]
            await asyncio.gather(*working)
            self.settled.set()
            await self.over.wait()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    async def turn(self, every):
        """Waits for a turn, whether or not the last one took long."""
        await asyncio.sleep(max(0.0, every * random.uniform(0.5, 1.5) / self.pace))

    async def one(self, kind, service, name, request):
        """One call: its answers, or none when it failed; noted in any case."""
        begun, clock = time.monotonic(), time.monotonic
        try:
            call = self.methods.call(self.channel, service, name, request, timeout=DEADLINE)
            answer = [one async for one in call] if self.methods.found[service, name][0].server_streaming else [await call]
            self.calls.append(Call(begun, clock() - begun, kind, "OK", ""))
            return answer
        except grpc.aio.AioRpcError as error:
            self.calls.append(Call(begun, clock() - begun, kind, code_of(error), f"{name}: {error.details()}"))
            return None

    async def read(self, number, rate):
        asks = [
            lambda name: ("GetCreator", DISCOVERY, {"name": name}),
            lambda name: ("GetCreatorMetrics", METRICS, {"name": name, "selection": {"definitions": ["followers", "er.views"]}}),
            lambda _: ("SearchCreators", DISCOVERY, {"orderBy": "followers desc", "pageSize": 10, "readMask": "name,followers"}),
            lambda name: ("ListPosts", METRICS, {"parent": name, "pageSize": 10}),
            lambda _: ("ListScoreDefinitions", SCORING, {}),
            lambda _: ("ListBrands", CAMPAIGN, {}),
        ]
        while not self.written.complete and not self.stopping:
            await asyncio.sleep(0.1)
        while not self.stopping:
            name, service, request = asks[number](live(random.randrange(LIVE)))
            await self.one("read", service, name, request)
            await self.turn(1 / rate)

    async def write(self, number, writers):
        """Each writer has creators of its own, whose versions rise."""
        mine, turn = [place for place in range(LIVE) if place % writers == number], 0
        while not self.stopping:
            for what, service, name, request, note in self.written.turn(mine[turn % len(mine)]):
                await self.until_acknowledged(service, name, request, note)
            turn += 1
            if turn >= len(mine):
                self.written.filled.add(number)
                self.written.complete = len(self.written.filled) == writers
                await self.turn(writers / TURNS)

    async def until_acknowledged(self, service, name, request, note):
        attempt = 0
        while True:
            answers = await self.one("write", service, name, request)
            if answers is not None:
                note(answers)
                return
            attempt += 1
            await asyncio.sleep(random.uniform(0, min(1.0, 0.05 * 2**attempt)))


class Written:
    """What was sent and acknowledged: values that are told apart, so that what is lost or doubled shows. Each turn has a creator and a post
    of its own; with `few` each live creator has so many of both, which are written again, so that what there is stops growing."""

    def __init__(self, few=0):
        self.few = few
        self.began = int(time.time()) - 30 * 86400
        self.number, self.version = 0, collections.Counter()
        self.creators, self.last, self.posts, self.observations, self.wrong = set(), {}, {}, {}, []
        self.filled, self.complete = set(), False

    def turn(self, place):
        """The calls of one turn: what, service, method, request, and what to do when it is acknowledged."""
        self.number += 1
        number, creator = self.number, live(place)
        self.version[creator] += 1
        version, when = f"v{self.version[creator]}", self.time(number)
        given = {"source": "SOURCE_GIVEN", "observeTime": when}
        again = place * self.few + self.version[creator] % self.few if self.few else number
        fresh, post = f"creators/tiktok:new{again}", f"{creator}/posts/{7_300_000_000_000_000_000 + again}"
        profiles = [{"name": creator, "displayName": version, "country": "DE", **given}, {"name": fresh, "displayName": f"New {number}", **given}]
        record = {"post": {"name": post, "publishTime": self.time(0), "title": f"Loaf {number}"}, "counts": {"views": str(1000 + number), "likes": "7"}, **given}
        observation = {"subject": creator, "account": {"followers": str(10_000 + number)}, **given}

        def creators_taken(answers):
            outcomes = [result.outcome for answer in answers for result in answer.results]
            if len(outcomes) != 2 or 5 in outcomes or 0 in outcomes:
                self.wrong.append(f"{creator} {version}: {answers}")
            self.last[creator] = version
            self.creators |= {creator, fresh}

        def counted(into, key, value):
            def taken(answers):
                answer = answers[0] if len(answers) == 1 else None
                if answer is None or answer.rejections or answer.conflicts or answer.accepted_count + answer.duplicate_count != 1:
                    self.wrong.append(f"{key}: {answers}")
                into[key] = value
            return taken

        yield "creators", DISCOVERY, "IngestCreators", {"creators": profiles}, creators_taken
        yield "posts", METRICS, "IngestPosts", {"records": [record]}, counted(self.posts, (post, when), 1000 + number)
        yield "observations", METRICS, "IngestObservations", {"observations": [observation]}, counted(self.observations, (creator, when), 10_000 + number)

    def time(self, seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began + seconds))
