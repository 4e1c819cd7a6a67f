"""The short forms of tests/cases/*.json; tests/js/core/short.js is the twin and says what they mean."""

import re
from datetime import UTC, datetime
from typing import Any

from timeline.core.records import By, Entry, Record, read_record

ZERO = int(datetime(2026, 1, 5, 10, tzinfo=UTC).timestamp() * 1000)
OF_RECORD = ("precision", "certainty", "source", "null_reason", "role", "seen", "n")
EMPTY = {
    "v": 1,
    "at": None,
    "precision": "second",
    "certainty": "observed",
    "earliest": None,
    "latest": None,
    "source": "tap",
    "null_reason": None,
    "payload": {},
    "target": None,
    "role": None,
    "seen": 0,
    "when": None,
}


def uuid(word: str) -> str:
    """The UUID that a word stands for."""
    digits = word.encode().hex().ljust(32, "0")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def moment(text: str) -> int:
    """The time of "m:ss" after the cases' zero, in UTC ms."""
    sign = -1 if text.startswith("-") else 1
    minutes, seconds = text.lstrip("-").split(":")
    return ZERO + sign * (int(minutes) * 60_000 + int(seconds) * 1000)


def expand(value: Any) -> Any:
    """A value with its "@m:ss" and "#word" written out."""
    if isinstance(value, str) and value.startswith("@"):
        return moment(value[1:])
    if isinstance(value, str) and value.startswith("#"):
        return uuid(value[1:])
    if isinstance(value, list):
        return [expand(each) for each in value]
    if isinstance(value, dict):
        return {key: expand(each) for key, each in value.items()}
    return value


def record_json(kind: str, **known: Any) -> dict[str, Any]:
    """A whole record's JSON from what is known of it, with UUIDs for words."""
    words = {"id": "a record", "code": "code", "device": "tablet", "target": None} | known
    named = {key: None if words[key] is None else uuid(words[key]) for key in ("id", "code", "device", "target")}
    return EMPTY | {"kind": kind, "n": 1, "payload": {}} | known | named


def entry(record: Record, seq: int | None, received: int | None, label: str = "tablet", flags: Any = ()) -> Entry:
    """A record in its place, without hashes."""
    return Entry(seq, received, By(record.device, label, None), tuple(flags), "", "", record)


def entries_of(shorts: list[list[Any]]) -> list[Entry]:
    """The entries of a case."""
    entries: list[Entry] = []
    seq = 0
    for number, (kind, time, *rest) in enumerate(shorts):
        extras = rest[0] if rest else {}
        at = None if time is None else moment(time)
        payload = expand(extras.get("payload", {}))
        payload |= {key: expand(extras[key]) for key in ("value", "changes", "reason") if key in extras}
        device = extras.get("device", "tablet")
        raw = record_json(
            kind,
            id=extras.get("id", f"r{number}"),
            at=at,
            payload=payload,
            device=device,
            target=extras.get("target"),
            **({"n": number} | {key: extras[key] for key in OF_RECORD if key in extras}),
            earliest=moment(extras["earliest"]) if "earliest" in extras else None,
            latest=moment(extras["latest"]) if "latest" in extras else None,
        )
        if "uncertainty" in extras:
            raw["when"] = {"wall": 0, "mono": 0, "boot": "", "offset": 0, "offset_age": 0, "tz": 0}
            raw["when"]["uncertainty"] = extras["uncertainty"]
        record = read_record(raw)
        if extras.get("waiting"):
            entries.append(entry(record, None, None, device))
            continue
        seq += 1
        received = moment(extras["received"]) if "received" in extras else ZERO if at is None else at
        entries.append(entry(record, seq, received, device, extras.get("flags", ())))
    return entries


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path; "nothing there" differs from null."""
    here = value
    for part in path.split("."):
        if isinstance(here, list):
            if part == "length":
                here = len(here)
            elif re.fullmatch(r"\d+", part):
                here = here[int(part)]
            else:
                name = expand(part)
                here = next(each for each in here if name in [each.get(key) for key in ("key", "kind", "flag", "id")])
        else:
            here = here[part]
    return here
