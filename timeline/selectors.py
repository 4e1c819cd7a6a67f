"""Reads: what is asked of the database about codes. Nothing here writes."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from roles.server_clock import now_ms
from timeline.columns import key_of, uuid_of
from timeline.core import records as core
from timeline.core.reading import read, read_due, sweep_kinds
from timeline.models import Code, Entry, Refusal
from timeline.protocols import protocol_named
from timeline.wire import lines_to_entries

DAY_MS = 86_400_000


class NoSuchCode(LookupError):
    """No code has that name or id; the message is a sentence."""


def lines_after(code_id: UUID, after: int, limit: int | None = None) -> list[str]:
    """The wire lines behind a cursor, in order."""
    lines = Entry.objects.filter(code_id=code_id, seq__gt=after).order_by("seq").values_list("line", flat=True)
    return list(lines if limit is None else lines[:limit])


def hash_at(code_id: UUID, seq: int) -> str | None:
    """The hash of one entry; None when the log does not reach it."""
    line = Entry.objects.filter(code_id=code_id, seq=seq).values_list("line", flat=True).first()
    return None if line is None else str(next(lines_to_entries([line]))["hash"])


def entries_of(code: Code) -> list[core.Entry]:
    """The whole log of a code, in order, as the core reads it."""
    return [core.trusted_entry(raw) for raw in lines_to_entries(lines_after(code.id, 0))]


def reading_of(code: Code, now: int | None = None) -> dict[str, Any]:
    """Everything that is derived from a code, at `now` in UTC ms (default: this moment)."""
    reading = read(entries_of(code), protocol_named(code.protocol), now_ms() if now is None else now)
    # A device that began a code without the server may have given it no name; the row has one.
    said = reading["code"]
    said["id"] = said["id"] or str(code.id)
    said["name"] = said["name"] or code.name
    said["colour"] = said["colour"] or code.colour
    return reading


def aside_of(code_id: UUID) -> tuple[list[Refusal], list[core.Record]]:
    """What devices brought to a code after their standing had ended, and nobody took in: rows and their records."""
    rows = list(Refusal.objects.filter(code=code_id, reason=Refusal.QUARANTINED).order_by("pk"))
    return rows, [core.read_record(json.loads(row.body), str(code_id)) for row in rows]


class LogHead(NamedTuple):
    """Where a code's log stands, and the protocol that it runs by."""

    id: UUID
    epoch: str
    head: int
    head_hash: str
    protocol: str


def log_heads(ids: Collection[UUID] | None = None) -> list[LogHead]:
    """Where these codes stand, or all that have not ended. Written out, like `due_in`: both are asked every few
    seconds beside the taps, and Django takes four times longer to compose them than the database to answer.
    """
    if ids is not None and not ids:
        return []
    where, keys = "closed_at IS NULL", []
    if ids is not None:
        where, keys = f"id IN ({', '.join(['%s'] * len(ids))})", [key_of(id) for id in ids]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, epoch, head, head_hash, protocol FROM timeline_code WHERE {where}", keys)
        return [LogHead(uuid_of(id), *row) for id, *row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Due:
    """What comes due in a code by itself. Times are UTC ms.

    `deadline` is when the target passes, None while its clock does not run. `ask` are the prompts to be put on record,
    as (key, case, when it came up); `ask_next` is when the next one comes due.
    """

    deadline: int | None
    ask: list[tuple[str, int, int]]
    ask_next: int | None


def due_in(code: LogHead, now: int) -> Due:
    """What comes due by itself, by `now` (UTC ms) and next. Reads only what that hangs on: a long log costs little
    more than a short one.
    """
    protocol = protocol_named(code.protocol)
    kinds = sorted(sweep_kinds(protocol))
    marks = ", ".join(["%s"] * len(kinds))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT line FROM timeline_entry WHERE code_id = %s AND kind IN ({marks}) ORDER BY seq",
            [key_of(code.id), *kinds],
        )
        lines = [line for (line,) in cursor.fetchall()]
    entries = [core.trusted_entry(raw) for raw in lines_to_entries(lines)]
    clock, prompts = read_due(entries, protocol, now)
    # A prompt that a late entry made due came up with that entry, not before anybody could know.
    known = max((entry.received or 0 for entry in entries), default=0)
    return Due(
        clock["deadline"] if clock["state"] == "running" else None,
        [(each["key"], each["case"], max(each["due"], known)) for each in prompts if each["state"] == "due"],
        min((each["due"] for each in prompts if each["state"] == "coming"), default=None),
    )


def open_codes() -> QuerySet[Code]:
    """The codes that have not ended, newest first."""
    return Code.objects.filter(closed_at=None).order_by("-opened_at", "id")


def code_runs() -> bool:
    """Whether a code is open that began within a day; one that was left open for longer times nothing."""
    return open_codes().filter(opened_at__gte=now_ms() - DAY_MS).exists()


def closed_codes() -> QuerySet[Code]:
    """The codes that have ended, newest first."""
    return Code.objects.exclude(closed_at=None).order_by("-opened_at", "id")


def find_code(name_or_id: str) -> Code:
    """The code of this id or name; letter case and a leading "Code " do not count. An open one goes before others.

    Raises NoSuchCode.
    """
    said = " ".join(name_or_id.split())
    try:
        found = Code.objects.filter(pk=UUID(said)).first()
    except ValueError:
        name = said[5:] if said.lower().startswith("code ") else said
        found = _best(Code.objects.filter(name__iexact=name)) or _best(Code.objects.filter(name__iexact=said))
    if found is None:
        raise NoSuchCode(f"There is no code “{name_or_id}”.")
    return found


def _best(codes: QuerySet[Code]) -> Code | None:
    ordered: Sequence[Code] = sorted(codes, key=lambda code: (code.closed_at is None, code.opened_at), reverse=True)
    return ordered[0] if ordered else None
