"""A case: what the audit needs of a closed code's reading, and no more. It is small, and keeps as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

KEY: Final = "arrest_to_flow"
BROKEN: Final = "inconsistent"
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
# What the records say of a code that did not come to flow, beside its outcome.
NO_FLOW_REASONS: Final = ("ecpr_abandoned", "efforts_stopped")
DECLINED: Final = "declined"
NO_GO: Final = "no_go"
# Intervals that are shown beside those with a target.
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

    `times` holds, by interval, its status and its minutes, which are None unless it is known; `targets`, by interval,
    the result against its target and the limit in minutes. `cancelled` holds the reason of each cancelled activation,
    empty where none was given; the reasons of a decline and of there being no flow are what was given, too.
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
    targets: Mapping[str, tuple[str, float]]
    activations: int
    cancelled: tuple[str, ...]
    declined: bool
    declined_because: tuple[str, ...]
    no_flow_because: tuple[str, ...]


_FIELDS: Final = tuple(field.name for field in fields(Case))


def case_of(reading: Mapping[str, Any]) -> Case:
    """The case of a code, from its reading."""
    code, targets, intervals = reading["code"], reading["targets"], _counted(reading)
    interval, target = intervals[KEY], targets[KEY]
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
        sign="dot" if known else BROKEN if status == BROKEN else SIGNS.get(outcome, "missing"),
        minutes=interval["minutes"] if known else None,
        low=interval["low"] if known else None,
        high=interval["high"] if known else None,
        status=status,
        flags=tuple(interval["flags"]),
        reason=interval["reason"] or "",
        ends=tuple(interval["ends"]),
        result=BROKEN if status == BROKEN else target["result"],
        by_minutes=target["by_minutes"],
        limit_minutes=target["limit_minutes"],
        estimated="estimated" in interval["flags"]
        or (onset is not None and onset["certainty"] in ("estimated", "unknown")),
        attempted=any(kind in reading["milestones"] for kind in ATTEMPTED),
        late=reading["counts"]["late"],
        missing=len(reading["missing"]),
        times={key: _time(told) for key, told in intervals.items() if key in targets or key in BREAKDOWN},
        targets={
            key: (BROKEN if intervals[key]["status"] == BROKEN else told["result"], told["limit_minutes"])
            for key, told in targets.items()
        },
        activations=len(_said(reading, "ecpr_activated")),
        cancelled=tuple(_said(reading, "ecpr_cancelled")),
        declined=outcome == DECLINED or _last_word(reading) == NO_GO,
        declined_because=_decline_reasons(reading),
        no_flow_because=tuple(why for kind in NO_FLOW_REASONS for why in _said(reading, kind) if why),
    )


def _counted(reading: Mapping[str, Any]) -> Mapping[str, Any]:
    """The intervals as statistics take them: one with an end that breaks a hard order, one record against another, is
    inconsistent and in no number until the record is put right; its code keeps it (clinical reference, 1.0).
    """
    hard = {
        record
        for flag in reading["flags"]
        # A record that lacks what has to come first is alone in its notice: that is a gap, no contradiction.
        if flag["flag"] == "order_hard" and len(flag["records"]) > 1
        for record in flag["records"]
    }
    broken = {kind for kind, milestone in reading["milestones"].items() if milestone["id"] in hard}
    return {
        key: {**interval, "status": BROKEN} if broken.intersection(interval["ends"]) else interval
        for key, interval in reading["intervals"].items()
    }


def _time(interval: Mapping[str, Any]) -> tuple[str, float | None]:
    known = interval["status"] == "known"
    return interval["status"], interval["minutes"] if known else None


def _said(reading: Mapping[str, Any], kind: str) -> list[str]:
    """The value of each record of a kind that stands, as words; empty where it has none."""
    records = [each for each in reading["records"] if each["kind"] == kind and each["voided"] is None]
    values = [record["payload"].get("value") for record in records]
    return [value if isinstance(value, str) else "" for value in values]


def _last_word(reading: Mapping[str, Any]) -> str | None:
    decisions = reading["decisions"]
    return decisions[-1]["value"] if decisions else None


def _decline_reasons(reading: Mapping[str, Any]) -> tuple[str, ...]:
    """The reasons of the last decision, if it was a no; the board joins several with a semicolon. What the registry
    asks for, why not cannulated [LA648], is a field of the same record.
    """
    if _last_word(reading) != NO_GO:
        return ()
    decision = reading["decisions"][-1]
    [record] = [each for each in reading["records"] if each["id"] == decision["id"]]
    said = [*(decision["reason"] or "").split("; "), record["payload"].get("not_cannulated")]
    return tuple(dict.fromkeys(each for each in said if isinstance(each, str) and each))


def case_to_json(case: Case) -> list[Any]:
    """The case as a JSON list, in the order of its fields."""
    return [getattr(case, name) for name in _FIELDS]


def case_from_json(raw: list[Any]) -> Case:
    """The case in what `case_to_json` made, after it went through JSON."""
    said = dict(zip(_FIELDS, raw, strict=True))
    for name in ("flags", "ends", "cancelled", "declined_because", "no_flow_because"):
        said[name] = tuple(said[name])
    for name in ("times", "targets"):
        said[name] = {key: tuple(pair) for key, pair in said[name].items()}
    return Case(**said)
