"""What became of the patient: added for months after the code, each answer with who gave it and when.

The items are those of the clinical reference, section 7.1. The last answer to an item counts; the earlier ones stay in
the log. What nobody answered is not there, and is never read off anything else.
"""

from typing import Any

from .protocol import Protocol
from .standing import Standing, by_json


def outcomes_of(standing: Standing, protocol: Protocol) -> list[dict[str, Any]]:
    """The answered items in the protocol's order; `at` is when the answer was given, in UTC ms."""
    said = {
        fact.value: fact
        for fact in standing.facts
        if fact.kind == "outcome_recorded" and fact.voided_by is None and isinstance(fact.value, str)
    }
    found = []
    for item in protocol.outcome_items:
        fact = said.get(item.key)
        answer = fact.payload.get("answer") if fact is not None else None
        if fact is None or not isinstance(answer, str) or answer not in item.answers:
            continue
        found.append(
            {
                "key": item.key,
                "label": item.label,
                "answer": answer,
                "said": item.answers[answer],
                "at": fact.at,
                "by": by_json(fact.entry),
                "record": fact.id,
            }
        )
    return found
