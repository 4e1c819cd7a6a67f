"""Readings told in short: kinds and minutes from 10:00 UTC on 5 January 2026, for the tests of what is made of them."""

from typing import Any
from uuid import UUID, uuid5

from timeline.core.reading import read
from timeline.core.records import By, Entry, read_record
from timeline.protocols import protocol_named

ZERO = 1_767_607_200_000
MINUTE = 60_000
CODE = UUID("11111111-1111-4111-8111-111111111111")
PROTOCOL = protocol_named("ecpr-1")

Told = tuple[str, float | None, dict[str, Any]]


def id_of(place: int) -> str:
    """The id of the record at a place of the story, counted from 1."""
    return str(uuid5(CODE, str(place)))


def entry(place: int, kind: str, minute: float | None, said: dict[str, Any], code: UUID = CODE) -> Entry:
    """An entry; `said` holds payload keys, record fields after an underscore, and `by` for the person."""
    fields = {key[1:]: value for key, value in said.items() if key.startswith("_")}
    payload = {key: value for key, value in said.items() if not key.startswith("_") and key not in ("by", "flags")}
    at = None if minute is None else ZERO + round(minute * MINUTE)
    raw = {
        "v": 1,
        "id": id_of(place),
        "code": str(code),
        "kind": kind,
        "at": at,
        "precision": "second",
        "certainty": "observed",
        "earliest": None,
        "latest": None,
        "source": "tap",
        "null_reason": None if at is not None else "not_documented",
        "payload": payload,
        "target": None,
        "device": str(uuid5(CODE, "device")),
        "n": place,
        "role": None,
        "seen": place - 1,
        "when": None,
    } | fields
    by = By(raw["device"], said.get("by", "Bay tablet"), None)
    return Entry(place, (at or ZERO) + 1_000, by, tuple(said.get("flags", ())), "", "", read_record(raw))


def reading_of(*told: Told, mode: str = "real", name: str = "Amber 7", outcome: str | None = None, **how: Any) -> Any:
    """The reading of a story; `outcome` closes the code at `closed` minutes (default 90)."""
    story: list[Told] = [("code_started", how.get("started", 0.0), {"value": mode, "name": name}), *told]
    if outcome is not None:
        story.append(("code_closed", how.get("closed", 90.0), {"value": outcome}))
    entries = [
        entry(place, kind, minute, said, how.get("code", CODE)) for place, (kind, minute, said) in enumerate(story, 1)
    ]
    return read(entries, PROTOCOL, ZERO + round(how.get("now", 100.0) * MINUTE))


FLOW: tuple[Told, ...] = (
    ("arrest_onset", 0.0, {"value": "ED"}),
    ("cpr_start", 1.0, {}),
    ("ecpr_activated", 12.0, {}),
    ("rhythm_check", 14.0, {"value": "VF"}),
    ("shock", 14.5, {"value": 200, "unit": "J"}),
    ("drug", 15.0, {"value": "adrenaline", "dose": 1, "unit": "mg", "route": "IV"}),
    ("ecpr_decision", 30.0, {"value": "go"}),
    ("cannulation_start", 35.0, {}),
    ("flow_on", 51.0, {}),
    ("flow_established", 52.0, {"value": 3.5, "unit": "L/min"}),
)
