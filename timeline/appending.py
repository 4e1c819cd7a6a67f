"""One transaction's worth of entries: what becomes of each record, and the statements that put them into the log."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from roles.server_clock import now_ms
from timeline.columns import key_of, keys, uuid_of
from timeline.core.chain import entry_hash, entry_mac
from timeline.core.flags import flags_for
from timeline.core.reading import read_clock
from timeline.core.records import Record, canonical, record_to_json, trusted_entry
from timeline.models import Code, Entry, Refusal
from timeline.naming import colour_of, speakable_name
from timeline.protocols import is_protocol, protocol_named
from timeline.wire import encode, lines_to_entries

DEFAULT_PROTOCOL = "ecpr-1"
# Kinds after which a code may have another state, name or start than before.
TELLING = frozenset({"code_started", "code_closed", "code_reopened", "void", "correction", "adjudication"})


class AbsentCode(Exception):
    """There is no such code, and the batch does not begin one."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: the device, the label others know it by, and the signed-in person if there is one."""

    device: UUID
    label: str
    person: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """As it stands in an entry."""
        return {"device": str(self.device), "label": self.label, "person": self.person}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record. `status` is recorded or refused; a refused one has to be kept by its device."""

    id: str
    status: str
    seq: int | None = None
    hash: str = ""
    replay: bool = False
    reason: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the API answers."""
        if self.status == "recorded":
            return {"id": self.id, "status": "recorded", "seq": self.seq, "hash": self.hash, "replay": self.replay}
        return {"id": self.id, "status": "refused", "reason": self.reason, "detail": self.detail, "keep": True}


@dataclass(frozen=True, slots=True)
class News:
    """What one transaction added to one code: the committed wire lines, contiguous up to `head`."""

    code: UUID
    epoch: str
    first: int
    head: int
    head_hash: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Answer:
    """The results of one batch in its order, and where the code stands after it."""

    results: list[Result]
    head: int = 0
    epoch: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is already settled of an entry: by whom, received when (UTC ms), with which flags."""

    by: Mapping[str, str | None]
    received: int
    flags: Sequence[str]


class Heard:
    """An answer that a coroutine waits for; made in its loop, resolved by the writer from its own thread."""

    __slots__ = ("future", "loop")

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Answer] = self.loop.create_future()

    def set_exception(self, fault: Exception) -> None:
        """Fail."""
        self.loop.call_soon_threadsafe(self._fail, fault)

    def _fail(self, fault: Exception) -> None:
        # Whoever waited may have gone meanwhile.
        if not self.future.done():
            self.future.set_exception(fault)


def tell(answers: Iterable[tuple[Heard, Answer]]) -> None:
    """Hand answers over to the loops that wait for them: each is woken once, however many there are."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
    for heard, answer in answers:
        by_loop.setdefault(heard.loop, []).append((heard.future, answer))
    for loop, told in by_loop.items():
        # The loop of a test may have ended without waiting.
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(told: Iterable[tuple["asyncio.Future[Answer]", Answer]]) -> None:
    for future, answer in told:
        if not future.done():
            future.set_result(answer)


@dataclass(slots=True)
class Batch:
    """Some records of one code by one author; `mono_send` is the device's monotonic clock, in ms, at sending.

    With `origins`, one for each record, they are entries from elsewhere (brought back after a restore, or set aside
    before): author, time of receipt and flags stay as they are given.
    """

    code: UUID
    records: Sequence[Record]
    by: Author
    mono_send: float | None = None
    origins: Sequence[Origin] | None = None
    done: Future[Answer] | Heard = field(default_factory=Future)


@dataclass(slots=True)
class Log:
    """A code as this transaction sees it; changed as its entries are appended."""

    id: UUID
    epoch: str
    head: int
    head_hash: str
    opened_at: int
    closed_at: int | None
    fresh: list[str] = field(default_factory=list)
    told: bool = False
    first: int = 0


@contextlib.contextmanager
def pipeline() -> Iterator[None]:
    """On PostgreSQL, send statements whose answers nobody needs at once without waiting for them: two rounds to the
    database instead of six. A fault of one of them is raised where an answer is asked for, at the COMMIT at the latest.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.connection.pipeline():
        yield


@dataclass(slots=True)
class Appended:
    """What became of some batches, in their order, and the codes as they were left."""

    answers: list[Answer]
    news: list[News]
    logs: Mapping[UUID, Log]


@dataclass(slots=True)
class Composed:
    """What some batches add: rows of entries, records refused, and the answers."""

    rows: list[tuple[Any, ...]]
    refusals: list[Refusal]
    answers: list[Answer]


Known = dict[str, tuple[UUID, int, str, str]]


def append(batches: Sequence[Batch]) -> Appended:
    """Append batches inside the transaction that is open. Raises AbsentCode for a code nobody has begun."""
    received = now_ms()
    wanted = sorted({batch.code for batch in batches})
    # Both are asked before either is answered: in a pipeline that is one round to the database. The ids are looked for
    # when the codes are locked, so what another process wrote until then is found.
    codes, ids = _ask_codes(wanted), _ask_ids([record.id for batch in batches for record in batch.records])
    logs = _locked(batches, wanted, codes(), received)
    made = compose(batches, logs, _known(ids), received)
    _insert(made.rows)
    if made.refusals:
        Refusal.objects.bulk_create(made.refusals)
    for log in logs.values():
        if log.fresh:
            _project(log)
    return Appended(made.answers, news_of(logs.values()), logs)


def compose(batches: Sequence[Batch], logs: Mapping[UUID, Log], known: Known, received: int) -> Composed:
    """Number, flag and chain the records of some batches; changes `logs`, adds to `known`, asks no database."""
    made = Composed([], [], [])
    key = keys()
    for batch in batches:
        log = logs[batch.code]
        results: list[Result] = []
        for place, record in enumerate(batch.records):
            raw = record_to_json(record)
            body = canonical(raw).decode()
            there = known.get(record.id)
            if there is not None:
                results.append(_again(record, body, batch, there))
                if results[-1].status == "refused":
                    made.refusals.append(_refusal(record, body, batch, results[-1].reason, received))
                continue
            origin = batch.origins[place] if batch.origins is not None else None
            if origin is None:
                by, arrived = batch.by.as_json(), received
                estimate = _mono_estimate(record, batch.mono_send, received)
                flags = flags_for(record, received, log.opened_at, log.closed_at, estimate)
            else:
                by, arrived = dict(origin.by), origin.received
                flags = list(dict.fromkeys(origin.flags))
            seq = log.head + 1
            digest = entry_hash(log.head_hash, log.epoch, seq, arrived, by, flags, body)
            line = encode(
                {
                    "seq": seq,
                    "received": arrived,
                    "by": by,
                    "flags": flags,
                    "prev": log.head_hash,
                    "hash": digest,
                    "epoch": log.epoch,
                    "mac": entry_mac(settings.MAC_KEY, digest),
                    "record": raw,
                }
            )
            device = key(by["device"] or "")
            made.rows.append((key(record.id), key(str(log.id)), seq, arrived, record.kind, device, line, body))
            log.fresh.append(line)
            log.first = log.first or seq
            log.head, log.head_hash = seq, digest
            log.told = log.told or record.kind in TELLING
            if record.kind == "code_closed":
                log.closed_at = arrived
            elif record.kind == "code_reopened":
                log.closed_at = None
            known[record.id] = (log.id, seq, digest, body)
            results.append(Result(record.id, "recorded", seq, digest))
        made.answers.append(Answer(results))
    for batch, answer in zip(batches, made.answers, strict=True):
        answer.head, answer.epoch = logs[batch.code].head, logs[batch.code].epoch
    return made


def news_of(logs: Iterable[Log]) -> list[News]:
    """What was added to these codes."""
    return [News(log.id, log.epoch, log.first, log.head, log.head_hash, tuple(log.fresh)) for log in logs if log.fresh]


def _locked(batches: Sequence[Batch], wanted: Sequence[UUID], rows: Sequence[Any], received: int) -> dict[UUID, Log]:
    """The codes of these batches, made when a batch begins one."""
    found = _logs(rows)
    absent = [id for id in wanted if id not in found]
    for id in absent:
        records = [record for batch in batches if batch.code == id for record in batch.records]
        started = next((record for record in records if record.kind == "code_started"), None)
        if started is None:
            raise AbsentCode(f"There is no code {id}, and no record of the batch begins it.")
        _begin(id, started, received)
    return found | _logs(_ask_codes(absent)()) if absent else found


def _logs(rows: Sequence[Any]) -> dict[UUID, Log]:
    return {uuid_of(row[0]): Log(uuid_of(row[0]), *row[1:]) for row in rows}


def _ask(sql: str, values: Sequence[Any]) -> Callable[[], list[Any]]:
    """Send a query; what it returns gives the rows."""
    cursor = connection.cursor()
    cursor.execute(sql, values)

    def rows() -> list[Any]:
        with cursor:
            return list(cursor.fetchall())

    return rows


def _ask_codes(ids: Sequence[UUID]) -> Callable[[], list[Any]]:
    """Codes, locked in one order everywhere, so that two processes cannot wait for each other."""
    marks = ", ".join(["%s"] * len(ids))
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    return _ask(
        "SELECT id, epoch, head, head_hash, opened_at, closed_at FROM timeline_code "
        f"WHERE id IN ({marks}) ORDER BY id{lock}",
        [key_of(id) for id in ids],
    )


def _begin(id: UUID, started: Record, received: int) -> None:
    """Make the row of a new code; another process that did the same meanwhile has done it for us."""
    said = started.payload
    name = said.get("name")
    taken = Code.objects.values_list("name", flat=True)
    name = name[:120] if isinstance(name, str) and name.strip() else speakable_name(set(taken))
    colour = said.get("colour")
    mode = said.get("value")
    protocol = said.get("protocol")
    Code.objects.bulk_create(
        [
            Code(
                id=id,
                name=name,
                colour=colour[:20] if isinstance(colour, str) and colour else colour_of(name),
                mode=mode if isinstance(mode, str) and mode in Code.Mode.values else Code.Mode.REAL,
                protocol=str(protocol) if is_protocol(protocol) else DEFAULT_PROTOCOL,
                epoch=secrets.token_hex(4),
                opened_at=started.at if started.at is not None else received,
            )
        ],
        ignore_conflicts=True,
    )


def _ask_ids(ids: Sequence[str]) -> list[Callable[[], list[Any]]]:
    """Which of these ids are in the log already; SQLite takes so many values in one statement and no more."""
    parts = [ids[start : start + 500] for start in range(0, len(ids), 500)]
    return [
        _ask(
            f"SELECT id, code_id, seq, line, body FROM timeline_entry WHERE id IN ({', '.join(['%s'] * len(part))})",
            [key_of(id) for id in part],
        )
        for part in parts
    ]


def _known(asked: Sequence[Callable[[], list[Any]]]) -> Known:
    """The entries that are in the log already, by id: code, seq, hash and canonical bytes."""
    return {
        str(uuid_of(id)): (uuid_of(code), seq, _hash_in(line), body)
        for rows in asked
        for id, code, seq, line, body in rows()
    }


def _again(record: Record, body: str, batch: Batch, there: tuple[UUID, int, str, str]) -> Result:
    """The answer to an id that is in the log: the first answer again, or a refusal."""
    code, seq, digest, known = there
    if code != batch.code:
        detail = "id: stands in another code already; a copy needs an id of its own."
        return Result(record.id, "refused", reason="foreign_code", detail=detail)
    if known != body:
        return Result(record.id, "refused", reason="id_reuse", detail="id: was recorded before with other content.")
    return Result(record.id, "recorded", seq, digest, replay=True)


def _refusal(record: Record, body: str, batch: Batch, reason: str, at: int) -> Refusal:
    return Refusal(
        record=record.id,
        code=batch.code,
        device=batch.by.device,
        label=batch.by.label[:200],
        reason=reason,
        body=body,
        at=at,
    )


def _mono_estimate(record: Record, mono_send: float | None, received: int) -> float | None:
    """When the press was by the device's monotonic clock alone; None without its evidence."""
    if mono_send is None or record.when is None:
        return None
    passed = mono_send - record.when.mono
    # A clock that began anew since the press (a reload) says nothing.
    return received - passed if passed >= 0 else None


def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO timeline_entry (id, code_id, seq, received, kind, device, line, body) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _project(log: Log) -> None:
    """Bring the code's row up to its log."""
    changed: dict[str, Any] = {"head": log.head, "head_hash": log.head_hash}
    if log.told:
        changed |= _told(log)
    names = ", ".join(f"{name} = %s" for name in changed)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE timeline_code SET {names} WHERE id = %s", [*changed.values(), key_of(log.id)])


def _told(log: Log) -> Mapping[str, Any]:
    """State and start as the core reads them, so that a voided closing opens the code again here too."""
    row = Code.objects.values_list("protocol", "opened_at").get(pk=log.id)
    lines = Entry.objects.filter(code_id=log.id).order_by("seq").values_list("line", flat=True)
    entries = [trusted_entry(raw) for raw in lines_to_entries(lines)]
    code, _ = read_clock(entries, protocol_named(row[0]), entries[-1].received or 0)
    closed_at = code["closed_at"] if code["state"] == "closed" else None
    return {
        "closed_at": closed_at,
        "outcome": (code["outcome"] or "")[:30] if closed_at is not None else "",
        "opened_at": code["started_at"] if code["started_at"] is not None else row[1],
    }


def _hash_in(line: str) -> str:
    return str(next(lines_to_entries([line]))["hash"])
