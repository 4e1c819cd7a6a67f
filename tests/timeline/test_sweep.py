"""The sweep: what comes due is appended once, whoever looks and how often."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from roles.server_clock import now_ms
from tests.factories import a_code, a_record, author, closed_code
from timeline import services
from timeline.models import Entry
from timeline.sweep import GROWN_AT_A_TIME, sweep

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3_600_000
MINUTE = 60_000


def asked(code) -> list[tuple[str, int]]:
    """The prompts on record: key, and minutes from the arrest."""
    found = Entry.objects.filter(code=code, kind="prompt_raised").order_by("seq")
    records = [core_record(entry) for entry in found]
    return [(record["payload"]["value"], round((record["at"] - code.opened_at) / MINUTE)) for record in records]


def core_record(entry: Entry) -> dict[str, Any]:
    return dict(json.loads(entry.line)["record"])


def sweep_and_hang_up(now: int) -> None:
    """A sweep in a thread of its own, whose connection ends with it."""
    try:
        sweep(now)
    finally:
        connection.close()


def passed(code) -> list[int]:
    return [entry.seq for entry in Entry.objects.filter(code=code, kind="target_passed").order_by("seq")]


def test_a_passed_target_is_recorded_once() -> None:
    code = a_code(onset_ago_ms=0)
    sweep(now_ms() + HOUR - 60_000)
    assert passed(code) == []
    sweep(now_ms() + HOUR + 1)
    assert sweep(now_ms() + HOUR + 1) == 0
    assert len(passed(code)) == 1


def test_each_staged_target_asks_once_when_it_comes_though_nobody_looks() -> None:
    code = a_code(onset_ago_ms=0)
    for minute in range(70):
        sweep(code.opened_at + minute * MINUTE)
        sweep(code.opened_at + minute * MINUTE)
    assert asked(code) == [("consider_ecpr", 10), ("activate_by", 15), ("cannulation_start_by", 40), ("flow_by", 60)]


def test_a_sweep_that_was_away_asks_only_the_last_question_for_each_goal() -> None:
    code = a_code(onset_ago_ms=0)
    assert sweep(code.opened_at + 61 * MINUTE) == 4
    assert asked(code) == [("activate_by", 15), ("cannulation_start_by", 40), ("flow_by", 60)]


def test_a_question_that_a_late_entry_made_due_came_up_with_that_entry() -> None:
    code = a_code(onset_ago_ms=0)
    door = code.opened_at - 30 * MINUTE
    services.record(code.id, [a_record(code.id, "door", at=door)], author())
    assert sweep() == 2
    assert asked(code) == [("team_ready_after_door", 0), ("door_to_flow", 0)]
    read = [core_record(entry)["at"] for entry in Entry.objects.filter(code=code, kind="prompt_raised")]
    arrived = Entry.objects.get(code=code, kind="door").received
    assert read == [arrived, arrived]


def test_two_sweeps_at_once_ask_once() -> None:
    code = a_code(onset_ago_ms=0)
    moment = code.opened_at + 10 * MINUTE
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sweep_and_hang_up, [moment, moment + 5]))
    assert asked(code) == [("consider_ecpr", 10)]


def test_a_corrected_anchor_asks_nothing_twice() -> None:
    code = a_code(onset_ago_ms=0)
    sweep(code.opened_at + 10 * MINUTE)
    cpr = Entry.objects.get(code=code, kind="cpr_start")
    later = {"changes": {"at": code.opened_at + 3 * MINUTE}, "reason": "late"}
    services.record(code.id, [a_record(code.id, "correction", target=str(cpr.pk), payload=later)], author())
    for minute in range(10, 16):
        sweep(code.opened_at + minute * MINUTE)
    assert asked(code) == [("consider_ecpr", 10)]


def test_a_corrected_onset_makes_another_deadline() -> None:
    code = a_code(onset_ago_ms=HOUR)
    sweep()
    assert len(passed(code)) == 1
    onset = Entry.objects.get(code=code, kind="arrest_onset")
    later = {"changes": {"at": now_ms(), "certainty": "observed", "precision": "second"}, "reason": "wrong by an hour"}
    services.record(code.id, [a_record(code.id, "correction", target=str(onset.pk), payload=later)], author())
    sweep()
    assert len(passed(code)) == 1
    sweep(now_ms() + HOUR + 1)
    assert len(passed(code)) == 2


def test_a_deadline_that_is_brought_forward_is_found_at_the_next_round() -> None:
    code = a_code(onset_ago_ms=0)
    assert sweep() == 0
    onset = Entry.objects.get(code=code, kind="arrest_onset")
    earlier = {
        "changes": {"at": now_ms() - 2 * HOUR, "certainty": "observed", "precision": "second"},
        "reason": "found hours ago",
    }
    services.record(code.id, [a_record(code.id, "correction", target=str(onset.pk), payload=earlier)], author())
    sweep()
    assert passed(code) == [5]


def test_among_many_codes_every_one_has_its_turn() -> None:
    codes = [a_code(onset_ago_ms=2 * HOUR) for _ in range(3 * GROWN_AT_A_TIME)]
    for turn in range(1, 4):
        sweep()
        told = [passed(code) for code in codes]
        assert (told.count([4]), told.count([])) == (turn * GROWN_AT_A_TIME, (3 - turn) * GROWN_AT_A_TIME)


def test_ended_codes_and_codes_without_an_onset_are_left_alone() -> None:
    closed_code(onset_ago_ms=2 * HOUR)
    a_code(onset_ago_ms=None)
    assert sweep() == 0


def test_a_code_with_nothing_readable_does_not_silence_the_others() -> None:
    id = uuid4()
    services.record(id, [a_record(id, "code_started", payload={"value": 7, "protocol": "none"})], author())
    code = a_code(onset_ago_ms=2 * HOUR)
    sweep()
    sweep()
    assert passed(code) == [4]
