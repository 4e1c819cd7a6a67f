"""Sixty synthetic codes of the last eighteen months, for a trial: invented from a fixed seed, no patient behind any.

The times are drawn so that the whole looks like a programme's year and a half: arrest-to-flow skewed to the right
around an hour (the published medians lie between 50 and 61 min: SAVE-J II, CHEER3, ARREST with Prague), a little
faster in the second half; all outcomes; and the flaws of real records: hand-written minutes, estimated arrests,
times nobody wrote down, corrections, an entry made twice, and two orders that cannot be.
"""

from dataclasses import dataclass
from math import ceil, exp, log
from random import Random
from uuid import UUID, uuid5

from timeline.core.records import Record
from timeline.demo.story import MINUTE, Story

DEMO = UUID("0c6f3b52-6f0f-5c5b-8f7b-6d7b7d0a51de")
DEVICE = uuid5(DEMO, "device")

DAY = 24 * 60 * MINUTE
SPAN_DAYS = 540

OUTCOMES = {
    "flow": 33,
    "rosc": 8,
    "declined": 7,
    "stopped": 4,
    "failed_cannulation": 3,
    "transferred": 3,
    "started_in_error": 2,
}
COUNT = sum(OUTCOMES.values())

COLOURS = (
    "Amber",
    "Cobalt",
    "Coral",
    "Indigo",
    "Jade",
    "Lilac",
    "Gold",
    "Mint",
    "Scarlet",
    "Slate",
    "Teal",
    "Violet",
)

# The flaws, by the place of a code among the sixty; the sets are disjoint where one flaw would hide another.
ESTIMATED = frozenset(range(3, COUNT, 5))
TO_MINUTE = frozenset(range(1, COUNT, 4))
CPR_NOT_DOCUMENTED = frozenset(range(7, COUNT, 11))
# By their place among the codes that reached flow.
FLOW_BEFORE_ARREST = (5, 20)
ONSET_CORRECTED = frozenset(range(4, COUNT, 9))
SHOCK_TWICE = frozenset(range(6, COUNT, 17))


@dataclass(frozen=True, slots=True)
class PastCode:
    """One synthetic code: everything that is needed to record it."""

    id: UUID
    name: str
    outcome: str
    started_at: int
    records: list[Record]


def past_code_id(index: int) -> UUID:
    """The id of the n-th synthetic code, the same on every machine."""
    return uuid5(DEMO, f"past {index}")


def past_codes(newest: int) -> list[PastCode]:
    """The sixty codes, oldest first; `newest` is the start of the last one, in UTC ms.

    The same `newest` gives the same records to the byte, so seeding again after an interruption completes it.
    """
    random = Random(20260301)
    outcomes = [outcome for outcome, count in OUTCOMES.items() for _ in range(count)]
    random.shuffle(outcomes)
    flows = [index for index, outcome in enumerate(outcomes) if outcome == "flow"]
    impossible = {flows[place] for place in FLOW_BEFORE_ARREST}
    gaps = [random.expovariate(1) + 0.05 for _ in range(COUNT - 1)]
    scale = SPAN_DAYS * DAY / sum(gaps)
    started, starts = newest, [newest]
    for gap in gaps:
        started -= round(gap * scale) // 1_000 * 1_000
        starts.append(started)
    numbers = random.sample(range(10, 100), COUNT)
    return [
        _past_code(
            index, f"{COLOURS[index % len(COLOURS)]} {numbers[index]}", outcome, start, impossible=index in impossible
        )
        for index, (outcome, start) in enumerate(zip(outcomes, reversed(starts), strict=True))
    ]


def _past_code(index: int, name: str, outcome: str, zero: int, *, impossible: bool) -> PastCode:
    code = past_code_id(index)
    story = Story(code, zero, DEVICE, lambda n: uuid5(code, f"record {n}"), to_minute=index in TO_MINUTE)
    _Telling(story, index, outcome, impossible=impossible).tell(name)
    return PastCode(code, name, outcome, story.zero, story.in_order())


class _Telling:
    """One code from the arrest to its end, by the outcome it came to."""

    def __init__(self, story: Story, index: int, outcome: str, *, impossible: bool) -> None:
        self.story = story
        self.index = index
        self.outcome = outcome
        self.impossible = impossible
        self.random = Random(index)
        self.in_hospital = self.random.random() < 0.2
        # The programme grows a little faster from the first code to the last.
        self.pace = 1.1 - 0.2 * index / COUNT

    def about(self, minutes: float, spread: float = 0.22) -> float:
        """A duration around a median, skewed to the right as durations in codes are."""
        return exp(self.random.gauss(log(minutes * self.pace), spread))

    def tell(self, name: str) -> None:
        say = self.story.tell
        say("code_started", 0, "demo", name=name, protocol="ecpr-1")
        if self.outcome == "started_in_error":
            say("code_closed", self.about(3), self.outcome, role="leader", note="pressed while showing the app")
            return
        onset = self._onset()
        cpr = 0.4 + self.random.random() if self.in_hospital else self.about(2.5, 0.5)
        if self.index in CPR_NOT_DOCUMENTED:
            say("cpr_start", None, role="recorder", null_reason="not_documented")
        else:
            say("cpr_start", cpr, "ward staff" if self.in_hospital else "bystander", role="recorder")
        arrival = self._in_hospital(cpr) if self.in_hospital else self._before_hospital(cpr)
        end = self._ending(arrival, cpr)
        self._cycles(cpr + self.about(4), end)
        self._amend(onset, end)

    def _onset(self) -> Record:
        place = self.random.choice(("ED", "ward", "ICU") if self.in_hospital else ("home", "public", "public"))
        if self.index in ESTIMATED:
            span = self.random.choice((2, 4, 6))
            return self.story.tell(
                "arrest_onset", 0, place, role="recorder", certainty="estimated", earliest=-span, latest=span / 2
            )
        return self.story.tell("arrest_onset", 0, place, role="recorder")

    def _before_hospital(self, cpr: float) -> float:
        say = self.story.tell
        call = 0.5 + self.random.random() * 1.5
        scene = max(call + self.about(7.5), cpr + 0.5)
        leave = scene + self.about(15, 0.3)
        door = leave + self.about(10, 0.3)
        activated = scene + self.about(7)
        say("emergency_call", call, role="recorder", source="ems", certainty="record")
        say("dispatch", call + 1, role="recorder", source="ems", certainty="record")
        say("ems_on_scene", scene, role="recorder", source="ems", certainty="record")
        say("professional_cpr_start", scene + 1.2, role="recorder", source="ems", certainty="record")
        say("ecpr_activated", activated, role="decision")
        say("mcpr_on", scene + self.about(8), "LUCAS", role="compressor", source="ems", certainty="record")
        say("scene_departure", leave, role="recorder", source="ems", certainty="record")
        say("door", door, role="recorder")
        say("bay_arrival", door + 1, role="recorder")
        say("handover_done", door + self.about(2.5), role="leader")
        self._team(activated, door + 1)
        return door + 1

    def _in_hospital(self, cpr: float) -> float:
        say = self.story.tell
        activated = cpr + self.about(10, 0.35)
        say("ecpr_activated", activated, role="decision")
        arrived = activated + self.about(13)
        say("bay_arrival", arrived, role="recorder")
        self._team(activated, arrived)
        return arrived

    def _team(self, activated: float, arrival: float) -> None:
        ready = activated + self.about(11, 0.3)
        roles = ("leader", "decision", "cannulator_1", "cannulator_2", "perfusionist", "recorder", "medication")
        for place, role in enumerate(roles):
            self.story.tell("role_taken", ready - len(roles) + place, role, role=role, mode="take", label=None)
        self.story.tell("team_ready", ready + 0.5, role="leader")
        self.story.tell("circuit_primed", max(ready, arrival - 4) + self.about(2), role="perfusionist")

    def _cycles(self, start: float, end: float) -> None:
        """Rhythm checks every two minutes, shocks while it is shockable, adrenaline every second cycle."""
        say, minute, cycle = self.story.tell, start, 0
        shockable = self.random.random() < 0.75
        while minute < end - 1 and cycle < 18:
            rhythm = "VF" if shockable else self.random.choice(("PEA", "asystole"))
            say("rhythm_check", minute, rhythm, role="defibrillation")
            if self.index % 4:
                # Every fourth code has no pause log, as on many sites: its compression fraction is not known.
                say("compression_pause_start", minute - 0.05, "rhythm check", role="recorder")
                say(
                    "compression_pause_end",
                    minute - 0.05 + (5 + (self.index * 7 + cycle * 3) % 8) / 60,
                    role="recorder",
                )
            if shockable:
                shock = say("shock", minute + 0.3, 200, unit="J", role="defibrillation", source="defib")
                if cycle == 1 and self.index in SHOCK_TWICE:
                    double = say("shock", minute + 0.35, 200, unit="J", role="recorder")
                    say("void", end + 3, role="recorder", target=double, reason="the same shock, entered twice")
                shockable = bool(shock) and self.random.random() < 0.9
            if cycle % 2 == 0 and cycle < 8:
                say("drug", minute + 0.8, "adrenaline", unit="mg", role="medication", dose=1, route="IV")
            if cycle == 2:
                say("drug", minute + 1.1, "amiodarone", unit="mg", role="medication", dose=300, route="IV")
            minute += 2 + self.random.random() * 0.4
            cycle += 1

    def _ending(self, arrival: float, cpr: float) -> float:
        """What the code came to; returns the minute in which circulation, flow or the end came."""
        say, outcome = self.story.tell, self.outcome
        if outcome == "transferred":
            end = arrival + self.about(6)
            say("note", end, "taken on to the regional centre with compressions going", role="leader")
            return self._close(end)
        if outcome == "rosc":
            end = arrival + self.about(5)
            say("rosc", end, "pulse", role="leader")
            return self._close(end, later=30)
        decision = arrival + self.about(3.5, 0.35)
        if outcome == "declined":
            say("ecpr_decision", decision, "no_go", role="decision", reason="poor prognostic indicator")
            say("efforts_stopped", decision + self.about(12), role="leader")
            return self._close(decision + 14)
        say("ecpr_decision", decision, "go", role="decision")
        if outcome == "stopped":
            end = decision + self.about(9)
            say("efforts_stopped", end, "asystole throughout", role="leader")
            return self._close(end)
        start = decision + self.about(3, 0.4)
        say("site_prep", start - 1, "right", role="recorder")
        say("cannulation_start", start, "percutaneous", role="recorder")
        if outcome == "failed_cannulation":
            say("attempt_failed", start + self.about(12), "wire", role="recorder")
            end = start + self.about(26)
            say("ecpr_abandoned", end, "no access on either side", role="decision")
            return self._close(end)
        return self._flow(start)

    def _flow(self, start: float) -> float:
        say, random = self.story.tell, self.random
        flow = start + self.about(15.5, 0.5)
        took = flow - start
        say("art_wire", start + took * 0.2, "right", role="recorder")
        say("ven_wire", start + took * 0.3, "right", role="recorder")
        say("wire_confirmed", start + took * 0.4, "TEE", role="sonographer")
        say("heparin_bolus", start + took * 0.5, 5000, unit="IU", role="medication")
        say("ven_cannula_in", start + took * 0.65, 25, unit="Fr", role="recorder")
        say("art_cannula_in", start + took * 0.8, 17, unit="Fr", role="recorder")
        say("connected", start + took * 0.93, role="recorder")
        # A pump whose clock is whole hours behind: by its log the flow came before the arrest.
        off = -60 * ceil(flow / 60) if self.impossible else 0
        say("flow_on", flow + off, 3500, unit="rpm", role="perfusionist", source="pump" if off else "manual")
        say("flow_established", flow + 1.2 + off, round(3 + random.random(), 1), unit="L/min", role="perfusionist")
        say("compressions_stopped", flow + 0.5, role="leader")
        if random.random() < 0.7:
            say("dpc_in", flow + min(self.about(24), 50), 7, unit="Fr", role="recorder")
        say("cathlab_arrival", flow + min(self.about(30), 50), role="cathlab")
        self._close(flow, later=55)
        return flow

    def _close(self, end: float, later: float = 8) -> float:
        self.story.tell("code_closed", end + later, self.outcome, role="leader")
        return end

    def _amend(self, onset: Record, end: float) -> None:
        if self.index not in ONSET_CORRECTED:
            return
        earlier = self.random.choice((2, 3))
        changes: dict[str, object] = {"at": self.story.at(-earlier), "certainty": "record"}
        if onset.earliest is not None and onset.latest is not None:
            changes |= {"earliest": None, "latest": None}
        self.story.tell(
            "correction",
            end + 5,
            role="recorder",
            target=onset,
            changes=changes,
            reason="the emergency centre's log has the collapse earlier",
        )
