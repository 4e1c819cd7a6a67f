"""Pages as a browser meets them: headers everywhere, log-in limits, starting, joining, roles, invitations."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.urls import reverse

from roles.invitations import invite
from roles.models import Device, Grant
from tests.asgi import Asgi, origin
from tests.cast import LENA, OMAR, PASSWORD, VIC
from tests.factories import a_code, a_person, closed_code, joined
from timeline.models import Code, CodeView, Entry
from timeline.selectors import reading_of

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ["/", "/join", "/accounts/login/", "/up", "/admin/login/", "/nowhere", "/start", "/audit/", "/import/"]


def test_every_answer_carries_the_strict_policy(client) -> None:
    code = a_code()
    client.cookies["ecpr_device"] = joined(code).token
    for path in [*PATHS, reverse("board", args=[code.id]), reverse("role", args=[code.id])]:
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        assert (path, "unsafe" in policy, "default-src 'none'" in policy) == (path, False, True)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        if answer["Content-Type"].startswith("text/html") and not path.startswith("/admin"):
            page = answer.content.decode()
            assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page) == []
            assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"", page) == []


async def test_the_raw_doors_carry_the_policy_too(asgi: Asgi) -> None:
    for path in ("/api/time", "/static/css/base.css", "/static/none.css"):
        answer = await asgi.ask("GET", path)
        assert answer.headers["x-content-type-options"] == "nosniff"
    style = await asgi.ask("GET", "/static/css/base.css", None, {"Accept-Encoding": "gzip"})
    assert (style.status, style.headers["content-encoding"]) == (200, "gzip")
    style = await asgi.ask("GET", "/static/css/base.css", None, {"Accept-Encoding": "gzip, deflate, br"})
    assert (style.status, style.headers["content-encoding"]) == (200, "br")
    assert (await asgi.ask("GET", "/static/../ecpr_site/settings.py")).status == 404
    assert (await asgi.ask("GET", "/static/%2e%2e/manage.py")).status == 404


def test_a_foreign_page_writes_nothing_even_with_the_cookies(client) -> None:
    client.force_login(a_person(OMAR))
    assert client.post("/start", {"mode": "drill"}, headers={"origin": "https://evil.example"}).status_code == 403
    assert Code.objects.count() == 0
    assert client.post("/start", {"mode": "drill"}, headers={"origin": origin()}).status_code == 302
    assert Code.objects.count() == 1


def test_wrong_passwords_are_limited_and_lock_nobody_elsewhere_out(client) -> None:
    a_person()
    wrong = {"username": "lena", "password": "guess"}
    right = {"username": "lena", "password": PASSWORD}
    statuses = [client.post("/accounts/login/", wrong).status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert statuses == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    assert client.post("/accounts/login/", right).status_code == 429
    assert client.post("/accounts/login/", right, REMOTE_ADDR="10.1.1.1").status_code == 302


def test_nobody_starts_a_code_without_signing_in_or_a_bay_device(client) -> None:
    assert client.post("/start", {"mode": "real"}).status_code == 403
    client.cookies["ecpr_device"] = joined(a_code(), VIC).token
    assert client.post("/start", {"mode": "real"}).status_code == 403
    assert Code.objects.count() == 1


@pytest.mark.parametrize(("ago", "kinds"), [("5", 2), ("0", 2), ("", 1)])
def test_a_signed_in_person_starts_a_code_in_one_press(client, ago: str, kinds: int) -> None:
    client.force_login(a_person())
    answer = client.post("/start", {"mode": "drill", "ago": ago})
    code = Code.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("board", args=[code.id]))
    assert (code.mode, code.head) == ("drill", kinds)
    grant = Grant.objects.get()
    assert (grant.subject, grant.scope, grant.person) == (code.id, "write", "lena")
    assert answer.cookies["ecpr_device"]["httponly"] is True
    assert answer.cookies["ecpr_device"]["samesite"] == "Lax"
    if ago:
        reading = reading_of(code)
        assert code.opened_at - reading["anchors"]["arrest_onset"]["at"] == int(ago) * 60_000


@pytest.mark.parametrize("form", [{"mode": "demo"}, {"ago": "-1"}, {"ago": "x"}, {"ago": "99999"}])
def test_a_start_that_makes_no_sense_starts_nothing(client, form: dict) -> None:
    client.force_login(a_person())
    assert client.post("/start", form).status_code == 400
    assert Code.objects.count() == 0


@pytest.mark.parametrize(("which", "onset"), [("first", "2026-10-25T00:30:00Z"), ("second", "2026-10-25T01:30:00Z")])
def test_a_typed_time_that_an_autumn_night_repeats_starts_nothing_until_a_person_says_which(
    client, monkeypatch, settings, which: str, onset: str
) -> None:
    settings.ZONE = "Europe/London"
    now = datetime.fromisoformat("2026-10-25T03:00:00Z").timestamp() * 1000
    monkeypatch.setattr("timeline.views.home.now_ms", lambda: round(now))
    client.force_login(a_person())
    form = {"mode": "drill", "time": "01:30"}
    for said in (form, {**form, "which": "third"}):
        asked = client.post("/start", said)
        assert (asked.status_code, Code.objects.count()) == (200, 0)
        told = re.findall(r'name="which" value="(\w+)".*?</span> (UTC[^<]+)</span>', asked.content.decode())
        assert told == [("first", "UTC+1"), ("second", "UTC+0")]
    assert client.post("/start", {**form, "which": which}).status_code == 302
    anchor = reading_of(Code.objects.get())["anchors"]["arrest_onset"]["at"]
    assert datetime.fromtimestamp(anchor / 1000, UTC) == datetime.fromisoformat(onset)


def test_a_typed_time_that_came_once_is_not_asked_about(client, monkeypatch, settings) -> None:
    settings.ZONE = "Europe/London"
    now = datetime.fromisoformat("2026-10-25T00:45:00Z").timestamp() * 1000
    monkeypatch.setattr("timeline.views.home.now_ms", lambda: round(now))
    client.force_login(a_person())
    assert client.post("/start", {"mode": "drill", "time": "01:30"}).status_code == 302


def test_a_bay_device_that_staff_enrolled_starts_codes_by_itself(client) -> None:
    client.force_login(a_person())
    client.post("/enrol", {"label": "Bay 3 tablet"})
    client.post("/accounts/logout/")
    assert Device.objects.get().kind == "bay"
    assert client.post("/start", {"mode": "real"}).status_code == 302
    entry = Entry.objects.get(seq=1)
    assert json.loads(entry.line)["by"]["label"] == "Bay 3 tablet"


def test_a_guest_joins_by_letters_and_takes_a_role_in_three_steps(client) -> None:
    code = a_code()
    answer = client.post("/join", {"letters": invite(code.id).letters.lower()})
    assert (answer.status_code, answer["Location"]) == (302, reverse("role", args=[code.id]))
    assert client.get(answer["Location"]).status_code == 200
    assert client.post(answer["Location"], {"role": "leader"})["Location"] == reverse("board", args=[code.id])
    [leader] = [role for role in reading_of(code)["roles"] if role["key"] == "leader"]
    assert [holder["device"] for holder in leader["holders"]] == [str(Device.objects.get().id)]
    assert client.get(reverse("board", args=[code.id])).status_code == 200


def test_a_device_that_chooses_another_role_leaves_the_one_it_had(client) -> None:
    code = a_code()
    place = client.post("/join", {"letters": invite(code.id).letters})["Location"]
    for role in ("leader", "runner", "runner"):
        assert client.post(place, {"role": role}).status_code == 302
    held = {role["key"]: role["tenure"] for role in reading_of(code)["roles"] if role["tenure"]}
    assert {key: [spell["ended"] for spell in spells] for key, spells in held.items()} == {
        "leader": ["released"],
        "runner": [None],
    }


def test_an_invitation_that_does_not_hold_is_answered_with_a_sentence(client) -> None:
    assert client.post("/join", {"letters": "BBBBBBBB"}).status_code == 422
    assert client.post("/join", {"letters": ""}).status_code == 400
    for _ in range(12):
        last = client.post("/join", {"letters": "BBBBBBBB"})
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0


def test_who_writes_may_invite_by_letters_and_qr_and_revoke(client) -> None:
    code = a_code()
    client.cookies["ecpr_device"] = joined(code).token
    said = client.post(reverse("invite", args=[code.id]), {"scope": "wall"}).json()
    assert sorted(said) == ["expires", "letters", "qr_svg", "url"]
    assert said["qr_svg"].startswith("<svg")
    assert said["url"].partition("#")[0].endswith("/join")
    assert client.post(reverse("invite_revoke", args=[code.id])).json() == {"revoked": 1}
    assert client.post("/join", {"token": said["url"].partition("#")[2]}).status_code == 422


def test_staff_open_a_running_code_and_stand_on_it_in_their_name(client) -> None:
    code = a_code()
    client.force_login(a_person(OMAR))
    assert client.get(reverse("board", args=[code.id])).status_code == 200
    assert list(Grant.objects.values_list("subject", "person")) == [(code.id, "omar")]
    client.post("/accounts/logout/")
    assert client.get(reverse("board", args=[code.id])).status_code == 404


def test_every_look_at_a_past_code_is_logged(client) -> None:
    code = closed_code()
    client.force_login(a_person(LENA))
    assert client.get(reverse("board", args=[code.id])).status_code == 200
    client.get(reverse("api_reading", args=[code.id]))
    assert list(CodeView.objects.order_by("at", "id").values_list("code", "person", "what")) == [
        (code.id, "lena", "board"),
        (code.id, "lena", "reading"),
    ]


def test_the_board_begins_with_everything_it_needs(client) -> None:
    code = a_code()
    client.cookies["ecpr_device"] = joined(code).token
    boot = client.get(reverse("board", args=[code.id])).context["page"].boot
    assert sorted(boot) == [
        "code",
        "device",
        "frame",
        "protocol",
        "role",
        "scope",
        "server_now",
        "urls",
        "zone",
        "zone_offsets",
    ]
    assert [entry["seq"] for entry in boot["frame"]["entries"]] == [1, 2, 3]
    assert (boot["scope"], boot["protocol"]["key"]) == ("write", "ecpr-1")
