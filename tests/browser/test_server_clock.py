"""Somebody sets the server's system clock in the middle of a code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Devices, Server, prepared
from tests.browser.steps import live, milestone, seconds_shown, three_screens


@pytest.fixture
def step(tmp_path: Path) -> Path:
    """How far the server's system clock is off, in seconds."""
    path = tmp_path / "step"
    path.write_text("0")
    return path


@pytest.fixture
def stepped(tmp_path: Path, step: Path, seeded: Path) -> Iterator[Server]:
    """A server whose system clock follows `step`."""
    server = prepared(tmp_path / "data", seeded)
    server.program = ("-m", "tests.stepped")
    server.environment["STEP"] = str(step)
    server.start()
    yield server
    server.stop()


def test_a_server_whose_clock_is_set_says_so_and_moves_no_deadline_and_no_event(
    chromium: Browser, stepped: Server, step: Path
) -> None:
    devices = Devices(chromium, stepped)
    code, one, two, wall = three_screens(devices, stepped)
    milestone(one.page, "CPR").first.click()
    clock = stepped.reading(code)["clock"]
    before = seconds_shown(one.page)
    for seconds, words in ((120, "+120 s"), (-120, "−120 s")):
        step.write_text(str(seconds))
        for page in (one.page, two.page):
            expect(page.locator("[data-notice]")).to_have_text(f"Server clock moved {words}; times here stay")
        expect(wall.page.locator("[data-link-words]")).to_have_text(re.compile("server clock moved"))
        milestone(one.page, "primed" if seconds > 0 else "Cannulation").first.click()
        expect(one.page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
        shown = (seconds_shown(one.page), seconds_shown(two.page))
        # The test itself takes less than the step; a clock that followed the system's would be off by two minutes.
        assert all(before - 60 < each <= before for each in shown), (before, shown)
        assert abs(shown[0] - shown[1]) <= 1
    # Loaded anew, a page asks for the time anew, and gets the same.
    two.page.reload()
    live(two.page)
    assert before - 90 < seconds_shown(two.page) <= before
    reading = stepped.reading(code)
    assert reading["clock"]["deadline"] == clock["deadline"]
    taps = [
        record
        for record in reading["records"]
        if record["kind"] in ("cpr_start", "circuit_primed", "cannulation_start")
    ]
    assert [record["kind"] for record in taps] == ["cpr_start", "circuit_primed", "cannulation_start"]
    assert [record["flags"] for record in taps] == [[], [], []]
    assert taps[-1]["received"] - taps[0]["received"] < 60_000
    devices.close()
