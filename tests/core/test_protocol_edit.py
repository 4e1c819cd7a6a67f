"""What a form may change in a protocol, and what differs between two, in words."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from timeline.core.protocol import check
from timeline.core.protocol_compare import compare
from timeline.core.protocol_edit import (
    CannotBe,
    added,
    lines_of,
    moved,
    section_of,
    sections,
    with_honest_name,
    with_typed,
)
from timeline.protocols import published_criteria

RAW: dict[str, Any] = json.loads(Path("timeline/protocols/ecpr-1.json").read_text(encoding="utf-8"))


def part(key: str) -> Any:
    found = section_of(RAW, key)
    assert found is not None
    return found


def as_sent(key: str) -> dict[str, list[str]]:
    """What a browser sends of a section that nobody touched."""
    sent: dict[str, list[str]] = {}
    for line in lines_of(RAW, part(key)):
        for cell in line.cells:
            if cell.column.how == "yes_no":
                sent[cell.name] = ["yes"] if cell.value else []
            elif cell.column.how == "some_of":
                sent[cell.name] = list(cell.value)
            else:
                sent[cell.name] = ["" if cell.value is None else str(cell.value)]
    return sent


@pytest.mark.parametrize("key", [section.key for section in sections(RAW)])
def test_a_form_that_nobody_touched_changes_nothing(key: str) -> None:
    changed = with_typed(RAW, part(key), as_sent(key))
    assert compare(RAW, changed) == []
    assert check(changed) == []


@pytest.mark.parametrize(
    ("key", "cell", "said", "sentence"),
    [
        ("targets", "scene_time/limit_minutes", ["12"], "Targets · “Scene time” · limit minutes: 15 → 12."),
        ("targets", "scene_time/amber_minutes", [""], "Targets · “Scene time” · amber minutes: 10 → none."),
        ("targets", "scene_time/confirm", ["yes"], "Targets · “Scene time” · confirm: no → yes."),
        ("timers", "adrenaline/ceiling", ["4"], "Timers · “Adrenaline” · ceiling: 3 → 4."),
        ("timers", "adrenaline/ceiling", [" "], "Timers · “Adrenaline” · ceiling: taken out."),
        ("drugs", "adrenaline/dose", ["0,5"], "Drugs · “Adrenaline” · dose: 1 → 0.5."),
        ("milestones", "flow_on/owner", ["leader"], "Kinds · “ECMO flow started” · owner: “perfusionist” → “leader”."),
        (
            "prompts",
            "flow_by/roles",
            ["decision", "recorder"],
            "Prompts · “60 min. Before any stop: temperature, signs of life, cause?” · roles: “leader”, “decision” → "
            "“decision”, “recorder”.",
        ),
        ("pauses", "pauses/red_seconds", ["12"], "Pauses · red seconds: 10 → 12."),
    ],
)
def test_what_is_typed_gets_into_its_place_and_is_said_in_words(
    key: str, cell: str, said: list[str], sentence: str
) -> None:
    assert compare(RAW, with_typed(RAW, part(key), {cell: said})) == [sentence]


@pytest.mark.parametrize(
    ("key", "cell", "said", "sentence"),
    [
        (
            "targets",
            "scene_time/limit_minutes",
            "soon",
            "Scene time, Limit, min: has to be a whole number, not “soon”.",
        ),
        ("targets", "scene_time/limit_minutes", "", "Scene time, Limit, min: has to be a whole number, not “”."),
        (
            "targets",
            "scene_time/limit_minutes",
            "1" * 9,
            "Scene time, Limit, min: has to be a whole number, not “111111111”.",
        ),
        ("drugs", "adrenaline/dose", "1e3", "Adrenaline, Dose: has to be a number, not “1e3”."),
        ("criteria", "age/weight", "must", "age, Weight: has to be one of hard, soft, override."),
        ("outcomes", "flow/label", "x" * 301, "On ECMO flow, Name: has more than 300 characters."),
    ],
)
def test_what_cannot_stand_in_a_cell_is_refused_with_its_place(key: str, cell: str, said: str, sentence: str) -> None:
    before = copy.deepcopy(RAW)
    with pytest.raises(CannotBe) as refused:
        with_typed(RAW, part(key), {cell: [said]})
    assert str(refused.value) == sentence
    assert before == RAW


def test_entries_change_places_are_taken_out_and_added() -> None:
    down = moved(RAW, part("milestones"), "cpr_start", "down")
    assert down["milestones"][:2] == ["ecpr_activated", "cpr_start"]
    assert moved(down, part("milestones"), "cpr_start", "up") == RAW
    without = moved(RAW, part("checklist-leader"), "TL-12", "out")
    assert compare(RAW, without) == [
        "Roles · “Team leader” · items · “Every 5 min say time to target and the one thing holding us up”: taken out."
    ]
    more = added(RAW, part("drugs"))
    assert check(more) == []
    assert compare(RAW, more) == ["Drugs · “New drug”: added."]
    assert check(added(added(RAW, part("checklist-family")), part("checklist-family"))) == []
    without = moved(RAW, part("path"), "ven_cannula_in", "out")
    again = added(without, part("path"), "ven_cannula_in")
    assert (again["path"][-2]["kind"], check(again)) == ("ven_cannula_in", [])
    fewer = moved(RAW, part("milestones"), "rosc", "out")
    assert added(fewer, part("milestones"), "rosc") == RAW
    for chosen in ("", "rosc", "note", "swimming"):
        with pytest.raises(CannotBe):
            added(RAW, part("milestones"), chosen)
    with pytest.raises(CannotBe):
        moved(RAW, part("targets"), "scene_time", "up")
    with pytest.raises(CannotBe):
        added(RAW, part("targets"))


def test_a_published_set_that_a_site_has_changed_is_called_adapted_until_it_is_as_published_again() -> None:
    sets = published_criteria()
    assert with_honest_name(RAW, sets) == RAW
    changed = with_honest_name(with_typed(RAW, part("criteria"), {"age/text": ["Under 75"]}), sets)
    assert changed["criteria"]["name"] == "ELSO example list, 2021, adapted"
    assert with_honest_name(with_typed(changed, part("criteria"), {"age/text": ["Under 70 years of age"]}), sets) == RAW
    own = {**changed, "criteria": {**changed["criteria"], "name": "Perth"}}
    assert with_honest_name(own, sets) == own


def test_every_step_and_button_that_is_offered_has_words_that_fit() -> None:
    for chosen, _ in part("path").offers(RAW):
        assert check(added(RAW, part("path"), chosen)) == []
    room = moved(RAW, part("milestones"), "rosc", "out")
    for chosen, _ in part("milestones").offers(room):
        assert check(added(room, part("milestones"), chosen)) == []


def test_another_set_of_criteria_is_said_as_a_whole() -> None:
    eroca = next(each for each in published_criteria() if each["key"] == "eroca")
    lines = "; ".join(line["text"] for line in eroca["lines"])
    assert compare(RAW, {**RAW, "criteria": eroca}) == [
        f"Criteria: “EROCA” instead of “ELSO example list, 2021”: {lines}."
    ]


def test_an_order_that_changed_is_said_once() -> None:
    assert compare(RAW, moved(RAW, part("drugs"), "adrenaline", "down"))[0].startswith("Drugs: the order is now ")


def test_a_protocol_does_not_differ_from_itself_under_another_key() -> None:
    assert compare(RAW, {**RAW, "key": "ecpr-7", "version": 7}) == []
