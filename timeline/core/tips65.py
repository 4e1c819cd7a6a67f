"""TiPS65, the one score that is computed: for the debrief and for information, it decides nothing.

One point each for age under 65, call to hospital within 25 minutes, a shockable rhythm on arrival at the hospital and a
first pH of 7.0 or more; 0 to 4 points go with a favourable outcome in 1.6, 4.5, 12.0, 26.2 and 48.8 % (TiPS65, JAMA
Netw Open 2020; clinical reference 4.2). With any input missing there is no score: nothing is assumed to be normal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .picks import Picks
from .standing import BY_TIME

FAVOURABLE_PERCENT: Final = (1.6, 4.5, 12, 26.2, 48.8)
MOST_MINUTES: Final = 25
LEAST_PH: Final = 7
_LABELS: Final = {
    "age_under_65": "Age under 65",
    "call_to_hospital": "Call to hospital within 25 min",
    "shockable_on_arrival": "Shockable rhythm on hospital arrival",
    "first_ph": "First pH 7.0 or more",
}


def tips65(picks: Picks, interval: Mapping[str, Any] | None, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The score as JSON. `interval` is call to door, `outcomes` what was answered later; an input is true, false or
    null, `points` and `favourable_percent` are null unless all four are known.
    """
    said = {each["key"]: each["answer"] for each in outcomes}
    found = {
        "age_under_65": _answer(said.get("age_under_65")),
        "call_to_hospital": _in_time(interval),
        "shockable_on_arrival": _shockable(picks),
        "first_ph": _ph(picks, said.get("first_ph_7")),
    }
    known = [value for value in found.values() if value is not None]
    points = sum(known) if len(known) == len(found) else None
    return {
        "points": points,
        "favourable_percent": None if points is None else FAVOURABLE_PERCENT[points],
        "inputs": [{"key": key, "label": _LABELS[key], "value": value} for key, value in found.items()],
    }


def _answer(said: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(said or "")


def _in_time(interval: Mapping[str, Any] | None) -> bool | None:
    if interval is None or interval["status"] != "known":
        return None
    if "estimated" in interval["flags"] and interval["low"] <= MOST_MINUTES < interval["high"]:
        return None
    return bool(interval["minutes"] <= MOST_MINUTES)


def _shockable(picks: Picks) -> bool | None:
    """Of the first rhythm that was named from the door on."""
    door = picks.effective("door")
    if door is None or door.at is None:
        return None
    shockable = {rhythm["value"]: rhythm["shockable"] for rhythm in picks.protocol.raw["rhythms"]}
    checks = sorted(picks.candidates("rhythm_check", "case"), key=BY_TIME)
    for fact in checks:
        if (fact.at or 0) >= door.at and isinstance(fact.value, str) and shockable.get(fact.value) is not None:
            return bool(shockable[fact.value])
    return None


def _ph(picks: Picks, said: str | None) -> bool | None:
    """Of the first gas whose pH is on record, else as somebody answered."""
    gases = sorted(picks.candidates("gas", "case"), key=BY_TIME)
    for fact in gases:
        value = fact.payload.get("pH")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value >= LEAST_PH
    return _answer(said)
