"""The reading: everything the screens, clocks, checklists, reports and exports show of a code.

A pure function of (entries, protocol, now). Its twin is static/js/core/reading.js; shared cases hold them together.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from roles.core.board import Tenure, checklists, covering, holders, item_states, tenures

from .countdown import milestones, path, phase, target_clock, timers
from .criteria import criteria_of, decisions_of
from .episodes import Course, run_of_episodes
from .figures import intervals_and_targets
from .intervals import Moment
from .notices import carried, disagreements, double_entries, missing, orders
from .outcomes import outcomes_of
from .pauses import pauses_json, pauses_of
from .picks import Picks
from .prompts import prompt_kinds, prompts_of
from .protocol import Protocol
from .records import Entry
from .sounds import sound_of
from .standing import AFTER_ALL, Fact, Standing, stand, told
from .tips65 import tips65

# What the clock's state and deadline hang on: other entries change neither.
CLOCK_KINDS: Final = frozenset(
    {
        *("arrest_onset", "rosc", "rearrest", "flow_on", "flow_established"),
        *("efforts_stopped", "ecpr_abandoned", "death"),
        *("code_started", "code_closed", "code_reopened"),
        *("correction", "void", "adjudication", "clock_offset"),
    }
)
MODES: Final = ("real", "drill", "demo")
# A record as JSON: its keys, in their order.
_BLANK: Final[dict[str, Any]] = dict.fromkeys(
    (
        *("id", "seq", "kind", "label", "at", "raw_at", "precision", "certainty", "earliest", "latest", "source"),
        *("null_reason", "payload", "role", "by", "received", "waiting", "meta", "target", "episode", "flags"),
        *("corrections", "voided"),
    )
)
# The phase from which ACLS is modified (clinical reference, section 6.1).
MODIFIED_FROM: Final = "cannulation"


def read(entries: Iterable[Entry], protocol: Protocol, now: int) -> dict[str, Any]:
    """Everything the core derives from a code's entries at `now` (UTC ms), as one JSON object."""
    standing = stand(entries, protocol)
    code = _code(standing, protocol)
    course, picks, clock = _clock(standing, code, protocol, now)
    closed = code["state"] == "closed"
    moment = Moment(now, closed, protocol.outcomes.get(code["outcome"] or ""))
    intervals, targets = intervals_and_targets(protocol, picks, moment)
    outcomes = outcomes_of(standing, protocol)
    following, steps = path(picks, clock, now)
    present, phases = phase(picks)
    shown = milestones(picks)
    twice, conflicts = disagreements(picks)
    flags = orders(picks) + double_entries(standing, protocol) + twice + carried(standing)
    views = _views(standing.facts, protocol)
    valid = [fact for fact in standing.facts if fact.voided_by is None]
    spells = tenures(valid)
    held = holders(spells)
    states = item_states(valid, protocol.roles, protocol.listeners)
    lists = checklists(states, protocol.roles)
    pauses = pauses_json(pauses_of(picks, None if closed else now), picks)
    modified = [each.key for each in protocol.phases].index(MODIFIED_FROM) if _has(protocol) else len(protocol.phases)
    return {
        "code": code,
        "now": now,
        "records": [views[fact.id] for fact in sorted(standing.facts, key=_time_order)],
        "anchors": _anchors(picks, views),
        "milestones": shown,
        "episodes": _episodes(course, picks),
        "phase": protocol.phases[present].key,
        "phases": phases,
        "clock": clock,
        "next": following,
        "path": steps,
        "pauses": pauses,
        "criteria": criteria_of(standing, protocol),
        "decisions": decisions_of(standing),
        "outcomes": outcomes,
        "tips65": tips65(picks, intervals.get("call_to_door"), outcomes),
        "timers": timers(picks, clock, present >= modified),
        "prompts": prompts_of(picks, clock, now, held),
        "sound": sound_of(picks, clock, pauses),
        "roles": _roles(protocol, spells, held, lists),
        "checklists": lists,
        "intervals": intervals,
        "targets": targets,
        "flags": flags,
        "conflicts": conflicts,
        "missing": missing(picks, steps, code["outcome"], closed, shown),
        "counts": _counts(standing),
    }


def read_clock(entries: Iterable[Entry], protocol: Protocol, now: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """`code` and `clock` of the reading alone, at a fraction of its cost: for what looks at every open code."""
    standing = stand(entries, protocol)
    code = _code(standing, protocol)
    return code, _clock(standing, code, protocol, now)[2]


def sweep_kinds(protocol: Protocol) -> frozenset[str]:
    """What `read_due` hangs on: entries of other kinds change nothing in it."""
    return CLOCK_KINDS | prompt_kinds(protocol)


def read_due(entries: Iterable[Entry], protocol: Protocol, now: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """`clock` and `prompts` of the reading alone, asked of everybody: for what looks at every open code."""
    standing = stand(entries, protocol)
    code = _code(standing, protocol)
    _, picks, clock = _clock(standing, code, protocol, now)
    return clock, prompts_of(picks, clock, now, {})


def _clock(
    standing: Standing, code: dict[str, Any], protocol: Protocol, now: int
) -> tuple[Course, Picks, dict[str, Any]]:
    closed_at: int | None = code["closed_at"]
    course = run_of_episodes(standing, protocol, now if closed_at is None else closed_at)
    picks = Picks(standing, course, protocol)
    return course, picks, target_clock(picks, closed_at, code["started_at"])


def _has(protocol: Protocol) -> bool:
    return any(each.key == MODIFIED_FROM for each in protocol.phases)


def _code(standing: Standing, protocol: Protocol) -> dict[str, Any]:
    """The code itself. The mode is the one it was started in: no correction can turn a drill into a real code."""
    facts = standing.facts
    started = next((fact for fact in facts if fact.kind == "code_started"), None)
    said = started.entry.record.payload if started is not None else {}
    mode = said.get("value")
    turns = standing.of_kind.get("code_closed", []) + standing.of_kind.get("code_reopened", [])
    turn = max(turns, key=lambda fact: fact.place, default=None)
    ending = turn if turn is not None and turn.kind == "code_closed" else None
    started_at = started.at if started is not None else None
    if started_at is None:
        received = [fact.entry.received for fact in facts if fact.entry.received is not None]
        started_at = min(received, default=None)
    return {
        "id": facts[0].entry.record.code if facts else None,
        "name": _text(started, "name"),
        "mode": mode if isinstance(mode, str) and mode in MODES else "real",
        "colour": _text(started, "colour"),
        "state": "open" if ending is None else "closed",
        "outcome": _text(ending, "value"),
        "started_at": started_at,
        "closed_at": None if ending is None else _closing_time(ending, started_at),
        "protocol": _text(started, "protocol") or protocol.key,
        # Facts stand in the log's order; only what still waits has no place in it.
        "head": next((fact.entry.seq for fact in reversed(facts) if fact.entry.seq is not None), 0),
    }


def _closing_time(ending: Fact, started_at: int | None) -> int:
    """When the code was closed; a closing without a time of its own counts from its arrival."""
    if ending.at is not None:
        return ending.at
    return ending.entry.received if ending.entry.received is not None else started_at or 0


def _text(fact: Fact | None, key: str) -> str | None:
    value = fact.payload.get(key) if fact is not None else None
    return value if isinstance(value, str) and value else None


def _time_order(fact: Fact) -> float:
    """By time; records without a time stand where they arrived, else at the end. Equals keep their place."""
    at = fact.at if fact.at is not None else fact.entry.received
    return AFTER_ALL if at is None else at


def _views(facts: Sequence[Fact], protocol: Protocol) -> dict[str, dict[str, Any]]:
    """Every record as JSON, by its id."""
    blanks: dict[str, dict[str, Any]] = {}
    views = {}
    for fact in facts:
        blank = blanks.get(fact.kind)
        if blank is None:
            blank = blanks[fact.kind] = _BLANK | {"kind": fact.kind, "label": protocol.label(fact.kind)}
        views[fact.id] = _view(fact, blank.copy())
    return views


def _view(fact: Fact, view: dict[str, Any]) -> dict[str, Any]:
    """A record as JSON, written over a copy of its kind's blank: half the cost of making each from nothing."""
    entry = fact.entry
    record, by = entry.record, entry.by
    view["id"] = fact.id
    view["seq"] = entry.seq
    view["at"] = fact.at
    view["raw_at"] = record.at
    view["precision"] = fact.precision
    view["certainty"] = fact.certainty
    view["earliest"] = fact.earliest
    view["latest"] = fact.latest
    view["source"] = fact.source
    view["null_reason"] = fact.null_reason
    view["payload"] = {**fact.payload}
    view["role"] = record.role
    view["by"] = {"device": by.device, "label": by.label, "person": by.person}
    view["received"] = entry.received
    view["waiting"] = entry.seq is None
    view["meta"] = fact.bookkeeping
    view["target"] = record.target
    view["episode"] = fact.episode
    view["flags"] = fact.flags
    view["corrections"] = fact.corrections
    view["voided"] = None if fact.voided_by is None else told(fact.voided_by)
    return view


def _anchors(picks: Picks, views: dict[str, dict[str, Any]]) -> dict[str, Any]:
    found = {
        "arrest_onset": picks.onset(),
        "cpr_start": picks.effective("cpr_start"),
        "cannulation_start": picks.effective("cannulation_start"),
        "flow_established": picks.effective("flow_established"),
    }
    return {key: None if fact is None else views[fact.id] for key, fact in found.items()}


def _episodes(course: Course, picks: Picks) -> list[dict[str, Any]]:
    shown = []
    for number, episode in enumerate(course.episodes):
        onsets = [fact for fact in picks.candidates("arrest_onset", "all") if fact.episode == episode.n]
        chosen = picks.settled(onsets) or min(
            onsets, key=lambda fact: (fact.earliest_plausible, fact.place), default=episode.opener
        )
        following = course.episodes[number + 1].opener if number + 1 < len(course.episodes) else None
        shown.append(
            {
                "n": episode.n,
                "onset": chosen.id if chosen is not None else None,
                "rosc": episode.rosc.id if episode.rosc is not None else None,
                "sustained": episode.sustained,
                "rearrest": following.id if following is not None else None,
            }
        )
    return shown


def _roles(
    protocol: Protocol,
    spells: dict[str, list[Tenure]],
    held: dict[str, list[dict[str, Any]]],
    lists: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    covers = covering(protocol.roles, protocol.owners, held)
    return [
        {
            "key": role.key,
            "label": role.label,
            "short": role.short,
            "team": role.team,
            "essential": role.essential,
            "holders": held.get(role.key, []),
            "tenure": [each.json() for each in spells.get(role.key, ())],
            "covers": covers.get(role.key, []),
            "done": states.count("done"),
            "total": len(states) - states.count("skipped"),
        }
        for role in protocol.roles
        for states in ([line["state"] for line in lists[role.key]],)
    ]


def _counts(standing: Standing) -> dict[str, int]:
    facts = standing.facts
    return {
        "records": len(facts),
        "waiting": len([fact for fact in facts if fact.entry.seq is None]),
        "corrected": len([fact for fact in facts if fact.corrections and not _filled(fact)]),
        "voided": len([fact for fact in facts if fact.voided_by is not None]),
        "late": len([fact for fact in facts if fact.flags and "late_arrival" in fact.flags]),
        "estimated": len([fact for fact in standing.current if fact.certainty == "estimated"]),
    }


def _filled(fact: Fact) -> bool:
    """Whether every correction only added what was not said yet."""
    return all(each["fills"] for each in fact.corrections)
