"""The PDF: tagged, its numbers the reading's, marked on every page when it is no real code, and inert."""

import io
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from tests.debrief.told import FLOW, PROTOCOL, Told, id_of, reading_of
from timeline.core.reading import read
from timeline.core.records import By, Entry
from timeline.debrief.document import Document, document_of
from timeline.debrief.pdf import pages_of, render
from timeline.debrief.picture import timeline_svg
from timeline.imports.files import read_file
from timeline.imports.records import records_of

pytestmark = pytest.mark.paper

UTC = ZoneInfo("UTC")
PUBLISHED = Path(__file__).resolve().parents[1] / "fixtures" / "published"
HOSTILE = '#panic("x") $x^2$ *bold* \\ = Head <b>&amp; `raw` @ref [] {} "'


def printed(reading: Any) -> tuple[Document, bytes, list[str]]:
    document = document_of(reading, PROTOCOL, UTC)
    pdf = render(document, timeline_svg(reading, PROTOCOL, UTC))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return document, pdf, pages


def published(name: str) -> Any:
    [code] = read_file((PUBLISHED / f"{name}.csv").read_bytes(), frozenset({"flow", "rosc"})).codes
    records = records_of(code, "ecpr-1")
    by = By(records[0].device, "Import", None)
    entries = [Entry(n, record.at or 0, by, (), "", "", record) for n, record in enumerate(records, 1)]
    return read(entries, PROTOCOL, (records[-1].at or 0) + 60_000)


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        (
            "louvre",
            ["Cannulation to flow 23 min", "90 min", "target 60 min: missed by 30 min", "missing: not documented"],
        ),
        ("uva-simulation", ["Activation to flow 36 min 40 s", "45 min", "target 60 min: met, 15 min inside", "DRILL"]),
        ("perth", ["Arrest to door 25 min", "Arrest to ROSC (an end is estimated) 35 min", "No flow", "ROSC, no ECMO"]),
    ],
)
def test_a_published_case_prints_the_papers_figures_on_page_one(name: str, figures: list[str]) -> None:
    _, _, pages = printed(published(name))
    page = one_line(pages[0])
    assert [figure for figure in figures if figure not in page] == []


def test_the_file_is_tagged_has_a_language_a_title_and_its_count_of_pages() -> None:
    document, pdf, pages = printed(reading_of(*FLOW, outcome="flow"))
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/MarkInfo"] == {"/Marked": True, "/Suspects": False}
    assert root["/Lang"].lower() == "en-gb"
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    info = PdfReader(io.BytesIO(pdf)).metadata
    assert info is not None
    assert info.title == f"Debrief of code {document.name}, {document.date}"
    assert pages_of(pdf) == len(pages) >= 2
    figures = _alternatives(root["/StructTreeRoot"])
    assert figures == [document.summary]


def _alternatives(node: Any) -> list[str]:
    node = node.get_object()
    if isinstance(node, list):
        return [found for child in node for found in _alternatives(child)]
    if not isinstance(node, dict):
        return []
    mine = [str(node["/Alt"])] if node.get("/S") == "/Figure" and "/Alt" in node else []
    return mine + (_alternatives(node["/K"]) if "/K" in node else [])


@pytest.mark.parametrize(("mode", "word"), [("drill", "DRILL"), ("demo", "DEMO")])
def test_no_page_of_a_drill_or_demonstration_can_be_taken_for_a_real_one(mode: str, word: str) -> None:
    many: tuple[Told, ...] = tuple(("shock", 13 + n / 10, {"value": 200}) for n in range(90))
    _, _, pages = printed(reading_of(*FLOW, *many, mode=mode, outcome="flow"))
    assert len(pages) > 3
    assert [number for number, page in enumerate(pages, 1) if word not in page] == []
    _, _, real = printed(reading_of(*FLOW, outcome="flow"))
    assert not any("DRILL" in page or "DEMO" in page or "DRAFT" in page for page in real)


def test_an_open_code_is_a_draft_on_every_page() -> None:
    _, _, pages = printed(reading_of(*FLOW))
    assert all("DRAFT" in page for page in pages)


def test_what_people_wrote_is_printed_and_never_run() -> None:
    told: tuple[Told, ...] = tuple(
        (kind, minute, {**said, "note": HOSTILE, "by": HOSTILE}) for kind, minute, said in FLOW
    )
    story = (*told, ("note", 53.0, {"value": HOSTILE}))
    _, pdf, pages = printed(reading_of(*story, name=HOSTILE, outcome="flow"))
    assert "pdfuaid" in PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]
    text = "".join("".join(pages).split())
    assert "".join(HOSTILE.split()) in text


def test_letters_that_no_font_has_cost_the_standard_and_not_the_report() -> None:
    _, pdf, pages = printed(reading_of(*FLOW, ("note", 53.0, {"value": "日本 🚑"}), outcome="flow"))
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], len(pages) >= 2) == (True, True)


def test_corrections_and_undoings_stay_readable_with_who_when_and_why() -> None:
    changes = {"at": 1_767_607_200_000 - 120_000}
    story = (
        *FLOW,
        ("correction", 60.0, {"_target": id_of(2), "changes": changes, "reason": "the call log", "by": "Sam’s phone"}),
        ("void", 61.0, {"_target": id_of(6), "reason": "double", "by": "Lena’s phone"}),
    )
    document, _, pages = printed(reading_of(*story, outcome="flow"))
    onset = next(line for line in document.feed if line.label == "Arrest onset")
    assert onset.changes == ["Corrected: time 10:00:00 → 09:58:00. By Sam’s phone at 11:00:00: the call log"]
    shock = next(line for line in document.feed if line.label == "Shock")
    assert shock.voided == "Undone. By Lena’s phone at 11:01:00: double"
    text = one_line(" ".join(pages))
    assert onset.changes[0].removeprefix("Corrected: ") in text
    assert shock.voided in text


def test_times_that_the_ending_asks_for_are_named_as_missing() -> None:
    document, _, pages = printed(reading_of(FLOW[0], *FLOW[2:], outcome="flow"))
    assert document.missing == ["CPR start"]
    assert "CPR start: not recorded" in one_line(pages[0])
    anchor = next(anchor for anchor in document.anchors if anchor.label == "CPR start")
    assert (anchor.time, anchor.note) == ("missing", "not documented")
