"""The load: devices that listen and taps that are posted, from one process with as little work per message as can be.

Server frames are not unpacked: a record's id begins with a mark of ours, and the ids are found in the bytes. Loopback
only; every loop ends by count or by clock.
"""

import asyncio
import base64
import json
import os
import re
import time
from dataclasses import dataclass, field

MARK = b"be9c0000-"
_ID = re.compile(rb'"id":"(be9c0000-[0-9a-f-]{27})"')


def tap_id(number: int) -> str:
    """The id of the n-th tap of this run; a UUID that carries our mark."""
    digits = f"{os.getpid() % 0xFFFF:04x}{number:020x}"
    return f"be9c0000-{digits[:4]}-4{digits[5:8]}-8{digits[9:12]}-{digits[12:]}"


@dataclass
class Site:
    """A server under load: where it listens, its codes, and the token of each code's devices."""

    name: str
    ports: list[int]
    codes: list[str]
    tokens: list[str]
    device: str


@dataclass
class Tally:
    """When each tap was due (s), how many devices have it, and when the last of them had it."""

    due: dict[bytes, float] = field(default_factory=dict)
    seen: dict[bytes, int] = field(default_factory=dict)
    last: dict[bytes, float] = field(default_factory=dict)
    full: dict[bytes, asyncio.Event] = field(default_factory=dict)
    devices: int = 0
    received: int = 0


class Device(asyncio.Protocol):
    """One socket. Counts the records it is given; never answers but to pings."""

    def __init__(self, site: Site, room: int, tally: Tally, ready: asyncio.Future[None], *, port: int) -> None:
        self.site, self.room, self.tally, self.ready, self.port = site, room, tally, ready, port
        self.rest = b""
        self.helloed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]  # a socket transport
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            (
                f"GET /ws/codes/{self.site.codes[self.room]}/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                f"Sec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.site.tokens[self.room]}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.ready.done():
            self.rest += data
            head, gap, rest = self.rest.partition(b"\r\n\r\n")
            if not gap:
                return
            if b" 101 " in head.split(b"\r\n", 1)[0] and b'"welcome"' not in rest:
                if not self.helloed:
                    self.helloed = True
                    self.transport.write(_masked(b'{"t":"hello","epoch":"","after":0,"hash":""}'))
                return
            if b'"welcome"' in rest:
                self.rest = b""
                self.ready.set_result(None)
            elif b" 101 " not in head:
                self.ready.set_exception(ConnectionError(head.decode()[:200]))
            return
        # An id may be cut by the network: keep a tail as long as one.
        data = self.rest + data
        end = 0
        for found in _ID.finditer(data):
            end = found.end()
            id = found[1]
            tally = self.tally
            if id in tally.due:
                count = tally.seen[id] = tally.seen.get(id, 0) + 1
                tally.received += 1
                if count >= tally.devices:
                    tally.last[id] = now
                    if (event := tally.full.get(id)) is not None:
                        event.set()
        self.rest = data[max(end, len(data) - 48) :]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed during the handshake"))


def _masked(payload: bytes) -> bytes:
    mask = os.urandom(4)
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([0x81, 0x80 | len(payload)]) + mask + body


class Poster(asyncio.Protocol):
    """One kept-alive HTTP connection; one request at a time."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] | None = None
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]  # a socket transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        if not gap or self.answer is None:
            return
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]  # both send it
        if len(body) >= length:
            self.buffer = b""
            answer, self.answer = self.answer, None
            answer.set_result(body if b" 200 " in head[:20] else head + body)

    async def post(self, site: Site, room: int, id: str) -> bytes:
        """Post one record to a code of a site; the answer's body."""
        record = {
            "v": 1,
            "id": id,
            "code": site.codes[room],
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
            "device": site.device,
            "n": 1,
            "role": "defibrillation",
            "seen": 0,
            "when": None,
        }
        body = json.dumps({"records": [record], "after": 0}).encode()
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(
            (
                f"POST /api/codes/{site.codes[room]}/records HTTP/1.1\r\nHost: 127.0.0.1:{site.ports[0]}\r\n"
                f"Authorization: Bearer {site.tokens[room]}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            + body
        )
        return await self.answer


async def devices(site: Site, rooms: int, each: int, tally: Tally) -> list[Device]:
    """Connect `each` devices to each of the first `rooms` codes, spread over the site's ports, a few at a time."""
    loop = asyncio.get_running_loop()
    made: list[Device] = []
    tally.devices = each

    async def one(room: int, number: int) -> None:
        port = site.ports[number % len(site.ports)]
        ready: asyncio.Future[None] = loop.create_future()
        _, device = await loop.create_connection(lambda: Device(site, room, tally, ready, port=port), "127.0.0.1", port)
        await asyncio.wait_for(ready, 30)
        made.append(device)

    work = [(room, number) for room in range(rooms) for number in range(each)]
    for start in range(0, len(work), 40):
        await asyncio.gather(*(one(*item) for item in work[start : start + 40]))
    return made


async def posters(site: Site, count: int) -> list[Poster]:
    """Kept-alive connections to the site's first port."""
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Poster, "127.0.0.1", site.ports[0]))[1] for _ in range(count)]


@dataclass
class Latency:
    """Milliseconds from a tap's due time to its last device, and how many deliveries never came."""

    p50: float
    p95: float
    p99: float
    lost: int
    taps: int


_numbers = iter(range(10**12))


async def open_loop(site: Site, rooms: int, each: int, rate: float, seconds: float) -> Latency:
    """Taps at a fixed rate, in turn over the rooms, whether or not the server keeps up; measured from when each was due.

    The first second is warm-up and is not counted.
    """
    tally = Tally()
    made = await devices(site, rooms, each, tally)
    free: asyncio.Queue[Poster] = asyncio.Queue()
    for poster in await posters(site, 32):
        free.put_nowait(poster)
    measured: list[bytes] = []
    begin = time.perf_counter() + 0.2
    count = round(rate * (seconds + 1))
    work: list[asyncio.Task[None]] = []

    async def tap(room: int, id: str) -> None:
        poster = await free.get()
        answer = await poster.post(site, room, id)
        free.put_nowait(poster)
        if b'"recorded"' not in answer:
            raise RuntimeError(f"{site.name} did not record: {answer[:300]!r}")

    for number in range(count):
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        id = tap_id(next(_numbers))
        tally.due[id.encode()] = due
        if due - begin >= 1:
            measured.append(id.encode())
        work.append(asyncio.create_task(tap(number % rooms, id)))
    await asyncio.gather(*work)
    give_up = time.perf_counter() + 10
    while any(tally.seen.get(id, 0) < each for id in tally.due) and time.perf_counter() < give_up:
        await asyncio.sleep(0.02)
    _close(made, free)
    lost = sum(abs(each - tally.seen.get(id, 0)) for id in tally.due)
    spans = sorted((tally.last[id] - tally.due[id]) * 1000 for id in measured if id in tally.last)
    return Latency(_share(spans, 0.5), _share(spans, 0.95), _share(spans, 0.99), lost, len(measured))


def _share(ordered: list[float], share: float) -> float:
    """The value that `share` of them do not exceed; not a number when there is none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def closed_loop(site: Site, rooms: int, each: int, seconds: float, flight: int = 40) -> float:
    """Deliveries per second with a fixed number of taps in flight; a tap ends when its last device has it."""
    tally = Tally()
    made = await devices(site, rooms, each, tally)
    hands = await posters(site, flight)
    end = time.perf_counter() + seconds + 0.5

    async def keep_tapping(poster: Poster, hand: int) -> None:
        turn = hand
        while time.perf_counter() < end:
            id = tap_id(next(_numbers))
            key = id.encode()
            tally.due[key] = time.perf_counter()
            tally.full[key] = asyncio.Event()
            await poster.post(site, turn % rooms, id)
            await asyncio.wait_for(tally.full[key].wait(), 20)
            turn += flight

    work = [asyncio.create_task(keep_tapping(poster, hand)) for hand, poster in enumerate(hands)]
    await asyncio.sleep(0.5)
    before, since = tally.received, time.perf_counter()
    await asyncio.sleep(seconds)
    speed = (tally.received - before) / (time.perf_counter() - since)
    await asyncio.gather(*work)
    for device in made:
        device.transport.abort()
    for poster in hands:
        poster.transport.abort()
    return speed


def _close(made: list[Device], free: "asyncio.Queue[Poster]") -> None:
    for device in made:
        device.transport.abort()
    while not free.empty():
        free.get_nowait().transport.abort()


async def idle_memory(site: Site, process: int, sockets: int) -> float:
    """Kilobytes (PSS) that each idle socket takes in the server process."""
    tally = Tally()
    warm = await devices(site, 1, 50, tally)
    before = _pss(process)
    made = await devices(site, 1, sockets, tally)
    await asyncio.sleep(1)
    after = _pss(process)
    for device in warm + made:
        device.transport.abort()
    return (after - before) / sockets


def _pss(process: int) -> int:
    with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
