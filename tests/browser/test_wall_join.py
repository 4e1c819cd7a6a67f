"""Joining from the wall: what it shows is scanned, or typed, by another device."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WALL, Devices, Server
from tests.browser.steps import invitation, no_sideways_scroll, sign_in, start_code


def test_the_address_in_the_walls_qr_code_and_its_letters_let_a_telephone_in(devices: Devices, server: Server) -> None:
    tablet, wall, scans, types = devices.new(), devices.new(WALL), devices.new(PHONE), devices.new(PHONE)
    sign_in(tablet, server)
    code = start_code(tablet)
    _, token = invitation(server, code, scope="wall")
    with wall.page.expect_response("**/wall/invite") as told:
        wall.page.goto(f"/join#{token}")
    expect(wall.page.locator("[data-join-qr]")).to_be_visible()
    letters = told.value.json()["letters"]
    expect(wall.page.locator("[data-join-letters]")).to_have_text(f"JOIN {letters[:4]} {letters[4:]}")
    assert no_sideways_scroll(wall.page)
    scans.page.goto(told.value.json()["url"])
    scans.page.wait_for_url(f"**/codes/{code}/role")
    types.page.goto("/join")
    types.page.get_by_label(re.compile("letters", re.I)).fill(letters)
    types.page.keyboard.press("Enter")
    types.page.wait_for_url(f"**/codes/{code}/role")
    tablet.page.locator("[data-more]").click()
    tablet.page.get_by_role("button", name="End code").click()
    tablet.page.get_by_role("button", name="ROSC, no ECMO").click()
    expect(wall.page.locator("[data-join-qr]")).to_be_hidden()
