"""Owns lines between processes that can be slowed or cut without a word: a proxy for TCP, told what to do on standard input. Never what passes."""

import asyncio
import json
import sys


class Line:
    """A port of this machine that leads to another."""

    def __init__(self, target):
        self.target, self.delay, self.writers = target, 0.0, set()
        self.flows = asyncio.Event()
        self.flows.set()

    async def accept(self, reader, writer):
        # A cut line does not say that it is one: the connection is made and nothing comes.
        await self.flows.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self.writers |= pair
        await asyncio.gather(self.copy(reader, far_writer), self.copy(far_reader, writer))
        self.writers -= pair

    async def copy(self, reader, writer):
        """Takes what comes at once and hands it on when its time has come, so that a delay does not narrow the line."""
        queue = asyncio.Queue(64)

        async def take():
            try:
                while part := await reader.read(65536):
                    await queue.put((asyncio.get_running_loop().time(), part))
            except OSError:
                pass
            await queue.put((0, b""))

        taking = asyncio.create_task(take())
        try:
            while True:
                came, part = await queue.get()
                if self.delay and part:
                    await asyncio.sleep(max(0, came + self.delay - asyncio.get_running_loop().time()))
                await self.flows.wait()
                if not part:
                    break
                writer.write(part)
                await writer.drain()
        except OSError:
            pass
        finally:
            taking.cancel()
            writer.close()

    def drop(self):
        for writer in self.writers:
            writer.transport.abort()
        self.writers = set()


async def main():
    lines, loop = {}, asyncio.get_running_loop()
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    while said := await told.readline():
        said = json.loads(said)
        answer = {}
        if said["do"] == "lay":
            line = lines[said["line"]] = Line(said["port"])
            line.server = await asyncio.start_server(line.accept, said["host"], 0, backlog=512)
            answer["port"] = line.server.sockets[0].getsockname()[1]
        elif said["do"] == "lead":
            lines[said["line"]].target = said["port"]
            lines[said["line"]].drop()
        elif said["do"] == "silence":
            (lines[said["line"]].flows.clear if said["silent"] else lines[said["line"]].flows.set)()
        elif said["do"] == "slow":
            lines[said["line"]].delay = said["seconds"]
        print(json.dumps(answer), flush=True)


asyncio.run(main())
