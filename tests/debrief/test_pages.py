"""The pages after a code: who may see them, that every look is logged, and that all of them show one number."""

import csv
import io
import re
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from tests.cast import LENA, OMAR
from tests.factories import a_code, a_person, a_record, author, closed_code
from timeline import services
from timeline.intake import author as importer
from timeline.intake import carry_out, plan_of
from timeline.models import Code, CodeView, Debrief
from timeline.selectors import entries_of, find_code, reading_of

pytestmark = pytest.mark.django_db(transaction=True)

PUBLISHED = Path(__file__).resolve().parents[1] / "fixtures" / "published"
OF_A_CODE = ("debrief/", "debrief.pdf", "timeline.svg", "records.csv")
HOSTILE = '<script>alert("x")</script>&amp;=1+1'


@pytest.fixture
def reader() -> Client:
    client = Client()
    client.force_login(a_person(LENA))
    return client


def published(name: str) -> Code:
    for _ in carry_out(plan_of((PUBLISHED / f"{name}.csv").read_bytes()), importer("Import", None)):
        pass
    return find_code(name)


def shown(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.parametrize("path", OF_A_CODE)
def test_nobody_sees_a_past_code_without_signing_in(path: str) -> None:
    code = closed_code()
    answer = Client().get(f"/codes/{code.id}/{path}")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert CodeView.objects.count() == 0


@pytest.mark.parametrize("path", ["/audit/", "/audit.csv"])
def test_nobody_sees_the_audit_without_signing_in(path: str) -> None:
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("path", OF_A_CODE)
def test_every_look_is_logged_with_who_at_what(path: str, reader: Client) -> None:
    code = closed_code()
    assert reader.get(f"/codes/{code.id}/{path}").status_code == 200
    [view] = CodeView.objects.all()
    assert (view.code_id, view.person) == (code.id, LENA.name)


@pytest.mark.parametrize("path", OF_A_CODE)
def test_a_code_that_is_not_there_is_not_found(path: str, reader: Client) -> None:
    assert reader.get(f"/codes/00000000-0000-4000-8000-000000000000/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "key", "minutes", "words"),
    [
        ("louvre", "arrest_to_flow", 90.0, "90 min"),
        ("louvre", "cannulation_to_flow", 23.0, "23 min"),
        ("uva-simulation", "arrest_to_flow", 45.0, "45 min"),
        ("uva-simulation", "activation_to_flow", 36.6667, "36 min 40 s"),
        ("perth", "arrest_to_door", 25.0, "25 min"),
        ("perth", "arrest_to_rosc", 35.0, "35 min"),
    ],
)
def test_a_published_figure_is_the_same_on_the_page_in_the_pdf_in_the_csv_and_in_the_reading(
    name: str, key: str, minutes: float, words: str, reader: Client
) -> None:
    code = published(name)
    interval = reading_of(code)["intervals"][key]
    assert interval["minutes"] == minutes
    page = shown(reader.get(f"/codes/{code.id}/debrief/"))
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    rows = csv.DictReader(io.StringIO(reader.get(f"/codes/{code.id}/records.csv").content.decode(), newline=""))
    said = re.compile(rf"{re.escape(interval['label'])} (\([^)]*\) )?{words}(?! \d+ s)")
    assert said.search(page)
    assert said.search(" ".join(pdf.pages[0].extract_text().split()))
    assert [row["minutes"] for row in rows if row["row"] == "interval" and row["key"] == key] == [repr(minutes)]


def test_the_pdf_is_kept_and_made_anew_only_when_the_code_moved_on(reader: Client) -> None:
    code = closed_code()
    first = reader.get(f"/codes/{code.id}/debrief.pdf").content
    assert reader.get(f"/codes/{code.id}/debrief.pdf").content == first
    assert list(Debrief.objects.values_list("head", "state")) == [(code.head, "made")]
    services.record(code.id, [a_record(code.id, "note", payload={"value": "seen later"})], author())
    again = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    assert "seen later" in "".join(page.extract_text() for page in again.pages)
    assert Debrief.objects.filter(code=code).count() == 2


def test_an_open_codes_debrief_is_a_draft_and_says_so(reader: Client) -> None:
    code = a_code()
    assert "Draft: the code is still open" in shown(reader.get(f"/codes/{code.id}/debrief/"))
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    assert all("DRAFT" in page.extract_text() for page in pdf.pages)


def test_the_debrief_shows_the_criteria_as_they_were_answered_and_every_decision_with_its_reason(
    reader: Client,
) -> None:
    code = a_code()
    told = [
        ("criterion_answered", {"value": "no_flow", "answer": "no"}),
        ("criterion_answered", {"value": "signs_of_life", "answer": "yes"}),
        ("criterion_answered", {"value": "lactate", "answer": "unknown"}),
        ("ecpr_decision", {"value": "wait", "reason": "waiting for gas"}),
        ("ecpr_decision", {"value": "go", "reason": "signs of life"}),
    ]
    services.record(code.id, [a_record(code.id, kind, payload=payload) for kind, payload in told], author(LENA))
    page = reader.get(f"/codes/{code.id}/debrief/").content.decode()
    text = re.sub(r"<[^>]+>", " ", page)
    words = " ".join(text.split())
    assert "First compressions within 5 min of the arrest no hard stop" in words
    assert "Signs of life during CPR yes override" in words
    assert "Lactate above 20 not known" in words
    assert re.search(r"WAIT by [^:]+: waiting for gas .* GO by [^:]+: signs of life", words)
    assert "10 lines not answered. Not known counts neither as yes nor as no. The decision was the team's." in unescape(
        words
    )
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    printed = " ".join(" ".join(each.extract_text() for each in pdf.pages).split())
    assert "Signs of life during CPR yes override" in printed


def test_the_debrief_lists_what_the_team_was_asked_with_the_answer_and_how_long_it_took(reader: Client) -> None:
    code = a_code(onset_ago_ms=0)
    began = code.opened_at
    asked = {"value": "consider_ecpr", "case": 1}
    told = [
        ("prompt_raised", began + 10 * 60_000, asked),
        ("prompt_answered", began + 10 * 60_000 + 42_000, asked | {"answer": "not_yet"}),
        ("prompt_raised", began + 15 * 60_000, {"value": "activate_by", "case": 1}),
        ("code_closed", began + 16 * 60_000, {"value": "declined"}),
    ]
    services.record(
        code.id, [a_record(code.id, kind, at=at, payload=payload) for kind, at, payload in told], author(LENA)
    )
    page = shown(reader.get(f"/codes/{code.id}/debrief/"))
    assert "10 min of CPR or 3 shocks: consider ECPR? not yet after 42 s, " in page
    assert "15 min of CPR: call the ECPR team? no answer" in page
    assert "not yet: 10 min of CPR or 3 shocks: consider ECPR?" in page, "the feed says it as well"
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    printed = " ".join(" ".join(each.extract_text() for each in pdf.pages).split())
    assert "10 min of CPR or 3 shocks: consider ECPR? not yet after 42 s" in printed


def test_the_debrief_says_who_held_a_role_from_when_to_when(reader: Client) -> None:
    code = a_code(onset_ago_ms=0)
    at = datetime.fromisoformat("2026-03-01T10:00:00Z").timestamp() * 1000
    for member, kind, seconds, payload in (
        (LENA, "role_taken", 0, {"value": "leader", "label": "Lena"}),
        (OMAR, "role_taken", 240, {"value": "leader", "label": "Omar"}),
        (OMAR, "role_released", 300, {"value": "leader"}),
        (LENA, "role_taken", 0, {"value": "back_table", "proxy": True}),
    ):
        said = a_record(code.id, kind, member, at=round(at) + seconds * 1000, payload=payload)
        services.record(code.id, [said], author(member))
    page = shown(reader.get(f"/codes/{code.id}/debrief/"))
    assert "Lena 10:00:00–10:04:00, taken over; Omar 10:04:00–10:05:00" in page
    assert "somebody without a device from 10:00:00" in page
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    printed = " ".join(" ".join(each.extract_text() for each in pdf.pages).split())
    assert "Lena 10:00:00–10:04:00, taken over; Omar 10:04:00–10:05:00" in printed


def test_a_time_from_a_clock_that_was_off_stands_with_what_that_clock_showed(reader: Client) -> None:
    code = a_code(onset_ago_ms=0)
    at = round(datetime.fromisoformat("2026-03-01T10:06:52Z").timestamp() * 1000)
    said = [
        a_record(code.id, "shock", LENA, at=at, payload={"value": 200}, source="defib"),
        a_record(code.id, "clock_offset", LENA, at=at, payload={"value": "defib", "offset_ms": 412_000}),
    ]
    services.record(code.id, said, author(LENA))
    page = shown(reader.get(f"/codes/{code.id}/debrief/"))
    assert "10:00:00" in page
    assert "its clock showed 10:06:52" in page
    assert "defibrillator, 6 min 52 s ahead" in page
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    printed = " ".join(" ".join(each.extract_text() for each in pdf.pages).split())
    assert "its clock showed 10:06:52" in printed
    rows = list(csv.DictReader(io.StringIO(reader.get(f"/codes/{code.id}/records.csv").content.decode("utf-8-sig"))))
    [shock] = [row for row in rows if row["key"] == "shock"]
    assert [shock[name].split("T")[1][:8] for name in ("at", "raw_at")] == ["10:00:00", "10:06:52"]


def test_tips65_is_computed_when_all_is_known_and_says_what_is_missing_until_then(reader: Client) -> None:
    code = a_code(onset_ago_ms=0)
    began = code.opened_at
    told = [
        ("emergency_call", 0, {}),
        ("door", 20, {}),
        ("rhythm_check", 21, {"value": "VF"}),
        ("gas", 25, {"pH": 6.9}),
        ("code_closed", 60, {"value": "declined"}),
    ]
    services.record(
        code.id,
        [a_record(code.id, kind, at=began + minute * 60_000, payload=payload) for kind, minute, payload in told],
        author(LENA),
    )
    page = f"/codes/{code.id}/debrief/"
    assert "No score: age under 65 not known, and nothing is assumed." in shown(reader.get(page))
    reader.post(f"/codes/{code.id}/outcome", {"item": "age_under_65", "answer": "yes"})
    words = shown(reader.get(page))
    assert "3 of 4 points: a favourable outcome in 26.2 % of such patients." in words
    assert "First pH 7.0 or more no" in words
    assert "it does not decide" in words
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    printed = " ".join(" ".join(each.extract_text() for each in pdf.pages).split())
    assert "3 of 4 points: a favourable outcome in 26.2 %" in printed
    assert "TiPS65" not in shown(reader.get(f"/codes/{closed_code().id}/debrief/")).split("What became")[0]


def test_what_became_of_the_patient_is_added_months_later_with_who_and_when(reader: Client) -> None:
    code = closed_code()
    for answer in ("no", "yes"):
        went = reader.post(f"/codes/{code.id}/outcome", {"item": "alive_30d", "answer": answer})
        assert (went.status_code, went["Location"]) == (302, f"/codes/{code.id}/debrief/#outcomes")
    code.refresh_from_db()
    [known] = reading_of(code)["outcomes"]
    assert (known["key"], known["answer"], known["by"]["person"]) == ("alive_30d", "yes", LENA.name)
    assert [entry.record.payload["answer"] for entry in entries_of(code)[-2:]] == ["no", "yes"]
    words = " ".join(re.sub(r"<[^>]+>", " ", reader.get(f"/codes/{code.id}/debrief/").content.decode()).split())
    assert re.search(rf"Alive at 30 days Yes \d+ \w+ \d{{4}}, by {LENA.name}", words)
    pdf = PdfReader(io.BytesIO(reader.get(f"/codes/{code.id}/debrief.pdf").content))
    assert "Alive at 30 days Yes" in " ".join(" ".join(each.extract_text() for each in pdf.pages).split())


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"item": "shoe_size", "answer": "yes"}, "There is no outcome “shoe_size”."),
        ({"item": "cpc_30d", "answer": "6"}, "CPC at 30 days cannot be answered “6”."),
        ({}, "There is no outcome “”."),
    ],
)
def test_an_outcome_that_cannot_be_is_refused_in_words(reader: Client, sent: dict[str, str], sentence: str) -> None:
    code = closed_code()
    answer = reader.post(f"/codes/{code.id}/outcome", sent)
    assert (answer.status_code, answer.content.decode()) == (400, sentence)
    assert reading_of(code)["outcomes"] == []


def test_nobody_adds_an_outcome_without_signing_in() -> None:
    code = closed_code()
    answer = Client().post(f"/codes/{code.id}/outcome", {"item": "alive_30d", "answer": "yes"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert reading_of(code)["outcomes"] == []


def test_hostile_words_stay_words_on_the_pages(reader: Client) -> None:
    code = a_code(name=HOSTILE)
    payload = {"value": HOSTILE, "note": HOSTILE, "label": HOSTILE}
    told = [a_record(code.id, kind, payload=payload) for kind in ("note", "role_taken", "shock", "drug", "door")]
    services.record(code.id, told, author())
    services.record(code.id, [a_record(code.id, "code_closed", payload={"value": HOSTILE})], author())
    for path in (f"/codes/{code.id}/debrief/", f"/codes/{code.id}/timeline.svg", "/audit/"):
        body = reader.get(path).content.decode()
        assert "<script>alert" not in body
    assert 'style="' not in reader.get(f"/codes/{code.id}/debrief/").content.decode()


def test_drills_are_not_in_the_audit_unless_asked_for(reader: Client) -> None:
    for _ in range(2):
        closed_code()
    closed_code(mode="drill")
    page = shown(reader.get("/audit/"))
    assert "Counted: 2 real codes. Not counted: 1 drill." in page
    with_drills = reader.get("/audit.csv?include=drill").content.decode()
    assert [len(reader.get("/audit.csv").content.decode().splitlines()), len(with_drills.splitlines())] == [3, 4]


def test_demonstrations_are_shown_under_a_banner_until_there_is_a_real_code(reader: Client) -> None:
    closed_code(mode="demo")
    assert "No real codes yet" in shown(reader.get("/audit/"))
    closed_code()
    page = shown(reader.get("/audit/"))
    assert "No real codes yet" not in page
    assert "Counted: 1 real code. Not counted: 1 demonstration." in page


def test_too_few_codes_are_not_summarised(reader: Client) -> None:
    published("louvre")
    page = shown(reader.get("/audit/"))
    assert "n = 1: too few to summarise" in page
    assert "Wilson" not in page


def queries_of(reader: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        reader.get(path)
    return len(asked)


def test_the_audit_asks_as_much_of_the_database_for_three_codes_as_for_one(reader: Client) -> None:
    closed_code()
    one = queries_of(reader, "/audit/")
    published("louvre")
    closed_code()
    assert queries_of(reader, "/audit/") == one


def test_the_audits_table_turns_its_sheets_and_the_file_holds_every_code(reader: Client) -> None:
    for _ in range(101):
        closed_code()
    first, second = (reader.get(f"/audit/?period=all&sheet={sheet}").content.decode() for sheet in (1, 2))
    assert [page.count("/debrief/") for page in (first, second)] == [100, 1]
    assert ("1 to 100 of 101 codes" in first, "101 to 101 of 101 codes" in second) == (True, True)
    assert ("Older codes" in first, "Newer codes" in first) == (True, False)
    assert ("Older codes" in second, "Newer codes" in second) == (False, True)
    assert reader.get("/audit/?sheet=99999").content.decode().count("/debrief/") == 1
    assert reader.get("/audit/?sheet=-3").content.decode().count("/debrief/") == 100
    assert len(reader.get("/audit.csv?sheet=2").content.splitlines()) == 102


def test_a_code_that_moved_on_is_read_again_for_the_audit(reader: Client) -> None:
    code = published("louvre")
    assert "90 min" in shown(reader.get("/audit/"))
    onset = next(each for each in reading_of(code)["records"] if each["kind"] == "arrest_onset")
    changes = {"at": onset["at"] + 10 * 60_000}
    payload = {"changes": changes, "reason": "the tape"}
    services.record(code.id, [a_record(code.id, "correction", target=onset["id"], payload=payload)], author())
    assert "80 min" in shown(reader.get("/audit/"))


def test_what_was_set_aside_is_listed_on_the_debrief_and_only_an_administrator_takes_it_in(reader: Client) -> None:
    code = closed_code()
    late = a_record(code.id, "note", payload={"note": HOSTILE})
    services.set_aside(code.id, [a_record(code.id, "rosc"), late], author(OMAR))
    page = shown(reader.get(f"/codes/{code.id}/debrief/"))
    assert "Set aside: 2 records" in page
    assert "An administrator decides" in page
    assert "<script>alert" not in reader.get(f"/codes/{code.id}/debrief/").content.decode()
    assert reader.post(f"/codes/{code.id}/take-in").status_code == 403
    assert len(entries_of(code)) == 4
    root = Client()
    root.force_login(User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend")
    assert "Take into the record" in shown(root.get(f"/codes/{code.id}/debrief/"))
    assert root.get(f"/codes/{code.id}/take-in").status_code == 405
    answer = root.post(f"/codes/{code.id}/take-in")
    assert (answer.status_code, answer["Location"]) == (302, f"/codes/{code.id}/debrief/#events")
    taken = [(entry.record.kind, entry.by.person, entry.flags) for entry in entries_of(code)[4:]]
    assert taken == [("rosc", "root", ("quarantined",)), ("note", "root", ("quarantined",))]
    page = shown(root.get(f"/codes/{code.id}/debrief/"))
    assert "Set aside" not in page
    assert page.count("taken in by a person") == 2


def test_nobody_takes_anything_in_without_signing_in() -> None:
    code = closed_code()
    services.set_aside(code.id, [a_record(code.id)], author(OMAR))
    before = len(entries_of(code))
    assert Client().post(f"/codes/{code.id}/take-in").status_code == 302
    assert len(entries_of(code)) == before
