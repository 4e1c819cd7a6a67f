"""The shipped protocol is whole, and a broken one is refused with every reason."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.core.protocol import BrokenProtocol, check, load
from timeline.core.protocol_compare import compare
from timeline.core.protocol_edit import lines_of, sections
from timeline.core.protocol_faults import criteria_faults
from timeline.handbook.picture import protocol_svg
from timeline.handbook.sheet import sheet_of
from timeline.handbook.words import chapters
from timeline.protocols import protocol_named, published_criteria, shipped, shipped_keys

RAW: dict[str, Any] = json.loads(Path("timeline/protocols/ecpr-1.json").read_text(encoding="utf-8"))


def broken(change: Callable[[Any], object]) -> list[str]:
    raw = copy.deepcopy(RAW)
    change(raw)
    return check(raw)


def test_the_shipped_protocols_load() -> None:
    assert shipped_keys() == ["ecpr-1", "ihca-1"]
    assert [check(shipped(key)) for key in shipped_keys()] == [[], []]
    assert protocol_named("ecpr-1").raw == RAW


def test_the_in_hospital_variant_differs_from_the_default_in_what_the_reference_says() -> None:
    """Clinical reference 3.1: 40 min in hospital (amber 20, red 40), and ECPR considered after 3 cycles of CPR."""
    raw = shipped("ihca-1")
    target = raw["targets"]["arrest_to_flow"]
    assert (target["limit_minutes"], target["amber_minutes"], target["red_minutes"]) == (40, 20, 40)
    assert {each["key"]: each["after_minutes"] for each in raw["prompts"]}["consider_ecpr"] == 6
    assert raw["kinds"] == RAW["kinds"]
    assert raw["roles"] == RAW["roles"]
    assert {line.split(" · ")[0] for line in compare(RAW, raw)} == {
        *("Name: “ECPR, adult, out of hospital” → “ECPR, adult, in hospital”.",),
        *("Population: “adult” → “adult, in hospital”.", "Path", "Phases", "Targets", "Prompts"),
    }


@pytest.mark.django_db
def test_an_unknown_protocol_is_said_to_be_unknown() -> None:
    with pytest.raises(LookupError, match="there is no protocol named 'other'"):
        protocol_named("other")


def test_there_are_fifteen_roles_and_one_hundred_and_fifty_six_items() -> None:
    roles = protocol_named("ecpr-1").roles
    assert len(roles) == 15
    assert {role.key: len(role.items) for role in roles} == {
        "leader": 15,
        "decision": 11,
        "cannulator_1": 15,
        "cannulator_2": 11,
        "back_table": 8,
        "perfusionist": 14,
        "sonographer": 9,
        "airway": 9,
        "compressor": 10,
        "defibrillation": 10,
        "medication": 10,
        "recorder": 10,
        "runner": 8,
        "family": 8,
        "cathlab": 8,
    }
    assert sum(len(role.items) for role in roles) == 156


def test_the_hard_gates_are_those_of_the_reference() -> None:
    hard = {
        (item["id"], wait["item"])
        for role in RAW["roles"]
        for item in role["items"]
        for wait in item["waits"]
        if wait["hard"]
    }
    assert hard == {
        ("TL-13", "PERF-10"),
        ("C1-08", "US-05"),
        ("C1-12", "PERF-05"),
        ("C3-06", "PERF-05"),
        ("MED-07", "C1-08"),
    }


def test_the_essential_roles_are_the_four_of_the_reference() -> None:
    essential = [role.key for role in protocol_named("ecpr-1").roles if role.essential]
    assert essential == ["leader", "decision", "cannulator_1", "perfusionist"]


def test_unverified_numbers_are_for_the_site_to_confirm() -> None:
    unverified = [
        part
        for part in [*RAW["drugs"], *RAW["targets"].values(), RAW["flow_targets"]]
        if "from memory" in (part["source"] or "")
    ]
    assert len(unverified) == 4
    assert all(part["confirm"] and "to be confirmed by the site" in part["source"] for part in unverified)


def test_every_published_set_of_criteria_can_be_adopted_and_names_its_source() -> None:
    sets = published_criteria()
    assert [fault for each in sets for fault in criteria_faults(each)] == []
    assert len({each["key"] for each in sets}) == len(sets) == 18
    assert [line["key"] for each in sets for line in each["lines"] if not line["source"]] == []
    assert all(line["confirm"] for each in sets for line in each["lines"] if "memory" in line["source"])
    adopted = RAW["criteria"]
    assert adopted == next(each for each in sets if each["key"] == adopted["key"])
    for each in sets:
        assert check({**RAW, "criteria": each}) == []


def test_every_icon_is_one_that_is_installed() -> None:
    icons = {part["icon"] for part in [*RAW["kinds"].values(), *RAW["roles"]]}
    installed = {path.stem for path in Path("node_modules/lucide-static/icons").glob("*.svg")}
    assert icons - installed == set()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda raw: raw.pop("kinds"), "The protocol lacks kinds."),
        (lambda raw: raw.update(version="1"), "The protocol: version has to be a whole number."),
        (lambda raw: raw["kinds"]["shock"].pop("owner"), "kinds shock lacks owner."),
        (
            lambda raw: raw["kinds"]["shock"].update(short="x" * 19),
            "kinds shock: the short label has more than 18 characters.",
        ),
        (lambda raw: raw["kinds"]["shock"].update(owner="nurse"), "kinds shock: the owner nurse is not a role."),
        (lambda raw: raw["kinds"]["shock"].update(group="x"), "kinds shock: the group x is not defined."),
        (
            lambda raw: raw["kinds"]["shock"].update(pick="x"),
            "kinds shock: pick has to be one of single, earliest, first, last, activation.",
        ),
        (lambda raw: raw["orders"][0].update(first="x"), "An order rule names the kind 'x', which is not defined."),
        (lambda raw: raw["orders"][0].update(first="*"), "An order rule names the kind '*', which is not defined."),
        (lambda raw: raw["orders"][-1]["but"].append("x"), "An order rule names the kind 'x', which is not defined."),
        (
            lambda raw: raw["orders"][0].update(rule="x"),
            "The order of last_known_well and found_down: rule has to be one of after, ends, excludes, alternates, "
            "closes.",
        ),
        (
            lambda raw: raw["path"][2].update(due_minutes=90),
            "The due times have to rise along the path, and ecpr_decision falls back.",
        ),
        (lambda raw: raw["path"][2].update(kind="note"), "The milestone note has no owner."),
        (lambda raw: raw["targets"].update(x=raw["targets"]["scene_time"]), "targets x is not an interval."),
        (lambda raw: raw.update(default_target="x"), "The default target x is not a target."),
        (
            lambda raw: raw["intervals"]["no_flow"]["to"].update(kinds=["x"]),
            "intervals no_flow names the kind 'x', which is not defined.",
        ),
        (lambda raw: raw["intervals"]["no_flow"]["to"].update(kinds=[]), "intervals no_flow to names no kind."),
        (
            lambda raw: raw["intervals"]["no_flow"]["to"].update(scope="x"),
            "intervals no_flow to has an unknown pick or scope.",
        ),
        (lambda raw: raw["pauses"].pop("red_seconds"), "pauses lacks red_seconds."),
        (
            lambda raw: raw["intervals"]["no_flow"].update(measure="total_cpr"),
            "intervals no_flow needs either from and to, or measure.",
        ),
        (
            lambda raw: raw["intervals"].update(total_cpr={"label": "x", "measure": "x"}),
            "intervals total_cpr: measure has to be its own key, one of total_cpr, no_flow_total, "
            "compression_fraction, longest_pause, cannulation_pauses, longest_cannulation_pause, adrenaline_interval.",
        ),
        (
            lambda raw: raw["timers"][1].update(ceiling=0),
            "timers adrenaline: ceiling has to be 1 or more.",
        ),
        (
            lambda raw: raw["timers"][3].update(starts=["swimming"]),
            "timers compressor names the kind 'swimming', which is not defined.",
        ),
        (
            lambda raw: raw["timers"][3].update(machine=["mcpr_on"]),
            "timers compressor: machine has to be two kinds, on and off.",
        ),
        (
            lambda raw: raw["timers"][3].update(rides_on="bicycle"),
            "timers compressor: rides_on has to be the key of a timer.",
        ),
        (
            lambda raw: raw["kinds"]["gas"]["fields"][0].update(type="colour"),
            "kinds gas field pH: type has to be one of number, text, yes_no, choice.",
        ),
        (
            lambda raw: raw["kinds"]["nirs"]["fields"][0].update(type="text"),
            "kinds nirs field side: a choice needs choices, and nothing else has them.",
        ),
        (
            lambda raw: raw["kinds"]["gas"]["fields"][1].update(key="pH"),
            "kinds gas: each field needs a key of its own, other than value and note.",
        ),
        (
            lambda raw: raw["sounds"].append(raw["sounds"][0] | {"key": "fifth", "tone": "low"}),
            "There have to be at most 4 sounds; each further one is heard less.",
        ),
        (
            lambda raw: raw["sounds"][0].update(tone="low"),
            "Each sound needs a key and a tone of its own.",
        ),
        (
            lambda raw: raw["sounds"][0].update(tone="siren"),
            "sounds ten_left: tone has to be one of rising, long, falling, low.",
        ),
        (
            lambda raw: raw["sounds"][3].update(begins="flow_lost"),
            "sounds flow_lost names the kind 'flow_lost', which is not defined.",
        ),
        (
            lambda raw: raw["handover"][0].update(kinds=["arest"]),
            "handover arrest names the kind 'arest', which is not defined.",
        ),
        (
            lambda raw: raw["milestones"].append("shock"),
            "There are more than 8 milestones on the board.",
        ),
        (
            lambda raw: raw.update(milestones=["x"]),
            "milestones names the kind 'x', which is not defined.",
        ),
        (
            lambda raw: raw.update(milestones=["note"]),
            "The milestone note has no owner.",
        ),
        (
            lambda raw: raw["kinds"]["rosc"].update(short="Circulationback"),
            "kinds rosc: a word of the short label has more than 12 characters.",
        ),
        (
            lambda raw: raw["kinds"]["flow_on"].update(short="Target on", icon="circle-check"),
            "The buttons of flow_on and flow_established begin with the same word and have the same icon.",
        ),
        (
            lambda raw: raw["path"][0].update(word="Arrest now"),
            "The word of arrest_onset on the strip has more than 8 characters.",
        ),
        (lambda raw: raw["prompts"][0].pop("roles"), "prompts 1 lacks roles."),
        (
            lambda raw: raw["prompts"][0].update(count={"kind": "shock"}),
            "prompts alert_after_shocks count lacks times.",
        ),
        (
            lambda raw: raw["prompts"][8]["only_when"].pop("values"),
            "prompts decision_to_cannulation only_when lacks values.",
        ),
        (
            lambda raw: raw["prompts"].append(raw["prompts"][0]),
            "prompts alert_after_shocks is there twice.",
        ),
        (
            lambda raw: raw["prompts"][1].update(until=["x"]),
            "prompts consider_ecpr names the kind 'x', which is not defined.",
        ),
        (
            lambda raw: raw["prompts"][8]["only_when"].update(kind="x"),
            "prompts decision_to_cannulation names the kind 'x', which is not defined.",
        ),
        (
            lambda raw: raw["prompts"][1].update(text="x" * 65),
            "prompts consider_ecpr: the text has more than 64 characters.",
        ),
        (
            lambda raw: raw["prompts"][1].update(until=[]),
            "prompts consider_ecpr has to say which event it waits for.",
        ),
        (
            lambda raw: raw["prompts"][2].update(kinds=[]),
            "prompts activate_by needs both the event it counts from and the minutes after it, or neither.",
        ),
        (
            lambda raw: raw["prompts"][0].pop("count"),
            "prompts alert_after_shocks never comes due: it has neither minutes nor a count.",
        ),
        (
            lambda raw: raw["prompts"][2].update(after_minutes=-1),
            "prompts activate_by: the minutes have to be 0 or more, and the count 1 or more.",
        ),
        (
            lambda raw: raw["prompts"][2].update(during="night"),
            "prompts activate_by: during has to be one of arrest, open.",
        ),
        (lambda raw: raw["prompts"][2].update(roles=[]), "prompts activate_by asks nobody."),
        (lambda raw: raw["prompts"][2].update(roles=["x"]), "prompts activate_by: x is not a role."),
        (lambda raw: raw["criteria"].pop("lines"), "criteria lacks lines."),
        (lambda raw: raw["criteria"]["lines"][0].pop("text"), "criteria elso-2021 line 1 lacks text."),
        (
            lambda raw: raw["criteria"]["lines"][0].update(weight="x"),
            "criteria elso-2021 line 1: weight has to be one of hard, soft, override.",
        ),
        (
            lambda raw: raw["criteria"]["lines"][0].update(favours="unknown"),
            "criteria elso-2021 line 1: favours has to be yes or no; unknown never counts.",
        ),
        (
            lambda raw: raw["criteria"]["lines"][1].update(key="age"),
            "criteria elso-2021 line 2: the key age is there twice.",
        ),
        (lambda raw: raw["roles"][0].update(buttons=["shock"] * 7), "roles leader has more than 6 buttons."),
        (lambda raw: raw["roles"][0]["items"][1].update(id="TL-01"), "The item TL-01 is there twice."),
        (
            lambda raw: raw["roles"][0]["items"][0].update(events=["x"]),
            "item TL-01 names the kind 'x', which is not defined.",
        ),
        (
            lambda raw: raw["roles"][0]["items"][0]["waits"].append({"item": "X-1", "hard": True}),
            "item TL-01 waits for X-1, which is not there.",
        ),
        (
            lambda raw: raw["roles"][0]["items"][2]["waits"].append({"item": "TL-04", "hard": False}),
            "These items wait for each other: TL-03, TL-04.",
        ),
        (
            lambda raw: raw["targets"]["arrest_to_flow"].update(limit_minutes=50),
            "The path has to end at the target: its last step, FLOW, is due at minute 60, "
            "and Arrest to flow has 50 min.",
        ),
        (
            lambda raw: raw["path"][-1].update(due_minutes=None),
            "The path has to end at the target: its last step, FLOW, has no time, and Arrest to flow has 60 min.",
        ),
        (lambda raw: raw["path"].clear(), "The path has no step."),
        (lambda raw: raw["path"].append(raw["path"][-1]), "path: flow_established is there twice."),
        (lambda raw: raw["drugs"].append(raw["drugs"][0]), "drugs: adrenaline is there twice."),
        (
            lambda raw: raw["targets"]["scene_time"].update(amber_minutes=20),
            "targets scene_time: amber has to come before red, or with it.",
        ),
        (
            lambda raw: raw["targets"]["scene_time"].update(limit_minutes=0),
            "targets scene_time: the limit has to be 1 minute or more.",
        ),
        (
            lambda raw: raw["timers"][1].update(due_seconds=400),
            "timers adrenaline: due has to come before overdue, or with it.",
        ),
        (
            lambda raw: raw["pauses"].update(amber_seconds=-1),
            "pauses: amber and red have to be 0 or more.",
        ),
        (lambda raw: raw.update(name=" "), "The protocol has no name."),
        (lambda raw: raw["kinds"]["shock"].update(short=""), "kinds shock: short is empty."),
        (lambda raw: raw["criteria"]["lines"][0].update(text=" "), "criteria age: text is empty."),
        (lambda raw: raw["roles"][0]["items"][0].update(text=""), "item TL-01: text is empty."),
        (lambda raw: raw["drugs"][0].pop("route"), "drugs 1 lacks route."),
        (lambda raw: raw["drugs"][0].update(dose="1"), "drugs 1: dose has to be a whole number or a number or null."),
        (lambda raw: raw["kinds"]["shock"].update(fallback=["x"]), "kinds shock: x is not a role."),
        (
            lambda raw: raw["kinds"]["ecpr_decision"]["value"].update(choices=["go"]),
            "kinds ecpr_decision choice 1 has to be an object.",
        ),
    ],
)
def test_a_broken_protocol_says_what_is_broken(change: Callable[[Any], object], sentence: str) -> None:
    assert sentence in broken(change)


def test_a_broken_protocol_cannot_be_loaded() -> None:
    with pytest.raises(BrokenProtocol) as refusal:
        load({"key": "x"})
    assert "The protocol lacks version." in refusal.value.sentences


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_breaks_the_check(raw: Any) -> None:
    assert check(raw) != []


@given(st.data())
def test_no_json_in_any_place_breaks_the_check(data: st.DataObject) -> None:
    raw = copy.deepcopy(RAW)
    here: Any = raw
    for _ in range(data.draw(st.integers(0, 4))):
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list):
            break
        here = here[key]
    keys = list(here) if isinstance(here, dict) else list(range(len(here)))
    if keys:
        key = data.draw(st.sampled_from(keys))
        here[key] = data.draw(st.sampled_from([None, 3, "x", [], {}, [None], ["x"], [{}], {"x": 1}, True]))
    sentences = check(raw)
    assert all(sentence.endswith(".") for sentence in sentences)
    if not sentences:
        load(raw)
        shown_everywhere(raw)


def shown_everywhere(raw: dict[str, Any]) -> None:
    """Every page that is made of a protocol's JSON."""
    chapters(raw)
    protocol_svg(raw)
    sheet_of(raw)
    for section in sections(raw):
        lines_of(raw, section)
    assert compare(raw, raw) == []


def places(part: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a part of a protocol; of the entries of a list those of the first one."""
    if isinstance(part, dict):
        for key, inner in part.items():
            yield (*place, key)
            yield from places(inner, (*place, key))
    elif isinstance(part, list) and part:
        yield (*place, 0)
        yield from places(part[0], (*place, 0))


@pytest.mark.parametrize(
    "part",
    [
        *("path", "phases", "targets", "timers", "prompts", "pauses", "criteria", "drugs", "rhythms", "outcomes"),
        *("teams", "roles", "dependencies"),
    ],
)
def test_whatever_may_be_published_is_shown_by_every_page(part: str) -> None:
    raw = copy.deepcopy(RAW)
    if part == "targets":
        raw["targets"] = {raw["default_target"]: raw["targets"][raw["default_target"]]}
    for *way, last in places(raw[part], (part,)):
        holder: Any = raw
        for key in way:
            holder = holder[key]
        kept = copy.copy(holder)
        del holder[last]
        if not check(raw):
            load(raw)
            shown_everywhere(raw)
        holder.clear()
        holder.extend(kept) if isinstance(holder, list) else holder.update(kept)
    assert check(raw) == []


def test_a_version_in_use_stays_in_use_when_later_checks_would_not_let_it_be_published() -> None:
    raw = copy.deepcopy(RAW)
    raw["targets"]["arrest_to_flow"]["limit_minutes"] = 50
    assert len(check(raw)) == 1
    assert load(raw).targets["arrest_to_flow"].limit_minutes == 50
