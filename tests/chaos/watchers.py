"""Owns clients that watch: they go on with their resume token after a loss and keep the last value of everything. Never load or verdicts."""

import asyncio
import random
import time

import grpc

HEARTBEAT = 3
# A stream from which nothing came for so long is dead, whoever cut it; the client's side of heartbeats.
SILENCE = 3 * HEARTBEAT
METHODS = {"creators": ("creatorscope.discovery.v1.DiscoveryService", "WatchCreators"), "posts": ("creatorscope.metrics.v1.MetricsService", "WatchPosts")}

# What grpcio says by itself when a connection ends while it writes a stream: it has no status to tell. No server says these words.
CUT_WHILE_WRITING = "Internal error from Core"


def code_of(error):
    """The code by which a call failed; that of a lost connection where grpcio did not wait for one."""
    return "UNAVAILABLE" if error.details() == CUT_WHILE_WRITING else error.code().name


class Watcher:
    """Watches some creators, or their posts."""

    def __init__(self, load, kind, names):
        self.load, self.kind, self.names = load, kind, set(names)
        self.token, self.seen, self.told, self.wrong = "", {}, 0, []

    async def run(self):
        service, method = METHODS[self.kind]
        attempt = 0
        while True:
            request = {"creators": sorted(self.names), "resumeToken": self.token, "heartbeatInterval": f"{HEARTBEAT}s"}
            call = self.load.methods.call(self.load.channel, service, method, request)
            try:
                while True:
                    message = await asyncio.wait_for(call.read(), SILENCE)
                    if message is grpc.aio.EOF:
                        raise EOFError
                    attempt = 0
                    self.take(message)
            except grpc.aio.AioRpcError as error:
                self.lost(code_of(error), error.details())
                if error.code() == grpc.StatusCode.OUT_OF_RANGE:
                    self.token = ""
            except asyncio.TimeoutError:
                self.lost("SILENT", f"nothing for {SILENCE} s")
                call.cancel()
            except EOFError:
                self.lost((await call.code()).name, await call.details())
            attempt += 1
            await asyncio.sleep(random.uniform(0, min(1.0, 0.05 * 2**attempt)))

    def lost(self, code, told):
        self.load.resumed.append((time.monotonic(), self.kind, code, told))

    def take(self, message):
        self.token = message.resume_token or self.token
        self.told += 1
        event = message.WhichOneof("event")
        if event == "creator":
            # Deltas are at least once; an older state after a newer one would be an invention.
            before, now = self.seen.get(message.creator.name), message.creator.display_name
            if before and int(now[1:]) < int(before[1:]):
                self.wrong.append(f"{message.creator.name}: {now} after {before}")
            self.seen[message.creator.name] = now
        elif event == "posts":
            posts = self.seen.setdefault(message.posts.creator, set())
            posts.update(state.post.name for state in message.posts.posts)
            if message.posts.removed_posts:
                self.wrong.append(f"{message.posts.creator}: posts are said to be removed")
        elif event == "removed":
            self.wrong.append(f"{message.removed} is said to be removed")

    def missing(self, written):
        """What it should have seen and did not."""
        if self.kind == "creators":
            return [f"{name}: {self.seen.get(name)}, not {last}" for name, last in written.last.items() if name in self.names and self.seen.get(name) != last]
        posts = {post: post.rpartition("/posts/")[0] for post, _ in written.posts}
        return [post for post, creator in posts.items() if creator in self.names and post not in self.seen.get(creator, ())]
