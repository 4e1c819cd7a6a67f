"""A page whose clock does not tick shows no number (docs/hazards.md, H9)."""

from playwright.sync_api import expect

from tests.browser.conftest import Devices, Server
from tests.browser.steps import hero, seconds_shown, three_screens

# The page's own clock fails, as it would with a fault in its script. Nothing is drawn from then on.
BREAK = "() => { globalThis.was = performance.now; performance.now = () => { throw new Error('broken clock'); }; }"
MEND = "() => { performance.now = globalThis.was; }"


def test_a_clock_that_stops_ticking_is_covered_by_dashes_and_comes_back(devices: Devices, server: Server) -> None:
    _, board, phone, wall = three_screens(devices, server)
    pages = (board.page, phone.page, wall.page)
    for page in pages:
        page.evaluate(BREAK)
    for page in pages:
        expect(page.locator(".stalled")).to_have_css("opacity", "1")
    for page in pages:
        page.evaluate(MEND)
    for page in pages:
        expect(page.locator(".stalled")).to_have_css("opacity", "0")
    before = seconds_shown(board.page)
    expect(hero(board.page)).not_to_have_text(f"{before // 60:02d}:{before % 60:02d}")
    for device in (board, phone, wall):
        assert {fault for fault in device.violations if "broken clock" not in fault} == set()
        device.violations.clear()
