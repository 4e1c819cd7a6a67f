"""The gate, by trying to cross it: every door of a code, against everybody who has no business there."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.urls import get_resolver, reverse

from roles.devices import enrol, revoke_device, revoke_grant
from roles.models import Grant, Invitation
from roles.server_clock import now_ms
from tests.asgi import Asgi, origin
from tests.cast import SAM, VIC
from tests.factories import Joined, a_code, closed_code, joined, raw
from timeline import access
from timeline.models import Code, CodeView, Entry, Refusal

pytestmark = pytest.mark.django_db(transaction=True)

DOORS: dict[str, tuple[str, str]] = {
    "post": ("POST", "/api/codes/{id}/records"),
    "pull": ("GET", "/api/codes/{id}/records"),
    "reading": ("GET", "/api/codes/{id}/reading"),
    "repair": ("POST", "/api/codes/{id}/repair"),
}
# A device that could write once is not let in either, but what it brings is set aside for a person (202).
ONCE_INSIDE = ("revoked", "lost tablet", "expired")
PAGES = ["/codes/{id}/", "/codes/{id}/role", "/codes/{id}/wall/", "/codes/{id}/details"]


def nobody(code: Code) -> str:
    return ""


def elsewhere(code: Code) -> str:
    return joined(a_code(SAM), VIC).token


def revoked(code: Code) -> str:
    device = joined(code, VIC)
    revoke_grant(device.grant)
    return device.token


def lost(code: Code) -> str:
    device = joined(code, VIC)
    revoke_device(device.device)
    return device.token


def expired(code: Code) -> str:
    device = joined(code, VIC)
    Grant.objects.filter(pk=device.grant.pk).update(expires_at=now_ms() - 1)
    return device.token


def forged(code: Code) -> str:
    return f"{joined(code, VIC).device.id.hex}.guessed"


STRANGERS: dict[str, tuple[Callable[[Code], str], int]] = {
    "nobody": (nobody, 401),
    "joined elsewhere": (elsewhere, 404),
    "revoked": (revoked, 404),
    "lost tablet": (lost, 401),
    "expired": (expired, 404),
    "forged": (forged, 401),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("stranger", STRANGERS)
async def test_no_stranger_crosses_a_door_of_the_live_code(asgi: Asgi, door: str, stranger: str) -> None:
    code = await sync_to_async(a_code)()
    make, status = STRANGERS[stranger]
    method, path = DOORS[door]
    token = await sync_to_async(make)(code)
    headers = {"Origin": origin(), **({"Cookie": f"ecpr_device={token}"} if token else {})}
    tap = raw(code.id)
    body = {"records": [tap], "entries": [tap]} if method == "POST" else None
    answer = await asgi.ask(method, path.format(id=code.id), body, headers)
    aside = door == "post" and stranger in ONCE_INSIDE
    assert answer.status == (202 if aside else status)
    assert answer.headers["content-type"] == ("application/json" if aside else "application/problem+json")
    assert [str(row.record) async for row in Refusal.objects.all()] == ([tap["id"]] if aside else [])
    assert code.name.encode() not in answer.body
    assert await Entry.objects.filter(code=code).acount() == 3
    insider: Joined = await sync_to_async(joined)(code)
    inside = await asgi.ask(method, path.format(id=code.id), body, insider.bearer)
    assert inside.status == 200  # the same request crosses with standing, so the refusal meant something


@pytest.mark.parametrize("door", DOORS)
async def test_an_absent_code_and_a_foreign_one_answer_alike(asgi: Asgi, door: str) -> None:
    code = await sync_to_async(a_code)()
    token = await sync_to_async(elsewhere)(code)
    method, path = DOORS[door]
    answers = []
    for id in (code.id, uuid4()):
        body = {"records": [raw(id)], "entries": [raw(id)]} if method == "POST" else None
        answers.append(
            await asgi.ask(method, path.format(id=id), body, {"Origin": origin(), "Cookie": f"ecpr_device={token}"})
        )
    assert [(answer.status, answer.body) for answer in answers] == [(404, answers[0].body)] * 2


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_stranger_sees_a_page_of_a_code(client, path: str, stranger: str) -> None:
    code = a_code()
    client.cookies["ecpr_device"] = STRANGERS[stranger][0](code)
    answer = client.get(path.format(id=code.id))
    assert answer.status_code == 404
    assert code.name not in answer.content.decode()
    client.cookies["ecpr_device"] = joined(code).token
    assert client.get(path.format(id=code.id)).status_code == 200


# Every address of the site, by who may come in. A new one has to be put into one of these, and so gets its test.
OPEN = {"up", "service_worker", "home", "join", "login", "logout"}
FOR_DEVICES = {
    "board",
    "role",
    "wall",
    "details",
    "api_reading",
    "invite",
    "invite_revoke",
    "wall_invite",
    "real_patient",
}
FOR_STARTERS = {"start", "enrol"}
ABOUT_A_CODE = {"debrief", "debrief_pdf", "timeline_svg", "records_csv", "take_in", "add_outcome"}
ABOUT_A_PROTOCOL = {"protocol", "protocol_json", "protocol_sheet", "retire_protocol", "offer_protocol"}
ABOUT_A_DRAFT = {"protocol_draft", "publish_draft", "discard_draft", "draft_json"}
OF_PROTOCOLS = (
    {"protocols", "protocol_compare", "new_draft", "import_draft", "protocol_section", "draft_preview"}
    | ABOUT_A_PROTOCOL
    | ABOUT_A_DRAFT
)
SIGNED_IN = ABOUT_A_CODE | {"import", "audit", "audit_csv"} | OF_PROTOCOLS


def test_every_address_is_behind_a_gate_or_open_on_purpose() -> None:
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert named == OPEN | FOR_DEVICES | FOR_STARTERS | SIGNED_IN


def arguments(name: str, code: Code) -> list[object]:
    """What an address is about."""
    more = {"protocol_section": [1, "path"], "draft_preview": [1, "tablet"]}
    if name in ABOUT_A_CODE:
        return [code.id]
    return ["ecpr-1"] if name in ABOUT_A_PROTOCOL else [1] if name in ABOUT_A_DRAFT else list(more.get(name, []))


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
@pytest.mark.parametrize("who", ["nobody", "a joined device", "somebody whose account was closed"])
def test_what_needs_a_person_lets_neither_a_device_nor_a_closed_account_in(client, name: str, who: str) -> None:
    code = a_code()
    if who == "a joined device":
        client.cookies["ecpr_device"] = joined(code).token
    elif who == "somebody whose account was closed":
        person = User.objects.create_user("vic")
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        User.objects.update(is_active=False)
    path = reverse(name, args=arguments(name, code))
    answers = [client.get(path), client.post(path)]
    assert [(answer.status_code, answer.headers["Location"].split("?")[0]) for answer in answers] == [
        (302, "/accounts/login/")
    ] * 2
    assert CodeView.objects.count() == 0


@pytest.mark.parametrize("path", ["invite", "invite/revoke", "wall/invite"])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_stranger_invites_or_ends_an_invitation(client, path: str, stranger: str) -> None:
    code = a_code()
    client.cookies["ecpr_device"] = STRANGERS[stranger][0](code)
    assert client.post(f"/codes/{code.id}/{path}").status_code == 404
    assert Invitation.objects.count() == 0


async def test_a_wall_screen_reads_and_never_writes(asgi: Asgi) -> None:
    code = await sync_to_async(a_code)()
    wall = await sync_to_async(joined)(code, SAM, "wall")
    assert (await asgi.pull(code.id, wall.token)).status == 200
    assert (await asgi.post_records(code.id, wall.token, raw(code.id))).status == 404
    assert await Entry.objects.filter(code=code).acount() == 3


def test_a_wall_screen_neither_invites_nor_takes_a_role(client) -> None:
    code = a_code()
    client.cookies["ecpr_device"] = joined(code, SAM, "wall").token
    assert client.post(f"/codes/{code.id}/invite").status_code == 404
    assert client.get(f"/codes/{code.id}/role").status_code == 404
    assert client.get(f"/codes/{code.id}/wall/").status_code == 200


def test_what_a_wall_shows_lets_others_in_but_never_a_wall(client) -> None:
    code = a_code()
    wall, elsewhere = joined(code, SAM, "wall"), enrol("Wall 2", "wall")[1]
    client.cookies["ecpr_device"] = wall.token
    first, second, third = (client.post(f"/codes/{code.id}/wall/invite").json() for _ in range(3))
    assert 290_000 < third["expires"] - now_ms() <= 300_000
    for token in (wall.token, elsewhere):
        client.cookies["ecpr_device"] = token
        assert client.post("/join", {"letters": third["letters"]}).status_code == 422
    with pytest.raises(access.NotStanding):
        access.standing_of_token(wall.token, code.id, "write")
    client.cookies.clear()
    answers = [client.post("/join", {"letters": each["letters"]}).status_code for each in (first, second, third)]
    assert answers == [422, 302, 302], "the one on the wall and the one before it hold, no other"


def test_a_wall_shows_no_way_into_a_code_that_has_ended(client) -> None:
    code = closed_code()
    client.cookies["ecpr_device"] = joined(code, SAM, "wall").token
    assert client.post(f"/codes/{code.id}/wall/invite").status_code == 404


async def test_a_revocation_holds_at_once_although_the_standing_was_believed(asgi: Asgi) -> None:
    code = await sync_to_async(a_code)()
    device = await sync_to_async(joined)(code)
    assert (await asgi.post_records(code.id, device.token, raw(code.id))).status == 200
    await sync_to_async(revoke_grant)(device.grant)
    assert (await asgi.post_records(code.id, device.token, raw(code.id))).status == 202
    assert await Entry.objects.filter(code=code).acount() == 4


class Clock:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_a_heartbeat_that_finds_a_device_standing_prolongs_its_belief_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(access, "time", clock)
    code = a_code()
    device, silent = joined(code), joined(code, VIC)
    pairs = {(device.device.id, code.id)}
    for one in (device, silent):
        access.standing_of_token(one.token, code.id)
    lasted = []
    for _ in range(14):
        clock.now += 5
        access.still_standing(pairs - access.fallen(pairs))
        lasted.append([access.believed(one.token, code.id) is not None for one in (device, silent)])
    assert lasted == [[True, True]] + [[True, False]] * 10 + [[False, False]] * 3


def test_a_revocation_that_nobody_told_of_ends_the_belief_ten_seconds_after_the_last_good_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(access, "time", clock)
    code = a_code()
    device = joined(code)
    pairs = {(device.device.id, code.id)}
    access.standing_of_token(device.token, code.id)
    clock.now += 5
    access.still_standing(pairs - access.fallen(pairs))
    Grant.objects.filter(pk=device.grant.pk).update(revoked_at=now_ms())
    for _ in range(2):
        clock.now += 5
        access.still_standing(pairs - access.fallen(pairs))
    assert access.believed(device.token, code.id) is None


async def test_a_device_cannot_say_who_it_is_or_where_its_record_stands(asgi: Asgi) -> None:
    code = await sync_to_async(a_code)()
    device = await sync_to_async(joined)(code)
    for extra in ({"seq": 1}, {"by": {}}, {"flags": []}, {"received": 1}):
        answer = await asgi.post_records(code.id, device.token, {**raw(code.id), **extra})
        assert answer.json()["results"][0]["reason"] == "malformed"
    tap = raw(code.id)
    await asgi.post_records(code.id, device.token, tap)
    line = (await Entry.objects.aget(pk=tap["id"])).line
    assert f'"by":{{"device":"{device.device.id}"' in line
