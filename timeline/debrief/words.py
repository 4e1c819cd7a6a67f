"""How times, durations and results are said on the debrief, the audit and in print: the same words everywhere."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

MINUTE: Final = 60_000
MODE_WORDS: Final = {"drill": "DRILL", "demo": "DEMO"}
MODE_SENTENCES: Final = {
    "real": "",
    "drill": "A drill: no patient.",
    "demo": "A made-up demonstration: no patient.",
}
CERTAINTY_WORDS: Final = {
    "observed": "seen",
    "device": "from a device",
    "record": "from a written record",
    "estimated": "estimated",
    "unknown": "certainty unknown",
}
SOURCE_WORDS: Final = {
    "tap": "tapped as it happened",
    "manual": "entered by hand",
    "import": "imported",
    "published": "from a publication",
    "ems": "from the ambulance service",
    "defib": "from the defibrillator",
    "pump": "from the pump",
    "monitor": "from the monitor",
    "server": "noted by the server",
}
# The clocks that are not ours, by the source of a record.
CLOCK_WORDS: Final = {"defib": "defibrillator", "monitor": "monitor", "pump": "pump", "ems": "ambulance"}
NULL_WORDS: Final = {
    "not_documented": "not documented",
    "not_applicable": "does not apply",
    "not_yet": "not yet",
    "unknown_happened": "not known whether it happened",
}
FLAG_WORDS: Final = {
    "estimated": "an end is estimated",
    "within_rounding": "within rounding of the target",
    "order_unknown": "order of the ends unknown",
    "corrected_clock": "a device clock was put right",
    "late_arrival": "entered late",
    "recovered": "brought back after a restore",
    "quarantined": "taken in by a person",
    "future": "time lies ahead of its arrival",
    "out_of_window": "time lies long before the code",
    "after_closing": "entered after the code was ended",
    "clock_suspect": "the device's clocks disagree",
    "possible_double": "possibly entered twice",
    "recorded_twice": "recorded twice",
    "concurrent_correction": "corrected by two devices at once",
    "order": "out of the usual order",
    "dangling": "names a record that is not there",
}


def minutes_words(minutes: float | None) -> str:
    """Minutes as they are said: "90 min", "36 min 40 s", "−4 min"; to the second. Empty when there are none."""
    if minutes is None:
        return ""
    seconds = round(abs(minutes) * 60)
    sign = "−" if minutes < 0 and seconds else ""
    whole, rest = divmod(seconds, 60)
    if not rest:
        return f"{sign}{whole} min"
    return f"{sign}{whole} min {rest} s" if whole else f"{sign}{rest} s"


def minute_mark(minutes: float | None) -> str:
    """A place on the timeline, in whole minutes from the arrest, cut and never rounded up: "67′"."""
    if minutes is None:
        return ""
    sign = "−" if minutes < 0 else ""
    return f"{sign}{int(abs(minutes) + 1e-9)}′"


def minute_exact(minutes: float | None) -> str:
    """A minute from the arrest to the second, as a clock: "8:20", "−1:30"."""
    if minutes is None:
        return ""
    seconds = round(abs(minutes) * 60)
    return f"{'−' if minutes < 0 and seconds else ''}{seconds // 60}:{seconds % 60:02d}"


def instant(ms: int, zone: tzinfo) -> datetime:
    """The instant in a zone."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)


def clock(ms: int | None, zone: tzinfo, precision: str = "second") -> str:
    """The time of day, as precise as it is known: "14:03:20", "14:03", "about 14:03"."""
    if ms is None:
        return ""
    moment = instant(ms, zone)
    if precision == "second":
        return moment.strftime("%H:%M:%S")
    return ("about " if precision == "about" else "") + moment.strftime("%H:%M")


def day(ms: int | None, zone: tzinfo) -> str:
    """The date in words: "1 March 2026"."""
    if ms is None:
        return "date not known"
    moment = instant(ms, zone)
    return f"{moment.day} {moment.strftime('%B %Y')}"


def interval_words(interval: dict[str, Any], outcomes: Mapping[str, str] | None = None) -> str:
    """An interval of a reading: its value, or in words why there is none. `outcomes` gives the labels of endings."""
    status, reason = interval["status"], interval["reason"] or ""
    ending = reason.removeprefix("the outcome is ")
    reason = (outcomes or {}).get(ending, reason)
    if status == "known":
        share = interval.get("share")
        return minutes_words(interval["minutes"]) + ("" if share is None else f", {share:.1%} of the time")
    if status == "running":
        return f"running, {minutes_words(interval['minutes'])} so far"
    said = NULL_WORDS.get(reason, reason)
    if status == "not_applicable":
        return "does not apply" if said == "does not apply" or not said else f"does not apply: {said}"
    return f"{status}: {said}" if said else status


def span_words(interval: dict[str, Any]) -> str:
    """The span that the ends of an interval allow, when it is more than a point."""
    low, high = interval["low"], interval["high"]
    if low is None or high is None or low == high:
        return ""
    return f"between {minutes_words(low)} and {minutes_words(high)}"


def target_words(target: dict[str, Any]) -> str:
    """What became of a target: "missed by 30 min", "met, 8 min inside", "indeterminate"."""
    result, by = target["result"], target["by_minutes"]
    if result == "met":
        return f"met, {minutes_words(by)} inside" if by else "met exactly"
    if result == "missed":
        return f"missed by {minutes_words(by)}"
    return {
        "indeterminate": "indeterminate: the estimate allows both answers",
        "running": "still running",
        "missing": "not known",
        "not_applicable": "does not apply",
    }.get(result, str(result))


def fraction_words(share: float, least: int | None) -> str:
    """The compression fraction against the least that the protocol asks for (percent; equality meets it)."""
    # Cut, not rounded: 59.99 % must not read as the 60 % that it misses. The share comes with four decimals.
    said = f"{round(share * 10_000) // 10 / 10:.1f} %"
    return said if least is None else f"{said}, {'meets' if share * 100 >= least else 'below'} {least} %"


def value_words(payload: dict[str, Any], kind: Mapping[str, Any] | None = None) -> str:
    """What a record says besides its kind and time, in one line; user text stays text. `kind` is its kind's JSON in the
    protocol, when that knows it: it names the fields and their units.
    """
    kind = kind or {}
    fields = {field["key"]: field for field in kind.get("fields", ())}
    parts = []
    value, unit = payload.get("value"), payload.get("unit")
    if unit is None and isinstance(value, int | float) and not isinstance(value, bool):
        unit = kind.get("value", {}).get("unit")
    if value is not None and not isinstance(value, dict | list):
        dose = payload.get("dose")
        said = f"{_plain(value)} {_plain(unit)}" if unit and dose is None else _plain(value)
        parts.append(f"{said} {_plain(dose)} {_plain(unit) if unit else ''}".strip() if dose is not None else said)
    skipped = {"value", "unit", "dose", "changes", "name", "colour", "protocol", "mode", "how", "label"}
    for key, more in payload.items():
        if key in skipped or more in (None, "") or isinstance(more, dict | list):
            continue
        if key in ("note", "reason", "route"):
            parts.append(_plain(more))
        else:
            field = fields.get(key, {"label": key.replace("_", " ")})
            parts.append(" ".join(filter(None, (field["label"], _plain(more), field.get("unit")))))
    return ", ".join(part for part in parts if part)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 shock", "4 shocks"."""
    return f"{count} {one if count == 1 else many or one + 's'}"
