"""Which of several current records counts, and which of them disagree.

Single milestones: the one a person settled on; else the earliest plausible arrest onset (the countdown errs towards
less time left), and for all others the one recorded first. Repeatable ones: by time, as their kind says.
"""

from collections.abc import Iterable

from .episodes import Course
from .protocol import Protocol
from .standing import BY_TIME, Fact, Standing


class Picks:
    """The effective records of a code."""

    def __init__(self, standing: Standing, course: Course, protocol: Protocol) -> None:
        self.standing = standing
        self.course = course
        self.protocol = protocol
        self._found: dict[tuple[str, str], Fact | None] = {}
        self._candidates: dict[tuple[str, str], list[Fact]] = {}
        self._counting: dict[str, list[Fact]] = {}

    def candidates(self, kind: str, scope: str) -> list[Fact]:
        """The current, timed records of a kind: of the present case, of the first episode, or all."""
        key = (kind, scope)
        if key not in self._candidates:
            self._candidates[key] = self._in_scope(self.standing.timed(kind), scope)
        return self._candidates[key]

    def _in_scope(self, timed: list[Fact], scope: str) -> list[Fact]:
        if scope == "all" or (scope == "case" and self.course.case == 1):
            return timed
        if scope == "first":
            return [fact for fact in timed if fact.episode == 1]
        return [fact for fact in timed if fact.episode >= self.course.case]

    def effective(self, kind: str, scope: str = "case") -> Fact | None:
        """The one record that counts for this kind, or None."""
        key = (kind, scope)
        if key not in self._found:
            self._found[key] = self.pick(kind, self.candidates(kind, scope))
        return self._found[key]

    def counting(self, kind: str) -> list[Fact]:
        """The timed records of a kind that count, over all cases: of a kind that is stated once (in each episode) the
        chosen one, of a repeatable kind every one.
        """
        found = self._counting.get(kind)
        if found is None:
            found = self._counting[kind] = self._all_counting(kind)
        return found

    def _all_counting(self, kind: str) -> list[Fact]:
        if kind == "team_ready":
            ready = self.effective(kind, "all") or self.team_complete()
            return [] if ready is None else [ready]
        timed = self.standing.timed(kind)
        known = self.protocol.kinds.get(kind)
        if known is None or not known.single or len(timed) < 2:
            return timed
        if not known.per_episode:
            chosen = self.effective(kind, "all")
            return [] if chosen is None else [chosen]
        chosen_ones = []
        for episode in sorted({fact.episode for fact in timed}):
            chosen = self.pick(kind, [fact for fact in timed if fact.episode == episode])
            chosen_ones += [] if chosen is None else [chosen]
        return chosen_ones

    def team_complete(self) -> Fact | None:
        """The arrival that made the team complete: the last of the essential roles to come or to be taken."""
        came = self.standing.timed("team_member_arrived")
        took = self.standing.timed("role_taken")
        latest: list[Fact] = []
        for role in self.protocol.roles:
            if not role.essential:
                continue
            arrival = first(fact for fact in came if fact.value == role.key)
            arrival = arrival or first(fact for fact in took if fact.value == role.key)
            if arrival is None:
                return None
            latest.append(arrival)
        return last(latest)

    def onset(self) -> Fact | None:
        """The arrest that the present case is counted from: the one recorded, or the re-arrest that opened the case.

        An onset of a later episode of the case does not stand in for a missing first one.
        """
        case = self.course.case
        recorded = [fact for fact in self.candidates("arrest_onset", "case") if fact.episode == case]
        return self.pick("arrest_onset", recorded) or self.course.episodes[case - 1].opener

    def pick(self, kind: str, candidates: list[Fact]) -> Fact | None:
        """The one of these current records of a kind that counts, by the kind's rule."""
        if not candidates:
            return None
        known = self.protocol.kinds.get(kind)
        pick = known.pick if known else "first"
        if known and known.per_episode and len(candidates) > 1:
            episode = min(fact.episode for fact in candidates)
            candidates = [fact for fact in candidates if fact.episode == episode]
        if pick == "activation":
            return self._activation(candidates)
        if pick == "first":
            return first(candidates)
        if pick == "last":
            return last(candidates)
        settled = self.settled(candidates)
        if settled is not None:
            return settled
        if pick == "earliest":
            # A time in the future counts only when there is no other.
            sound = [fact for fact in candidates if not unconfirmed_future(fact)] or candidates
            return min(sound, key=lambda fact: (fact.earliest_plausible, fact.place))
        return candidates[0]

    def settled(self, candidates: Iterable[Fact]) -> Fact | None:
        """The candidate that a person said stands; the latest word counts."""
        words = self.standing.settled
        if not words:
            return None
        judged = [fact for fact in candidates if fact.id in words]
        return max(judged, key=lambda fact: words[fact.id]) if judged else None

    def _activation(self, candidates: list[Fact]) -> Fact | None:
        """The first activation after the last cancellation: the registries count the reactivation (LA 648)."""
        cancelled = last(self.standing.timed("ecpr_cancelled"))
        if cancelled is None:
            return first(candidates)
        at = cancelled.at or 0
        return first([fact for fact in candidates if (fact.at or 0) > at])


def unconfirmed_future(fact: Fact) -> bool:
    """Whether a time that lay in the future when it arrived was left so: neither corrected nor settled."""
    return "future" in fact.flags and not any("at" in told["changes"] for told in fact.corrections)


def first(facts: Iterable[Fact]) -> Fact | None:
    """The earliest of timed facts; of equals the one recorded first."""
    return min(facts, key=BY_TIME, default=None)


def last(facts: Iterable[Fact]) -> Fact | None:
    """The latest of timed facts; of equals the one recorded last."""
    return max(facts, key=BY_TIME, default=None)
