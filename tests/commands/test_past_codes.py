"""The sixty synthetic codes: the same from the same seed, of every outcome, with the flaws that real records have."""

from collections import Counter
from statistics import median

import pytest

from timeline.core.records import Record, read_record, record_to_json
from timeline.demo.drill import drill_records
from timeline.demo.past import COUNT, DAY, OUTCOMES, SPAN_DAYS, PastCode, past_code_id, past_codes
from timeline.demo.story import MINUTE

NEWEST = 1_772_359_200_000


@pytest.fixture(scope="module")
def codes() -> list[PastCode]:
    return past_codes(NEWEST)


def records(codes: list[PastCode], kind: str) -> list[Record]:
    return [record for code in codes for record in code.records if record.kind == kind]


def flow_minutes(codes: list[PastCode]) -> list[float]:
    found = []
    for code in codes:
        onset = next((r.at for r in code.records if r.kind == "arrest_onset"), None)
        flow = next((r.at for r in code.records if r.kind == "flow_established"), None)
        if onset is not None and flow is not None:
            found.append((flow - onset) / MINUTE)
    return found


def test_the_same_newest_start_gives_the_same_records(codes: list[PastCode]) -> None:
    assert past_codes(NEWEST) == codes
    assert [code.id for code in codes] == [past_code_id(index) for index in range(COUNT)]


def test_every_record_is_one_that_any_door_would_take(codes: list[PastCode]) -> None:
    told = [record for code in codes for record in code.records]
    assert [read_record(record_to_json(record), record.code) for record in told] == told
    assert len({record.id for record in told}) == len(told)


def test_they_spread_over_a_year_and_a_half_and_all_outcomes(codes: list[PastCode]) -> None:
    assert len(codes) == 60
    assert Counter(code.outcome for code in codes) == OUTCOMES
    assert codes[-1].started_at == NEWEST
    assert round((codes[-1].started_at - codes[0].started_at) / DAY) == SPAN_DAYS
    assert len({code.name for code in codes}) == 60


def test_each_is_marked_as_a_demo_from_its_first_record_and_closed_by_its_last(codes: list[PastCode]) -> None:
    assert {code.records[0].payload["value"] for code in codes} == {"demo"}
    assert {code.records[0].kind for code in codes} == {"code_started"}
    assert {code.records[-1].kind for code in codes} == {"code_closed"}


def test_the_times_to_flow_look_like_a_programmes(codes: list[PastCode]) -> None:
    minutes = [minute for minute in flow_minutes(codes) if minute > 0]
    assert 50 <= median(minutes) <= 66
    assert sum(minutes) / len(minutes) > median(minutes)
    assert 0.35 <= sum(minute <= 60 for minute in minutes) / len(minutes) <= 0.75


def test_they_have_the_flaws_of_real_records(codes: list[PastCode]) -> None:
    onsets = records(codes, "arrest_onset")
    assert sum(onset.certainty == "estimated" for onset in onsets) >= 8
    assert all(onset.earliest is not None for onset in onsets if onset.certainty == "estimated")
    assert sum(start.at is None for start in records(codes, "cpr_start")) >= 3
    assert len(records(codes, "correction")) >= 4
    assert len(records(codes, "void")) >= 1
    assert sum(minute < 0 for minute in flow_minutes(codes)) >= 1
    assert sum(onset.precision == "minute" for onset in onsets) >= 10


def test_the_running_drill_is_twenty_four_minutes_into_its_arrest_and_ends_now() -> None:
    told = [record for _, run in drill_records(past_code_id(0), NEWEST) for record in run]
    [onset] = [record.at for record in told if record.kind == "arrest_onset"]
    times = [record.at or 0 for record in told]
    assert onset == NEWEST - 24 * MINUTE
    assert times == sorted(times)
    assert NEWEST - MINUTE < times[-1] < NEWEST
    assert len({record.payload["value"] for record in told if record.kind == "role_taken"}) == 5
    assert [read_record(record_to_json(record)) for record in told] == told
