"""The hands at real browsers: each a Chromium of its own with a disk that stays, told by lines of JSON what to do.

    python tests/js/chaos/hands.py SITE CODE  <  {"id": 1, "device": 0, "do": "open", "port": 4001, "token": "…"}

Each page is at SITE, so that its origin is the true one, but its connections go to its own port of loopback, where a
spoilt way begins. Answers are lines too, in whatever order they are ready: what its disk holds of its own records that
was not told before as `fresh`, or `failed` with a reason.
"""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Error, Page, Playwright, async_playwright

SITE, CODE = sys.argv[1:3]
TILES = ("shock", "adrenaline")
OPENED_WITHIN_MS = 20_000
ON_DISK_WITHIN_SECONDS = 8.0

# All that the page's own store has on this disk.
DISK = """
(code) => new Promise((resolve, reject) => {
  const asked = indexedDB.open("ecpr-timeline");
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const db = asked.result;
    const tx = db.transaction(["outbox", "log", "aside"]);
    const wanted = {};
    for (const name of ["outbox", "log", "aside"]) {
      const all = tx.objectStore(name).getAll();
      all.onsuccess = () => { wanted[name] = all.result; };
    }
    tx.oncomplete = () => {
      db.close();
      resolve({
        outbox: wanted.outbox.map((item) => item.record),
        log: wanted.log.filter((row) => row.code === code).sort((a, b) => a.seq - b.seq).map((row) => row.entry),
        aside: wanted.aside.length,
      });
    };
    tx.onabort = () => reject(tx.error);
  };
})
"""


class Hand:
    """One browser and the finger in front of it."""

    def __init__(self, driver: Playwright, number: int) -> None:
        self._driver = driver
        self._folder = Path(tempfile.mkdtemp(prefix=f"ecpr-chaos-browser-{number}-"))
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._told: set[str] = set()
        self._device = ""

    async def open(self, port: int, token: str, device: str) -> dict[str, Any]:
        """Start the browser on its disk and open the code; with no network it opens from what the disk holds."""
        self._device = device
        site = urlsplit(SITE)
        self._context = await self._driver.chromium.launch_persistent_context(
            str(self._folder),
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome"),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                f"--host-resolver-rules=MAP {site.netloc} 127.0.0.1:{port}",
                "--disable-background-networking",
            ],
            viewport={"width": 1180, "height": 820},
        )
        self._context.set_default_timeout(OPENED_WITHIN_MS)
        await self._context.add_cookies([{"name": "ecpr_device", "value": token, "url": SITE}])
        self._page = self._context.pages[0] if self._context.pages else await self._context.new_page()
        return await self.reload()

    async def reload(self) -> dict[str, Any]:
        """Load the page anew, as often as it takes to have the board."""
        page = self._looked_at()
        give_up = asyncio.get_running_loop().time() + OPENED_WITHIN_MS / 1000
        while True:
            try:
                await page.goto(f"{SITE}/codes/{CODE}/", wait_until="domcontentloaded", timeout=5000)
                await page.locator("[data-timer] button.tile").first.wait_for(timeout=5000)
                return await self.state()
            except Error:
                if asyncio.get_running_loop().time() > give_up:
                    raise

    async def tap(self) -> dict[str, Any]:
        """Tap a tile; `silent` when the page took the tap and the disk never got a record of it."""
        await self._looked_at().locator(f'[data-timer="{random.choice(TILES)}"] button.tile').click(timeout=3000)
        give_up = asyncio.get_running_loop().time() + ON_DISK_WITHIN_SECONDS
        while True:
            state = await self.state(lean=True)
            if state["fresh"]:
                return state
            if asyncio.get_running_loop().time() > give_up:
                return {**state, "silent": True}

    async def kill(self) -> dict[str, Any]:
        """The browser dies as in a power cut of its own."""
        mark = f"--user-data-dir={self._folder}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        context, self._context, self._page = self._context, None, None
        if context is not None:
            with contextlib.suppress(Error):  # It is dead already.
                await context.close()
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self._folder / name).unlink(missing_ok=True)
        return {"fresh": []}

    async def state(self, *, lean: bool = False) -> dict[str, Any]:
        """What the disk holds; `lean` leaves the log out."""
        disk = await self._looked_at().evaluate(DISK, CODE)
        own = [record for record in disk["outbox"] if record["code"] == CODE and record["device"] == self._device]
        own += [entry["record"] for entry in disk["log"] if entry["record"]["device"] == self._device]
        fresh = {record["id"]: record for record in own if record["id"] not in self._told}
        self._told |= fresh.keys()
        said = {"fresh": list(fresh.values()), "waiting": len(disk["outbox"]), "aside": disk["aside"]}
        return said if lean else {**said, "log": disk["log"]}

    async def close(self) -> None:
        """The end; nothing is left behind."""
        await self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _looked_at(self) -> Page:
        if self._page is None:
            raise Error("There is no browser.")
        return self._page


async def answer(hand: Hand, said: dict[str, Any]) -> dict[str, Any]:
    """Do one thing, and say how it went."""
    try:
        match said["do"]:
            case "open":
                done = await hand.open(said["port"], said["token"], said["name"])
            case "reload":
                done = await hand.reload()
            case "tap":
                done = await hand.tap()
            case "kill":
                done = await hand.kill()
            case _:
                done = await hand.state()
    except Exception as fault:  # whatever a browser that dies says is an answer
        done = {"failed": f"{type(fault).__name__}: {fault}"[:300]}
    return {"id": said["id"], **done}


async def main() -> None:
    """Read lines until there are no more; each is done beside the others, in its device's own order."""
    loop = asyncio.get_running_loop()
    hands: dict[int, Hand] = {}
    busy: dict[int, asyncio.Lock] = {}

    async def do(said: dict[str, Any]) -> None:
        number = said["device"]
        async with busy[number]:
            done = await answer(hands[number], said)
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()

    async with async_playwright() as driver:
        running: set[asyncio.Task[None]] = set()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            said = json.loads(line)
            if said["device"] not in hands:
                hands[said["device"]] = Hand(driver, said["device"])
                busy[said["device"]] = asyncio.Lock()
            task = asyncio.create_task(do(said))
            running.add(task)
            task.add_done_callback(running.discard)
        for hand in hands.values():
            await hand.close()


asyncio.run(main())
