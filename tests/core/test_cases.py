"""The shared cases, read by Python; tests/js/core/cases.test.js reads the same ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.short import at, entries_of, expand, moment
from timeline.core.reading import read
from timeline.protocols import protocol_named, shipped_keys

SHIPPED = shipped_keys()
CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['name']}": case
    for path in sorted(Path("tests/cases").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
}


@pytest.mark.parametrize("name", CASES)
def test_a_shared_case_is_read_as_it_says(name: str) -> None:
    case = CASES[name]
    protocol = protocol_named(case.get("protocol", "ecpr-1"))
    reading = read(entries_of(case["entries"]), protocol, moment(case["now"]))
    found = {path: at(reading, path) for path in case["expect"]}
    assert found == expand(case["expect"])


def test_every_interval_and_target_of_the_protocol_has_a_case() -> None:
    paths = [path.split(".") for case in CASES.values() for path in case["expect"]]
    assert {path[1] for path in paths if path[0] == "intervals"} == set(protocol_named("ecpr-1").interval_labels)


def test_every_sound_of_the_protocol_has_a_case() -> None:
    due = [each for case in CASES.values() for each in case["expect"].get("sound.due", [])]
    assert {each["key"] for each in due} == {each.key for each in protocol_named("ecpr-1").sounds}


def test_every_prompt_of_the_protocol_has_a_case() -> None:
    paths = [path.split(".") for case in CASES.values() for path in case["expect"]]
    named = {path[1] for path in paths if path[0] == "prompts" and len(path) == 3}
    assert named == {each.key for each in protocol_named("ecpr-1").prompts}


def test_every_order_rule_is_broken_in_a_case() -> None:
    """Clinical reference, 1.1 to 1.7: a new rule without a case that breaks it fails here."""
    broken = [
        tuple(case["order"])
        for case in CASES.values()
        if "order" in case and any(flag["flag"].startswith("order_") for flag in case["expect"]["flags"])
    ]
    rules = [(rule.first, rule.then, rule.rule) for rule in protocol_named("ecpr-1").orders]
    assert sorted(broken) == sorted(rules)
    assert len(set(rules)) == len(rules)


def test_the_legitimate_wrong_orders_bring_no_hard_word() -> None:
    """The nine of the clinical reference, 1.8, by their names there."""
    cases = {name.partition(": ")[2]: case for name, case in CASES.items() if name.startswith("legitimate_orders: ")}
    assert list(cases) == [
        "call before collapse (EMS-witnessed)",
        "access catheter before decision (three-stage)",
        "alert before arrest is refractory",
        "cannulation before complete team",
        "ROSC then flow in under 20 min",
        "distal cannula before flow",
        "cath lab before flow",
        "cancelled then reactivated",
        "two cannulation attempts with a ROSC between",
    ]
    said = {flag["flag"] for case in cases.values() for flag in case["expect"]["flags"]}
    assert said <= {"order_soft"}


def test_every_field_of_every_kind_is_said_in_a_case() -> None:
    """Clinical reference, section 1, its data fields: a field without a case fails."""
    said = {
        case["expect"]["records.#k.kind"]: set(case["expect"]["records.#k.payload"]) - {"value", "changes"}
        for name, case in CASES.items()
        if name.startswith("kinds: ")
    }
    kinds = protocol_named("ecpr-1").raw["kinds"]
    assert said == {key: {field["key"] for field in kind["fields"]} for key, kind in kinds.items()}


def test_every_kind_has_a_case() -> None:
    """Clinical reference, section 1: each with its words and with every way in which a time is known or not."""
    shown = [case["expect"]["records.#k.kind"] for name, case in CASES.items() if name.startswith("kinds: ")]
    assert sorted(shown) == sorted(protocol_named("ecpr-1").kinds)


def test_every_way_into_a_phase_has_a_case() -> None:
    """Clinical reference, 5.4."""
    entered = [tuple(case["phase"]) for case in CASES.values() if "phase" in case]
    ways = [
        (key, phase.key, kind) for key in SHIPPED for phase in protocol_named(key).phases for kind in phase.enters_on
    ]
    assert sorted(entered) == sorted([*ways, ("ihca-1", "arrest", "opening")])
    assert all(case["expect"]["phase"] == case["phase"][1] for case in CASES.values() if "phase" in case)


def test_every_target_is_met_missed_and_on_its_boundary_in_a_case() -> None:
    """Clinical reference, 2.1 and 3.1: equality is met, a second more is missed."""
    judged = {tuple(case["target"]): case["expect"] for case in CASES.values() if "target" in case}
    results = {"met": ("met", 1), "boundary": ("met", 0), "missed": ("missed", 0.0167)}
    expected = {
        (key, target, place): result
        for key in SHIPPED
        for target in protocol_named(key).targets
        for place, result in results.items()
    }
    found = {
        place: (expect[f"targets.{place[1]}.result"], expect[f"targets.{place[1]}.by_minutes"])
        for place, expect in judged.items()
    }
    assert found == expected


def test_every_dependency_has_a_case() -> None:
    """Clinical reference, 5.3: D1 to D12."""
    held = {case["dependency"] for case in CASES.values() if "dependency" in case}
    assert held == {each["id"] for each in protocol_named("ecpr-1").raw["dependencies"]}
    assert held == {f"D{number}" for number in range(1, 13)}


def test_every_ending_has_a_case_with_the_times_that_it_asks_for() -> None:
    asked = {
        case["ending"]: [each["kind"] for each in case["expect"]["missing"]]
        for case in CASES.values()
        if "ending" in case
    }
    assert asked == {key: list(outcome.implies) for key, outcome in protocol_named("ecpr-1").outcomes.items()}


def test_every_timer_is_counted_in_a_case() -> None:
    """Clinical reference, section 6."""
    paths = [path.split(".") for case in CASES.values() for path in case["expect"]]
    assert {path[1] for path in paths if path[0] == "timers"} == {
        timer.key for timer in protocol_named("ecpr-1").timers
    }


def test_every_checklist_item_is_in_a_role_once_and_there_are_as_many_as_in_the_reference() -> None:
    """Clinical reference, 5.2: fifteen roles, 156 items."""
    for key in SHIPPED:
        roles = protocol_named(key).roles
        items = [item.id for role in roles for item in role.items]
        assert (len(roles), len(items), len(set(items))) == (15, 156, 156)
