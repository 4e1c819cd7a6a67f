"""The audit counts what it says it counts, and says what it left out."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from tests.debrief.told import FLOW, PROTOCOL, Told, id_of, reading_of
from timeline.quality.audit import Audit, Filter, Reasons, build
from timeline.quality.cases import case_from_json, case_of, case_to_json
from timeline.quality.stats import wilson


def audit_of(readings: Iterable[Any], chosen: Filter) -> Audit:
    return build(map(case_of, readings), chosen)


def flow_at(minute: float, number: int = 1, mode: str = "real", **onset: Any) -> Any:
    story: tuple[Told, ...] = (
        ("arrest_onset", 0.0, {"value": "ED", **onset}),
        ("cpr_start", 1.0, {}),
        ("cannulation_start", 30.0, {}),
        ("flow_established", minute, {}),
    )
    return reading_of(*story, mode=mode, outcome="flow", name=f"Code {number}", code=UUID(int=number), closed=200.0)


def ended(outcome: str, number: int) -> Any:
    story: tuple[Told, ...] = (("arrest_onset", 0.0, {"value": "ED"}), ("cpr_start", 1.0, {}))
    return reading_of(*story, outcome=outcome, name=f"Code {number}", code=UUID(int=number))


def test_drills_and_demonstrations_are_in_no_number_unless_asked_for() -> None:
    readings = [flow_at(50 + n, n) for n in range(6)]
    readings += [flow_at(10, 10 + n, "drill") for n in range(3)] + [flow_at(200, 20 + n, "demo") for n in range(4)]
    real = audit_of(readings, Filter())
    assert (real.cases, real.times.n, real.times.median, real.share.k, real.share.n) == (6, 6, 52.5, 6, 6)
    assert real.by_mode == {"real": 6, "drill": 3, "demo": 4}
    asked = audit_of(readings, Filter(modes=frozenset({"real", "drill"})))
    assert (asked.cases, asked.times.n) == (9, 9)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_below_five_known_times_nothing_is_summarised(n: int) -> None:
    found = audit_of([flow_at(50, number) for number in range(1, n + 1)], Filter())
    assert (found.times.n, found.times.median, found.times.q1, found.times.low, found.runs) == (
        n,
        None,
        None,
        None,
        None,
    )
    assert (found.share.k, found.share.n, found.share.low) == (n, n, None)


def test_run_rules_are_asked_from_twelve_times_on() -> None:
    assert audit_of([flow_at(50 + n % 3, n) for n in range(11)], Filter()).runs is None
    assert audit_of([flow_at(50 + n % 3, n) for n in range(12)], Filter()).runs is not None


def test_the_five_results_are_counted_apart_and_indeterminate_is_in_no_share() -> None:
    readings = [flow_at(60, 1), flow_at(61, 2)]
    around = {"_certainty": "estimated", "_earliest": 1_767_606_900_000, "_latest": 1_767_607_500_000}
    readings.append(flow_at(60, 3, **around))
    readings.append(flow_at(-20, 4))
    readings.append(ended("flow", 5))
    readings.append(ended("rosc", 6))
    found = audit_of(readings, Filter())
    assert found.results == {
        "met": 1,
        "missed": 1,
        "indeterminate": 1,
        "missing": 1,
        "inconsistent": 1,
        "not_applicable": 1,
    }
    assert (found.share.k, found.share.n) == (1, 2)
    assert {row.name: row.sign for row in found.rows} == {
        "Code 1": "dot",
        "Code 2": "dot",
        "Code 3": "dot",
        "Code 4": "inconsistent",
        "Code 5": "missing",
        "Code 6": "rosc",
    }


def test_a_time_whose_end_breaks_a_hard_order_is_in_no_number_until_it_is_put_right() -> None:
    def joined_at(minute: float) -> Any:
        story: tuple[Told, ...] = (
            ("arrest_onset", 0.0, {"value": "ED"}),
            ("cpr_start", 1.0, {}),
            ("cannulation_start", 30.0, {}),
            ("connected", minute, {}),
            ("flow_on", 45.0, {}),
        )
        return reading_of(*story, outcome="flow", closed=200.0)

    odd, right = (case_of(joined_at(minute)) for minute in (50.0, 44.0))
    # The code keeps its own figure; it is the statistics that leave it out.
    assert joined_at(50.0)["intervals"]["arrest_to_flow"]["minutes"] == 45.0
    assert [(each.status, each.minutes, each.result) for each in (odd, right)] == [
        ("inconsistent", None, "inconsistent"),
        ("known", 45.0, "met"),
    ]
    assert odd.targets["arrest_to_flow"][0] == "inconsistent"
    assert odd.times["cannulation_to_flow"] == ("inconsistent", None)


def test_a_failed_attempt_counts_against_the_attempts_and_not_among_the_times() -> None:
    tried = reading_of(
        ("arrest_onset", 0.0, {}), ("cannulation_start", 30.0, {}), outcome="failed_cannulation", code=UUID(int=9)
    )
    found = audit_of([flow_at(50, n) for n in range(1, 5)] + [tried], Filter())
    assert (found.attempted, found.share_attempted.k, found.share_attempted.n) == (5, 4, 5)
    assert (found.share.k, found.share.n) == (4, 4)


def test_open_codes_and_codes_started_in_error_are_no_cases() -> None:
    found = audit_of([reading_of(*FLOW), ended("started_in_error", 2), flow_at(50, 3)], Filter())
    assert (found.cases, found.in_error) == (1, 1)


def test_the_order_of_the_readings_changes_nothing() -> None:
    readings = [flow_at(40 + n, n) for n in range(1, 8)]
    assert audit_of(readings, Filter()) == audit_of(reversed(readings), Filter())


def test_estimated_arrests_can_be_left_out() -> None:
    readings = [flow_at(50, 1), flow_at(90, 2, _certainty="estimated")]
    assert (audit_of(readings, Filter()).estimated, audit_of(readings, Filter()).times.n) == (1, 2)
    assert audit_of(readings, Filter(witnessed_only=True)).times.n == 1


def ready_after(minutes: float | None, number: int) -> Any:
    """A code whose team was complete so many minutes after it was called; None: nobody recorded it."""
    story: list[Told] = [("arrest_onset", 0.0, {"value": "ED"}), ("ecpr_activated", 20.0, {})]
    if minutes is not None:
        story.append(("team_ready", 20.0 + minutes, {}))
    return reading_of(*story, outcome="rosc", code=UUID(int=number))


def test_a_team_that_was_ready_before_or_as_it_was_called_was_within_the_target() -> None:
    minutes = [-4.0, 0.0, 6.0, 8.0, 10.0, 15.0, 16.0, None]
    found = audit_of([ready_after(each, number) for number, each in enumerate(minutes, 1)], Filter())
    [part] = [each for each in found.breakdown if each.times.key == "activation_to_ready"]
    assert (part.share.k, part.share.n, part.limits, part.indeterminate) == (6, 7, (15,), 0)
    assert (part.share.low, part.share.high) == wilson(6, 7)
    times = part.times
    assert (times.n, times.negative, times.missing) == (6, 1, 1)
    assert (times.median, times.least, times.most) == (9.0, 0.0, 16.0)


def test_every_interval_with_a_target_is_held_against_it() -> None:
    found = audit_of([flow_at(55, number) for number in range(1, 7)], Filter())
    assert {part.times.key for part in found.breakdown if part.limits} == set(PROTOCOL.targets)
    parts = {part.times.key: part for part in found.breakdown}
    main, cannulation, call = (parts[key] for key in ("arrest_to_flow", "cannulation_to_flow", "cpr_to_activation"))
    assert (main.share, main.times) == (found.share, found.times)
    assert (cannulation.share.k, cannulation.share.n, cannulation.times.median) == (0, 6, 25.0)
    assert (call.share.n, call.share.low, call.times.missing) == (0, None, 6)


def called(number: int, *said: Told, outcome: str) -> Any:
    story: tuple[Told, ...] = (
        ("arrest_onset", 0.0, {"value": "ED"}),
        ("ecpr_activated", 10.0, {"by": "Dr Doe"}),
        *said,
    )
    return reading_of(*story, outcome=outcome, code=UUID(int=number))


def test_every_call_stays_in_the_denominators_with_the_reasons_that_were_given_and_names_nobody() -> None:
    cancel: Told = ("ecpr_cancelled", 14.0, {"value": "sustained ROSC", "by": "Dr Doe"})
    no: Told = ("ecpr_decision", 20.0, {"value": "no_go", "reason": "age over 70; no consent", "by": "Dr Doe"})
    readings = [
        called(1, cancel, outcome="rosc"),
        called(
            2,
            ("ecpr_cancelled", 14.0, {}),
            ("ecpr_activated", 18.0, {}),
            ("flow_established", 50.0, {}),
            outcome="flow",
        ),
        called(3, no, outcome="declined"),
        called(
            4,
            ("ecpr_decision", 20.0, {"value": "go"}),
            ("ecpr_abandoned", 40.0, {"value": "no wire"}),
            outcome="stopped",
        ),
        called(5, outcome="declined"),
        ended("stopped", 6),
        ended("started_in_error", 7),
    ]
    found = audit_of(readings, Filter())
    calls = found.calls
    assert (found.cases, calls.activations, calls.called) == (6, 6, 5)
    assert calls.cancelled == Reasons(2, (("sustained ROSC", 1),), 1)
    assert calls.declined == Reasons(2, (("age over 70", 1), ("no consent", 1)), 1)
    assert calls.no_flow == Reasons(5, (("age over 70", 1), ("no consent", 1), ("no wire", 1)), 3)
    assert calls.endings == (("declined", 2), ("stopped", 2), ("rosc", 1))
    kept = json.dumps([case_to_json(row) for row in found.rows])
    assert "Doe" not in kept
    assert [case_from_json(raw) for raw in json.loads(kept)] == list(found.rows)


def test_the_registrys_reason_for_not_cannulating_counts_beside_what_was_said() -> None:
    said = {"value": "no_go", "reason": "too late; non-cardiac", "not_cannulated": "non-cardiac"}
    other = {"value": "no_go", "not_cannulated": "terminal illness"}
    readings = [
        called(number, ("ecpr_decision", 20.0, payload), outcome="declined")
        for number, payload in enumerate((said, other), 1)
    ]
    declined = audit_of(readings, Filter()).calls.declined
    assert declined == Reasons(2, (("non-cardiac", 1), ("terminal illness", 1), ("too late", 1)), 0)


def test_a_decision_that_was_taken_back_is_no_decline_and_an_undone_cancellation_is_none() -> None:
    no: Told = ("ecpr_decision", 20.0, {"value": "no_go", "reason": "too late"})
    go: Told = ("ecpr_decision", 24.0, {"value": "go"})
    undone: Told = ("void", 15.0, {"_target": id_of(4)})
    cancel: Told = ("ecpr_cancelled", 14.0, {"value": "other"})
    calls = audit_of([called(1, cancel, undone, no, go, outcome="rosc")], Filter()).calls
    assert (calls.cancelled.count, calls.declined.count, calls.activations) == (0, 0, 1)
