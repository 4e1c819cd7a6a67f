"""Every interval and every target of a protocol, as JSON: what debrief, audit and exports show. Twin of figures.js."""

from typing import Any

from .compressions import measures
from .ends import Ends
from .intervals import Moment, Span, judge, measure, minutes_json
from .picks import Picks
from .protocol import Protocol


def intervals_and_targets(
    protocol: Protocol, picks: Picks, moment: Moment
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The intervals and the targets, each by its key, in the protocol's order."""
    ends = Ends(picks)
    spans = {key: measure(interval, ends, moment) for key, interval in protocol.intervals.items()}
    measured = measures(picks, moment, spans.get("no_flow"))
    intervals: dict[str, dict[str, Any]] = {}
    targets: dict[str, dict[str, Any]] = {}
    for key, label in protocol.interval_labels.items():
        span = spans.get(key) or measured[key]
        target = protocol.targets.get(key)
        if target is not None:
            result, by = judge(span, target)
            targets[key] = {
                "label": target.label,
                "limit_minutes": target.limit_minutes,
                "result": result,
                "by_minutes": minutes_json(by),
                "source": target.source,
            }
        intervals[key] = _interval(label, span)
    return intervals, targets


def _interval(label: str, span: Span) -> dict[str, Any]:
    told = {
        "label": label,
        "minutes": minutes_json(span.point),
        "low": minutes_json(span.low),
        "high": minutes_json(span.high),
        "status": span.status,
        "flags": span.flags or [],
        "reason": span.reason,
        "ends": list(span.ends),
    }
    return told if span.share is None else {**told, "share": span.share}
