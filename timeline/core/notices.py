"""What a code's records say about each other: odd orders, double entries, disagreements, and what is missing.

Nothing here refuses or changes a record: each notice names the records it is about.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final

from .ends import ANSWERS
from .picks import Picks, first, last
from .protocol import Order, Protocol
from .protocol_faults import ANY
from .standing import BY_TIME, Fact, Standing

MINUTE: Final = 60_000
# The notices that records carry themselves, in the order they are told.
_CARRIED: Final = {
    "future": "The time lay in the future when it arrived",
    "clock_suspect": "The device's clocks contradict each other",
    "out_of_window": "The time is long before the code was opened",
    "recovered": "Brought back by a device after a restore",
    "quarantined": "From a device that could no longer write; a person took it in",
    "late_arrival": "Arrived more than a minute after the press",
    "after_closing": "Recorded after the code was closed",
    "corrected_clock": "The time is corrected by the offset of its source's clock",
    "concurrent_correction": "Corrected by two people who had not seen each other's correction",
    "dangling": "Speaks of a record that has not arrived",
}

# Those that ask a person whether the record stands. Once that was said they are told no more; the flag stays.
_ASKING: Final = ("after_closing", "dangling")


def orders(picks: Picks) -> list[dict[str, Any]]:
    """Order rules that are broken, one notice each, with every record that breaks it.

    Of kinds that are stated once (in each episode) the record that counts is looked at, of repeatable kinds every one.
    """
    found = []
    for rule in picks.protocol.orders:
        broken = _BROKEN[rule.rule](rule, picks)
        if broken:
            once = list({fact.id: fact for fact in broken}.values())
            found.append(_notice("order_" + rule.strength, _order_text(rule, picks.protocol), once))
    for notice in found:
        for record in notice["records"]:
            picks.standing.by_id[record].flag("order")
    return found


def _order_text(rule: Order, protocol: Protocol) -> str:
    one, other = protocol.label(rule.first), protocol.label(rule.then)
    return (
        rule.text
        or {
            "after": f"{other} is before {one}",
            "ends": f"{one} is after {other}",
            "excludes": f"{one} and {other} are both recorded",
            "alternates": f"{one} or {other} twice, without the other between",
            "closes": f"{other} without an open {one}",
        }[rule.rule]
    )


def _too_early(rule: Order, picks: Picks) -> list[Fact]:
    """`after`: each `then` that is before the first `first`, behind what it is before."""
    thens = picks.counting(rule.then)
    if not thens:
        return []
    firsts = picks.counting(rule.first)
    if rule.value is not None:
        firsts = [fact for fact in firsts if fact.value == rule.value]
    if not firsts:
        return thens if rule.required else []
    known = picks.protocol.kinds.get(rule.first)
    if known is None or not known.per_episode:
        earliest = min(firsts, key=BY_TIME)
        return [fact for then in thens if _before(then, earliest) for fact in (earliest, then)]
    broken: list[Fact] = []
    newest = max(fact.earliest_plausible for fact in firsts)
    for then in thens:
        if then.latest_plausible >= newest:
            continue
        # A fresh arrest has a fresh start of CPR: what was before it belongs to the episode before.
        own = next((fact for fact in reversed(firsts) if fact.episode <= then.episode), None)
        if own is not None and _before(then, own):
            broken += [own, then]
    return broken


def _too_late(rule: Order, picks: Picks) -> list[Fact]:
    """`ends`: each `first` that is after the last `then` of its episode or a later one."""
    lasts = picks.counting(rule.then)
    if not lasts:
        return []
    kinds = _patient_kinds(rule, picks) if rule.first == ANY else [rule.first]
    soonest = min(fact.latest_plausible for fact in lasts)
    broken: list[Fact] = []
    for kind in kinds:
        for fact in picks.counting(kind):
            if fact.earliest_plausible <= soonest:
                continue
            end = last(each for each in lasts if rule.first == ANY or each.episode >= fact.episode)
            if end is not None and _before(end, fact):
                broken += [end, fact]
    return broken


def _patient_kinds(rule: Order, picks: Picks) -> list[str]:
    known = picks.protocol.kinds
    return [
        kind
        for kind in picks.standing.of_kind
        if kind != rule.then and kind not in rule.but and kind in known and known[kind].clinical
    ]


def _both(rule: Order, picks: Picks) -> list[Fact]:
    """`excludes`: the first of each, when both are there."""
    one, other = first(picks.counting(rule.first)), first(picks.counting(rule.then))
    return [one, other] if one is not None and other is not None else []


def _not_alternating(rule: Order, picks: Picks) -> list[Fact]:
    """`alternates`: each two of one kind that follow each other."""
    both = sorted(picks.counting(rule.first) + picks.counting(rule.then), key=BY_TIME)
    return [fact for pair in itertools.pairwise(both) if pair[0].kind == pair[1].kind for fact in pair]


def _nothing_open(rule: Order, picks: Picks) -> list[Fact]:
    """`closes`: each `then` with no `first` since the `then` before it."""
    both = sorted(picks.counting(rule.first) + picks.counting(rule.then), key=BY_TIME)
    kinds = [rule.then, *(fact.kind for fact in both)]
    return [fact for fact, before in zip(both, kinds, strict=False) if fact.kind == before == rule.then]


_BROKEN: Final[Mapping[str, Callable[[Order, Picks], list[Fact]]]] = {
    "after": _too_early,
    "ends": _too_late,
    "excludes": _both,
    "alternates": _not_alternating,
    "closes": _nothing_open,
}


def _before(one: Fact, other: Fact) -> bool:
    """Whether `one` was surely before `other`, whatever their windows and precision leave open."""
    latest, earliest = one.latest_plausible, other.earliest_plausible
    if latest >= earliest:
        return False
    return latest // MINUTE < earliest // MINUTE if one.coarse or other.coarse else True


def double_entries(standing: Standing, protocol: Protocol) -> list[dict[str, Any]]:
    """Repeatable events of one kind and value that two devices recorded within a minute: only a person may decide."""
    found = []
    for kind, facts in standing.of_kind.items():
        known = protocol.kinds.get(kind)
        if known is None or not known.double_check:
            continue
        timed = sorted((fact for fact in facts if fact.at is not None), key=BY_TIME)
        for earlier, later in itertools.pairwise(timed):
            if (
                (later.at or 0) - (earlier.at or 0) <= protocol.double_entry_ms
                and earlier.entry.record.device != later.entry.record.device
                and (kind != "drug" or earlier.value == later.value)
                and not _both_stand(earlier, later, standing)
            ):
                text = f"{protocol.label(kind)}: recorded twice within a minute, by two devices"
                found.append(_notice("possible_double", text, [earlier, later]))
                earlier.flag("possible_double")
                later.flag("possible_double")
    return found


def _both_stand(one: Fact, other: Fact, standing: Standing) -> bool:
    """Whether a person has seen both and said of either that it stands."""
    said = max(standing.settled.get(fact.id, -1) for fact in (one, other))
    return said > max(one.place, other.place)


def disagreements(picks: Picks) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Single milestones recorded more than once: close together (flags), or further apart (conflicts)."""
    flags: list[dict[str, Any]] = []
    conflicts: list[dict[str, Any]] = []
    protocol = picks.protocol
    for kind in picks.standing.of_kind:
        known = protocol.kinds.get(kind)
        if known is None or not known.single or not known.clinical:
            continue
        for facts in _groups(picks.standing.timed(kind), known.per_episode):
            judged = picks.settled(facts)
            if judged is not None:
                # Whatever was recorded after the word was given is a new statement.
                since = picks.standing.settled[judged.id]
                facts = [fact for fact in facts if fact is judged or fact.place > since]
            if len(facts) < 2:
                continue
            ids = [fact.id for fact in facts]
            if _apart(facts, protocol.same_moment_ms):
                text = f"{known.label}: recorded {len(facts)} times, at different times"
                conflicts.append({"kind": kind, "records": ids, "text": text})
            else:
                flags.append(_notice("recorded_twice", f"{known.label}: recorded {len(facts)} times", facts))
    return flags, conflicts


def _groups(facts: list[Fact], per_episode: bool) -> list[list[Fact]]:
    if not per_episode:
        return [facts]
    groups: dict[int, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.episode, []).append(fact)
    return [groups[episode] for episode in sorted(groups)]


def _apart(facts: list[Fact], margin: int) -> bool:
    ordered = sorted(facts, key=BY_TIME)
    one, other = ordered[0], ordered[-1]
    return (other.at or 0) - (one.at or 0) > max(margin, _uncertainty(one) + _uncertainty(other))


def _uncertainty(fact: Fact) -> float:
    when = fact.entry.record.when
    return (when.uncertainty or 0) if when is not None else 0


def carried(standing: Standing) -> list[dict[str, Any]]:
    """The notices that current records carry themselves, gathered by notice."""
    gathered: dict[str, list[Fact]] = {}
    for fact in standing.facts:
        if fact.voided_by is None:
            for flag in fact.flags:
                if flag in _ASKING and _is_answered_for(flag, fact, standing):
                    continue
                gathered.setdefault(flag, []).append(fact)
    return [_notice(flag, text, gathered[flag]) for flag, text in _CARRIED.items() if flag in gathered]


def _is_answered_for(flag: str, fact: Fact, standing: Standing) -> bool:
    # What is said about the record of a closed code comes after the closing, as it has to.
    about_others = flag == "after_closing" and fact.bookkeeping
    return about_others or standing.settled.get(fact.id, -1) > fact.place


def _notice(flag: str, text: str, facts: list[Fact]) -> dict[str, Any]:
    return {"flag": flag, "text": text, "records": [fact.id for fact in facts]}


def missing(
    picks: Picks, path: list[dict[str, Any]], outcome: str | None, closed: bool, shown: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Anchors that are not there: those the outcome implies, or, while open, the steps that were passed by.

    A record that says why there is no time (not documented, not applicable) is an answer.
    """
    protocol = picks.protocol
    if closed:
        ending = protocol.outcomes.get(outcome or "")
        wanted = list(ending.implies) if ending else []
    else:
        done = [number for number, step in enumerate(path) if step["state"] == "done"]
        front = max(done, default=-1)
        wanted = [step["kind"] for step in path[: front + 1]]
        if "arrest_onset" not in wanted:
            wanted.insert(0, "arrest_onset")
    return [
        {"kind": kind, "label": protocol.label(kind)}
        for kind in wanted
        if kind not in shown and not _answered(picks.standing, kind)
    ]


def _answered(standing: Standing, kind: str) -> bool:
    return any(fact.at is None and fact.null_reason in ANSWERS for fact in standing.of_kind.get(kind, ()))
