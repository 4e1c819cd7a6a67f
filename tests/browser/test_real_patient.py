"""A drill turns into a real patient: one tap on the leader's tablet, one on every other device."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Devices, Server
from tests.browser.steps import code_of, join, live, no_sideways_scroll, sign_in, start_code


def test_one_tap_leaves_the_drill_for_a_real_patient_and_every_device_comes_over_in_one(
    devices: Devices, server: Server
) -> None:
    tablet, phone = devices.new(), devices.new(PHONE)
    sign_in(tablet, server)
    drill = start_code(tablet, drill=True)
    join(phone, server, drill)
    assert no_sideways_scroll(tablet.page)
    expect(phone.page.locator("[data-over]")).to_be_hidden()
    tablet.page.get_by_role("button", name="REAL PATIENT").click()
    tablet.page.wait_for_url(lambda url: drill not in url)
    live(tablet.page)
    code = code_of(tablet.page)
    expect(tablet.page.locator("#board")).to_have_attribute("data-mode", "real")
    expect(tablet.page.locator("[data-real], [data-over]")).to_have_count(0)
    over = phone.page.locator("[data-over]")
    expect(over).to_be_visible()
    over.click()
    phone.page.wait_for_url(re.compile(code))
    live(phone.page)
    expect(phone.page.locator("#board")).to_have_attribute("data-mode", "real")
    expect(phone.page.locator("[data-me]")).to_have_text("Recorder")
    reading = server.reading(drill)["code"]
    assert isinstance(reading, dict)
    assert (reading["state"], reading["outcome"]) == ("closed", "stopped")
