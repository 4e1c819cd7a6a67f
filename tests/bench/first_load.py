"""The first load of the board: what travels, and how soon it can be used, in Chromium with a slow processor."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench.wire import Site

SLOWER = 4
LOADS = 5
PANELS = "board_panels"
# Usable: the countdown stands in digits, and the button of the next milestone carries its name, so that the page's
# script has built every part and listens to the buttons. The page allows no eval, hence the attribute to wait for.
WATCH = """
(() => {
  const look = () => {
    const hero = document.querySelector("[data-hero]");
    const next = document.querySelector("[data-next-name]");
    if (hero && next && /\\d\\d:\\d\\d/.test(hero.textContent) && next.textContent.length > 2)
      document.documentElement.dataset.usableAt = String(performance.now());
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


@dataclass
class Load:
    """One first load: when it was usable (ms after the navigation began), and bytes on the wire by kind.

    The panels that open by a tap come behind it.
    """

    usable: float = 0.0
    sizes: dict[str, int] = field(default_factory=dict)
    panels: int = 0

    @property
    def without_fonts(self) -> int:
        """Bytes of everything but fonts."""
        return sum(size for kind, size in self.sizes.items() if kind != "Font")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for as long as the block lasts."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def first_load(site: Site) -> dict[str, Any]:
    """Bytes on the wire (headers and packed bodies) and ms until usable; the middle of five loads without a cache."""
    with chromium() as browser:
        loads = sorted((_load(browser, site) for _ in range(LOADS)), key=lambda load: load.usable)
    middle = loads[LOADS // 2]
    parts = ", ".join(f"{kind.lower()} {size / 1000:.1f}" for kind, size in sorted(middle.sizes.items()))
    print(f"first load of the board   {middle.without_fonts / 1000:.1f} kB without fonts ({parts})")
    print(f"panels behind it          {middle.panels / 1000:.1f} kB")
    print(f"usable                    after {middle.usable:.0f} ms with the processor slowed {SLOWER} times")
    return {
        "bytes_without_fonts": middle.without_fonts,
        "bytes_by_kind": middle.sizes,
        "bytes_of_panels": middle.panels,
        "usable_ms": middle.usable,
        "usable_ms_of_all": [load.usable for load in loads],
    }


def _load(browser: Browser, site: Site) -> Load:
    base = f"http://127.0.0.1:{site.ports[0]}"
    context = browser.new_context(viewport={"width": 1180, "height": 820}, base_url=base)
    context.add_cookies([{"name": "ecpr_device", "value": site.tokens[1][0], "url": base}])
    context.add_init_script(WATCH)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    kinds: dict[str, str] = {}
    load = Load()

    def finished(said: dict[str, Any]) -> None:
        kind, size = kinds.get(said["requestId"], "other"), int(said["encodedDataLength"])
        if kind == PANELS:
            load.panels += size
        else:
            load.sizes[kind] = load.sizes.get(kind, 0) + size

    def began(said: dict[str, Any]) -> None:
        kinds[said["requestId"]] = PANELS if PANELS in said["response"]["url"] else said["type"]

    protocol.on("Network.responseReceived", began)
    protocol.on("Network.loadingFinished", finished)
    with page.expect_response(lambda answer: PANELS in answer.url):
        page.goto(f"/codes/{site.codes[1]}/")
    page.wait_for_selector("html[data-usable-at]", state="attached")
    load.usable = float(page.get_attribute("html", "data-usable-at") or "nan")
    page.wait_for_load_state("networkidle")
    context.close()
    return load
