"""The protocols that ship with the application, as JSON files, and the door to them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from timeline.core.protocol import Protocol, load

_SHELF = Path(__file__).parent


def protocol_keys() -> list[str]:
    """The keys of all shipped protocols."""
    return sorted(path.stem for path in _SHELF.glob("*.json"))


@cache
def protocol_named(key: str) -> Protocol:
    """The shipped protocol of this key; raises LookupError when there is none."""
    if key not in protocol_keys():
        raise LookupError(f"there is no protocol named {key!r}")
    return load(json.loads((_SHELF / f"{key}.json").read_text(encoding="utf-8")))


@cache
def published_criteria() -> list[dict[str, Any]]:
    """The published sets of criteria that a site may adopt and edit (clinical reference, section 4.1)."""
    sets: list[dict[str, Any]] = json.loads((_SHELF / "sets" / "published.json").read_text(encoding="utf-8"))["sets"]
    return sets


# What the reading and the board never look at: explanations, and what other pages show.
_EXPLAINING = frozenset(
    {"confirm", "dependencies", "fallback", "fields", "flow_targets", "formula", "owner", "population"}
)
_OF_FIGURES = frozenset({"intervals", "outcome_items", "source"})
_OF_CRITERIA = frozenset({"field", "operator", "value", "unit"})
_OF_KINDS = frozenset({"board", "icon", "source", "value"})


@cache
def lean_protocol(key: str) -> dict[str, Any]:
    """The protocol as a tablet gets it: its reading is the same, and a third less travels."""
    raw = protocol_named(key).raw
    lean: dict[str, Any] = _without(raw, _EXPLAINING)
    lean["criteria"] = _without(lean["criteria"], _OF_CRITERIA)
    lean["kinds"] = {name: _without(kind, _OF_KINDS) for name, kind in lean["kinds"].items()}
    return lean


@cache
def board_protocol(key: str) -> dict[str, Any]:
    """The protocol as a board or a wall gets it: they show no intervals and no outcomes, so these and all
    sources stay behind."""
    lean: dict[str, Any] = _without(lean_protocol(key), _OF_FIGURES)
    return lean


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(part, names) for part in value]
    return value
