"""Every page: nothing that a machine can find wrong with it, in both themes, and the pictures of the README."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, PORTRAIT, ROOT, SHOTS, TABLET, WALL, Devices, Server
from tests.browser.steps import expire_invitations, invitation, live, no_sideways_scroll, sign_in, start_code

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PUBLISHED = ROOT / "tests" / "fixtures" / "published"


def faults(page: Page) -> list[str]:
    """What axe finds, up to WCAG 2.2 AA, as one line each. Run in a world of its own: the page's policy stands."""
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})["executionContextId"]
    session.send("Runtime.evaluate", {"expression": AXE, "contextId": world})
    said = session.send(
        "Runtime.evaluate",
        {
            "expression": "axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']})"
            ".then((r) => JSON.stringify(r.violations.map((v) => v.id + ': '"
            " + v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | '))))",
            "contextId": world,
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    session.detach()
    found: list[str] = json.loads(said["result"]["value"])
    return found


@pytest.fixture(scope="session")
def published(server: Server) -> dict[str, str]:
    """The published cases, imported once; their ids by name."""
    ids = {}
    for file in sorted(PUBLISHED.glob("*.csv")):
        server.manage("import_codes", str(file))
        name = file.stem
        ids[name] = str(server.reading(name)["code"]["id"])
    return ids


@pytest.mark.parametrize(("theme", "size"), [("light", TABLET), ("dark", PHONE)], ids=["tablet-light", "phone-dark"])
def test_the_calm_pages_are_accessible_and_never_scroll_sideways(
    devices: Devices, server: Server, published: dict[str, str], theme: str, size: dict[str, int]
) -> None:
    device = devices.new(size, theme=theme)
    page = device.page
    found: dict[str, object] = {}

    def look(name: str) -> None:
        found[name] = (faults(page), no_sideways_scroll(page))

    for path in ("/", "/join", "/accounts/login/", "/nothing-here"):
        page.goto(path)
        look(path)
    sign_in(device, server)
    louvre = published["louvre"]
    protocols = ("/protocols/", "/protocols/ecpr-1/", "/protocols/compare?old=ecpr-1&new=ihca-1")
    for path in ("/", "/import/", "/audit/", f"/codes/{louvre}/debrief/", *protocols):
        page.goto(path)
        look(path)
    page.goto("/protocols/")
    page.get_by_role("button", name="Change").first.click()
    for part in ("Path", "Prompts", "Criteria"):
        page.get_by_role("link", name=part, exact=True).click()
        look(part)
    page.get_by_role("button", name="Discard").click()
    page.goto("/")
    page.locator(".code-card").first.get_by_role("link", name=re.compile("role")).click()
    look("role")
    assert found == {name: ([], True) for name in found}


@pytest.mark.parametrize(
    ("theme", "size"),
    [("light", TABLET), ("dark", TABLET), ("light", PORTRAIT), ("dark", PHONE)],
    ids=["tablet-light", "tablet-dark", "portrait-light", "phone-dark"],
)
def test_the_board_is_accessible_and_everything_on_it_can_be_hit(
    devices: Devices, server: Server, theme: str, size: dict[str, int]
) -> None:
    device = devices.new(size, theme=theme, touch=True)
    sign_in(device, server)
    start_code(device)
    page = device.page
    found = {"board": faults(page)}
    small = page.evaluate(
        """() => [...document.querySelectorAll('#board button')].filter((b) => b.offsetParent).map((b) => {
          const r = b.getBoundingClientRect();
          return [b.textContent.trim().slice(0, 30), Math.round(r.width), Math.round(r.height)];
        }).filter(([, w, h]) => w < 44 || h < 44)"""
    )
    for name in ("Team|The team", "Add past event", "End code", "Invite"):
        if size == PHONE:
            page.locator("[data-tab='more']").click()
        else:
            page.locator("[data-more]").click()
        page.get_by_role("button", name=re.compile(name)).first.click()
        found[name] = faults(page)
        page.locator("[data-tab='board']" if size == PHONE else "[data-panel-close]").click()
    assert small == []
    assert found == {name: [] for name in found}
    assert no_sideways_scroll(page)


def test_the_published_cases_show_the_papers_figures_on_every_page(
    devices: Devices, server: Server, published: dict[str, str]
) -> None:
    device = devices.new()
    sign_in(device, server)
    page = device.page
    page.goto(f"/codes/{published['louvre']}/debrief/")
    text = page.locator("main").inner_text()
    assert re.search(r"\b90 min", text)
    assert re.search(r"\b23 min", text)
    assert re.search(r"30 min (over|past|late|beyond)|missed by 30|30 min.{0,20}target", text, re.I), text[:1500]
    page.goto(f"/codes/{published['uva-simulation']}/debrief/")
    text = page.locator("main").inner_text()
    assert "36:40" in text or "36 min 40 s" in text
    assert "DRILL" in text.upper()
    page.goto("/audit/")
    row = page.locator("table tr").filter(has_text="louvre").first
    expect(row).to_contain_text("90")
    expect(page.locator("table tr").filter(has_text="uva-simulation")).to_have_count(0)


def test_an_expired_and_a_revoked_invitation_are_refused_with_a_sentence(devices: Devices, server: Server) -> None:
    host, guest = devices.new(), devices.new(PHONE)
    sign_in(host, server)
    code = start_code(host)
    letters, token = invitation(server, code)
    expire_invitations(server, code)
    for address in ("/join", f"/join#{token}"):
        guest.page.goto("about:blank")
        guest.page.goto(address)
        if "#" not in address:
            guest.page.get_by_label(re.compile("letters", re.I)).fill(letters)
            guest.page.keyboard.press("Enter")
        expect(guest.page.get_by_role("alert").first).to_contain_text(re.compile("expired|not known|no longer", re.I))
    assert guest.page.goto(f"/codes/{code}/").status == 404  # type: ignore[union-attr]  # a response is there
    assert guest.page.goto(f"/codes/{code}/debrief/").url.endswith(f"?next=/codes/{code}/debrief/")  # type: ignore[union-attr]


def test_the_pictures_of_the_readme(devices: Devices, server: Server) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    tablet = devices.new(TABLET)
    sign_in(tablet, server)
    tablet.page.goto("/")
    _shoot(tablet.page, "start")
    # The demo's own drill is the oldest that is open.
    tablet.page.locator(".code-card--drill").last.get_by_role("link", name=re.compile("Open")).click()
    live(tablet.page)
    _shoot(tablet.page, "board-tablet")
    address = tablet.page.url
    code = address.split("/")[-2]
    phone = devices.new(PHONE, theme="dark")
    sign_in(phone, server)
    phone.page.goto(address)
    live(phone.page)
    _shoot(phone.page, "board-phone")
    wall = devices.new(WALL, theme="dark")
    _, token = invitation(server, code, scope="wall")
    wall.page.goto(f"/join#{token}")
    wall.page.wait_for_url("**/wall/")
    live(wall.page)
    _shoot(wall.page, "wall")
    tablet.page.goto("/")
    ended = tablet.page.locator(".ended-row").filter(has_text="DEMO").filter(has_text="On ECMO flow")
    ended.first.get_by_role("link").click()
    _shoot(tablet.page, "debrief")
    tablet.page.goto("/audit/?include=demo")
    _shoot(tablet.page, "audit")
    assert sorted(path.stem for path in SHOTS.glob("*.png")) == sorted(
        ["start", "board-tablet", "board-phone", "wall", "debrief", "audit"]
    )


def _shoot(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready.then(() => true)")
    path: Path = SHOTS / f"{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 10_000
