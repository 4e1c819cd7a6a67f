"""The first load of the board: what travels, and how soon it can be used, in Chromium with a slow processor."""

import os
import shutil
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.bench.load import Site

WATCH = """
(() => {
  const look = () => {
    const hero = document.querySelector('[data-hero]');
    if (hero && /\\d\\d:\\d\\d/.test(hero.textContent)) window.usableAt = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


def first_load(site: Site) -> dict[str, Any]:
    """Bytes on the wire (gzipped bodies; fonts apart) and ms until the digits stand, three times, the median."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        loads = sorted((_load(browser, site) for _ in range(3)), key=lambda load: load[0])
        browser.close()
    usable, sizes = loads[1]
    total = sum(size for kind, size in sizes.items() if kind != "Font")
    parts = ", ".join(f"{kind.lower()} {size / 1000:.1f}" for kind, size in sorted(sizes.items()))
    print(f"first load             {total / 1000:.1f} kB gzipped without fonts ({parts})")
    print(f"usable                 after {usable:.0f} ms with the processor slowed four times")
    return {"bytes": total, "by_kind": sizes, "usable_ms": usable}


def _load(browser: Browser, site: Site) -> tuple[float, dict[str, int]]:
    """One load with an empty cache: when it was usable (ms), and the bytes by kind of resource."""
    base = f"http://127.0.0.1:{site.ports[0]}"
    context = browser.new_context(viewport={"width": 1180, "height": 820}, base_url=base)
    context.add_cookies([{"name": "ecpr_device", "value": site.tokens[0], "url": base}])
    context.add_init_script(WATCH)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def finished(said: dict[str, Any]) -> None:
        kind = kinds.get(said["requestId"], "?")
        sizes[kind] = sizes.get(kind, 0) + int(said["encodedDataLength"])

    protocol.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))
    protocol.on("Network.loadingFinished", finished)
    page.goto(f"/codes/{site.codes[0]}/")
    page.wait_for_function("window.usableAt !== undefined")
    usable = float(page.evaluate("window.usableAt"))
    page.wait_for_load_state("networkidle")
    context.close()
    return usable, sizes
