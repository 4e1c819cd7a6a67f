"""The few sounds of a code: which device makes them, and at which moments.

Sound is for four things at most (clinical reference 3.3 and 9, H10), and comes from one device, so that no echo runs
through the room. Twin: static/js/core/sounds.js.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .picks import Picks, last
from .protocol import Sound
from .standing import Fact, by_json

TAKEN: Final = "sound_taken"
RELEASED: Final = "sound_released"
DEADLINE: Final = "deadline"
PAUSE: Final = "pause"


def sound_of(picks: Picks, clock: Mapping[str, Any], pauses: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Whose sound it is, as JSON, and what sounds when.

    `device` is the device that makes the sounds, None when none does; `by` is who said so last and `since` when (UTC
    ms). `due` are the moments (`key`, `label`, `at` in UTC ms) of the present state, past or to come: the target clock
    while it runs, the pause that runs, and what is lost and not back.
    """
    said = last(fact for kind in (TAKEN, RELEASED) for fact in picks.standing.timed(kind))
    taken = said is not None and said.kind == TAKEN
    return {
        "device": said.entry.by.device if said is not None and taken else None,
        "by": by_json(said.entry) if said is not None else None,
        "since": said.at if said is not None else None,
        "due": [
            {"key": sound.key, "label": sound.label, "at": begun + sound.ms}
            for sound in picks.protocol.sounds
            if (begun := _begun(sound, picks, clock, pauses)) is not None
        ],
    }


def _begun(sound: Sound, picks: Picks, clock: Mapping[str, Any], pauses: Iterable[Mapping[str, Any]]) -> int | None:
    """From when a sound counts; None while there is nothing that it would tell of."""
    if sound.begins == DEADLINE:
        deadline: int | None = clock["deadline"]
        return deadline if clock["stopped_at"] is None else None
    if sound.begins == PAUSE:
        return next((int(pause["at"]) for pause in pauses if pause["state"] == "running"), None)
    turned: Fact | None = last(fact for kind in (sound.begins, *sound.until) for fact in picks.candidates(kind, "all"))
    return turned.at if turned is not None and turned.kind == sound.begins else None
