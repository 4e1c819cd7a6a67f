"""A made-up run of a protocol for its preview: minutes into an arrest, with a few things done."""

from typing import Any, Final
from uuid import UUID, uuid5

from timeline.core.records import VERSION, By, Entry, Record, entry_to_json

CODE: Final = UUID("6f0f3f5e-6f0d-5b0e-9a52-4f6c1f3a7d10")
DEVICE: Final = "2f4a4f4e-3d1c-5a7b-8e65-7c1b2a9d0e44"
MINUTE: Final = 60_000
# Kind, minutes before now, payload.
_TOLD: Final[tuple[tuple[str, float, dict[str, Any]], ...]] = (
    ("code_started", 24.0, {"value": "drill", "name": "Preview", "colour": "teal"}),
    ("arrest_onset", 24.0, {}),
    ("role_taken", 23.5, {"value": "leader", "label": "Lena"}),
    ("cpr_start", 23.0, {}),
    ("shock", 19.0, {"value": 200, "unit": "J"}),
    ("ecpr_activated", 12.0, {}),
    ("drug", 4.5, {"value": "adrenaline", "dose": 1, "unit": "mg", "route": "IV"}),
    ("shock", 2.2, {"value": 200, "unit": "J"}),
    ("rhythm_check", 1.2, {"value": "VF"}),
)


def sample_entries(raw: dict[str, Any], now: int) -> list[dict[str, Any]]:
    """The entries of the made-up run up to `now` (UTC ms), as JSON; kinds that the protocol lacks are left out."""
    told = [each for each in _TOLD if each[0] in raw["kinds"]]
    return [
        entry_to_json(_entry(place, kind, now - round(ago * MINUTE), payload))
        for place, (kind, ago, payload) in enumerate(told, start=1)
    ]


def _entry(place: int, kind: str, at: int, payload: dict[str, Any]) -> Entry:
    record = Record(
        v=VERSION,
        id=str(uuid5(CODE, str(place))),
        code=str(CODE),
        kind=kind,
        at=at,
        precision="second",
        certainty="observed",
        earliest=None,
        latest=None,
        source="tap",
        null_reason=None,
        payload=payload,
        target=None,
        device=DEVICE,
        n=place,
        role=None,
        seen=place - 1,
        when=None,
    )
    return Entry(place, at, By(DEVICE, "Preview", None), (), "", "", record)
