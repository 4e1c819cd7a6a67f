"""The load: taps posted to codes whose devices listen, from one process; every loop ends by count or by clock."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.bench.wire import Device, Poster, Site, Tally, tap_id

# Connections that are opened at once; more would measure the listening queue.
AT_ONCE = 40
# Connections that post: the taps in flight at most.
POSTERS = 40
# Sleeping is exact to a millisecond only; the rest of the way to a tap's due time is spent looking at the sockets.
SPIN_SECONDS = 0.002
WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Latency:
    """Milliseconds from a tap's due time to its last device; deliveries that never came, or came twice."""

    p50: float
    p95: float
    p99: float
    lost: int
    doubled: int
    taps: int


@dataclass
class Crowd:
    """Devices on codes of one site."""

    site: Site
    rooms: int
    tally: Tally
    devices: list[Device]

    def disperse(self) -> None:
        """Close everything at once."""
        for device in self.devices:
            device.transport.abort()


async def gather(site: Site, rooms: int, each: int) -> Crowd:
    """Connect `each` devices to each of the first `rooms` codes, spread over the site's ports."""
    loop = asyncio.get_running_loop()
    tally = Tally(devices=each)

    async def join(room: int, number: int) -> Device:
        device = Device(site, room, number, tally)
        await loop.create_connection(lambda: device, "127.0.0.1", device.port)
        await asyncio.wait_for(device.ready, 30)
        return device

    places = [(room, number) for number in range(each) for room in range(rooms)]
    devices: list[Device] = []
    for start in range(0, len(places), AT_ONCE):
        devices += await asyncio.gather(*(join(*place) for place in places[start : start + AT_ONCE]))
    return Crowd(site, rooms, tally, devices)


@contextlib.asynccontextmanager
async def crowd(site: Site, rooms: int, each: int) -> AsyncIterator[Crowd]:
    """The same for the length of a block."""
    made = await gather(site, rooms, each)
    try:
        yield made
    finally:
        made.disperse()


@contextlib.asynccontextmanager
async def posting(site: Site) -> AsyncIterator[list[Poster]]:
    """Connections that post, spread over the site's ports, for the length of a block."""
    posters = [Poster(site, site.ports[number % len(site.ports)]) for number in range(POSTERS)]
    await asyncio.gather(*(poster.dial() for poster in posters))
    try:
        yield posters
    finally:
        for poster in posters:
            poster.transport.abort()


async def open_loop(crowd: Crowd, rate: float, seconds: float, warm: float) -> Latency:
    """Taps at a fixed rate, in turn over the rooms, whether or not the server keeps up; measured from when each was
    due. The first `warm` seconds are not counted among the times, only among the losses.
    """
    async with posting(crowd.site) as posters:
        return await _at_rate(crowd, posters, rate, seconds, warm)


async def _at_rate(crowd: Crowd, posters: list[Poster], rate: float, seconds: float, warm: float) -> Latency:
    tally = crowd.tally
    doubled_before = tally.doubled
    # The last one used goes first: the server closes those that rest.
    free: asyncio.Queue[Poster] = asyncio.LifoQueue()
    for poster in posters:
        free.put_nowait(poster)

    async def tap(room: int, id: str) -> None:
        poster = await free.get()
        await poster.tap(room, id)
        free.put_nowait(poster)

    begin = time.perf_counter() + 0.05
    keys: list[bytes] = []
    work: list[asyncio.Task[None]] = []
    for number in range(round(rate * (seconds + warm))):
        due = begin + number / rate
        while (left := due - time.perf_counter()) > 0:
            await asyncio.sleep(max(0.0, left - SPIN_SECONDS))
        id = tap_id()
        keys.append(tally.expect(id, due))
        work.append(asyncio.create_task(tap(number % crowd.rooms, id)))
    await asyncio.gather(*work)
    give_up = time.perf_counter() + WAIT_SECONDS
    while tally.missing() and time.perf_counter() < give_up:
        await asyncio.sleep(0.02)  # between two looks at the same condition
    lost = tally.missing()
    spans = sorted((tally.last[key] - tally.due[key]) * 1000 for key in keys[round(rate * warm) :] if key in tally.last)
    forget(tally)
    return Latency(
        share(spans, 0.5), share(spans, 0.95), share(spans, 0.99), lost, tally.doubled - doubled_before, len(spans)
    )


def forget(tally: Tally) -> None:
    """Start the next round from nothing; what comes late from the last one is not ours to count."""
    tally.due, tally.seen, tally.last, tally.full = {}, {}, {}, {}


def share(ordered: list[float], part: float) -> float:
    """The value that `part` of them do not exceed; not a number when there is none."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


@dataclass(frozen=True)
class Throughput:
    """Deliveries per second, the server's processor time for each (µs), how busy the load's core was, and the lost."""

    speed: float
    cost: float
    load: float
    lost: int


async def closed_loop(crowd: Crowd, seconds: float, warm: float) -> Throughput:
    """Every poster taps again as soon as its last tap has reached its last device."""
    async with posting(crowd.site) as posters:
        return await _as_fast_as_possible(crowd, posters, seconds, warm)


async def _as_fast_as_possible(crowd: Crowd, posters: list[Poster], seconds: float, warm: float) -> Throughput:
    tally = crowd.tally
    end = time.perf_counter() + warm + seconds

    async def keep_tapping(poster: Poster, turn: int) -> None:
        while time.perf_counter() < end:
            id = tap_id()
            key = tally.expect(id, time.perf_counter())
            event = tally.full[key] = asyncio.Event()
            await poster.tap(turn % crowd.rooms, id)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), WAIT_SECONDS)
            turn += len(posters)

    work = [asyncio.create_task(keep_tapping(poster, turn)) for turn, poster in enumerate(posters)]
    await asyncio.sleep(warm)
    before, since = tally.received, time.perf_counter()
    own, theirs = time.process_time(), server_seconds(crowd.site)
    await asyncio.sleep(seconds)
    delivered, passed = tally.received - before, time.perf_counter() - since
    own, theirs = time.process_time() - own, server_seconds(crowd.site) - theirs
    await asyncio.gather(*work)
    lost = tally.missing()
    forget(tally)
    return Throughput(delivered / passed, theirs * 1e6 / max(1, delivered), own / passed, lost)


def server_seconds(site: Site) -> float:
    """Processor time that the site's processes have used."""
    ticks = 0
    for process in site.processes:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def idle_memory(site: Site, sockets: int) -> float:
    """Kilobytes (PSS) that each idle socket takes in the server's first process, all on one code."""
    async with crowd(site, 1, 50):
        before = _pss(site.processes[0])
        async with crowd(site, 1, sockets):
            await asyncio.sleep(1)  # whatever the server does right after a welcome is done by then
            return (_pss(site.processes[0]) - before) / sockets


def _pss(process: int) -> int:
    with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
