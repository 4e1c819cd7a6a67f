"""Writes: the only ways in which anything enters a code's log. Every door leads to `record`."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from roles.server_clock import now_ms
from timeline.core.protocol import Protocol
from timeline.core.records import VERSION, Record, canonical, record_to_json
from timeline.models import Code, Refusal
from timeline.naming import colour_of, speakable_name
from timeline.selectors import aside_of
from timeline.shelf import current_key, series_of
from timeline.writer import AbsentCode, Answer, Author, Batch, Heard, Origin, Result, writer

__all__ = [
    "AbsentCode",
    "Answer",
    "Author",
    "Result",
    "make_record",
    "record",
    "record_async",
    "record_outcome",
    "start_code",
    "take_role",
    "turn_real",
]

# The device of what signed-in people add on a page, where no tablet is.
SITE = UUID("2d1f2a44-7c0b-5e57-8d0c-6a1b9f3e8c21")
# More than anybody taps in a code; a lost tablet must not fill the disk.
MOST_ASIDE = 1000
# Longer than any lock is held, shorter than anybody's patience; the device keeps the records and tries again.
PATIENCE_SECONDS = 15
# How a drill ends that is broken off, and the reason that its ending gives.
BROKEN_OFF = "stopped"
REAL_PATIENT = "real patient"


def record(code_id: UUID, records: Sequence[Record], by: Author) -> list[Result]:
    """Append records to a code and return what became of each, in order, after the commit. Any thread may call.

    A code that is not there is begun when the records hold its `code_started`; else AbsentCode is raised.
    """
    return writer.append(Batch(code_id, records, by)).result(PATIENCE_SECONDS).results


async def record_async(
    code_id: UUID,
    records: Sequence[Record],
    by: Author,
    mono_send: float | None = None,
    origins: Sequence[Origin] | None = None,
) -> Answer:
    """The same for coroutines; `mono_send` is the device's monotonic clock in ms when it sent the batch. `origins`, one
    for each record, make them entries that a device brings back after a restore.
    """
    heard = Heard()
    writer.put(Batch(code_id, records, by, mono_send, origins, heard))
    return await asyncio.wait_for(heard.future, PATIENCE_SECONDS)


def set_aside(code_id: UUID, records: Sequence[Record], by: Author) -> bool:
    """Keep records of a device that may no longer write to this code, once each, outside its log (`take_in`). False
    when the device has brought too many already.
    """
    with transaction.atomic():
        held = Refusal.objects.filter(code=code_id, device=by.device, reason=Refusal.QUARANTINED).count()
        if held + len(records) > MOST_ASIDE:
            return False
        there = {
            (str(record), body)
            for record, body in Refusal.objects.filter(
                code=code_id, reason=Refusal.QUARANTINED, record__in=[record.id for record in records]
            ).values_list("record", "body")
        }
        brought = ((record.id, canonical(record_to_json(record)).decode()) for record in records)
        fresh = dict.fromkeys(each for each in brought if each not in there)
        Refusal.objects.bulk_create(
            Refusal(
                record=id,
                code=code_id,
                device=by.device,
                label=by.label[:200],
                reason=Refusal.QUARANTINED,
                body=body,
                at=now_ms(),
            )
            for id, body in fresh
        )
    return True


def take_in(code_id: UUID, person: str) -> list[Result]:
    """Append what was set aside for a code to its log, because a person says so: author, times and bytes stay as the
    device made them, flagged `quarantined` and `by` naming the person who took them in.
    """
    rows, records = aside_of(code_id)
    origins = [
        Origin({"device": str(row.device), "label": row.label, "person": person}, row.at, [Refusal.QUARANTINED])
        for row in rows
    ]
    if not records:
        return []
    by = Author(rows[0].device, rows[0].label, person)
    results = writer.append(Batch(code_id, records, by, None, origins)).result(PATIENCE_SECONDS).results
    taken = [row.pk for row, result in zip(rows, results, strict=True) if result.status == "recorded"]
    Refusal.objects.filter(pk__in=taken).update(reason=Refusal.TAKEN_IN)
    return results


def record_outcome(code: Code, protocol: Protocol, item: str, answer: str, person: str) -> None:
    """Add what became of the patient, however long after the code; raises ValueError with a sentence for an item or an
    answer that the code's protocol does not know.
    """
    known = next((each for each in protocol.outcome_items if each.key == item), None)
    if known is None:
        raise ValueError(f"There is no outcome “{item[:60]}”.")
    if answer not in known.answers:
        raise ValueError(f"{known.label} cannot be answered “{answer[:60]}”.")
    by = Author(device=SITE, label="Debrief page", person=person)
    said: dict[str, object] = {"value": item, "answer": answer}
    record(code.id, [make_record(code.id, "outcome_recorded", device=SITE, at=now_ms(), payload=said)], by)


def make_record(
    code: UUID,
    kind: str,
    *,
    device: UUID,
    at: int | None,
    payload: dict[str, object] | None = None,
    id: UUID | None = None,
    source: str = "manual",
    certainty: str = "observed",
    precision: str = "second",
    role: str | None = None,
    target: str | None = None,
    seen: int = 0,
) -> Record:
    """A record that the server itself writes for somebody: no device counter, no clock evidence."""
    return Record(
        v=VERSION,
        id=str(id or uuid4()),
        code=str(code),
        kind=kind,
        at=at,
        precision=precision,
        certainty=certainty,
        earliest=None,
        latest=None,
        source=source,
        null_reason=None if at is not None else "not_documented",
        payload=payload or {},
        target=target,
        device=str(device),
        n=0,
        role=role,
        seen=seen,
        when=None,
    )


def start_code(
    *,
    by: Author,
    mode: str = "real",
    onset_ago_ms: int | None = 0,
    onset_at: int | None = None,
    at: int | None = None,
    name: str | None = None,
    code_id: UUID | None = None,
    protocol: str | None = None,
    place: str = "",
    once: bool = False,
) -> Code:
    """Begin a code at `at` (UTC ms, default now) and return it.

    The arrest is recorded at `onset_at` (UTC ms, a clock time that somebody read, known to the minute), else
    `onset_ago_ms` before now, or not at all when that is None too. The start of CPR is never inferred from it: no-flow
    would read 0 minutes without anybody having seen that (clinical reference, sections 2.1 and 9, H13). Without a
    `protocol` it is the current one. With `once`, a second start of the same `code_id` adds nothing.
    """
    if mode not in Code.Mode.values:
        raise ValueError(f"mode: has to be one of {', '.join(Code.Mode.values)}")
    begun = now_ms() if at is None else at
    id = code_id or uuid4()
    called = name or speakable_name(set(Code.objects.values_list("name", flat=True)))
    said = {"value": mode, "name": called, "colour": colour_of(called), "place": place}
    said["protocol"] = protocol or current_key()
    ids = {kind: uuid5(id, kind) if once else uuid4() for kind in ("code_started", "arrest_onset")}
    records = [make_record(id, "code_started", device=by.device, at=begun, payload=dict(said), id=ids["code_started"])]
    onset = onset_at
    if onset is None and onset_ago_ms is not None:
        onset = begun - onset_ago_ms
    if onset is not None:
        seen = onset_at is None and begun - onset < 60_000
        records.append(
            make_record(
                id,
                "arrest_onset",
                device=by.device,
                at=onset,
                payload={"value": place},
                id=ids["arrest_onset"],
                source="tap" if seen else "manual",
                precision="second" if seen else "minute",
                certainty="observed" if seen or onset_at is not None else "estimated",
            )
        )
    record(id, records, by)
    return Code.objects.get(pk=id)


def take_role(code: Code, key: str, by: Author, mode: str = "take", leaves: Sequence[str] = ()) -> None:
    """Put a device into a role; it leaves those it had. `mode` is take, or join beside who holds it."""
    said: list[tuple[str, dict[str, object]]] = [("role_released", {"value": each}) for each in leaves]
    said.append(("role_taken", {"value": key, "mode": mode, "label": by.label}))
    records = [
        make_record(
            code.id, kind, device=by.device, at=now_ms(), payload=payload, source="tap", role=key, seen=code.head
        )
        for kind, payload in said
    ]
    record(code.id, records, by)


def turn_real(drill: Code, by: Author) -> Code:
    """Start a real code out of a drill at once, the arrest now, and break the drill off, which records why.

    Two devices that press at the same moment start one code: its id and its records' ids follow from the drill. Once
    that code has ended, pressing again starts the next.
    """
    if drill.mode != Code.Mode.DRILL:
        raise ValueError("Only a drill can be broken off for a real patient.")
    number = 0
    while (code := Code.objects.filter(pk=uuid5(drill.id, f"real patient {number}")).first()) and code.closed_at:
        number += 1
    if code is None:
        id = uuid5(drill.id, f"real patient {number}")
        code = start_code(by=by, code_id=id, protocol=current_key(series_of(drill.protocol)), once=True)
    if drill.closed_at is None:
        # The ending has the protocol's own word; why, and what went on, stand beside it.
        ending = {"value": BROKEN_OFF, "reason": REAL_PATIENT, "code": str(code.id)}
        why = {"value": f"Real patient: broken off for code {code.name}"}
        said: tuple[tuple[str, dict[str, object]], ...] = (("note", {**why}), ("code_closed", {**ending}))
        records = [
            make_record(
                drill.id,
                kind,
                device=by.device,
                at=code.opened_at,
                payload=payload,
                id=uuid5(code.id, f"drill {kind}"),
                source="tap",
                seen=drill.head,
            )
            for kind, payload in said
        ]
        record(drill.id, records, by)
    return code
