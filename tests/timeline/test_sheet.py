"""The paper sheet of a protocol: everything to write down while the app is down, on one page, and the way back in."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tests.cast import OMAR
from tests.factories import a_person
from timeline.core.reading import read
from timeline.core.records import By, Entry
from timeline.handbook.sheet import sheet_pdf
from timeline.imports.files import read_file
from timeline.imports.records import records_of
from timeline.protocols import protocol_named, published_criteria, shipped, shipped_keys

pytestmark = pytest.mark.paper

KINDS = frozenset(shipped("ecpr-1")["kinds"])


def pages_of(raw: dict[str, Any]) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(sheet_pdf(raw))).pages]


def kinds_on(page: str) -> list[str]:
    """The small words at the steps, in the order of the page."""
    return [word for word in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|\brosc\b", page) if word in KINDS]


@pytest.mark.parametrize("key", shipped_keys())
def test_the_paper_sheet_holds_the_path_with_its_limits_in_order_and_room_for_every_time(key: str) -> None:
    raw = shipped(key)
    page = pages_of(raw)[0]
    steps = [step["kind"] for step in raw["path"]]
    assert kinds_on(page) == [*steps, *(kind for kind in raw["milestones"] if kind not in steps)]
    limits = re.findall(r"([a-z_]+)(?: · in parallel)? (\d+) min : : :", page)
    due = {step["kind"]: step["due_minutes"] for step in raw["path"] if step["due_minutes"]}
    assert {kind: int(minutes) for kind, minutes in limits} == due
    assert f"Arrest to flow: {raw['targets']['arrest_to_flow']['limit_minutes']} min" in page


@pytest.mark.parametrize("key", shipped_keys())
def test_page_one_of_the_paper_sheet_holds_all_that_is_written_during_a_code(key: str) -> None:
    raw = shipped(key)
    page = pages_of(raw)[0]
    wanted = [f"{line['text']}{' HARD' if line['weight'] == 'hard' else ''} Y N ?" for line in raw["criteria"]["lines"]]
    wanted += [role["short"] for role in raw["roles"]] + [each["label"] for each in raw["outcomes"]]
    wanted += ["Call word Date Recorder Clock used real drill", "Go No-go Wait because", "no pause over 10 s"]
    wanted += [
        "Rhythm check every 2 min",
        "Adrenaline 1 mg 3–5 min at most 3",
        "Shock J",
        "Compressor swap every 2 min",
    ]
    wanted += ["When the app is back", "no name, no birth date, no hospital number", "page 1 of 3"]
    assert [text for text in wanted if text not in page] == []
    assert re.findall(r"(\d+)′ :", page) == [str(minute) for minute in range(0, 60, 2)]


@pytest.mark.parametrize("key", shipped_keys())
def test_the_lists_of_all_roles_and_the_questions_stand_behind_the_paper_sheet(key: str) -> None:
    raw = shipped(key)
    # A line may break at a hyphen.
    behind = " ".join(pages_of(raw)[1:]).replace("- ", "-")
    texts = [item["text"] for role in raw["roles"] for item in role["items"]]
    texts += [prompt["text"] for prompt in raw["prompts"]] + [role["label"] for role in raw["roles"]]
    assert [text for text in texts if text not in behind] == []


@pytest.mark.parametrize("key", [each["key"] for each in published_criteria()])
def test_page_one_stays_one_page_with_every_published_set_of_criteria(key: str) -> None:
    chosen = next(each for each in published_criteria() if each["key"] == key)
    page, *_ = pages_of(shipped("ecpr-1") | {"criteria": chosen})
    assert [line["text"] for line in chosen["lines"] if line["text"] not in page] == []
    assert page.endswith("page 1 of 3")


def test_criteria_that_are_too_many_for_page_one_open_the_next() -> None:
    lines = [line for each in published_criteria()[:2] for line in each["lines"]]
    many = published_criteria()[0] | {"lines": lines}
    first, second, *_ = pages_of(shipped("ecpr-1") | {"criteria": many})
    assert "overleaf" in first
    assert [line["text"] for line in lines if line["text"] not in second] == []
    assert kinds_on(first) == kinds_on(pages_of(shipped("ecpr-1"))[0])


def test_the_paper_sheet_is_tagged_and_has_a_title_and_what_a_site_wrote_is_printed_and_never_run() -> None:
    hostile = '#panic("x") $x^2$ *bold* = Head'
    raw = shipped("ecpr-1")
    raw["criteria"]["lines"][0]["text"] = hostile
    reader = PdfReader(io.BytesIO(sheet_pdf(raw)))
    root: Any = reader.trailer["/Root"]
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert reader.metadata is not None
    assert reader.metadata.title == "Paper sheet: ECPR, adult, out of hospital"
    assert "".join(hostile.split()) in "".join(reader.pages[0].extract_text().split())


@pytest.mark.parametrize("key", shipped_keys())
def test_the_times_of_a_paper_sheet_come_in_as_a_file_under_the_words_it_prints(key: str) -> None:
    kinds = [kind for kind in kinds_on(pages_of(shipped(key))[0]) if kind != "rosc"]
    rows = [f"Amber,{kind},T+{minute},{'go' if kind == 'ecpr_decision' else ''}" for minute, kind in enumerate(kinds)]
    file = "\n".join(["code,kind,at,value", "Amber,code_started,2026-03-01T10:00:00Z,drill", *rows])
    found = read_file(file.encode(), frozenset({"flow"}))
    assert found.faults == ()
    records = records_of(found.codes[0], key)
    by = By(records[0].device, "Import", None)
    entries = [Entry(n, record.at or 0, by, (), "", "", record) for n, record in enumerate(records, 1)]
    reading = read(entries, protocol_named(key), records[-1].at or 0)
    assert [step["kind"] for step in reading["path"] if step["at"] is not None] == kinds


@pytest.mark.django_db
def test_a_signed_in_person_opens_the_paper_sheet_from_the_page_of_a_protocol() -> None:
    client = Client()
    client.force_login(a_person(OMAR))
    path = reverse("protocol_sheet", args=["ihca-1"])
    assert f'href="{path}"' in client.get(reverse("protocol", args=["ihca-1"])).content.decode()
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="paper-sheet-ihca-1.pdf"'
    assert client.get(reverse("protocol_sheet", args=["other"])).status_code == 404
