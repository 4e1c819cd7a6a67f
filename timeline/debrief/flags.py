"""The flags above the lanes: which milestones get one, and where their words stand so that none covers another."""

from dataclasses import dataclass
from typing import Any, Final

from timeline.core.protocol import Protocol

from .marks import SIZE
from .svg import width_of
from .words import minute_mark

# The most important first: when there is no room, the last ones go.
FLAGGED: Final = (
    "arrest_onset",
    "flow_established",
    "rosc",
    "rearrest",
    "cannulation_start",
    "efforts_stopped",
    "ecpr_abandoned",
    "ecpr_activated",
    "ecpr_decision",
    "door",
    "death",
    "flow_on",
    "cpr_start",
    "bay_arrival",
    "circuit_primed",
    "team_ready",
    "emergency_call",
    "art_cannula_in",
    "ven_cannula_in",
    "connected",
    "ecpr_cancelled",
    "mcpr_on",
    "scene_departure",
)
LEVELS: Final = 3
GAP: Final = 7.0


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag: its pole at `x`, its words from `left` at a level counted from the lanes upwards."""

    kind: str
    x: float
    left: float
    width: float
    level: int
    said: str
    hollow: bool
    late: bool
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A milestone that asks for a flag."""

    kind: str
    minute: float
    said: str
    hollow: bool
    late: bool
    low: float | None
    high: float | None


def wanted_flags(reading: dict[str, Any], protocol: Protocol, zero: int) -> list[Wanted]:
    """The milestones that were reached, the most important first."""
    by_id = {record["id"]: record for record in reading["records"]}
    found = []
    for kind in FLAGGED:
        milestone = reading["milestones"].get(kind)
        record = by_id.get(milestone["id"]) if milestone is not None else None
        if milestone is None or record is None:
            continue
        minute = (milestone["at"] - zero) / 60_000
        known = protocol.kinds.get(kind)
        short = known.short if known is not None else protocol.label(kind)
        hollow = record["certainty"] in ("estimated", "unknown")
        ends = [None if record[end] is None else (record[end] - zero) / 60_000 for end in ("earliest", "latest")]
        low, high = ends if hollow else (None, None)
        late = "late_arrival" in record["flags"]
        about = "~" if hollow or record["precision"] == "about" else ""
        said = f"{short} {about}{minute_mark(minute)}{' L' if late else ''}"
        found.append(Wanted(kind, minute, said, hollow, late, low, high))
    return found


def place(wanted: list[Wanted], x_of: Any, left: float, right: float) -> tuple[list[Flag], list[Wanted]]:
    """The flags with their places, and those there was no room for. Words stand right of the pole, or else left."""
    taken: list[tuple[int, float, float]] = []
    poles: list[float] = []
    placed: list[Flag] = []
    dropped: list[Wanted] = []
    for want in wanted:
        x = x_of(want.minute)
        width = width_of(want.said, SIZE)
        spot = _spot(x, width, taken, left, right)
        if spot is None:
            dropped.append(want)
            continue
        level, start = spot
        taken.append((level, start, start + width))
        poles.append(x)
        placed.append(Flag(want.kind, x, start, width, level, want.said, want.hollow, want.late, want.low, want.high))
    return placed, dropped


def _spot(
    x: float, width: float, taken: list[tuple[int, float, float]], left: float, right: float
) -> tuple[int, float] | None:
    for start in (x + 7, x - 7 - width):
        if start < left - 90 or start + width > right + 8:
            continue
        for level in range(LEVELS):
            clash = any(at == level and start < end + GAP and begin < start + width + GAP for at, begin, end in taken)
            if not clash:
                return level, start
    return None
