"""The site gets a new version while a code runs (reliability.md, 4.6 scenario 14)."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Devices, Server, prepared
from tests.browser.steps import live, milestone, sign_in, start_code

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "data", "pictures", "bundle", "docs", "__pycache__", ".*_cache", ".hypothesis"
)


@pytest.fixture
def site(tmp_path: Path, seeded: Path) -> Iterator[Server]:
    server = prepared(tmp_path / "data", seeded)
    server.start()
    yield server
    server.stop()


def newer(folder: Path) -> Path:
    """A copy of the site whose board says that it is the next version, and whose service worker is another file."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    for wanted in ("docs", "node_modules"):
        (folder / wanted).symlink_to(ROOT / wanted)
    board = folder / "templates" / "timeline" / "board.html"
    board.write_text(board.read_text().replace('<main id="main"', '<main id="main" data-next-version'))
    # A checkout that was built more than once holds earlier ones beside it.
    built = folder / "build" / "static"
    worker = built / json.loads((built / "staticfiles.json").read_text())["paths"]["js/service_worker.js"]
    worker.write_text(worker.read_text() + "\n// The next version.\n")
    return folder


def test_a_new_version_of_the_site_waits_until_a_page_is_loaded_anew_and_keeps_what_waits(
    chromium: Browser, site: Server, tmp_path: Path
) -> None:
    devices = Devices(chromium, site)
    device = devices.new()
    page = device.page
    sign_in(device, site)
    code = start_code(device)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate("() => { globalThis.loadedBefore = true; }")
    site.stop()
    milestone(page, "CPR").first.click()
    expect(page.locator("[data-link-words]")).to_contain_text("1 not shared")

    site.root = newer(tmp_path / "next")
    site.start()
    live(page)
    expect(page.locator("#feed .feed-line[data-status='waiting']")).to_have_count(0)
    page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    milestone(page, "primed").first.click()
    expect(page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    assert page.evaluate("() => globalThis.loadedBefore === true"), "nobody loaded the page anew"
    expect(page.locator("[data-next-version]")).to_have_count(0)

    device.context.set_offline(True)
    milestone(page, "Cannulation").first.click()
    expect(page.locator("[data-link-words]")).to_contain_text("1 not shared")
    device.context.set_offline(False)
    page.reload()
    live(page)
    expect(page.locator("[data-next-version]")).to_have_count(1)
    expect(page.locator("#feed .feed-line[data-status='waiting']")).to_have_count(0)
    kinds = [record["kind"] for record in site.reading(code)["records"]]
    for kind in ("cpr_start", "circuit_primed", "cannulation_start"):
        assert kinds.count(kind) == 1, kind

    device.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-next-version]")).to_have_count(1)
    expect(page.locator("#feed .feed-what").filter(has_text=re.compile("Cannulation"))).to_have_count(1)
    devices.close()
