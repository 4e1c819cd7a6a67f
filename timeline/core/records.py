"""What a device writes (a record), its place in the log (an entry), and the reading of both from JSON.

`read_record` is the one place where a record is judged: everything behind it may trust the types. It judges form
only. No fact is refused for its meaning: odd times, odd order and unknown kinds pass.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024
# What a record may take beside its payload: names of at most 64 characters, ids and numbers.
MOST_BESIDE: Final = 4 * 1024
MAX_BATCH: Final = 50
MAX_DEPTH: Final = 16
# The last millisecond of the year 9999: later times cannot be written as a date.
MAX_TIME: Final = 253_402_300_799_999
# The largest integer that every language at the table holds exactly.
MAX_INTEGER: Final = 2**53 - 1

PRECISIONS: Final = ("second", "minute", "about")
CERTAINTIES: Final = ("observed", "device", "record", "estimated", "unknown")
SOURCES: Final = ("tap", "manual", "import", "published", "ems", "defib", "pump", "monitor", "server")
NULL_REASONS: Final = ("not_documented", "not_applicable", "not_yet", "unknown_happened")
# Kinds that speak of another record, which they name in `target`.
TARGETING: Final = ("correction", "void", "adjudication")
CORRECTABLE: Final = ("at", "precision", "certainty", "earliest", "latest", "source", "null_reason", "payload")

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class InvalidRecord(ValueError):
    """A record that cannot be read: `field` is where, `fault` is what, and the message is a whole sentence."""

    def __init__(self, field: str, fault: str) -> None:
        super().__init__(f"{field}: {fault}.")
        self.field = field
        self.fault = fault


@dataclass(frozen=True, slots=True)
class When:
    """The evidence for a record's time: the device's clocks and what it knew of the server's, in milliseconds."""

    wall: int
    mono: float
    boot: str
    offset: float | None
    uncertainty: float | None
    offset_age: float | None
    tz: int


@dataclass(frozen=True, slots=True)
class Record:
    """One fact as a device wrote it. Times are integer UTC milliseconds."""

    v: int
    id: str
    code: str
    kind: str
    at: int | None
    precision: str
    certainty: str
    earliest: int | None
    latest: int | None
    source: str
    null_reason: str | None
    payload: Mapping[str, Any]
    target: str | None
    device: str
    n: int
    role: str | None
    seen: int
    when: When | None


@dataclass(frozen=True, slots=True)
class By:
    """Who wrote an entry: the device, the name it shows, and the signed-in person if there is one."""

    device: str
    label: str
    person: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record's place in the log. A record that still waits on its device has `seq`, `received` and hashes empty.

    `epoch` is the log's life that the entry was appended in, `mac` the server's own mark on the hash, by which it knows
    its entry again when a device brings it back.
    """

    seq: int | None
    received: int | None
    by: By
    flags: tuple[str, ...]
    prev: str
    hash: str
    record: Record
    epoch: str = ""
    mac: str = ""


FIELDS: Final = tuple(field.name for field in fields(Record))
WHEN_FIELDS: Final = tuple(field.name for field in fields(When))
_FIELD_SET: Final = frozenset(FIELDS)
_WHEN_SET: Final = frozenset(WHEN_FIELDS)
_ENTRY_SET: Final = frozenset(field.name for field in fields(Entry))
# A waiting entry has neither.
_MARKS: Final = {"epoch": "", "mac": ""}
_BY_SET: Final = frozenset(field.name for field in fields(By))


def canonical(value: object) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8. Raises ValueError on NaN and infinities."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def read_record(raw: object, code: str | None = None) -> Record:
    """The record that this JSON value holds; raises InvalidRecord with the field and the fault.

    `code`, when given, is the code that the record has to belong to.
    """
    data = _keys(raw, "record", _FIELD_SET, FIELDS)
    if data["v"] is True or data["v"] != VERSION:
        raise InvalidRecord("v", f"has to be {VERSION}")
    kind = _text(data["kind"], "kind", 64)
    if not _KIND.fullmatch(kind):
        raise InvalidRecord("kind", "has to be lower-case letters, digits and underscores, beginning with a letter")
    record = Record(
        v=VERSION,
        id=_uuid(data["id"], "id"),
        code=_uuid(data["code"], "code"),
        kind=kind,
        at=_time(data["at"], "at"),
        precision=_one_of(data["precision"], "precision", PRECISIONS),
        certainty=_one_of(data["certainty"], "certainty", CERTAINTIES),
        earliest=_time(data["earliest"], "earliest"),
        latest=_time(data["latest"], "latest"),
        source=_one_of(data["source"], "source", SOURCES),
        null_reason=None if data["null_reason"] is None else _one_of(data["null_reason"], "null_reason", NULL_REASONS),
        payload=_object(data["payload"], "payload"),
        target=None if data["target"] is None else _uuid(data["target"], "target"),
        device=_uuid(data["device"], "device"),
        n=_whole(data["n"], "n", 0, MAX_INTEGER),
        role=None if data["role"] is None else _text(data["role"], "role", 64),
        seen=_whole(data["seen"], "seen", 0, MAX_INTEGER),
        when=None if data["when"] is None else _when(data["when"]),
    )
    if code is not None and record.code != code:
        raise InvalidRecord("code", "names another code than the one it was sent to")
    _agree(record)
    # Everything but the payload is short, so most records need not be written out whole to be known as small.
    short = len(canonical(record.payload)) <= MAX_BYTES - MOST_BESIDE
    if not short and len(canonical(record_to_json(record))) > MAX_BYTES:
        raise InvalidRecord("record", f"has to fit into {MAX_BYTES} bytes")
    return record


def read_entry(raw: object, code: str | None = None) -> Entry:
    """The entry that this JSON value (one line of the wire) holds, judged in full; raises InvalidRecord."""
    data = _keys(_MARKS | raw if isinstance(raw, dict) else raw, "entry", _ENTRY_SET, tuple(sorted(_ENTRY_SET)))
    by = _keys(data["by"], "by", _BY_SET, tuple(sorted(_BY_SET)))
    flags = data["flags"]
    if not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
        raise InvalidRecord("flags", "has to be a list of words")
    waiting = data["seq"] is None
    return Entry(
        seq=None if waiting else _whole(data["seq"], "seq", 1, MAX_INTEGER),
        received=None if waiting and data["received"] is None else _time_set(data["received"], "received"),
        by=By(
            device=_uuid(by["device"], "by.device"),
            label=_text(by["label"], "by.label", 200, empty=True),
            person=None if by["person"] is None else _text(by["person"], "by.person", 200),
        ),
        flags=tuple(flags),
        prev=_hash(data["prev"], "prev"),
        hash=_hash(data["hash"], "hash"),
        record=read_record(data["record"], code),
        epoch=_text(data["epoch"], "epoch", 16, empty=True),
        mac=_text(data["mac"], "mac", 64, empty=True),
    )


def trusted_entry(raw: Mapping[str, Any]) -> Entry:
    """The entry in a line of our own log, without judging it again: what was appended had passed `read_record`."""
    data = dict(raw["record"])
    if data["when"] is not None:
        data["when"] = When(**data["when"])
    by = raw["by"]
    return Entry(
        raw["seq"],
        raw["received"],
        By(by["device"], by["label"], by["person"]),
        tuple(raw["flags"]),
        raw["prev"],
        raw["hash"],
        Record(**data),
        raw.get("epoch", ""),
        raw.get("mac", ""),
    )


def record_to_json(record: Record) -> dict[str, Any]:
    """The record as its JSON object, every key present."""
    data: dict[str, Any] = {name: getattr(record, name) for name in FIELDS}
    data["payload"] = dict(record.payload)
    if record.when is not None:
        data["when"] = {name: getattr(record.when, name) for name in WHEN_FIELDS}
    return data


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """The entry as its JSON object: one line of the wire."""
    return {
        "seq": entry.seq,
        "received": entry.received,
        "by": {"device": entry.by.device, "label": entry.by.label, "person": entry.by.person},
        "flags": list(entry.flags),
        "prev": entry.prev,
        "hash": entry.hash,
        "record": record_to_json(entry.record),
    }


def _agree(record: Record) -> None:
    """What single fields cannot say: the rules between them."""
    if record.at is None and record.null_reason is None:
        raise InvalidRecord("at", "may be empty only when null_reason says why")
    if record.at is not None and record.null_reason is not None:
        raise InvalidRecord("null_reason", "has to be empty when at holds a time")
    _window(record.at, record.earliest, record.latest, "")
    if record.kind not in TARGETING:
        return
    if record.target is None:
        raise InvalidRecord("target", f"has to name the record that this {record.kind} speaks of")
    if record.target == record.id:
        raise InvalidRecord("target", "has to be another record")
    if record.kind == "correction":
        _changes(record.payload.get("changes"))


def _window(at: int | None, earliest: int | None, latest: int | None, where: str) -> None:
    if earliest is not None and latest is not None and earliest > latest:
        raise InvalidRecord(where + "earliest", "has to be at or before latest")
    if at is not None and earliest is not None and earliest > at:
        raise InvalidRecord(where + "earliest", "has to be at or before at")
    if at is not None and latest is not None and latest < at:
        raise InvalidRecord(where + "latest", "has to be at or after at")


def _changes(raw: object) -> None:
    where = "payload.changes"
    if not isinstance(raw, dict) or not raw:
        raise InvalidRecord(where, "has to say what the correction changes")
    for key, value in raw.items():
        place = f"{where}.{key}"
        if key in ("at", "earliest", "latest"):
            _time(value, place)
        elif key == "precision":
            _one_of(value, place, PRECISIONS)
        elif key == "certainty":
            _one_of(value, place, CERTAINTIES)
        elif key == "source":
            _one_of(value, place, SOURCES)
        elif key == "null_reason":
            if value is not None:
                _one_of(value, place, NULL_REASONS)
        elif key == "payload":
            if not isinstance(value, dict):
                raise InvalidRecord(place, "has to be an object")
        else:
            raise InvalidRecord(place, f"cannot be corrected; {', '.join(CORRECTABLE)} can")
    if "at" in raw:
        if raw["at"] is None and raw.get("null_reason") is None:
            raise InvalidRecord(where + ".at", "may be empty only when null_reason says why")
        if raw["at"] is not None and raw.get("null_reason") is not None:
            raise InvalidRecord(where + ".null_reason", "has to be empty when at holds a time")
    _window(raw.get("at"), raw.get("earliest"), raw.get("latest"), where + ".")


def _when(raw: object) -> When:
    data = _keys(raw, "when", _WHEN_SET, WHEN_FIELDS)
    return When(
        wall=_whole(data["wall"], "when.wall", -MAX_INTEGER, MAX_INTEGER),
        mono=_number(data["mono"], "when.mono"),
        boot=_text(data["boot"], "when.boot", 100, empty=True),
        offset=None if data["offset"] is None else _number(data["offset"], "when.offset"),
        uncertainty=None if data["uncertainty"] is None else _number(data["uncertainty"], "when.uncertainty"),
        offset_age=None if data["offset_age"] is None else _number(data["offset_age"], "when.offset_age"),
        tz=_whole(data["tz"], "when.tz", -1440, 1440),
    )


def _keys(raw: object, where: str, known: frozenset[str], order: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise InvalidRecord(where, "has to be a JSON object")
    if raw.keys() != known:
        for key in raw:
            if key not in known:
                raise InvalidRecord(_shown(where, str(key)), "is not a field of this version")
        for key in order:
            if key not in raw:
                raise InvalidRecord(_shown(where, key), "is missing")
    return raw


def _shown(where: str, key: str) -> str:
    name = key[:64].encode("utf-8", "replace").decode()
    return name if where in ("record", "entry") else f"{where}.{name}"


def _uuid(raw: object, where: str) -> str:
    if not isinstance(raw, str) or not _UUID.fullmatch(raw):
        raise InvalidRecord(where, "has to be a UUID in lower case with hyphens")
    return raw


def _hash(raw: object, where: str) -> str:
    if not isinstance(raw, str) or (raw and not _HASH.fullmatch(raw)):
        raise InvalidRecord(where, "has to be 64 hexadecimal digits or empty")
    return raw


def _text(raw: object, where: str, longest: int, *, empty: bool = False) -> str:
    if not isinstance(raw, str) or (not raw and not empty):
        raise InvalidRecord(where, "has to be text")
    if len(raw) > longest:
        raise InvalidRecord(where, f"has to be at most {longest} characters long")
    if _SURROGATE.search(raw):
        raise InvalidRecord(where, "holds half a character")
    return raw


def _one_of(raw: object, where: str, known: tuple[str, ...]) -> str:
    if not isinstance(raw, str) or raw not in known:
        raise InvalidRecord(where, f"has to be one of {', '.join(known)}")
    return raw


def _whole(raw: object, where: str, least: int, most: int) -> int:
    if type(raw) is not int:
        raise InvalidRecord(where, "has to be a whole number")
    if not least <= raw <= most:
        raise InvalidRecord(where, f"has to lie between {least} and {most}")
    return raw


def _time_set(raw: object, where: str) -> int:
    if type(raw) is not int or not 0 <= raw <= MAX_TIME:
        raise InvalidRecord(where, "has to be whole UTC milliseconds since 1970, before the year 10000")
    return raw


def _time(raw: object, where: str) -> int | None:
    return None if raw is None else _time_set(raw, where)


def _number(raw: object, where: str) -> float:
    if type(raw) is int and abs(raw) <= MAX_INTEGER:
        return raw
    if type(raw) is float and raw - raw == 0:
        return raw
    raise InvalidRecord(where, "has to be a number that every device reads alike")


def _object(raw: object, where: str) -> dict[str, Any]:
    """The object, after a walk that finds whatever could not be stored, shown or read by the other language."""
    if not isinstance(raw, dict):
        raise InvalidRecord(where, "has to be an object")
    level: list[Any] = [raw]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for holder in level:
            if isinstance(holder, dict):
                for key, value in holder.items():
                    if not isinstance(key, str) or _SURROGATE.search(key):
                        raise InvalidRecord(where, "holds a key that is not text")
                    _leaf(value, f"{where}.{key[:64]}" if holder is raw else where, below)
            else:
                for value in holder:
                    _leaf(value, where, below)
        if not below:
            return raw
        level = below
    raise InvalidRecord(where, f"is nested more than {MAX_DEPTH} deep")


def _leaf(value: object, where: str, below: list[Any]) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise InvalidRecord(where, "holds half a character")
    elif isinstance(value, dict | list):
        below.append(value)
    elif value is not None and not isinstance(value, bool):
        _number(value, where)
