"""A case: what the audit needs of a closed code's reading, and no more. It is small, and keeps as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

KEY: Final = "arrest_to_flow"
# An ending without flow is shown by its own sign; it has no time to flow.
SIGNS: Final = {
    "rosc": "rosc",
    "stopped": "stopped",
    "failed_cannulation": "stopped",
    "declined": "declined",
    "transferred": "transferred",
}
# Whoever reached one of these had an ECPR attempt begun (clinical reference: cannulation starts at skin preparation).
ATTEMPTED: Final = ("site_prep", "cannulation_start", "flow_on", "flow_established")
BREAKDOWN: Final = (
    "no_flow",
    "low_flow",
    "cpr_to_activation",
    "activation_to_ready",
    "arrest_to_door",
    "door_to_flow",
    "decision_to_cannulation",
    "cannulation_to_flow",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One code. `sign` is dot for a known time; the numbers are the reading's own. Times in UTC ms and minutes.

    `times` holds, by interval, its status and its minutes, which are None unless it is known.
    """

    id: str
    name: str
    mode: str
    closed: bool
    started_at: int
    outcome: str
    protocol: str
    sign: str
    minutes: float | None
    low: float | None
    high: float | None
    status: str
    flags: tuple[str, ...]
    reason: str
    ends: tuple[str, ...]
    result: str
    by_minutes: float | None
    limit_minutes: float
    estimated: bool
    attempted: bool
    late: int
    missing: int
    times: Mapping[str, tuple[str, float | None]]


_FIELDS: Final = tuple(field.name for field in fields(Case))


def case_of(reading: Mapping[str, Any]) -> Case:
    """The case of a code, from its reading."""
    code, interval, target = reading["code"], reading["intervals"][KEY], reading["targets"][KEY]
    onset = reading["anchors"]["arrest_onset"]
    status, outcome = interval["status"], code["outcome"] or ""
    known = status == "known"
    return Case(
        id=code["id"],
        name=code["name"] or "",
        mode=code["mode"],
        closed=code["state"] == "closed",
        started_at=code["started_at"] or 0,
        outcome=outcome,
        protocol=code["protocol"],
        sign="dot" if known else "inconsistent" if status == "inconsistent" else SIGNS.get(outcome, "missing"),
        minutes=interval["minutes"] if known else None,
        low=interval["low"] if known else None,
        high=interval["high"] if known else None,
        status=status,
        flags=tuple(interval["flags"]),
        reason=interval["reason"] or "",
        ends=tuple(interval["ends"]),
        result="inconsistent" if status == "inconsistent" else target["result"],
        by_minutes=target["by_minutes"],
        limit_minutes=target["limit_minutes"],
        estimated="estimated" in interval["flags"]
        or (onset is not None and onset["certainty"] in ("estimated", "unknown")),
        attempted=any(kind in reading["milestones"] for kind in ATTEMPTED),
        late=reading["counts"]["late"],
        missing=len(reading["missing"]),
        times={key: _time(reading["intervals"][key]) for key in BREAKDOWN if key in reading["intervals"]},
    )


def _time(interval: Mapping[str, Any]) -> tuple[str, float | None]:
    known = interval["status"] == "known"
    return interval["status"], interval["minutes"] if known else None


def case_to_json(case: Case) -> list[Any]:
    """The case as a JSON list, in the order of its fields."""
    return [getattr(case, name) for name in _FIELDS]


def case_from_json(raw: list[Any]) -> Case:
    """The case in what `case_to_json` made, after it went through JSON."""
    said = dict(zip(_FIELDS, raw, strict=True))
    said["flags"], said["ends"] = tuple(said["flags"]), tuple(said["ends"])
    said["times"] = {key: (status, minutes) for key, (status, minutes) in said["times"].items()}
    return Case(**said)
