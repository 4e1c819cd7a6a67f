"""The statistics give the numbers of published reference code."""

import json
from pathlib import Path
from typing import Any

import pytest

from timeline.quality.runchart import limits, runs
from timeline.quality.stats import median, median_interval, quartiles, wilson

VECTORS: dict[str, Any] = {
    vector["id"]: vector for vector in json.loads(Path(__file__).with_name("vectors.json").read_text())["vectors"]
}


def vectors(beginning: str) -> list[Any]:
    found = [pytest.param(vector, id=name) for name, vector in VECTORS.items() if name.startswith(beginning)]
    assert found
    return found


@pytest.mark.parametrize("vector", vectors("prop-"))
def test_wilsons_interval_is_the_one_of_r(vector: Any) -> None:
    found = wilson(vector["input"]["k"], vector["input"]["n"])
    assert found == pytest.approx(tuple(vector["expected"]["wilson"]), abs=vector["tolerance"])


@pytest.mark.parametrize("vector", vectors("median-"))
def test_median_quartiles_and_interval_are_those_of_r(vector: Any) -> None:
    values, expected = vector["input"]["x"], vector["expected"]
    assert median(values) == pytest.approx(expected["median"])
    assert quartiles(values) == pytest.approx((expected["q1_type7"], expected["q3_type7"]))
    span = None if expected["ci95_median"] is None else tuple(expected["ci95_median"])
    assert median_interval(values) == span


@pytest.mark.parametrize("vector", vectors("qic-run"))
def test_the_run_rules_are_those_of_the_reference(vector: Any) -> None:
    found, expected = runs(vector["input"]["y"]), vector["expected"]
    assert found is not None
    assert (found.centre, found.n, found.useful) == (expected["centre"], expected["n_obs"], expected["n_useful"])
    assert (found.longest, found.longest_max) == (expected["longest_run"], expected["longest_run_max"])
    assert (found.crossings, found.crossings_min) == (expected["n_crossings"], expected["n_crossings_min"])
    assert found.signal is expected["runs_signal"]


def test_the_limits_of_the_run_rules_hold_from_1_to_120_points() -> None:
    vector = VECTORS["anhoej-limits"]
    found = [limits(n) for n in vector["input"]["n_useful"]]
    assert [longest for longest, _ in found] == vector["expected"]["longest_run_max"]
    assert [crossings for _, crossings in found] == vector["expected"]["n_crossings_min"]


def test_no_interval_is_made_up_for_five_values_and_one_exists_for_six() -> None:
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([1, 2, 3, 4, 5, 6]) == (1, 6)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_wilsons_interval_stays_inside_the_scale_holds_the_share_and_mirrors(n: int) -> None:
    for k in range(n + 1):
        low, high = wilson(k, n)
        assert 0 <= low <= k / n <= high <= 1
        mirrored = wilson(n - k, n)
        assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high))


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_a_share_that_is_none_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(k, n)


def test_nothing_has_no_runs_and_equal_values_ask_for_no_look() -> None:
    assert runs([]) is None
    same = runs([60.0] * 20)
    assert same is not None
    assert (same.useful, same.signal) == (0, False)


def test_eight_codes_in_a_row_on_one_side_of_twenty_four_are_a_run_too_long_at_nine() -> None:
    values = [70.0] * 9 + [50.0, 71.0] * 4 + [50.0] * 9
    found = runs(values)
    assert found is not None
    assert (found.longest, found.longest_max, found.too_long) == (9, 8, True)
