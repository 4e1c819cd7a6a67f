"""What differs between two versions of a protocol, in sentences for people."""

from collections.abc import Mapping
from typing import Any, Final

# What an entry of a list is known by, in the order of looking.
_KEYS: Final = ("key", "id", "kind", "value", "item")
_NAMES: Final = ("label", "text", "name", "word")
# What every version changes.
_OWN: Final = frozenset({"key", "version", "extends"})
_WORDS: Final = {True: "yes", False: "no", None: "none"}


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Every difference from one protocol's JSON to another's, as sentences, in the order of the new one."""
    return _differ({key: part for key, part in old.items() if key not in _OWN}, _without_own(new), ())


def _without_own(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in raw.items() if key not in _OWN}


def _differ(old: Any, new: Any, place: tuple[str, ...]) -> list[str]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        if place == ("criteria",) and old.get("key") != new.get("key"):
            return [_another_set(old, new)]
        return _parts(
            old,
            new,
            place,
            {key: _name(key, part) if place else key.replace("_", " ") for key, part in (old | new).items()},
        )
    if isinstance(old, list) and isinstance(new, list) and _entries(old + new):
        one, other = _by_key(old), _by_key(new)
        if one is not None and other is not None:
            found = _parts(one, other, place, {key: _name(key, part) for key, part in (one | other).items()})
            there = [key for key in one if key in other]
            moved = [key for key in other if key in one]
            if there != moved:
                order = ", ".join(_name(key, other[key]) for key in moved)
                found.append(f"{_said(place)}: the order is now {order}.")
            return found
    return [f"{_said(place)}: {_value(old)} → {_value(new)}."]


def _another_set(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Two sets have lines of the same key by chance only: what differs between them line by line says nothing."""
    lines = "; ".join(str(line.get("text")) for line in new["lines"])
    return f"Criteria: “{new['name']}” instead of “{old['name']}”: {lines}."


def _parts(old: dict[str, Any], new: dict[str, Any], place: tuple[str, ...], names: Mapping[str, str]) -> list[str]:
    found = []
    for key, part in new.items():
        where = (*place, names[key])
        if key in old:
            found += _differ(old[key], part, where)
        elif isinstance(part, dict | list):
            found.append(f"{_said(where)}: added.")
        else:
            found.append(f"{_said(where)}: none → {_value(part)}.")
    found += [f"{_said((*place, names[key]))}: taken out." for key in old if key not in new]
    return found


def _entries(parts: list[Any]) -> bool:
    return all(isinstance(part, dict) for part in parts)


def _by_key(parts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The entries by what they are known by; None when they are not known one by one."""
    for name in _KEYS:
        keys = [part.get(name) for part in parts]
        if all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys):
            return dict(zip(map(str, keys), parts, strict=True))
    return None


def _name(key: str, part: Any) -> str:
    if isinstance(part, dict):
        for name in _NAMES:
            if isinstance(part.get(name), str) and part[name]:
                return f"“{part[name]}”"
    return key.replace("_", " ")


def _said(place: tuple[str, ...]) -> str:
    first, *rest = place
    return " · ".join([first[:1].upper() + first[1:], *rest])


def _value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, str):
        return f"“{value}”" if value else "nothing"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_value(part)}" for key, part in value.items())
    return str(value)
