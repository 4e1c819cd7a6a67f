"""The writer: dense, once, chained, durable; no batch harms its neighbours."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from tests.cast import LENA, OMAR
from tests.factories import a_code, a_record, author, closed_code
from timeline import services
from timeline.appending import AbsentCode, Batch, Log, append
from timeline.core.chain import verify
from timeline.models import Code, Entry, Refusal
from timeline.selectors import entries_of
from timeline.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_devices_that_send_everything_twice_leave_a_dense_log() -> None:
    code = a_code()
    taps = [[a_record(code.id, n=n) for n in range(20)] for _ in range(10)]
    begin = threading.Barrier(10)

    def device(mine: list) -> list:
        begin.wait()
        answers = []
        for record in mine:
            answers += services.record(code.id, [record], author())
            answers += services.record(code.id, [record], author())
        return answers

    with ThreadPoolExecutor(10) as pool:
        answers = [answer for each in pool.map(device, taps) for answer in each]
    code.refresh_from_db()
    assert code.head == 203
    assert [entry.seq for entry in entries_of(code)] == list(range(1, 204))
    assert verify(entries_of(code), code.epoch) is None
    assert sum(answer.replay for answer in answers) == 200
    assert len({answer.id for answer in answers}) == 200
    assert code.head_hash == entries_of(code)[-1].hash


def test_a_replayed_record_gets_its_first_answer_again() -> None:
    code = a_code()
    record = a_record(code.id)
    [first] = services.record(code.id, [record], author())
    [again] = services.record(code.id, [record], author(OMAR))
    assert (again.seq, again.hash, again.replay) == (first.seq, first.hash, True)
    assert Entry.objects.filter(code=code).count() == 4


def test_the_same_record_twice_in_one_batch_is_recorded_once() -> None:
    code = a_code()
    record = a_record(code.id)
    first, second = services.record(code.id, [record, record], author())
    assert (first.replay, second.replay) == (False, True)
    assert first.seq == second.seq


def test_an_id_with_other_content_is_refused_and_kept_for_the_audit() -> None:
    code = a_code()
    record = a_record(code.id)
    services.record(code.id, [record], author())
    other = a_record(code.id, id=record.id, payload={"value": 360})
    [answer] = services.record(code.id, [other], author())
    assert (answer.status, answer.reason) == ("refused", "id_reuse")
    assert Entry.objects.get(pk=record.id).line.count('"value":200') == 1
    assert list(Refusal.objects.values_list("record", "reason")) == [(Entry.objects.get(pk=record.id).pk, "id_reuse")]


def test_an_id_of_another_code_is_refused() -> None:
    here, there = a_code(), a_code()
    record = a_record(here.id)
    services.record(here.id, [record], author())
    [answer] = services.record(there.id, [a_record(there.id, id=record.id)], author())
    assert (answer.status, answer.reason) == ("refused", "foreign_code")
    there.refresh_from_db()
    assert there.head == 3


def until_a_lock_is_awaited() -> None:
    """On SQLite the second transaction cannot begin before the first has ended, whenever it tries."""
    give_up = time.monotonic() + 10
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < give_up, "nobody waits for a lock"


def test_an_id_that_another_process_is_just_putting_into_another_code_is_refused_and_its_neighbour_taken() -> None:
    mine, other = a_code(), a_code()
    shared, neighbour = a_record(mine.id), a_record(mine.id, "rosc")
    theirs = a_record(other.id, id=shared.id)
    written, go = threading.Event(), threading.Event()

    def another_process() -> None:
        try:
            with transaction.atomic():
                append([Batch(other.id, [theirs], author())])
                written.set()
                assert go.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        process = pool.submit(another_process)
        assert written.wait(10)
        writer = Writer()
        waiting = writer.append(Batch(mine.id, [shared, neighbour], author()))
        until_a_lock_is_awaited()
        go.set()
        process.result(10)
        results = waiting.result(10).results
        writer.stop()
    assert [(result.status, result.reason) for result in results] == [("refused", "foreign_code"), ("recorded", "")]
    assert verify(entries_of(mine), mine.epoch) is None
    assert Entry.objects.get(pk=shared.id).code_id == other.id


def test_two_processes_that_take_turns_on_one_code_leave_one_dense_chain() -> None:
    code = a_code()
    one, other = Writer(), Writer()
    seqs = []
    for turn in range(12):
        writer = (one, other)[turn // 3 % 2]
        seqs.append(writer.append(Batch(code.id, [a_record(code.id, n=turn)], author())).result(10).results[0].seq)
    one.stop()
    other.stop()
    code.refresh_from_db()
    assert seqs == list(range(4, 16))
    assert verify(entries_of(code), code.epoch) is None
    assert (code.head, code.head_hash) == (15, entries_of(code)[-1].hash)


def test_two_processes_that_press_at_once_on_three_codes_lose_and_double_nothing() -> None:
    codes = [a_code() for _ in range(3)]
    writers = [Writer(), Writer()]
    sent = [
        (number, writers[number % 2].append(Batch(code.id, [a_record(code.id, n=number)], author())))
        for number in range(60)
        for code in codes
    ]
    assert [answer.result(20).results[0].status for _, answer in sent] == ["recorded"] * 180
    for writer in writers:
        writer.stop()
    for code in codes:
        code.refresh_from_db()
        assert [entry.seq for entry in entries_of(code)] == list(range(1, 64))
        assert verify(entries_of(code), code.epoch) is None
        assert code.head_hash == entries_of(code)[-1].hash


@pytest.mark.parametrize(
    "seen",
    [
        lambda then, now: now,
        lambda then, now: then,
        lambda then, now: replace(now, head=now.head + 5, head_hash="0" * 64),
        lambda then, now: replace(now, epoch="00000000"),
    ],
    ids=["right", "old", "ahead", "of another epoch"],
)
def test_a_head_that_was_read_is_only_a_hint(seen: Callable[[Log, Log], Log]) -> None:
    def read() -> Log:
        code.refresh_from_db()
        return Log(code.id, code.epoch, code.head, code.head_hash, code.opened_at, code.closed_at)

    code = a_code()
    here, elsewhere = Writer(), Writer()
    here.append(Batch(code.id, [a_record(code.id)], author())).result(10)
    then = read()
    elsewhere.append(Batch(code.id, [a_record(code.id)], author())).result(10)
    here.seen([seen(then, read())])
    assert here.append(Batch(code.id, [a_record(code.id)], author())).result(10).results[0].seq == 6
    here.stop()
    elsewhere.stop()
    assert verify(entries_of(code), code.epoch) is None
    assert (read().head, read().head_hash) == (6, entries_of(code)[-1].hash)


def test_what_another_process_closed_meanwhile_is_seen_by_the_next_tap() -> None:
    code = a_code()
    here, elsewhere = Writer(), Writer()
    here.append(Batch(code.id, [a_record(code.id)], author())).result(10)
    closing = a_record(code.id, "code_closed", payload={"value": "declined"})
    elsewhere.append(Batch(code.id, [closing], author())).result(10)
    here.append(Batch(code.id, [a_record(code.id)], author())).result(10)
    here.stop()
    elsewhere.stop()
    assert [entry.flags for entry in entries_of(code)[-3:]] == [(), (), ("after_closing",)]


def test_an_id_of_this_or_another_code_is_found_out_by_a_process_that_knows_the_head() -> None:
    mine, other = a_code(), a_code()
    writer = Writer()
    known, theirs = a_record(mine.id), a_record(other.id)
    writer.append(Batch(mine.id, [known], author())).result(10)
    writer.append(Batch(other.id, [theirs], author())).result(10)
    fresh, foreign = a_record(mine.id), a_record(mine.id, id=theirs.id)
    results = writer.append(Batch(mine.id, [known, foreign, fresh], author())).result(10).results
    writer.stop()
    assert [(one.status, one.reason, one.seq, one.replay) for one in results] == [
        ("recorded", "", 4, True),
        ("refused", "foreign_code", None, False),
        ("recorded", "", 5, False),
    ]


def test_a_code_that_was_restored_meanwhile_goes_on_in_its_new_epoch() -> None:
    code = a_code()
    writer = Writer()
    first = writer.append(Batch(code.id, [a_record(code.id)], author())).result(10)
    Code.objects.filter(pk=code.pk).update(epoch="restored")
    after = writer.append(Batch(code.id, [a_record(code.id)], author())).result(10)
    writer.stop()
    assert (first.epoch, after.epoch) == (code.epoch, "restored")
    assert [first.head, after.head] == [4, 5]


def test_a_code_nobody_began_takes_no_records() -> None:
    id = uuid4()
    with pytest.raises(AbsentCode):
        services.record(id, [a_record(id)], author())
    assert not Code.objects.filter(pk=id).exists()


def test_a_device_may_bring_a_code_that_it_began_alone() -> None:
    id = uuid4()
    records = [a_record(id, "code_started", payload={"value": "drill"}), a_record(id)]
    services.record(id, records, author())
    code = Code.objects.get(pk=id)
    assert (code.mode, code.head) == ("drill", 2)
    assert code.name


def test_a_batch_that_fails_takes_no_neighbour_with_it(heard) -> None:
    code = a_code()
    batches = [
        Batch(code.id, [a_record(code.id)], author()),
        Batch(uuid4(), [a_record(uuid4())], author()),
        Batch(code.id, [a_record(code.id)], author()),
    ]
    writer = Writer()
    writer._group(batches)
    connection.close()
    assert isinstance(batches[1].done.exception(), AbsentCode)
    assert [batches[0].done.result().results[0].seq, batches[2].done.result().results[0].seq] == [4, 5]


def test_what_waits_is_written_before_the_writer_stops_and_the_next_batch_starts_it_again() -> None:
    code = a_code()
    writer = Writer()
    waiting = [writer.append(Batch(code.id, [a_record(code.id)], author())) for _ in range(20)]
    writer.stop()
    assert [each.result(0).results[0].seq for each in waiting] == list(range(4, 24))
    assert writer.append(Batch(code.id, [a_record(code.id)], author())).result(5).head == 24
    writer.stop()


def test_listeners_are_told_after_the_commit(heard) -> None:
    code = a_code()
    services.record(code.id, [a_record(code.id)], author())
    assert [(news.code, news.first, news.head, len(news.lines)) for news in heard()] == [
        (code.id, 1, 2, 2),
        (code.id, 3, 3, 1),
        (code.id, 4, 4, 1),
    ]


def test_closing_and_voiding_the_closing_are_read_into_the_code() -> None:
    code = closed_code("declined")
    assert (code.closed_at is not None, code.outcome) == (True, "declined")
    closing = Entry.objects.get(code=code, kind="code_closed")
    void = a_record(code.id, "void", target=str(closing.pk), payload={"reason": "pressed by mistake"})
    services.record(code.id, [void], author())
    code.refresh_from_db()
    assert (code.closed_at, code.outcome) == (None, "")


def test_a_record_after_the_closing_is_taken_and_flagged() -> None:
    code = closed_code()
    services.record(code.id, [a_record(code.id)], author(LENA))
    assert entries_of(code)[-1].flags == ("after_closing",)


def test_the_database_refuses_to_change_an_entry() -> None:
    code = a_code()
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(code=code).update(kind="drug")
    assert Entry.objects.filter(code=code, kind="drug").count() == 0


def test_the_database_refuses_to_delete_an_entry() -> None:
    code = a_code()
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(code=code)._raw_delete("default")
    assert Entry.objects.filter(code=code).count() == 3
