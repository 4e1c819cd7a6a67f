"""The protocols that ship with the application, as JSON files, and the door to them."""

import json
from functools import cache
from pathlib import Path

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
