"""What stands in which lane of the timeline picture: marks and bars in minutes from the arrest, not yet drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from timeline.core.protocol import Protocol

MINUTE: Final = 60_000.0
# Shorter pauses are part of every code; longer ones are shown with their seconds (quality reference, 3.4).
PAUSE_SHOWN_SECONDS: Final = 10

RHYTHMS: Final = {
    "pVT": "VT",
    "asystole": "ASY",
    "organised": "ORG",
    "unknown": "?",
    "AED shockable": "AED+",
    "AED non-shockable": "AED−",
}
DRUG_LETTERS: Final = {
    "adrenaline": "A",
    "amiodarone": "M",
    "amiodarone_second": "M",
    "lidocaine": "L",
    "heparin": "H",
}
LANES: Final = (
    "CPR",
    "Rhythm",
    "Shock",
    "Drugs",
    "Airway, access",
    "Leader",
    "Cannulation",
    "Console",
)
_LANE_OF: Final = {
    "rhythm_check": ("Rhythm", "triangle"),
    "organised_rhythm": ("Rhythm", "triangle"),
    "rosc": ("Rhythm", "circle"),
    "rearrest": ("Rhythm", "cross"),
    "shock": ("Shock", "bolt"),
    "drug": ("Drugs", "diamond"),
    "drug_infusion_change": ("Drugs", "diamond"),
    "heparin_bolus": ("Drugs", "diamond"),
    "airway": ("Airway, access", "square"),
    "vascular_access": ("Airway, access", "bar"),
    "art_line": ("Airway, access", "bar"),
    "gas": ("Airway, access", "bar"),
    "ecpr_alert": ("Leader", "flag"),
    "ecpr_activated": ("Leader", "flag"),
    "ecpr_cancelled": ("Leader", "cross"),
    "criteria_reviewed": ("Leader", "bar"),
    "ecpr_decision": ("Leader", "flag"),
    "team_ready": ("Leader", "bar"),
    "handover_done": ("Leader", "bar"),
    "refractory_declared": ("Leader", "bar"),
    "ecpr_abandoned": ("Leader", "cross"),
    "efforts_stopped": ("Leader", "cross"),
    "attempt_failed": ("Cannulation", "cross"),
    "flow_failed": ("Console", "cross"),
    "flow_interrupted": ("Console", "cross"),
    "flow_restored": ("Console", "bar"),
}
# Bars run from one milestone to the next that was recorded.
_STEPS: Final = {
    "Cannulation": (
        ("site_prep", "prep"),
        ("cannulation_start", "access"),
        ("wire_confirmed", "cannulas"),
        ("connected", None),
    ),
    "Console": (("circuit_prime_start", "prime"), ("circuit_primed", None)),
}
_LANE_ENDS: Final = ("flow_on", "flow_established", "ecpr_abandoned", "rosc", "efforts_stopped", "death")
# What ends compressions for good, and what only interrupts them.
_CPR_ENDS: Final = ("compressions_stopped", "flow_established", "flow_on", "efforts_stopped", "death")


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign at a minute. `low` and `high` are set for estimated times."""

    minute: float
    shape: str
    said: str
    letter: str = ""
    beside: str = ""
    hollow: bool = False
    late: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A spell between two minutes; `style` is solid, outline or dotted."""

    start: float
    end: float
    style: str
    said: str = ""


@dataclass(slots=True)
class Lane:
    """A lane with what stands in it."""

    name: str
    marks: list[Mark] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing was recorded for it."""
        return not self.marks and not self.bars


def standing_records(reading: dict[str, Any]) -> list[dict[str, Any]]:
    """The records that count and have a time, in the order of their times."""
    return [
        record
        for record in reading["records"]
        if not record["meta"] and record["voided"] is None and record["at"] is not None
    ]


def lanes_of(reading: dict[str, Any], protocol: Protocol, zero: int, until: float) -> list[Lane]:
    """Every lane; minutes count from `zero` (UTC ms), and what still goes on is drawn to `until`."""
    lanes = {name: Lane(name) for name in LANES}
    records = standing_records(reading)
    rhythm = ""
    for record in records:
        place = _LANE_OF.get(record["kind"])
        if place is None:
            continue
        mark = mark_of(record, protocol, zero, place[1])
        if record["kind"] == "rhythm_check":
            # The word only where the rhythm changes, or twenty checks would write over each other.
            if mark.beside == rhythm:
                mark = _without_word(mark)
            else:
                rhythm = mark.beside
        lanes[place[0]].marks.append(mark)
    lanes["CPR"].bars = _compressions(reading, records, zero, until)
    first = _firsts(records, zero)
    for name, steps in _STEPS.items():
        lanes[name].bars = _bars(first, steps)
    flow = min((first[kind] for kind in ("flow_on", "flow_established") if kind in first), default=None)
    if flow is not None and flow < until:
        lanes["Console"].bars.append(Bar(flow, until, "solid", "flow"))
    if "ecpr_activated" in first and "ecpr_decision" in first and first["ecpr_activated"] < first["ecpr_decision"]:
        lanes["Leader"].bars.append(Bar(first["ecpr_activated"], first["ecpr_decision"], "outline", "deciding"))
    return [lanes[name] for name in LANES]


def mark_of(record: dict[str, Any], protocol: Protocol, zero: int, shape: str) -> Mark:
    """The sign of a record."""
    minute = (record["at"] - zero) / MINUTE
    estimated = record["certainty"] in ("estimated", "unknown")
    value = record["payload"].get("value")
    beside = letter = ""
    if record["kind"] == "rhythm_check":
        beside = RHYTHMS.get(str(value), str(value or "?"))[:5]
    elif record["kind"] in ("drug", "drug_infusion_change", "heparin_bolus"):
        name = "heparin" if record["kind"] == "heparin_bolus" else str(value or "?")
        letter = DRUG_LETTERS.get(name.lower(), (name[:1] or "?").upper())
    elif record["kind"] == "ecpr_decision":
        beside = {"go": "go", "no_go": "no go", "wait": "wait"}.get(str(value), "")
    elif record["kind"] == "rosc":
        beside = "ROSC"
    low = (record["earliest"] - zero) / MINUTE if estimated and record["earliest"] is not None else None
    high = (record["latest"] - zero) / MINUTE if estimated and record["latest"] is not None else None
    said = f"{protocol.label(record['kind'])}{f' {value}' if value not in (None, '') else ''}, {minute:.1f} min"
    return Mark(minute, shape, said, letter, beside, estimated, "late_arrival" in record["flags"], low, high)


def drug_key(records: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the letters in the drug lane stand for, as far as they are used."""
    used: dict[str, str] = {}
    for record in records:
        if record["kind"] in ("drug", "drug_infusion_change"):
            name = str(record["payload"].get("value") or "not said")
            used.setdefault(DRUG_LETTERS.get(name.lower(), name[:1].upper()), name.removesuffix("_second"))
        elif record["kind"] == "heparin_bolus":
            used.setdefault("H", "heparin")
    return sorted(used.items())


def _without_word(mark: Mark) -> Mark:
    return Mark(mark.minute, mark.shape, mark.said, hollow=mark.hollow, late=mark.late, low=mark.low, high=mark.high)


def _firsts(records: list[dict[str, Any]], zero: int) -> dict[str, float]:
    first: dict[str, float] = {}
    for record in records:
        first.setdefault(record["kind"], (record["at"] - zero) / MINUTE)
    return first


def _bars(first: dict[str, float], steps: tuple[tuple[str, str | None], ...]) -> list[Bar]:
    """Bars between the steps that were recorded; the last of them ends where the case came to its end."""
    bars = []
    known = [(first[kind], said) for kind, said in steps if kind in first]
    if not known:
        return []
    ends = [first[kind] for kind in _LANE_ENDS if kind in first]
    for place, (start, said) in enumerate(known):
        if said is None:
            continue
        following = [known[place + 1][0]] if place + 1 < len(known) else ends
        later = [end for end in following if end > start]
        if later:
            bars.append(Bar(start, min(later), "outline", said))
    return bars


def _compressions(reading: dict[str, Any], records: list[dict[str, Any]], zero: int, until: float) -> list[Bar]:
    """Compressions as far as they were recorded. Where their beginning was not, a dotted line says "not recorded"."""
    anchor = reading["anchors"]["cpr_start"]
    first = _firsts(records, zero)
    ends = [first[kind] for kind in _CPR_ENDS if kind in first]
    over = min([end for end in ends if end > 0], default=until)
    if anchor is None or anchor["at"] is None:
        return [Bar(0, min(over, until), "dotted", "start not recorded")] if over > 0 and records else []
    start = (anchor["at"] - zero) / MINUTE
    bars: list[Bar] = []
    since: float | None = start
    paused: float | None = None
    for record in records:
        minute, kind = (record["at"] - zero) / MINUTE, record["kind"]
        if minute < start or minute > over:
            continue
        if kind in ("compression_pause_start", "rosc") and since is not None:
            bars.append(Bar(since, minute, "solid"))
            since, paused = None, minute if kind == "compression_pause_start" else None
        elif kind in ("compression_pause_end", "rearrest") and since is None:
            if paused is not None and (minute - paused) * 60 > PAUSE_SHOWN_SECONDS:
                bars.append(Bar(paused, minute, "gap", f"{round((minute - paused) * 60)} s"))
            since, paused = minute, None
    if since is not None and min(over, until) > since:
        bars.append(Bar(since, min(over, until), "solid"))
    return bars
