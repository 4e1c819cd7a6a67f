"""Intervals between two ends, and targets on them: the arithmetic of the clinical reference, section 2.1.

All of it is on integer milliseconds. Missing is missing, never zero; negative is inconsistent, never clipped.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from .ends import End, Ends
from .protocol import Condition, Interval, Outcome, Target
from .standing import BY_TIME

MINUTE: Final = 60_000


@dataclass(slots=True)
class Span:
    """An interval's result in milliseconds. The three numbers are set only for known and running ones."""

    status: str
    ends: tuple[str, str]
    point: int | None = None
    low: int | None = None
    high: int | None = None
    flags: list[str] | None = None
    reason: str | None = None
    coarse: bool = False
    # Of a fraction: what part of the whole it is, 0 to 1.
    share: float | None = None


class Difference(NamedTuple):
    """What lies between two ends: ms by their points, and at least and at most by their windows."""

    point: int
    low: int
    high: int
    coarse: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What an interval has to know of the code: whether it is closed, how it ended, and what time it is (UTC ms)."""

    now: int
    closed: bool
    outcome: Outcome | None


def minutes_of(span: int) -> float:
    """Milliseconds as minutes, to four decimals; halves are rounded up, in both languages alike."""
    return ((span + 3) // 6) / 10_000


def minutes_json(span: int | None) -> float | None:
    """The same, for a number that may not be there."""
    return None if span is None else minutes_of(span)


def measure(interval: Interval, ends: Ends, moment: Moment) -> Span:
    """The interval of a code at a moment."""
    start, end = ends.find(interval.start), ends.find(interval.end)
    reason = _not_applicable(interval, start, end, ends, moment)
    if reason is not None:
        return Span("not_applicable", (start.kind, end.kind), reason=reason)
    if start.at is not None and end.at is not None:
        return _subtract(interval, start, end, ends, moment.now)
    names = (start.kind, end.kind)
    for known in (start, end):
        if known.at is None and known.null_reason is not None:
            return Span("missing", names, reason=known.null_reason)
    if moment.closed:
        return Span("missing", names, reason="not_documented")
    if start.at is None:
        return Span("missing", names, reason="not recorded yet")
    return _subtract(interval, start, None, ends, moment.now)


def _not_applicable(interval: Interval, start: End, end: End, ends: Ends, moment: Moment) -> str | None:
    outcome = moment.outcome if moment.closed else None
    if outcome is not None and "*" in outcome.excludes:
        return outcome.key
    if "not_applicable" in (start.null_reason, end.null_reason):
        return "not_applicable"
    if interval.only_when is not None and not _first_is(interval.only_when, ends, True):
        return f"the first {interval.only_when.kind} rules it out"
    if start.at is not None and end.at is not None:
        return None
    open_ends = [selector for selector, found in ((interval.start, start), (interval.end, end)) if found.at is None]
    if outcome is not None and any(outcome.excludes.issuperset(selector.kinds) for selector in open_ends):
        return f"the outcome is {outcome.key}"
    if interval.not_when is not None and _first_is(interval.not_when, ends, False):
        return f"the {interval.not_when.kind} rules it out"
    if end.at is None and any(ends.picks.effective(kind) for kind in interval.unless):
        return f"{interval.unless[0]} came instead"
    return None


def _first_is(condition: Condition, ends: Ends, when_absent: bool) -> bool:
    facts = ends.picks.candidates(condition.kind, "all")
    if not facts:
        return when_absent
    chosen = min(facts, key=BY_TIME)
    if not isinstance(chosen.value, str) or not chosen.value:
        return when_absent
    return chosen.value in condition.values


def _subtract(interval: Interval, start: End, end: End | None, ends: Ends, now: int) -> Span:
    """`end` None: the interval is running."""
    found = difference(start, end, now)
    if interval.less == "rosc_spells":
        since = _cut(start.at or 0) if found.coarse and end is not None else start.at or 0
        less = _circulation(since, since + found.point, ends)
        found = Difference(found.point - less, found.low - less, found.high - less, found.coarse)
    names = (start.kind, interval.end.kinds[0] if end is None else end.kind)
    if found.high < 0 and not interval.signed:
        return Span("inconsistent", names, reason=f"{names[1]} is before {names[0]}")
    state = "running" if end is None else "known"
    flags = flags_of(start, end, found)
    return Span(state, names, found.point, found.low, found.high, flags, None, found.coarse)


def difference(start: End, end: End | None, now: int) -> Difference:
    """`end` less `start`, both timed; without an end, up to `now` (UTC ms) exactly."""
    coarse = start.coarse or (end is not None and end.coarse)
    a = (start.at or 0, start.low, start.high)
    b = (now, now, now) if end is None else (end.at or 0, end.low, end.high)
    if coarse and end is not None:
        # Mixed precision: both ends are cut to the minute, or 10:02 to 11:02:30 would read 60:30.
        a = (_cut(a[0]), _cut(a[1]), _cut(a[2]))
        b = (_cut(b[0]), _cut(b[1]), _cut(b[2]))
    return Difference(b[0] - a[0], b[1] - a[2], b[2] - a[1], coarse)


def flags_of(start: End, end: End | None, found: Difference) -> list[str]:
    """What has to be said beside a difference: estimated, order_unknown, corrected_clock."""
    flags = []
    low, high = found.low, found.high
    if start.estimated or (end is not None and end.estimated):
        flags.append("estimated")
    if end is not None and ((low <= 0 <= high and low < high) or (found.coarse and low == high == 0)):
        flags.append("order_unknown")
    if start.corrected or (end is not None and end.corrected):
        flags.append("corrected_clock")
    return flags


def _circulation(start: int, end: int, ends: Ends) -> int:
    """Milliseconds with circulation between two times."""
    total = 0
    for since, until in ends.picks.course.spells(end):
        total += max(0, min(until, end) - max(since, start))
    return total


def _cut(at: int) -> int:
    return at - at % MINUTE


def judge(span: Span, target: Target) -> tuple[str, int | None]:
    """A target's result on an interval, and by how many milliseconds it was met or missed; sets `within_rounding`.

    The point value decides and equality is met, unless an estimated end leaves both answers possible.
    """
    if span.status == "inconsistent":
        return "missing", None
    if span.status != "known" or span.point is None or span.low is None or span.high is None:
        return span.status, None
    limit = target.limit_minutes * MINUTE
    if span.low <= limit < span.high:
        return "indeterminate", None
    if span.coarse and span.flags is not None and span.low - MINUTE < limit < span.high + MINUTE:
        span.flags.append("within_rounding")
    return ("met" if span.point <= limit else "missed"), abs(limit - span.point)
