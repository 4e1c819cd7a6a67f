"""One code as CSV: its records, its intervals, and its targets, told apart by the first column."""

import json
from datetime import tzinfo
from typing import Any, Final

from timeline.core.protocol import Protocol

from .table import Cell, iso, minute, table

COLUMNS: Final = (
    "row",
    "code",
    "code_id",
    "mode",
    "key",
    "label",
    "at",
    "minute",
    "raw_at",
    "precision",
    "certainty",
    "earliest",
    "latest",
    "source",
    "null_reason",
    "value",
    "unit",
    "note",
    "payload",
    "role",
    "by_device",
    "by_person",
    "received",
    "record_id",
    "seq",
    "target_id",
    "record_flags",
    "voided",
    "corrections",
    "minutes",
    "low",
    "high",
    "share",
    "status",
    "interval_flags",
    "reason",
    "from_event",
    "to_event",
    "limit_minutes",
    "result",
    "by_minutes",
    "definition",
)


def code_csv(reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> str:
    """The file of a reading. `at` is ISO 8601 with offset, `minute` counts from the arrest, both unrounded."""
    onset = reading["anchors"]["arrest_onset"]
    zero = onset["at"] if onset is not None else None
    code = reading["code"]
    same: dict[str, Cell] = {"code": code["name"], "code_id": code["id"], "mode": code["mode"]}
    rows = [{"row": "record", **same, **_record(record, zero, zone)} for record in reading["records"]]
    rows += [
        {"row": "interval", **same, **_interval(key, interval, protocol)}
        for key, interval in reading["intervals"].items()
    ]
    rows += [{"row": "target", **same, **_target(key, target)} for key, target in reading["targets"].items()]
    return table(COLUMNS, rows)


def _record(record: dict[str, Any], zero: int | None, zone: tzinfo) -> dict[str, Cell]:
    payload = record["payload"]
    value = payload.get("value")
    note = payload.get("note")
    return {
        "key": record["kind"],
        "label": record["label"],
        "at": iso(record["at"], zone),
        "minute": minute(record["at"], zero),
        "raw_at": iso(record["raw_at"], zone),
        "precision": record["precision"],
        "certainty": record["certainty"],
        "earliest": iso(record["earliest"], zone),
        "latest": iso(record["latest"], zone),
        "source": record["source"],
        "null_reason": record["null_reason"],
        "value": value if isinstance(value, str | int | float | bool) else _json(value),
        "unit": payload.get("unit") if isinstance(payload.get("unit"), str) else "",
        "note": note if isinstance(note, str) else "",
        "payload": _json(payload),
        "role": record["role"],
        "by_device": record["by"]["label"],
        "by_person": record["by"]["person"],
        "received": iso(record["received"], zone),
        "record_id": record["id"],
        "seq": record["seq"],
        "target_id": record["target"],
        "record_flags": " ".join(record["flags"]),
        "voided": _json(record["voided"]),
        "corrections": _json(record["corrections"] or None),
    }


def _interval(key: str, interval: dict[str, Any], protocol: Protocol) -> dict[str, Cell]:
    return {
        "key": key,
        "label": interval["label"],
        "minutes": interval["minutes"],
        "low": interval["low"],
        "high": interval["high"],
        "share": interval.get("share"),
        "status": interval["status"],
        "interval_flags": " ".join(interval["flags"]),
        "reason": interval["reason"],
        "from_event": interval["ends"][0],
        "to_event": interval["ends"][1],
        "definition": protocol.raw["intervals"][key].get("formula", ""),
    }


def _target(key: str, target: dict[str, Any]) -> dict[str, Cell]:
    return {
        "key": key,
        "label": target["label"],
        "limit_minutes": target["limit_minutes"],
        "result": target["result"],
        "by_minutes": target["by_minutes"],
        "definition": target["source"],
    }


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
