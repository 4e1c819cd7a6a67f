"""The audit counts what it says it counts, and says what it left out."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from tests.debrief.told import FLOW, Told, reading_of
from timeline.quality.audit import Audit, Filter, build
from timeline.quality.cases import case_of


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
