"""Arrest episodes: ROSC closes one, re-arrest opens the next, and only a sustained ROSC ends the ECPR case."""

from bisect import bisect_right
from dataclasses import dataclass

from .protocol import Protocol
from .standing import BY_TIME, Fact, Standing

_TURNS = ("arrest_onset", "rosc", "rearrest")
FLOW = ("flow_on", "flow_established")


@dataclass(slots=True)
class Episode:
    """One arrest. `opener` is the record that opened it (None for the first)."""

    n: int
    opener: Fact | None
    rosc: Fact | None = None
    sustained: bool = False


@dataclass(slots=True)
class Course:
    """The episodes of a code, and the number of the first one of the present case.

    A ROSC of less than twenty minutes before flow is still the same ECPR case (ELSO 2021); after a sustained one the
    clocks run from the new arrest.
    """

    episodes: list[Episode]
    case: int

    @property
    def last(self) -> Episode:
        """The present episode."""
        return self.episodes[-1]

    @property
    def sustained_rosc(self) -> Fact | None:
        """The ROSC that ended the present case, if it lasted."""
        return self.last.rosc if self.last.sustained else None

    def spells(self, end: int) -> list[tuple[int, int]]:
        """Times with circulation, from ROSC to re-arrest or `end` (UTC ms)."""
        found = []
        for number, episode in enumerate(self.episodes):
            if episode.rosc is None or episode.rosc.at is None:
                continue
            following = self.episodes[number + 1].opener if number + 1 < len(self.episodes) else None
            until = following.at if following is not None and following.at is not None else end
            found.append((episode.rosc.at, until))
        return found


def run_of_episodes(standing: Standing, protocol: Protocol, end: int) -> Course:
    """The episodes up to `end` (now, or the closing of the code), with every fact's episode number set."""
    turns = [fact for kind in _TURNS for fact in standing.timed(kind)]
    turns.sort(key=BY_TIME)
    episodes = [Episode(1, None)]
    for fact in turns:
        present = episodes[-1]
        if fact.kind == "rosc":
            if present.rosc is None:
                present.rosc = fact
        elif present.rosc is not None:
            # An arrest after a ROSC is a new one, whichever of the two buttons was pressed.
            episodes.append(Episode(len(episodes) + 1, fact))
    _number(standing, episodes)
    _sustain(standing, episodes, end, protocol.sustained_rosc_ms)
    case = 1
    for episode in episodes[:-1]:
        if episode.sustained:
            case = episode.n + 1
    return Course(episodes, case)


def _number(standing: Standing, episodes: list[Episode]) -> None:
    starts = [episode.opener.at or 0 for episode in episodes if episode.opener is not None]
    if not starts:
        return
    for fact in standing.facts:
        if fact.at is not None:
            fact.episode = 1 + bisect_right(starts, fact.at)


def _sustain(standing: Standing, episodes: list[Episode], end: int, lasting: int) -> None:
    flows = sorted(fact.at or 0 for kind in FLOW for fact in standing.timed(kind))
    for number, episode in enumerate(episodes):
        if episode.rosc is None or episode.rosc.at is None:
            continue
        since = episode.rosc.at
        needed = since + lasting
        following = episodes[number + 1].opener if number + 1 < len(episodes) else None
        rearrested = following is not None and (following.at or 0) < needed
        # Flow inside those minutes makes it a transient ROSC of an ECPR run.
        flowed = any(since <= at < needed for at in flows)
        episode.sustained = end >= needed and not rearrested and not flowed
