"""The sweep: what comes due by itself is read off the open codes and appended, never scheduled.

Safe to run twice and on two machines: each prompt has an id that follows from its code, rule and anchor.
"""

import logging
from dataclasses import dataclass
from uuid import UUID, uuid5

from roles.server_clock import now_ms
from timeline import services
from timeline.core.records import Record
from timeline.models import Entry
from timeline.selectors import LogHead, due_in, log_heads
from timeline.writer import Author

log = logging.getLogger("ecpr.sweep")

SERVER = UUID("5b0a8e3c-9a0d-5d4e-9f43-3c1f6f1c7f10")
SERVER_AUTHOR = Author(device=SERVER, label="Server", person=None)
TARGET = "arrest_to_flow"
# How many codes that grew are read anew in one round, those first that were not read for longest: with a hundred busy
# codes, reading all of them at every round would keep the taps waiting. What is known to come due is never put off.
GROWN_AT_A_TIME = 1


@dataclass(frozen=True, slots=True)
class _Known:
    """What a code's log said at a head: when the next thing comes due, in UTC ms; None when nothing does."""

    epoch: str
    head: int
    due: int | None
    read_at: int


_known: dict[UUID, _Known] = {}


def sweep(now: int | None = None) -> int:
    """Append what came due in all open codes by `now` (UTC ms); how many records were added."""
    moment = now_ms() if now is None else now
    added = 0
    for code in _to_read(moment):
        try:
            added += _sweep_code(code, moment)
        except Exception:
            # One code that cannot be read must not silence the others.
            log.exception("the sweep could not read code %s", code.id)
            # Nor keep them from their turn.
            _known[code.id] = _Known(code.epoch, -1, None, moment)
    return added


def _to_read(now: int) -> list[LogHead]:
    """The open codes where something comes due, and some of those that changed since they were read."""
    codes = {code.id: code for code in log_heads()}
    for id in list(_known):
        if id not in codes:
            _known.pop(id, None)
    due: list[UUID] = []
    changed: list[tuple[int, UUID]] = []
    for id, code in codes.items():
        known = _known.get(id)
        if known is None:
            changed.append((0, id))
        elif known.due is not None and known.due <= now:
            due.append(id)
        elif (known.epoch, known.head) != (code.epoch, code.head):
            changed.append((known.read_at, id))
    return [codes[id] for id in due + [id for _, id in sorted(changed)[:GROWN_AT_A_TIME]]]


def _sweep_code(code: LogHead, now: int) -> int:
    due = due_in(code, now)
    records, deadline = [], due.deadline
    if deadline is not None and deadline <= now:
        records.append(_target_passed(code, deadline))
        deadline = None
    records += [_prompt(code, *ask) for ask in due.ask]
    # Where the code stands was read before its entries, so what came between the two is looked at again.
    coming = [at for at in (deadline, due.ask_next) if at is not None]
    _known[code.id] = _Known(code.epoch, code.head, min(coming, default=None), now)
    if not records:
        return 0
    there = set(Entry.objects.filter(pk__in=[record.id for record in records]).values_list("pk", flat=True))
    fresh = [record for record in records if UUID(record.id) not in there]
    if not fresh:
        return 0
    results = services.record(code.id, fresh, SERVER_AUTHOR)
    return sum(result.status == "recorded" and not result.replay for result in results)


def _target_passed(code: LogHead, deadline: int) -> Record:
    """Says that the target's time has passed; by its deadline, for a corrected onset makes another, which is news."""
    id = uuid5(code.id, f"target_passed {TARGET} {deadline}")
    return _record(code, "target_passed", deadline, {"value": TARGET}, id)


def _prompt(code: LogHead, key: str, case: int, at: int) -> Record:
    """Puts a prompt on record, once in a case, whatever becomes of the times that made it due."""
    return _record(
        code, "prompt_raised", at, {"value": key, "case": case}, uuid5(code.id, f"prompt_raised {key} {case}")
    )


def _record(code: LogHead, kind: str, at: int, payload: dict[str, object], id: UUID) -> Record:
    return services.make_record(code.id, kind, device=SERVER, at=at, payload=payload, id=id, source="server")
