"""The timeline picture: what stands in it, what it says to those who cannot see it, and that it is only a picture."""

import re
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from tests.debrief.told import FLOW, PROTOCOL, ZERO, Told, id_of, reading_of
from timeline.debrief.picture import timeline_svg

UTC = ZoneInfo("UTC")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert(1)</script>&amp;\x00]]>"


def drawn(*told: Told, **how: object) -> ElementTree.Element:
    return ElementTree.fromstring(timeline_svg(reading_of(*told, **how), PROTOCOL, UTC))  # type: ignore[arg-type]


def words_in(picture: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]


def test_the_title_says_in_two_sentences_what_is_to_be_seen() -> None:
    title = drawn(*FLOW, outcome="flow").findtext(f"{SVG}title") or ""
    assert "Timeline of code Amber 7, minutes from the arrest: ECPR was called at 12 min" in title
    assert "Arrest to flow: 52 min against a target of 60 min, met, 8 min inside; 1 shock, 1 drug dose" in title


def test_lanes_without_records_are_left_out_and_named() -> None:
    said = words_in(drawn(*FLOW, outcome="flow"))
    assert [
        lane for lane in ("CPR", "Rhythm", "Shock", "Drugs", "Leader", "Cannulation", "Console") if lane in said
    ] == [
        "CPR",
        "Rhythm",
        "Shock",
        "Drugs",
        "Leader",
        "Cannulation",
        "Console",
    ]
    assert "Nothing recorded for: airway, access." in said
    assert "target 60 min" in said


def test_pictures_have_one_scale_and_say_so_when_they_need_another() -> None:
    assert not any("The scale runs to" in said for said in words_in(drawn(*FLOW, outcome="flow")))
    late = words_in(drawn(("arrest_onset", 0.0, {}), ("cpr_start", 1.0, {}), ("flow_on", 90.0, {})))
    assert "The scale runs to 105 min; the usual one ends at 75." in late


def test_an_estimated_time_is_hollow_with_its_window_and_a_late_one_has_an_l() -> None:
    onset = {"_certainty": "estimated", "_earliest": ZERO - 120_000, "_latest": ZERO + 60_000}
    picture = drawn(("arrest_onset", 0.0, onset), ("cpr_start", 1.0, {"flags": ("late_arrival",)}), *FLOW[2:])
    said = words_in(picture)
    assert "Arrest ~0′" in said
    assert "CPR started 1′ L" in said
    assert any(sign.get("class") == "sign sign-open" for sign in picture.iter(f"{SVG}circle"))


def test_what_was_undone_is_not_drawn() -> None:
    story = (*FLOW, ("shock", 20.0, {}))
    undone = drawn(*story, ("void", 21.0, {"_target": id_of(len(story) + 1), "reason": "twice"}))
    assert "1 shock," in (undone.findtext(f"{SVG}title") or "")


def test_too_little_is_said_to_be_too_little() -> None:
    assert words_in(drawn(("arrest_onset", 0.0, {}))) == ["Too little recorded for a timeline."]


def test_without_an_arrest_time_minutes_count_from_the_start_of_the_code() -> None:
    said = words_in(drawn(*FLOW[1:]))
    assert "No arrest time was recorded: minutes count from the start of the code." in said
    assert "target 60 min" not in said


def test_compressions_that_nobody_timed_are_dotted() -> None:
    assert "start not recorded" in words_in(drawn(FLOW[0], *FLOW[2:]))


@pytest.mark.parametrize("hostile", [HOSTILE, "'\"><svg onload=alert(1)>", "𝔘𝔫𝔦 \u202e ⚡ " * 40])
def test_whatever_people_write_the_picture_is_well_formed_and_runs_nothing(hostile: str) -> None:
    told: tuple[Told, ...] = tuple(
        (kind, minute, {"value": hostile, "note": hostile, "unit": hostile, "by": hostile}) for kind, minute, _ in FLOW
    )
    text = timeline_svg(reading_of(*told, name=hostile), PROTOCOL, UTC)
    picture = ElementTree.fromstring(text)
    assert {node.tag for node in picture.iter()} <= {
        SVG + tag
        for tag in ("svg", "title", "rect", "text", "g", "line", "path", "polygon", "circle", "defs", "pattern")
    }
    assert not [name for node in picture.iter() for name in node.attrib if name == "style" or name.startswith("on")]
    assert not re.search(r"<script", text)
