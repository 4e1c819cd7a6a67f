"""What the load speaks: a socket that counts, and a connection that posts; as little work per message as can be.

Frames are walked by their headers only; a record is recognised by the mark its id begins with, so nothing is decoded.
"""

import asyncio
import base64
import json
import os
import re
import time
from dataclasses import dataclass, field
from itertools import count
from typing import cast

_MARK = b'"id":"be9c0000-'
_BEFORE_ID = len(b'"id":"')
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_numbers = count()
_run = os.urandom(4).hex()


def tap_id() -> str:
    """A UUID that carries our mark, new within this run and unlikely in any other."""
    digits = f"{next(_numbers):012x}"
    return f"be9c0000-{_run[:4]}-4{_run[4:7]}-8{digits[:3]}-{_run[7]}{digits[1:]}"


@dataclass
class Site:
    """A server under load: where it listens, its processes, its codes, and the tokens of each code's devices."""

    name: str
    ports: list[int]
    processes: list[int]
    codes: list[str]
    tokens: list[list[str]]
    device: str


@dataclass
class Tally:
    """When each tap was due, how many devices have it, and when the last of them had it (s, monotonic)."""

    devices: int
    due: dict[bytes, float] = field(default_factory=dict)
    seen: dict[bytes, int] = field(default_factory=dict)
    last: dict[bytes, float] = field(default_factory=dict)
    full: dict[bytes, asyncio.Event] = field(default_factory=dict)
    received: int = 0
    doubled: int = 0

    def expect(self, id: str, due: float) -> bytes:
        """A tap that is about to be posted, by the key under which it is counted."""
        key = id.encode()
        self.due[key], self.seen[key] = due, 0
        return key

    def missing(self) -> int:
        """How many deliveries have not come."""
        return sum(self.devices - seen for seen in self.seen.values())


class Device(asyncio.Protocol):
    """One socket that has joined a code. Counts the records it is given, each once, and answers pings."""

    transport: asyncio.Transport

    def __init__(self, site: Site, room: int, number: int, tally: Tally) -> None:
        self.site, self.room, self.tally = site, room, tally
        tokens = site.tokens[room]
        self.port, self.token = site.ports[number % len(site.ports)], tokens[number % len(tokens)]
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.upgraded = False
        self.rest = b""
        self.got: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the socket."""
        self.transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            (
                f"GET /ws/codes/{self.site.codes[self.room]}/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                f"Sec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.token}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take the handshake first, then whole frames."""
        now = time.perf_counter()
        data = self.rest + data if self.rest else data
        if not self.upgraded:
            head, gap, rest = data.partition(b"\r\n\r\n")
            if not gap:
                self.rest = data
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self._fail(head.decode("latin-1")[:200])
                return
            self.upgraded, data = True, rest
            self.transport.write(_masked(0x81, b'{"t":"hello","epoch":"","after":0,"hash":""}'))
        at, end = 0, len(data)
        while end - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4]), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10]), at + 10
            if start + length > end:
                break
            self._take(data[at] & 0x0F, data[start : start + length], now)
            at = start + length
        self.rest = data[at:]

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == 9:
            self.transport.write(_masked(0x8A, payload))
        if not self.ready.done() and b'"welcome"' in payload:
            self.ready.set_result(None)
        tally = self.tally
        found = payload.find(_MARK)
        while found >= 0:
            start = found + _BEFORE_ID
            id = payload[start : start + 36]
            if id in tally.due:
                if id in self.got:
                    tally.doubled += 1
                else:
                    self.got.add(id)
                    tally.received += 1
                    seen = tally.seen[id] = tally.seen[id] + 1
                    if seen == tally.devices:
                        tally.last[id] = now
                        if (event := tally.full.get(id)) is not None:
                            event.set()
            found = payload.find(_MARK, start)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail a handshake that was cut; a socket lost later shows as deliveries that never come."""
        self._fail("closed during the handshake")

    def _fail(self, why: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"{self.site.name}: {why}"))


def _masked(first: int, payload: bytes) -> bytes:
    """A short frame of a client, which has to be masked."""
    mask = os.urandom(4)
    return bytes((first, 0x80 | len(payload))) + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class Poster(asyncio.Protocol):
    """One kept-alive HTTP connection that posts taps, one at a time."""

    transport: asyncio.Transport

    def __init__(self, site: Site, port: int) -> None:
        self.site, self.port = site, port
        self.answer: asyncio.Future[bytes] | None = None
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Collect one answer."""
        self.buffer += data
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        if not gap or found is None or len(body) < int(found[1]) or self.answer is None:
            return
        answer, self.answer, self.buffer = self.answer, None, b""
        answer.set_result(head[:16] + body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what was asked."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionError(f"{self.site.name} closed a connection"))

    async def dial(self) -> None:
        """Connect, also anew."""
        self.answer, self.buffer = None, b""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)

    async def tap(self, room: int, id: str) -> None:
        """Post one shock to a code; raises RuntimeError unless the answer says that it is recorded.

        Servers close a connection that rested for five seconds, maybe while we write: as a device would, post again.
        """
        try:
            if self.transport.is_closing():
                raise ConnectionError
            answer = await self._post(room, id)
        except ConnectionError:
            await self.dial()
            answer = await self._post(room, id)
        if b" 200 " not in answer[:16] or b'"recorded"' not in answer:
            raise RuntimeError(f"{self.site.name} did not record: {answer[:300]!r}")

    async def _post(self, room: int, id: str) -> bytes:
        code = self.site.codes[room]
        record = {
            "v": 1,
            "id": id,
            "code": code,
            "kind": "shock",
            "at": time.time_ns() // 1_000_000,
            "precision": "second",
            "certainty": "observed",
            "earliest": None,
            "latest": None,
            "source": "tap",
            "null_reason": None,
            "payload": {"value": 200, "unit": "J"},
            "target": None,
            "device": self.site.device,
            "n": 1,
            "role": "defibrillation",
            "seen": 0,
            "when": None,
        }
        body = json.dumps({"records": [record], "after": 0}).encode()
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(
            (
                f"POST /api/codes/{code}/records HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.site.tokens[room][0]}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            + body
        )
        return await self.answer
