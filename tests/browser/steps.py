"""What people do with the app, in the words of the tests."""

import re
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, WALL, Device, Devices, Server


def password_of(server: Server, who: str) -> str:
    """The demo password that `manage.py demo` made for somebody."""
    lines = (Path(server.environment["DATA_DIR"]) / "demo-logins.txt").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{who} "))


def sign_in(device: Device, server: Server, who: str = "lena") -> None:
    """Sign in by the form; on further devices of the same person by the session that it gave."""
    page = device.page
    if who in server.sessions:
        device.context.add_cookies([server.sessions[who]])
        page.goto("/")
        return
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill(who)
    page.get_by_label("Password").fill(password_of(server, who))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("Sign out"))).to_be_visible()
    [session] = [cookie for cookie in device.context.cookies() if cookie["name"] == "sessionid"]
    server.sessions[who] = {"name": "sessionid", "value": session["value"], "url": server.url, "httpOnly": True}


def code_of(page: Page) -> str:
    """The id of the code whose board is open."""
    found = re.search(r"/codes/([0-9a-f-]{36})/", page.url)
    assert found, page.url
    return str(UUID(found[1]))


def start_code(device: Device, *, drill: bool = False) -> str:
    """Start a code with one tap on the start page; its id."""
    device.page.goto("/")
    device.page.get_by_role("button", name=re.compile("start a drill" if drill else "^start code", re.I)).first.click()
    device.page.wait_for_url(re.compile(r"/codes/[0-9a-f-]{36}/$"))
    live(device.page)
    return code_of(device.page)


def invitation(server: Server, code: str, *, scope: str = "write", minutes: int = 15) -> tuple[str, str]:
    """Eight letters and the QR token of a fresh invitation."""
    said = server.shell(
        "from uuid import UUID; from roles.invitations import invite; "
        f"made = invite(UUID('{code}'), '{scope}', {minutes}, by='tests'); print(made.letters, made.token)"
    )
    letters, token = said.split()
    return letters, token


def expire_invitations(server: Server, code: str) -> None:
    """Let time pass over the invitations of a code."""
    server.shell(
        f"from roles.models import Invitation; Invitation.objects.filter(subject='{code}').update(expires_at=1)"
    )


def join(device: Device, server: Server, code: str, *, role: str | None = "Recorder") -> None:
    """Join by letters, then choose a role (or none)."""
    letters, _ = invitation(server, code)
    page = device.page
    page.goto("/join")
    page.get_by_label(re.compile("letters", re.I)).fill(letters)
    page.keyboard.press("Enter")
    page.wait_for_url("**/role")
    if role is None:
        page.goto(f"/codes/{code}/")
    else:
        page.get_by_role("button", name=re.compile(role, re.I)).first.click()
    page.wait_for_url(re.compile(r"/codes/[0-9a-f-]{36}/$"))
    live(page)


def three_screens(devices: Devices, server: Server) -> tuple[str, Device, Device, Device]:
    """A code that runs on a tablet, a phone and a wall: its id, and the three."""
    tablet, phone, wall = devices.new(), devices.new(PHONE), devices.new(WALL)
    sign_in(tablet, server)
    code = start_code(tablet)
    join(phone, server, code)
    sign_in(wall, server)
    wall.page.goto(f"/codes/{code}/wall/")
    expect(wall.page.locator("[data-hero]")).not_to_have_text("--:--")
    return code, tablet, phone, wall


def live(page: Page) -> None:
    """Wait until the device says in words that it hears the others."""
    expect(page.locator("[data-link='live']")).to_be_visible()


def hero(page: Page) -> Locator:
    return page.locator("[data-hero]")


def seconds_shown(page: Page) -> int:
    """The hero's digits as seconds, read at one instant."""
    parts = [int(part) for part in hero(page).inner_text().split(":")]
    total = 0
    for part in parts:
        total = total * 60 + part
    return total


def milestone(page: Page, name: str) -> Locator:
    """A milestone's own button, in its fixed place."""
    return page.locator("#others button").filter(has_text=re.compile(name, re.I))


def feed_words(page: Page) -> list[str]:
    return page.locator("#feed .feed-what").all_inner_texts()


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"))
