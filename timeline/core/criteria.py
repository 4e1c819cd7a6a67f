"""Criteria for ECPR and the decisions: what was answered, what stands against it, and every word that was given.

Advisory only (clinical reference, sections 3.4 and 4.1): unknown counts neither as yes nor as no, nothing is decided or
excluded here, and what stands against is named beside the lines that override it.
"""

from typing import Any, Final

from .protocol import Criterion, Protocol
from .standing import BY_TIME, Fact, Standing, by_json

ANSWERS: Final = ("yes", "no", "unknown")


def criteria_of(standing: Standing, protocol: Protocol) -> dict[str, Any]:
    """The adopted set with the last answer to each line, and the keys of those for, against, unknown and open."""
    said = _answers(standing)
    lines = [_line(criterion, said.get(criterion.key)) for criterion in protocol.criteria]
    return {
        "lines": lines,
        "met": [line["key"] for line in lines if line["state"] == "for"],
        "hard": [line["key"] for line in lines if line["state"] == "against" and line["weight"] == "hard"],
        "soft": [line["key"] for line in lines if line["state"] == "against" and line["weight"] == "soft"],
        "overrides": [line["key"] for line in lines if line["state"] == "overrides"],
        "unknown": [line["key"] for line in lines if line["state"] == "unknown"],
        "open": [line["key"] for line in lines if line["state"] == "open"],
    }


def _answers(standing: Standing) -> dict[str, Fact]:
    """The last word on each line; people answer again when they know more."""
    said: dict[str, Fact] = {}
    for fact in standing.of_kind.get("criterion_answered", ()):
        if isinstance(fact.value, str) and fact.payload.get("answer") in ANSWERS:
            said[fact.value] = fact
    return said


def _line(criterion: Criterion, fact: Fact | None) -> dict[str, Any]:
    answer = fact.payload["answer"] if fact is not None else None
    if answer is None:
        state = "open"
    elif answer == "unknown":
        state = "unknown"
    elif criterion.weight == "override":
        state = "overrides" if answer == criterion.favours else "absent"
    else:
        state = "for" if answer == criterion.favours else "against"
    return {
        "key": criterion.key,
        "text": criterion.text,
        "weight": criterion.weight,
        "answer": answer,
        "state": state,
        "record": fact.id if fact is not None else None,
    }


def decisions_of(standing: Standing) -> list[dict[str, Any]]:
    """Every decision that stands, in order of time: the last one holds, the earlier ones stay."""
    facts = sorted(standing.timed("ecpr_decision"), key=BY_TIME)
    return [
        {
            "id": fact.id,
            "at": fact.at,
            "value": fact.value if isinstance(fact.value, str) else None,
            "reason": _text(fact.payload.get("reason")),
            "by": by_json(fact.entry),
            "role": fact.entry.record.role,
        }
        for fact in facts
    ]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
