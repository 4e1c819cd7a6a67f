"""What a code's records say about each other: odd orders, double entries, disagreements, and what is missing.

Nothing here refuses or changes a record: each notice names the records it is about.
"""

import itertools
from collections.abc import Mapping
from typing import Any, Final

from .ends import ANSWERS
from .picks import Picks
from .protocol import Order, Protocol
from .standing import Fact, Standing

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
    """Order rules that the effective records break."""
    found = []
    for rule in picks.protocol.orders:
        then = picks.effective(rule.then)
        if then is None:
            continue
        first = picks.effective(rule.first)
        if first is None:
            if rule.required:
                found.append(_notice("order_" + rule.strength, rule.text, [then]))
        elif first.episode <= then.episode and _before(then, first):
            found.append(_notice("order_" + rule.strength, _order_text(rule, picks.protocol), [first, then]))
    for notice in found:
        for record in notice["records"]:
            picks.standing.by_id[record].flag("order")
    return found


def _order_text(rule: Order, protocol: Protocol) -> str:
    return rule.text or f"{protocol.label(rule.then)} is before {protocol.label(rule.first)}"


def _before(one: Fact, other: Fact) -> bool:
    """Whether `one` was surely before `other`, whatever their windows and precision leave open."""
    latest, earliest = _high(one), other.earliest_plausible
    if one.coarse or other.coarse:
        return latest // MINUTE < earliest // MINUTE
    return latest < earliest


def _high(fact: Fact) -> int:
    return (fact.at or 0) if fact.latest is None else fact.latest


def double_entries(standing: Standing, protocol: Protocol) -> list[dict[str, Any]]:
    """Repeatable events of one kind and value that two devices recorded within a minute: only a person may decide."""
    found = []
    for kind, facts in standing.of_kind.items():
        known = protocol.kinds.get(kind)
        if known is None or not known.double_check:
            continue
        timed = sorted((fact for fact in facts if fact.at is not None), key=lambda fact: (fact.at or 0, fact.place))
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
    ordered = sorted(facts, key=lambda fact: (fact.at or 0, fact.place))
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
