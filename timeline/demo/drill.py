"""The drill that is in progress when the app opens: a cardiac arrest 24 minutes ago, the circuit primed, "go" said.

Times lead up to `now`, so whoever opens the app comes in while the cannulation is the next thing and 36 minutes of
the hour are left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

from timeline.core.records import Record
from timeline.demo.past import DEMO
from timeline.demo.story import MINUTE, Story

MINUTES_IN = 24


@dataclass(frozen=True, slots=True)
class Hand:
    """Who wrote on which device in the drill."""

    device: UUID
    label: str
    person: str | None


def _hand(label: str, person: str | None) -> Hand:
    return Hand(uuid5(DEMO, f"device {label}"), label, person)


LENA = _hand("Lena’s phone", "lena")
OMAR = _hand("Omar’s phone", "omar")
PRIYA = _hand("Pump tablet", "priya")
SAM = _hand("Bay tablet", "sam")
HANDS = (LENA, OMAR, PRIYA, SAM)


def drill_records(code: UUID, now: int) -> Sequence[tuple[Hand, list[Record]]]:
    """What the team has recorded so far, in runs of one hand each, in the order in which it was recorded."""
    story = Story(code, now - MINUTES_IN * MINUTE, SAM.device, lambda _: uuid4())
    told: list[tuple[Hand, Record]] = []

    def say(hand: Hand, kind: str, minute: float, value: str | int | float | None = None, **more: str | int) -> None:
        story.device = hand.device
        told.append((hand, story.tell(kind, minute, value, **more)))  # type: ignore[arg-type]  # one dict, mixed values

    def take(hand: Hand, minute: float, role: str, label: str) -> None:
        say(hand, "role_taken", minute, role, role=role, mode="take", label=label)

    say(SAM, "arrest_onset", 0, "public", role="recorder")
    say(SAM, "cpr_start", 1.5, "bystander", role="recorder")
    say(SAM, "emergency_call", 1, role="recorder", source="ems", certainty="record")
    say(SAM, "ems_on_scene", 7.3, role="recorder", source="ems", certainty="record")
    say(LENA, "ecpr_activated", 12, role="leader")
    take(LENA, 12.5, "leader", "Lena")
    take(SAM, 12.8, "recorder", "Sam")
    take(PRIYA, 13.1, "perfusionist", "Priya")
    take(OMAR, 13.6, "cannulator_1", "Omar")
    take(SAM, 13.9, "defibrillation", "Bay tablet")
    say(LENA, "item_ticked", 14, "TL-01", role="leader", how="now")
    say(LENA, "item_ticked", 14.6, "TL-04", role="leader", how="now")
    say(PRIYA, "equipment_at_bedside", 15.2, role="perfusionist")
    say(PRIYA, "circuit_prime_start", 15.5, role="perfusionist")
    say(SAM, "door", 18, role="recorder")
    say(SAM, "bay_arrival", 19, role="recorder")
    say(SAM, "rhythm_check", 19.4, "VF", role="defibrillation")
    say(SAM, "shock", 19.7, 200, unit="J", role="defibrillation")
    say(LENA, "handover_done", 20.1, role="leader")
    say(SAM, "drug", 20.4, "adrenaline", unit="mg", role="recorder", dose=1, route="IV")
    say(PRIYA, "circuit_primed", 20.8, role="perfusionist")
    say(PRIYA, "circuit_checked", 21.2, role="perfusionist")
    say(SAM, "rhythm_check", 21.5, "VF", role="defibrillation")
    say(SAM, "shock", 21.8, 200, unit="J", role="defibrillation")
    say(LENA, "ecpr_decision", 22.4, "go", role="leader", reason="witnessed, VF, ETCO2 above 10")
    say(SAM, "rhythm_check", 23.5, "VF", role="defibrillation")
    say(SAM, "drug", 23.7, "adrenaline", unit="mg", role="recorder", dose=1, route="IV")

    for check, seconds in ((19.4, 7), (21.5, 9), (23.5, 12)):
        say(SAM, "compression_pause_start", check - 0.05, "rhythm check", role="recorder")
        say(SAM, "compression_pause_end", check - 0.05 + seconds / 60, role="recorder")
    for minute, key, answer in (
        (20.2, "witnessed", "yes"),
        (20.3, "no_flow", "yes"),
        (20.4, "first_rhythm", "yes"),
        (21.0, "life_limiting", "unknown"),
        (22.0, "etco2", "yes"),
    ):
        say(LENA, "criterion_answered", minute, key, role="leader", answer=answer)

    told.sort(key=lambda one: (one[1].at or 0, one[1].n))
    runs: list[tuple[Hand, list[Record]]] = []
    for hand, record in told:
        if runs and runs[-1][0] is hand:
            runs[-1][1].append(record)
        else:
            runs.append((hand, [record]))
    return runs
