"""Codes as this process left them, and appending to those without asking first.

The ordinary way asks for a code's head under its lock before it numbers a record. Most taps follow one of the same
process, which knows the head and its hash already. Such a record is numbered and chained at once, and the statement
moves the head from exactly that entry and adds the new one, or does neither and says where the head is now: the same
lock, the same dense numbers. Whatever is out of the ordinary (an id that is known, a closing, a head that moves a
second time) goes the ordinary way.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from roles.server_clock import now_ms
from timeline.appending import TELLING, Answer, Batch, Log, News, compose, news_of
from timeline.columns import key_of, rows_of

# Codes remembered at most: more than are ever open at once, few enough to be nothing in memory.
MOST = 1000
# One tap, which is nearly all there is outside of a rush: plain values, found by index.
APPEND_ONE = """
WITH moved AS (
    UPDATE timeline_code SET head = %s, head_hash = %s
    WHERE id = %s AND epoch = %s AND head = %s AND head_hash = %s
    RETURNING id
), added AS (
    INSERT INTO timeline_entry (id, code_id, seq, received, kind, device, line, body)
    SELECT %s::uuid, id, %s, %s, %s, %s::uuid, %s, %s FROM moved
)
SELECT EXISTS (SELECT FROM moved), id, epoch, head, head_hash, opened_at, closed_at FROM timeline_code WHERE id = %s
"""
# Many at once: two texts are cheaper to hand over than fourteen lists, whose every element the driver converts in
# Python. On a single tap it takes 0.6 ms longer than the statement above.
APPEND = """
WITH told AS (
    SELECT * FROM json_to_recordset(%s)
        AS told (id uuid, epoch text, was int, was_hash text, head int, hash text)
), moved AS (
    UPDATE timeline_code code SET head = told.head, head_hash = told.hash FROM told
    WHERE code.id = told.id AND code.epoch = told.epoch AND code.head = told.was AND code.head_hash = told.was_hash
    RETURNING code.id
), added AS (
    INSERT INTO timeline_entry (id, code_id, seq, received, kind, device, line, body)
    SELECT fresh.* FROM json_to_recordset(%s)
        AS fresh (id uuid, code uuid, seq int, received bigint, kind text, device uuid, line text, body text)
    JOIN moved ON moved.id = fresh.code
)
SELECT moved.id IS NOT NULL, code.id, code.epoch, code.head, code.head_hash, code.opened_at, code.closed_at
FROM told JOIN timeline_code code ON code.id = told.id LEFT JOIN moved ON moved.id = told.id
"""
MOVE_SQLITE = """
UPDATE timeline_code SET head = ?, head_hash = ? WHERE id = ? AND epoch = ? AND head = ? AND head_hash = ?
"""
ADD_SQLITE = """
INSERT INTO timeline_entry (id, code_id, seq, received, kind, device, line, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
STANDS_SQLITE = """
SELECT id, epoch, head, head_hash, opened_at, closed_at FROM timeline_code WHERE id = ?
"""
TOLD = ("id", "epoch", "was", "was_hash", "head", "hash")
FRESH = ("id", "code", "seq", "received", "kind", "device", "line", "body")


class Heads:
    """The newest entry of each code that this process wrote or read last. Belongs to the writer's thread, but `see`."""

    def __init__(self) -> None:
        self._logs: OrderedDict[UUID, Log] = OrderedDict()
        self._seen: dict[UUID, Log] = {}

    def see(self, logs: Iterable[Log]) -> None:
        """Codes as they were just read, after another process wrote to them; any thread. A hint: what is older than
        what is known, or lost between two threads, costs one more statement.
        """
        if len(self._seen) > MOST:
            self._seen = {}
        self._seen.update((log.id, log) for log in logs)

    def keep(self, logs: Iterable[Log]) -> None:
        """Remember codes as they are; one whose state or start may just have changed is read anew next time."""
        for log in logs:
            if log.told:
                self._logs.pop(log.id, None)
                continue
            self._logs[log.id] = replace(log, fresh=[], first=0)
            self._logs.move_to_end(log.id)
        while len(self._logs) > MOST:
            self._logs.popitem(last=False)

    def append(self, batches: Sequence[Batch]) -> tuple[list[Answer | None], list[News]]:
        """Append what one statement can, committed on return; None for each batch that was left alone.

        Raises whatever the database raises; nobody knows then what was committed, and the ids tell.
        """
        seen, self._seen = self._seen, {}
        known = self._logs
        self.keep(log for id, log in seen.items() if id not in known or known[id].head < log.head)
        telling = {batch.code for batch in batches if any(record.kind in TELLING for record in batch.records)}
        chosen = {batch.code for batch in batches if batch.code in self._logs} - telling
        answers: list[Answer | None] = [None] * len(batches)
        news: list[News] = []
        # Where another process wrote meanwhile, the first look brings the head, and the second one moves it.
        for _ in range(2):
            places = [place for place, batch in enumerate(batches) if batch.code in chosen]
            if not places:
                break
            made, moved = self._move([batches[place] for place in places], sorted(chosen))
            news += moved
            done = {one.code for one in moved}
            for place, answer in zip(places, made, strict=True):
                if batches[place].code in done:
                    answers[place] = answer
            chosen &= self._logs.keys() - done
        return answers, news

    def _move(self, batches: Sequence[Batch], codes: Sequence[UUID]) -> tuple[list[Answer], list[News]]:
        """One attempt: the answers, which hold only for codes that have news."""
        before = {id: self._logs.pop(id) for id in codes}
        after = {id: replace(log, fresh=[]) for id, log in before.items()}
        made = compose(batches, after, {}, now_ms())
        if made.refusals:
            return made.answers, []
        moves = [(before[id], after[id]) for id in codes]
        ids = {key_of(id): id for id in codes}
        told = [
            (key, was.epoch, was.head, was.head_hash, now.head, now.head_hash)
            for key, (was, now) in zip(ids, moves, strict=True)
        ]
        try:
            rows = (_postgresql if connection.vendor == "postgresql" else _sqlite)(told, made.rows)
        except (IntegrityError, sqlite3.IntegrityError):
            return made.answers, []  # an id that is in the log already
        found = {ids[row[1]]: row for row in rows}
        left = [after[id] for id in codes if id in found and found[id][0]]
        self.keep([*left, *(Log(id, *row[2:]) for id, row in found.items() if not row[0])])
        return made.answers, news_of(left)


def _postgresql(told: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Commit; of each code whether its head was moved, and how its row stood before."""
    if len(told) == len(rows) == 1:
        [(id, epoch, was, was_hash, head, digest)], [(entry, _, *row)] = told, rows
        return rows_of(APPEND_ONE, (head, digest, id, epoch, was, was_hash, entry, *row, id))
    return rows_of(APPEND, [_table(TOLD, told), _table(FRESH, rows)])


def _sqlite(told: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The same; past Django's cursors, which take longer than the disk does."""
    found: list[tuple[Any, ...]] = []
    connection.ensure_connection()
    raw: sqlite3.Connection = connection.connection
    raw.execute("BEGIN IMMEDIATE")
    try:
        moved = set()
        for id, epoch, was, was_hash, head, digest in told:
            if raw.execute(MOVE_SQLITE, (head, digest, id, epoch, was, was_hash)).rowcount:
                moved.add(id)
                found.append((True, id))
            else:
                found += ((False, *row) for row in raw.execute(STANDS_SQLITE, (id,)))
        raw.executemany(ADD_SQLITE, [row for row in rows if row[1] in moved])
        _commit(raw)
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    return found


def _commit(raw: sqlite3.Connection) -> None:
    """By name, because here the simulation lets the process die."""
    raw.execute("COMMIT")


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str)
