"""The ends of intervals: which record an interval begins or ends in, and what is known of its time."""

from typing import Final, NamedTuple

from .picks import Picks, first, last
from .protocol import Selector
from .standing import Fact

# Reasons that answer "when?" without a time. `not_yet` does not: the event may still come.
ANSWERS: Final = ("not_applicable", "not_documented", "unknown_happened")


class End(NamedTuple):
    """An end: its kind, and either a time with its window (UTC ms) or the reason why there is none."""

    kind: str
    at: int | None = None
    low: int = 0
    high: int = 0
    coarse: bool = False
    estimated: bool = False
    corrected: bool = False
    null_reason: str | None = None


class Ends:
    """Finds ends in a code's effective records, each only once."""

    def __init__(self, picks: Picks) -> None:
        self.picks = picks
        self._found: dict[Selector, End] = {}

    def find(self, selector: Selector) -> End:
        """The end that a selector means; without a time when nothing fits it."""
        end = self._found.get(selector)
        if end is None:
            end = self._found[selector] = self._find(selector)
        return end

    def _find(self, selector: Selector) -> End:
        ends = [self._of_kind(kind, selector) for kind in selector.kinds]
        timed = [end for end in ends if end.at is not None]
        if selector.pick == "latest_of_all" and len(timed) < len(ends):
            timed = []
        if not timed:
            return self._without_time(selector)
        if len(timed) == 1:
            return timed[0]
        if selector.pick == "earliest":
            return min(timed, key=lambda end: end.at or 0)
        if selector.pick == "latest_of_all":
            return max(timed, key=lambda end: end.at or 0)
        return timed[0]

    def _of_kind(self, kind: str, selector: Selector) -> End:
        if kind == "sustained_rosc":
            return end_of(kind, self.picks.course.sustained_rosc)
        if kind == "arrest_onset" and selector.scope == "case":
            onset = self.picks.onset()
            return end_of(onset.kind if onset is not None else kind, onset)
        if kind == "team_ready":
            return end_of(kind, self.picks.effective(kind, selector.scope) or self.picks.team_complete())
        if selector.value is None and selector.pick not in ("first", "governing"):
            return end_of(kind, self.picks.effective(kind, selector.scope))
        fitting = [
            fact
            for fact in self.picks.candidates(kind, selector.scope)
            if selector.value is None or fact.value == selector.value
        ]
        if selector.pick == "governing":
            return end_of(kind, self._governing(fitting, selector.reference))
        return end_of(kind, first(fitting))

    def _governing(self, facts: list[Fact], reference: str | None) -> Fact | None:
        """The latest at or before the reference; if there is none, the first after it."""
        moment = self.picks.effective(reference) if reference else None
        if moment is None or moment.at is None:
            return last(facts)
        until = moment.at
        return last(fact for fact in facts if (fact.at or 0) <= until) or first(facts)

    def _without_time(self, selector: Selector) -> End:
        for kind in selector.kinds:
            for fact in self.picks.standing.of_kind.get(kind, ()):
                if fact.at is None and fact.null_reason in ANSWERS:
                    return End(kind, null_reason=fact.null_reason)
        return End(selector.kinds[0])


def end_of(kind: str, fact: Fact | None) -> End:
    """A fact as the end of an interval; without one, or without a time, an end that is not there."""
    if fact is None or fact.at is None:
        return End(kind)
    low = high = fact.at
    if fact.estimated:
        low = low if fact.earliest is None else fact.earliest
        high = high if fact.latest is None else fact.latest
    return End(kind, fact.at, low, high, fact.coarse, fact.estimated, "corrected_clock" in fact.flags)
