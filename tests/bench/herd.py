"""A herd: devices that come back all at once, as after a restart, each with nothing, and each wants the whole log."""

import asyncio
import time
import urllib.request
from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.sites import alone
from tests.bench.wire import Device, Site, Tally

# A standing is believed for ten seconds after its device has left (timeline/access.py): each storm finds nobody known.
FORGOTTEN_SECONDS = 11.0
PATIENCE_SECONDS = 120.0


class Returning(Device):
    """One socket that waits until it holds a whole log of so many lines."""

    def __init__(self, site: Site, room: int, number: int, lines: int) -> None:
        super().__init__(site, room, number, Tally(1))
        self.lines = lines
        self.whole: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == 1 and payload.startswith(b'{"t":"batch"') and f'"to":{self.lines},'.encode() in payload[:200]:
            if not self.whole.done():
                self.whole.set_result(now)
        else:
            super()._take(opcode, payload, now)

    def _fail(self, why: str) -> None:
        super()._fail(why)
        if not self.whole.done():
            self.whole.set_exception(ConnectionError(f"{self.site.name}: {why}"))


def snapshot_of(site: Site, room: int) -> str:
    """The whole log of a code as the product sends it."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{site.ports[0]}/api/codes/{site.codes[room]}/records?after=0",
        headers={"Authorization": f"Bearer {site.tokens[room][0]}"},
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return str(answer.read().decode())


async def storm(site: Site, places: Iterable[tuple[int, int]], lines: int) -> float:
    """Seconds from the first connection of these (room, number) to the last whole log."""
    loop = asyncio.get_running_loop()
    devices = [Returning(site, room, number, lines) for room, number in places]
    begin = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            opened = [loop.create_connection(lambda one=one: one, "127.0.0.1", one.port) for one in devices]
            await asyncio.gather(*opened)
            return max(await asyncio.gather(*(device.whole for device in devices))) - begin
    finally:
        for device in devices:
            if device.ready.done() and not device.ready.cancelled():
                device.ready.exception()
            if hasattr(device, "transport"):
                device.transport.abort()


async def herd(sites: Sequence[Site], rooms: int, each: int, lines: int, rounds: int, label: str) -> dict[str, Any]:
    """The same storm on each site in turn; prints and returns the middle round."""
    places = [(room, number) for number in range(each) for room in range(rooms)]
    took: dict[str, list[float]] = {site.name: [] for site in sites}
    for number in range(rounds + 1):
        for site in sites:
            with alone(site, sites):
                seconds = await storm(site, places if number else places[:100], lines)
                if number:  # the first, of a few, only warms up
                    took[site.name].append(seconds)
                await asyncio.sleep(FORGOTTEN_SECONDS if site is sites[0] else 0)
    ours, bare = (sorted(took[site.name])[rounds // 2] for site in sites)
    what = f"{label}, herd of {rooms * each} on {rooms} codes of {lines} records"
    print(f"{what:<56} {ours:6.2f} s   floor {bare:6.2f} s   ratio {ours / bare:5.2f}", flush=True)
    return {"what": what, "product_s": ours, "floor_s": bare, "ratio": ours / bare, "of_rounds": took}
