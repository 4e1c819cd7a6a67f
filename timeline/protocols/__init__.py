"""The protocols that ship with the application, as JSON files, and the door to them."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from timeline.core.protocol import Protocol, load

_SHELF = Path(__file__).parent


# Where further protocols are asked for: the JSON text of a key that was published, or None (timeline.shelf).
_further: Callable[[str], str | None] = lambda key: None  # noqa: E731 - replaced by also_from


def also_from(find: Callable[[str], str | None]) -> None:
    """Look for protocols that do not ship with the application by `find`; what was published never changes."""
    global _further
    _further = find


def shipped_keys() -> list[str]:
    """The keys of all shipped protocols."""
    return sorted(path.stem for path in _SHELF.glob("*.json"))


def is_protocol(key: object) -> bool:
    """Whether a protocol of this key was shipped or published."""
    try:
        return isinstance(key, str) and protocol_named(key) is not None
    except LookupError:
        return False


@cache
def protocol_named(key: str) -> Protocol:
    """The shipped or published protocol of this key; raises LookupError when there is none."""
    return load(shipped(key)) if key in shipped_keys() else load(_published(key))


def shipped(key: str) -> dict[str, Any]:
    """The JSON of a shipped protocol; one that extends another holds only what differs, lists whole."""
    raw: dict[str, Any] = json.loads((_SHELF / f"{key}.json").read_text(encoding="utf-8"))
    base = raw.pop("extends", None)
    return raw if base is None else _over(shipped(base), raw)


def _published(key: str) -> Any:
    text = _further(key)
    if text is None:
        raise LookupError(f"there is no protocol named {key!r}")
    return json.loads(text)


def _over(base: Any, change: Any) -> Any:
    if isinstance(base, dict) and isinstance(change, dict):
        return base | {key: _over(base.get(key), part) for key, part in change.items()}
    return change


@cache
def published_criteria() -> list[dict[str, Any]]:
    """The published sets of criteria that a site may adopt and edit (clinical reference, section 4.1)."""
    sets: list[dict[str, Any]] = json.loads((_SHELF / "sets" / "published.json").read_text(encoding="utf-8"))["sets"]
    return sets


# What the reading and the board never look at: explanations, and what other pages show.
_EXPLAINING = frozenset({"confirm", "dependencies", "fields", "flow_targets", "formula", "population"})
_OF_FIGURES = frozenset({"intervals", "outcome_items", "source"})
_OF_CRITERIA = frozenset({"field", "operator", "value", "unit"})
_OF_KINDS = frozenset({"board", "icon", "source", "value"})
# Values that people choose or write; the others are given by what was tapped.
_BY_HAND = frozenset({"choice", "number", "text"})
_OF_OWNERS = frozenset({"owner", "fallback"})


@cache
def lean_protocol(key: str) -> dict[str, Any]:
    """The protocol as a tablet gets it: its reading is the same, and a third less travels."""
    return _lean(protocol_named(key).raw)


@cache
def board_protocol(key: str) -> dict[str, Any]:
    """The protocol as a board or a wall gets it."""
    return for_board(protocol_named(key).raw)


@cache
def kind_details(key: str) -> dict[str, Any]:
    """What can be said of each kind by hand: its value, when that is more than a tap, and its fields. Kinds of which
    nothing can be said are left out.
    """
    kinds = protocol_named(key).raw["kinds"]
    said = {name: {"value": kind["value"], "fields": kind.get("fields", [])} for name, kind in kinds.items()}
    return {name: each for name, each in said.items() if each["fields"] or each["value"]["type"] in _BY_HAND}


def for_board(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a board or a wall needs of a protocol's JSON: they show no intervals and no outcomes, so these and all
    sources stay behind.
    """
    lean: dict[str, Any] = _without(_lean(raw), _OF_FIGURES)
    return lean


def _lean(raw: Mapping[str, Any]) -> dict[str, Any]:
    lean: dict[str, Any] = _without(raw, _EXPLAINING)
    lean["criteria"] = _without(lean["criteria"], _OF_CRITERIA)
    buttons = {kind for role in raw["roles"] for kind in role["buttons"]}
    lean["kinds"] = {name: _without(kind, _of_kind(kind, name in buttons)) for name, kind in lean["kinds"].items()}
    return lean


def _of_kind(kind: Mapping[str, Any], has_button: bool) -> frozenset[str]:
    """What of a kind stays behind: whose it is to record is asked only of what has a role's button, and of the values
    only reasons are offered with it.
    """
    behind = _OF_KINDS - {"value"} if kind["value"].get("reason") else _OF_KINDS
    return behind if has_button else behind | _OF_OWNERS


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(part, names) for key, part in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(part, names) for part in value]
    return value
