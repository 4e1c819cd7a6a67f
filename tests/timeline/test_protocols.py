"""The site's own protocols: who may change them, what a draft is, and that running codes keep their version."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.cast import LENA, OMAR
from tests.factories import a_code, a_person
from timeline import publishing, shelf
from timeline.core.protocol_compare import compare
from timeline.models import Code, ProtocolAct, ProtocolVersion
from timeline.protocols import protocol_named, shipped
from timeline.selectors import reading_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead() -> Client:
    client = Client()
    person = a_person(LENA)
    person.user_permissions.add(Permission.objects.get(codename="change_protocolversion"))
    client.force_login(person)
    return client


@pytest.fixture
def reader() -> Client:
    client = Client()
    client.force_login(a_person(OMAR))
    return client


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    """What is published in one test is not known in the next, whose versions have the same keys."""
    yield
    protocol_named.cache_clear()


def a_draft(**changes: Any) -> ProtocolVersion:
    draft = publishing.draft_from("ecpr-1", "lena")
    return publishing.save(draft.pk, publishing.content_of(draft) | changes, "lena", draft.changed_at)


def shorter() -> dict[str, Any]:
    """The targets with a scene time of 12 minutes."""
    targets = json.loads(json.dumps(shipped("ecpr-1")["targets"]))
    targets["scene_time"]["limit_minutes"] = 12
    return {"targets": targets}


def test_a_published_draft_is_what_new_codes_begin_under_and_running_ones_keep_theirs(lead: Client) -> None:
    running = a_code()
    lead.post(reverse("new_draft"), {"from": "ecpr-1"})
    draft = ProtocolVersion.objects.get()
    for section, typed in (
        ("targets", {"arrest_to_flow/limit_minutes": "50"}),
        ("path", {"flow_on/due_minutes": "50", "flow_established/due_minutes": "50"}),
    ):
        draft.refresh_from_db()
        page = reverse("protocol_section", args=[draft.pk, section])
        assert lead.post(page, {"seen": str(draft.changed_at), **typed}).status_code == 302
    answer = lead.post(reverse("publish_draft", args=[draft.pk]), {"note": "we are faster"})
    assert answer.headers["Location"] == "/protocols/ecpr-2/"
    lead.post(reverse("start"), {"mode": "drill", "ago": "0"})
    started = Code.objects.exclude(pk=running.pk).get()
    assert [(code.protocol, reading_of(code)["clock"]["limit_minutes"]) for code in (running, started)] == [
        ("ecpr-1", 60),
        ("ecpr-2", 50),
    ]
    assert [(act.person, act.act, act.series, act.version, act.note) for act in ProtocolAct.objects.order_by("pk")] == [
        ("lena", "drafted", "ecpr", None, "from ecpr-1"),
        ("lena", "published", "ecpr", 2, "we are faster"),
    ]


def test_an_old_version_is_offered_again_and_a_retired_one_is_not_offered() -> None:
    key = publishing.publish(a_draft(**shorter()).pk, "lena")
    assert (key, shelf.current_key()) == ("ecpr-2", "ecpr-2")
    publishing.offer_again("ecpr-1", "lena")
    assert shelf.current_key() == "ecpr-1"
    publishing.retire("ecpr-1", "lena")
    assert shelf.current_key() == "ecpr-2"
    assert [(each.key, each.state, each.current) for each in shelf.versions()] == [
        ("ecpr-2", "published", True),
        ("ecpr-1", "retired", False),
        ("ihca-1", "published", True),
    ]
    assert protocol_named("ecpr-1").name == "ECPR, adult, out of hospital", "codes of before are read with it"


def test_the_last_protocol_on_offer_cannot_be_retired() -> None:
    publishing.retire("ihca-1", "lena")
    with pytest.raises(publishing.Refused, match="the last protocol on offer"):
        publishing.retire("ecpr-1", "lena")
    assert [each.key for each in shelf.on_offer()] == ["ecpr-1"]


def test_a_broken_draft_is_kept_and_cannot_be_published(lead: Client) -> None:
    draft = a_draft(milestones=["note"])
    answer = lead.post(reverse("publish_draft", args=[draft.pk]))
    assert answer.status_code == 422
    assert "Not published. The milestone note has no owner." in answer.content.decode()
    assert shelf.current_key() == "ecpr-1"
    shown = lead.get(reverse("draft_preview", args=[draft.pk, "tablet"])).content.decode()
    assert "no picture of it while it cannot be published" in shown


def test_nobodys_work_is_overwritten_unseen(lead: Client) -> None:
    draft = a_draft()
    seen = draft.changed_at
    publishing.save(draft.pk, publishing.content_of(draft) | shorter(), "omar", seen)
    page = reverse("protocol_section", args=[draft.pk, "pauses"])
    answer = lead.post(page, {"seen": str(seen), "pauses/red_seconds": "12"}, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"] == "omar saved this draft meanwhile. Load it again before you change it."
    draft.refresh_from_db()
    assert publishing.content_of(draft)["targets"]["scene_time"]["limit_minutes"] == 12


def test_each_save_says_what_is_wrong_and_how_much_differs(lead: Client) -> None:
    draft = a_draft()
    page = reverse("protocol_section", args=[draft.pk, "path"])
    sent = {"seen": str(draft.changed_at), "ecpr_activated/due_minutes": "50", "name": "ECPR, Perth"}
    said = lead.post(page, sent, headers={"accept": "application/json"}).json()
    assert said["sentences"] == ["The due times have to rise along the path, and ecpr_decision falls back."]
    assert (said["error"], said["shown"]) == ("", False)
    assert said["changes"] == [
        "Name: “ECPR, adult, out of hospital” → “ECPR, Perth”.",
        "Path · “Called” · due minutes: 15 → 50.",
    ]
    assert "ECPR, Perth" in lead.get(reverse("protocols")).content.decode()


def test_a_protocol_goes_out_as_json_and_comes_in_again_unchanged(lead: Client) -> None:
    file = lead.get(reverse("protocol_json", args=["ihca-1"])).content
    lead.post(reverse("import_draft"), {"file": SimpleUploadedFile("p.json", file)})
    draft = ProtocolVersion.objects.get()
    assert (draft.series, publishing.content_of(draft)) == ("ihca", shipped("ihca-1"))
    assert publishing.publish(draft.pk, "lena") == "ihca-2"
    assert compare(shipped("ihca-1"), protocol_named("ihca-2").raw) == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "The file is not JSON"),
        (b"\xff\xfe", "The file is not UTF-8 text."),
        (b"[]", "The protocol has to be a JSON object."),
        (b"{}", "The protocol lacks kinds."),
        (b" " * (publishing.MOST_BYTES + 1), "The file has more than 1024 kB."),
        (json.dumps(shipped("ecpr-1") | {"key": "Ärger"}).encode(), "is made of small letters, digits and hyphens"),
    ],
)
def test_a_file_with_faults_is_refused_with_every_fault(lead: Client, file: bytes, sentence: str) -> None:
    answer = lead.post(reverse("import_draft"), {"file": SimpleUploadedFile("p.json", file)})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ProtocolVersion.objects.exists()


def test_a_protocol_of_its_own_begins_at_one_and_is_a_choice_on_the_start_page(lead: Client) -> None:
    lead.post(reverse("new_draft"), {"from": "ecpr-1", "series": "ecpr-child"})
    draft = ProtocolVersion.objects.get()
    assert publishing.publish(draft.pk, "lena") == "ecpr-child-1"
    lead.post(reverse("start"), {"mode": "drill", "ago": "0", "protocol": "ecpr-child"})
    assert Code.objects.get().protocol == "ecpr-child-1"
    again = lead.post(reverse("new_draft"), {"from": "ecpr-1", "series": "ecpr-child"})
    assert (again.status_code, ProtocolVersion.objects.count()) == (422, 1)
    wrong = lead.post(reverse("start"), {"mode": "drill", "ago": "0", "protocol": "nothing"})
    assert (wrong.status_code, Code.objects.count()) == (400, 1)


def test_a_published_set_of_criteria_is_adopted_and_edited_line_by_line(lead: Client) -> None:
    draft = a_draft()
    page = reverse("protocol_section", args=[draft.pk, "criteria"])
    lead.post(page, {"seen": str(draft.changed_at), "act": "adopt:", "adopt": "prague"})
    draft.refresh_from_db()
    adopted = publishing.content_of(draft)["criteria"]
    assert adopted["key"] == "prague"
    first = adopted["lines"][0]["key"]
    lead.post(page, {"seen": str(draft.changed_at), f"{first}/text": "As we see it", "act": f"down:{first}"})
    draft.refresh_from_db()
    lines = publishing.content_of(draft)["criteria"]["lines"]
    assert [lines[1]["key"], lines[1]["text"]] == [first, "As we see it"]
    assert publishing.content_of(draft)["criteria"]["name"] == f"{adopted['name']}, adapted"
    lead.post(page, {"seen": str(draft.changed_at), "act": "adopt:", "adopt": "prague"})
    draft.refresh_from_db()
    assert publishing.content_of(draft)["criteria"] == adopted


def test_the_editor_offers_to_move_take_out_and_add_where_that_can_be(lead: Client) -> None:
    draft = a_draft()
    offered = {}
    for section in ("path", "milestones", "criteria", "drugs", "checklist-leader", "prompts", "targets"):
        page = lead.get(reverse("protocol_section", args=[draft.pk, section])).content.decode()
        offered[section] = ('value="down:' in page, 'value="add"' in page, '<select class="short" id="add"' in page)
    assert offered == {
        "path": (True, True, True),
        "milestones": (True, True, True),
        "criteria": (True, True, False),
        "drugs": (True, True, False),
        "checklist-leader": (True, True, False),
        "prompts": (True, False, False),
        "targets": (False, False, False),
    }
    page = reverse("protocol_section", args=[draft.pk, "path"])
    lead.post(page, {"seen": str(draft.changed_at), "act": "add", "add": "site_prep"})
    draft.refresh_from_db()
    assert [step["kind"] for step in publishing.content_of(draft)["path"]][-2:] == ["site_prep", "flow_established"]


CHANGING = {
    "new_draft": {"from": "ecpr-1"},
    "import_draft": {},
    "retire_protocol": {},
    "offer_protocol": {},
    "protocol_draft": {},
    "protocol_section": {"targets/scene_time/limit_minutes": "1"},
    "publish_draft": {},
    "discard_draft": {},
}


@pytest.mark.parametrize("name", CHANGING)
def test_whoever_is_not_the_lead_reads_protocols_and_changes_none(reader: Client, name: str) -> None:
    draft = a_draft()
    of_draft = {"protocol_section": [draft.pk, "targets"]}.get(name, [draft.pk])
    arguments = {"retire_protocol": ["ecpr-1"], "offer_protocol": ["ecpr-1"], "new_draft": [], "import_draft": []}
    answer = reader.post(reverse(name, args=arguments.get(name, of_draft)), CHANGING[name])
    assert answer.status_code == 403
    assert (ProtocolVersion.objects.get().changed_at, ProtocolAct.objects.count()) == (draft.changed_at, 1)
    page = reader.get(reverse("protocols")).content.decode()
    assert "ECPR, adult, in hospital" in page
    assert "Retire" not in page


def test_the_page_of_a_protocol_says_every_number_that_the_app_runs_by(reader: Client) -> None:
    page = " ".join(reader.get(reverse("protocol", args=["ecpr-1"])).content.decode().split())
    raw = shipped("ecpr-1")
    texts = [each["text"] for each in (*raw["prompts"], *raw["criteria"]["lines"])]
    texts += [item["text"] for role in raw["roles"] for item in role["items"]]
    texts += [target["label"] for target in raw["targets"].values()]
    missing = [text for text in texts if text.replace('"', "&quot;").replace("'", "&#x27;") not in page]
    assert missing == []
    assert "15 min after CPR start" in page
    assert "to be confirmed by the site" in page
    assert reader.get(reverse("protocol", args=["other"])).status_code == 404


def test_two_versions_are_compared_in_words(reader: Client) -> None:
    publishing.publish(a_draft(**shorter()).pk, "lena")
    page = reader.get(reverse("protocol_compare"), {"old": "ecpr-1", "new": "ecpr-2"}).content.decode()
    assert "Targets · “Scene time” · limit minutes: 15 → 12." in page
    assert "1 difference." in page


def test_only_previews_may_stand_in_a_frame_of_the_site(lead: Client) -> None:
    draft = a_draft()
    answers = [
        lead.get(reverse("draft_preview", args=[draft.pk, screen])) for screen in ("tablet", "phone", "wall")
    ] + [lead.get(reverse("protocol_draft", args=[draft.pk]))]
    policies = [answer.headers["Content-Security-Policy"].split("frame-ancestors ")[1] for answer in answers]
    assert policies == ["'self'"] * 3 + ["'none'"]
    assert lead.get(reverse("draft_preview", args=[draft.pk, "watch"])).status_code == 404


def test_a_discarded_draft_is_gone_and_its_acts_are_not(lead: Client) -> None:
    draft = a_draft()
    lead.post(reverse("discard_draft", args=[draft.pk]))
    assert lead.get(reverse("protocol_draft", args=[draft.pk])).status_code == 404
    assert [act.act for act in ProtocolAct.objects.order_by("pk")] == ["drafted", "discarded"]
