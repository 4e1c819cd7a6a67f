"""What a row's value, unit and note become in a record's payload, by the conventions of each kind."""

import re
from collections.abc import Callable

from timeline.core.records import TARGETING
from timeline.imports.faults import listed, quoted

Payload = dict[str, str | int | float]

MODES = ("real", "drill", "demo")

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")
DOSE = re.compile(r"(?P<drug>\S.*?)\s+(?P<dose>[0-9]{1,6}(?:\.[0-9]{1,4})?)(?:\s+(?P<route>IV|IO|ET))?", re.IGNORECASE)
OFFSET = re.compile(r"(?P<source>ems|defib|pump|monitor)\s+(?P<by>[+-]?[0-9]{1,7}(?:\.[0-9]{1,3})?)", re.IGNORECASE)
OFFSET_UNITS = {"ms": 1, "s": 1_000, "min": 60_000}

# Their value is text, whatever it looks like.
TEXT = frozenset({"note", "code_started", "code_closed", "item_ticked", "item_unticked", "item_skipped", "role_taken"})


class BadValue(ValueError):
    """The row's value cannot be what its kind needs; the message is a sentence."""


def payload_of(kind: str, value: str, unit: str, note: str, outcomes: frozenset[str]) -> Payload:
    """The payload of a record of this kind. A number is written as a number; empty cells leave no key.

    Raises BadValue for a mode, an outcome or a clock offset that would be read wrongly, and for the kinds that
    speak of another record. No other value is judged: an odd fact is stored, shown and flagged, never refused.
    """
    if kind in TARGETING:
        raise BadValue(
            f"a {kind} speaks of one particular record, which a row cannot name; make it on the code's own page"
        )
    payload: Payload = _value_of(kind, value, unit, outcomes)
    if unit and kind != "clock_offset":
        payload["unit"] = unit
    if note:
        payload["note"] = note
    return payload


def _value_of(kind: str, value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    if kind in SPECIAL:
        return SPECIAL[kind](value, unit, outcomes)
    if not value:
        return {}
    return {"value": value if kind in TEXT else number_or_text(value)}


def number_or_text(value: str) -> str | int | float:
    """A plain decimal number as a number, everything else as it stands (007, 1e5, 1,5 and 12:30 are text)."""
    if not NUMBER.fullmatch(value) or (value.startswith("-0") and not value.strip("-0.")):
        return value
    return float(value) if "." in value else int(value)


def _started(value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    mode = value.lower() or "real"
    if mode not in MODES:
        # Guessing "real" here would count a misspelt drill among the patients.
        raise BadValue(f"value {quoted(value)} of code_started is none of {listed(list(MODES))}; empty means real")
    return {"value": mode}


def _closed(value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    outcome = value.lower()
    if outcome not in outcomes:
        said = f"value {quoted(value)} is no outcome" if value else "value is empty: code_closed needs the outcome"
        raise BadValue(f"{said}; the outcomes are {listed(sorted(outcomes), 'and')}")
    return {"value": outcome}


def _drug(value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    """`adrenaline 1 IV` with unit `mg` is a dose of adrenaline; anything else is kept as the drug's name."""
    if dose := DOSE.fullmatch(value):
        amount = float(dose["dose"]) if "." in dose["dose"] else int(dose["dose"])
        route: Payload = {"route": dose["route"].upper()} if dose["route"] else {}
        return {"value": dose["drug"], "dose": amount, **route}
    return {"value": value} if value else {}


def _clock_offset(value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    """`defib 412` with unit `s`: the defibrillator's clock was 412 s ahead of ours."""
    parts = OFFSET.fullmatch(value)
    if not parts:
        raise BadValue(
            f"value {quoted(value)} of clock_offset is not a source and a number, such as “defib 412” "
            "(ems, defib, pump or monitor; a positive number is a clock that is ahead)"
        )
    if unit.lower() not in OFFSET_UNITS:
        raise BadValue(f"unit {quoted(unit)} of clock_offset is none of {listed(list(OFFSET_UNITS))}")
    return {
        "value": parts["source"].lower(),
        "offset_ms": round(float(parts["by"]) * OFFSET_UNITS[unit.lower()]),
    }


def _ticked(value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    return {"value": value, "how": "earlier"} if value else {}


def _role_taken(value: str, unit: str, outcomes: frozenset[str]) -> Payload:
    return {"value": value, "mode": "take"} if value else {}


SPECIAL: dict[str, Callable[[str, str, frozenset[str]], Payload]] = {
    "code_started": _started,
    "code_closed": _closed,
    "drug": _drug,
    "clock_offset": _clock_offset,
    "item_ticked": _ticked,
    "role_taken": _role_taken,
}
