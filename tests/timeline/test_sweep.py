"""The sweep: what comes due is appended once, whoever looks and how often."""

from uuid import uuid4

import pytest

from roles.server_clock import now_ms
from tests.factories import a_code, a_record, author, closed_code
from timeline import services
from timeline.models import Entry
from timeline.sweep import GROWN_AT_A_TIME, sweep

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3_600_000


def passed(code) -> list[int]:
    return [entry.seq for entry in Entry.objects.filter(code=code, kind="target_passed").order_by("seq")]


def test_a_passed_target_is_recorded_once() -> None:
    code = a_code(onset_ago_ms=0)
    assert sweep(now_ms() + HOUR - 60_000) == 0
    assert sweep(now_ms() + HOUR + 1) == 1
    assert sweep(now_ms() + HOUR + 1) == 0
    assert passed(code) == [4]


def test_a_corrected_onset_makes_another_deadline() -> None:
    code = a_code(onset_ago_ms=HOUR)
    assert sweep() == 1
    onset = Entry.objects.get(code=code, kind="arrest_onset")
    later = {"changes": {"at": now_ms(), "certainty": "observed", "precision": "second"}, "reason": "wrong by an hour"}
    services.record(code.id, [a_record(code.id, "correction", target=str(onset.pk), payload=later)], author())
    assert sweep() == 0
    assert sweep(now_ms() + HOUR + 1) == 1
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
    assert sweep() == 1
    assert passed(code) == [5]


def test_among_many_codes_every_one_has_its_turn() -> None:
    codes = [a_code(onset_ago_ms=2 * HOUR) for _ in range(3 * GROWN_AT_A_TIME)]
    assert [sweep() for _ in range(3)] == [GROWN_AT_A_TIME] * 3
    assert [passed(code) for code in codes] == [[4]] * len(codes)


def test_ended_codes_and_codes_without_an_onset_are_left_alone() -> None:
    closed_code(onset_ago_ms=2 * HOUR)
    a_code(onset_ago_ms=None)
    assert sweep() == 0


def test_a_code_with_nothing_readable_does_not_silence_the_others() -> None:
    id = uuid4()
    services.record(id, [a_record(id, "code_started", payload={"value": 7, "protocol": "none"})], author())
    code = a_code(onset_ago_ms=2 * HOUR)
    assert sweep() + sweep() == 1
    assert passed(code) == [4]
