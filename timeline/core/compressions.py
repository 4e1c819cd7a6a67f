"""What the compressions come to: total CPR, no-flow in all, compression fraction, pauses, adrenaline gaps.

The rules are those of the clinical reference, section 2.3. Pauses count from the pause log alone, never from gaps
between taps: a code without one has no fraction, and one with half a pause in it has none either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .ends import End, end_of
from .episodes import Episode
from .intervals import Moment, Span, difference, flags_of
from .pauses import FLOW, Pause, cannulation_since, flow_at, pauses_of
from .picks import Picks, first
from .protocol_faults import MEASURES
from .standing import BY_TIME, Fact

_PAUSE = ("compression_pause_start", "compression_pause_end")
_NO_PAUSE = "no pause was recorded"
_LEFT_OUT = {"incomplete": "lacks its start or its end", "imprecise": "is not timed to the second"}
# What compressions begin with. The first compression by a lay person is the start of CPR (clinical reference, 1.2).
STARTS = ("cpr_start", "bystander_cpr_start")


@dataclass(frozen=True, slots=True)
class Spell:
    """Compressions from a first one to what ended the need for them (None: they go on)."""

    start: End
    end: End | None

    def within(self, at: int, until: int, now: int) -> int:
        """How much of a stretch of time lies in it, in ms."""
        last = now if self.end is None else self.end.at or 0
        return max(0, min(until, last) - max(at, self.start.at or 0))


def measures(picks: Picks, moment: Moment, no_flow: Span | None) -> dict[str, Span]:
    """Every measure of `MEASURES` by its key; `no_flow` is the interval of that name."""
    outcome = moment.outcome if moment.closed else None
    if outcome is not None and "*" in outcome.excludes:
        return {key: Span("not_applicable", _PAUSE, reason=outcome.key) for key in MEASURES}
    flow = flow_at(picks)
    pauses = [
        pause for pause in pauses_of(picks, None if moment.closed else moment.now) if flow is None or pause.at < flow
    ]
    spells = _spells(picks, moment)
    total = spells if isinstance(spells, Span) else _total(spells, moment.now)
    held = [] if isinstance(spells, Span) else spells
    since = cannulation_since(picks)
    late = [] if since is None else [pause for pause in pauses if pause.at >= since]
    bare = _no_cannulation(moment) if since is None else None
    return {
        "total_cpr": total,
        "no_flow_total": _no_flow_total(no_flow, total, held, pauses, moment.now),
        "compression_fraction": _fraction(total, held, pauses, moment.now),
        "longest_pause": _longest(pauses),
        "cannulation_pauses": bare or _sum(late),
        "longest_cannulation_pause": bare or _longest(late),
        "adrenaline_interval": _adrenaline(picks),
    }


def _no_cannulation(moment: Moment) -> Span:
    outcome = moment.outcome if moment.closed else None
    if outcome is not None and "cannulation_start" in outcome.excludes:
        return Span("not_applicable", _PAUSE, reason=f"the outcome is {outcome.key}")
    return Span("missing", _PAUSE, reason=_absent(moment))


def _absent(moment: Moment) -> str:
    return "not_documented" if moment.closed else "not recorded yet"


def _spells(picks: Picks, moment: Moment) -> list[Spell] | Span:
    """One spell for each episode that needed compressions, or why they are not known."""
    found: list[Spell] = []
    for episode in picks.course.episodes:
        starts = (picks.pick(kind, _of(episode, picks.candidates(kind, "all"))) for kind in STARTS)
        begin = next((start for start in starts if start is not None), None)
        if begin is None:
            if episode.opener is not None and _on_flow(picks, episode.opener):
                continue
            reason = _absent(moment) if episode.n == 1 else f"cpr_start of episode {episode.n} not documented"
            return Span("missing", ("cpr_start", "flow_on"), reason=reason)
        stop = _stop(episode, begin, picks)
        if stop is None and (moment.closed or episode is not picks.course.last):
            return Span("missing", ("cpr_start", "flow_on"), reason="not_documented")
        found.append(Spell(end_of(begin.kind, begin), None if stop is None else end_of(stop.kind, stop)))
    return found


def _of(episode: Episode, facts: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.episode == episode.n]


def _on_flow(picks: Picks, opener: Fact) -> bool:
    """Whether the circuit carried the circulation already when the heart stopped again."""
    flow = flow_at(picks)
    return flow is not None and flow <= (opener.at or 0)


def _stop(episode: Episode, begin: Fact, picks: Picks) -> Fact | None:
    """First ROSC of any length, flow, or the end of efforts, whichever came first (CEEM, ELSO)."""
    stops = [fact for kind in (*FLOW, "efforts_stopped", "death") for fact in picks.standing.timed(kind)]
    if episode.rosc is not None:
        stops.append(episode.rosc)
    return first(fact for fact in stops if (fact.at or 0) >= (begin.at or 0))


def _total(spells: list[Spell], now: int) -> Span:
    point = low = high = 0
    coarse = False
    flags: list[str] = []
    for spell in spells:
        one = difference(spell.start, spell.end, now)
        point, low, high, coarse = point + one.point, low + one.low, high + one.high, coarse or one.coarse
        flags += [flag for flag in flags_of(spell.start, spell.end, one) if flag not in flags]
    last = spells[-1].end if spells else None
    names = ("cpr_start", "flow_on" if last is None else last.kind)
    if not spells:
        return Span("missing", names, reason="not_documented")
    return Span("running" if last is None else "known", names, point, low, high, flags, None, coarse)


def _problem(pauses: Sequence[Pause]) -> str | None:
    """Why pauses cannot be added up, or None."""
    if not pauses:
        return _NO_PAUSE
    return next((f"a pause {_LEFT_OUT[pause.state]}" for pause in pauses if pause.span is None), None)


def _paused(spells: Sequence[Spell], pauses: Sequence[Pause], now: int) -> int:
    return sum(spell.within(pause.at, pause.until or pause.at, now) for spell in spells for pause in pauses)


def _no_flow_total(no_flow: Span | None, total: Span, spells: list[Spell], pauses: Sequence[Pause], now: int) -> Span:
    names = ("arrest_onset", total.ends[1])
    if no_flow is None or no_flow.point is None or no_flow.low is None or no_flow.high is None:
        return Span(no_flow.status if no_flow else "missing", names, reason=no_flow.reason if no_flow else None)
    if total.point is None:
        return Span(total.status, names, reason=total.reason)
    problem = _problem(pauses)
    if problem is not None:
        return Span("missing", names, reason=problem)
    more = _paused(spells, pauses, now)
    point, low, high = no_flow.point + more, no_flow.low + more, no_flow.high + more
    return Span(total.status, names, point, low, high, list(no_flow.flags or []), None, no_flow.coarse)


def _fraction(total: Span, spells: list[Spell], pauses: Sequence[Pause], now: int) -> Span:
    """Minutes with compressions in the time that they were needed, and `share`, what part of that time it was."""
    if total.point is None or total.low is None or total.high is None:
        return Span(total.status, total.ends, reason=total.reason)
    problem = _problem(pauses)
    if problem is None and total.point <= 0:
        problem = "the time of compressions is nothing"
    if problem is not None:
        return Span("missing", total.ends, reason=problem)
    less = _paused(spells, pauses, now)
    point, low, high = (max(0, each - less) for each in (total.point, total.low, total.high))
    span = Span(total.status, total.ends, point, low, high, list(total.flags or []), None, total.coarse)
    span.share = (2 * point * 10_000 + total.point) // (2 * total.point) / 10_000
    return span


def _longest(pauses: Sequence[Pause]) -> Span:
    measured = [pause for pause in pauses if pause.span is not None]
    if not measured:
        return Span("missing", _PAUSE, reason=_problem(pauses))
    longest = max(measured, key=lambda pause: pause.span or 0)
    span = longest.span
    return Span(longest.state, _PAUSE, span, span, span, [])


def _sum(pauses: Sequence[Pause]) -> Span:
    measured = [pause for pause in pauses if pause.span is not None]
    if not measured:
        return Span("missing", _PAUSE, reason=_problem(pauses))
    span = sum(pause.span or 0 for pause in measured)
    state = "running" if measured[-1].state == "running" else "known"
    return Span(state, _PAUSE, span, span, span, [])


def _adrenaline(picks: Picks) -> Span:
    """The mean gap between doses up to skin preparation or flow; a gap that a ROSC falls into is none."""
    prepared = picks.effective("site_prep")
    until = min((at for at in (prepared.at if prepared else None, flow_at(picks)) if at is not None), default=None)
    doses = [
        (fact, end_of("drug", fact))
        for fact in sorted(picks.candidates("drug", "all"), key=BY_TIME)
        if fact.value == "adrenaline" and (until is None or (fact.at or 0) <= until)
    ]
    roscs = [episode.rosc.at or 0 for episode in picks.course.episodes if episode.rosc is not None]
    point = low = high = count = 0
    coarse = False
    flags: list[str] = []
    for (one, start), (other, end) in pairwise(doses):
        if one.episode != other.episode or any((one.at or 0) <= at <= (other.at or 0) for at in roscs):
            continue
        gap = difference(start, end, 0)
        point, low, high, coarse = point + gap.point, low + gap.low, high + gap.high, coarse or gap.coarse
        flags += [flag for flag in flags_of(start, end, gap) if flag not in flags]
        count += 1
    if count == 0:
        return Span("missing", ("drug", "drug"), reason="fewer than two doses to compare")
    return Span("known", ("drug", "drug"), point // count, low // count, high // count, flags, None, coarse)
