"""Properties of the reading that hold for every log."""

import copy
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.core.logs import NOWS, logs
from tests.core.short import entries_of, moment
from timeline.core.reading import CLOCK_KINDS, read, read_clock, read_due, sweep_kinds
from timeline.core.records import canonical, read_entry
from timeline.protocols import protocol_named

PROTOCOL = protocol_named("ecpr-1")


@given(lines=logs(), now=NOWS, seed=st.integers())
def test_the_order_of_arrival_changes_nothing(lines: list[dict[str, Any]], now: int, seed: int) -> None:
    confirmed = [read_entry(line) for line in lines if line["seq"] is not None]
    waiting = [read_entry(line) for line in lines if line["seq"] is None]
    shuffled = list(confirmed)
    random.Random(seed).shuffle(shuffled)
    # What was already there may come again, and a waiting record may stand before the confirmed ones.
    again = waiting + shuffled + confirmed[:3]
    assert read(again, PROTOCOL, now) == read(confirmed + waiting, PROTOCOL, now)


@given(lines=logs(), now=NOWS)
def test_reading_is_a_pure_function_that_json_can_hold(lines: list[dict[str, Any]], now: int) -> None:
    entries = [read_entry(line) for line in lines]
    kept = copy.deepcopy(entries)
    first = canonical(read(entries, PROTOCOL, now))
    assert canonical(read(entries, PROTOCOL, now)) == first
    assert entries == kept


@given(lines=logs(), now=NOWS)
def test_the_clock_read_alone_is_the_clock_of_the_reading(lines: list[dict[str, Any]], now: int) -> None:
    entries = [read_entry(line) for line in lines]
    reading = read(entries, PROTOCOL, now)
    assert read_clock(entries, PROTOCOL, now) == (reading["code"], reading["clock"])


@given(lines=logs(), now=NOWS)
def test_the_kinds_of_the_clock_are_all_that_its_state_and_deadline_hang_on(
    lines: list[dict[str, Any]], now: int
) -> None:
    entries = [read_entry(line) for line in lines]
    few = [entry for entry in entries if entry.record.kind in CLOCK_KINDS]
    whole, part = (read_clock(each, PROTOCOL, now)[1] for each in (entries, few))
    assert (part["state"], part["deadline"]) == (whole["state"], whole["deadline"])


@given(lines=logs(), now=NOWS)
def test_what_the_sweep_reads_is_all_that_the_clock_and_the_prompts_hang_on(
    lines: list[dict[str, Any]], now: int
) -> None:
    entries = [read_entry(line) for line in lines]
    kinds = sweep_kinds(PROTOCOL)
    clock, prompts = read_due([entry for entry in entries if entry.record.kind in kinds], PROTOCOL, now)
    whole = read(entries, PROTOCOL, now)
    assert (clock["state"], clock["deadline"]) == (whole["clock"]["state"], whole["clock"]["deadline"])
    assert [each | {"to": []} for each in prompts] == [each | {"to": []} for each in whole["prompts"]]


@given(lines=logs(), now=NOWS)
def test_at_most_one_prompt_asks_for_each_goal(lines: list[dict[str, Any]], now: int) -> None:
    prompts = read([read_entry(line) for line in lines], PROTOCOL, now)["prompts"]
    goals = {each.key: frozenset(each.until) for each in PROTOCOL.prompts}
    asking = [goals[each["key"]] for each in prompts if each["state"] in ("due", "open")]
    assert len(set(asking)) == len(asking)


@given(lines=logs(), now=NOWS)
def test_every_record_is_shown_once(lines: list[dict[str, Any]], now: int) -> None:
    reading = read([read_entry(line) for line in lines], PROTOCOL, now)
    assert sorted(record["id"] for record in reading["records"]) == sorted(line["record"]["id"] for line in lines)


@given(lines=logs(), now=NOWS)
def test_intervals_and_targets_keep_their_shape(lines: list[dict[str, Any]], now: int) -> None:
    reading = read([read_entry(line) for line in lines], PROTOCOL, now)
    for key, interval in reading["intervals"].items():
        known = interval["status"] in ("known", "running")
        numbers = [interval[name] for name in ("minutes", "low", "high")]
        assert all((number is not None) == known for number in numbers), key
        assert (interval["reason"] is None) == known, key
        if known and interval["low"] <= interval["high"]:
            assert interval["low"] <= interval["minutes"] <= interval["high"], key
    for key, target in reading["targets"].items():
        answered = target["result"] in ("met", "missed")
        assert (target["by_minutes"] is not None) == answered, key
        status = reading["intervals"][key]["status"]
        expected = {"known": ("met", "missed", "indeterminate"), "inconsistent": ("missing",)}.get(status, (status,))
        assert target["result"] in expected, key


seconds = st.integers(0, 90 * 60)


@given(times=st.lists(seconds, min_size=7, max_size=7))
def test_segments_add_up_to_the_whole(times: list[int]) -> None:
    """Clinical reference 2.1: with the same end on both sides, and no ROSC, the segments of one code add up."""
    onset, cpr, door, activated, ready, cannulation, flow = sorted(times)
    written = [
        [kind, f"{at // 60}:{at % 60}"]
        for kind, at in [
            ("arrest_onset", onset),
            ("cpr_start", cpr),
            ("door", door),
            ("ecpr_activated", activated),
            ("team_ready", ready),
            ("cannulation_start", cannulation),
            ("flow_established", flow),
        ]
    ]
    intervals = read(entries_of(written), PROTOCOL, moment("200:00"))["intervals"]

    def minutes(*keys: str) -> float:
        return round(sum(intervals[key]["minutes"] for key in keys) * 60)

    assert minutes("arrest_to_flow") == minutes("no_flow", "low_flow")
    assert minutes("arrest_to_flow") == minutes("arrest_to_door", "door_to_flow")
    assert minutes("activation_to_flow") == minutes(
        "activation_to_ready", "ready_to_cannulation", "cannulation_to_flow"
    )


@given(activated=seconds, ready=seconds, cannulation=seconds, flow=seconds)
def test_a_team_that_was_ready_early_still_adds_up(activated: int, ready: int, cannulation: int, flow: int) -> None:
    flow = max(flow, activated, cannulation)
    times = {
        "ecpr_activated": activated,
        "team_ready": ready,
        "cannulation_start": cannulation,
        "flow_on": flow,
    }
    written = [[kind, f"{at // 60}:{at % 60}"] for kind, at in times.items()]
    intervals = read(entries_of(written), PROTOCOL, moment("200:00"))["intervals"]
    parts = ("activation_to_ready", "ready_to_cannulation", "cannulation_to_flow")
    segments = sum(intervals[key]["minutes"] for key in parts)
    assert round(segments * 60) == round(intervals["activation_to_flow"]["minutes"] * 60)


def test_an_empty_log_has_a_reading() -> None:
    reading = read([], PROTOCOL, moment("0:00"))
    assert reading["code"]["state"] == "open"
    assert reading["clock"]["state"] == "no_onset"
    assert reading["clock"]["count_from"] is None
    assert reading["next"] == "arrest_onset"
