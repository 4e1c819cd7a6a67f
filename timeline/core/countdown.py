"""The target clock, the path with its due times, the phase, and the ACLS timers.

The clock is an absolute deadline, counted from the earliest plausible onset; it is never paused and never hidden
(clinical reference, section 3.3).
"""

from typing import Any, Final

from .intervals import minutes_of
from .picks import Picks, first, last, unconfirmed_future
from .protocol import Phase, Protocol
from .standing import Fact

MINUTE: Final = 60_000
DUE_SOON: Final = 2 * MINUTE
# Endings after which the target clock has nothing left to count.
_STOPS: Final = ("flow_established", "efforts_stopped", "ecpr_abandoned", "death")


def target_clock(picks: Picks, closed_at: int | None, started_at: int | None) -> dict[str, Any]:
    """The clock's state, anchor and deadline as JSON; times in UTC ms."""
    protocol = picks.protocol
    limit = protocol.targets[protocol.default_target].limit_minutes
    anchor = picks.onset()
    if anchor is not None and unconfirmed_future(anchor) and anchor.id not in picks.standing.settled:
        anchor = None
    flow = first(fact for kind in ("flow_on", "flow_established") for fact in picks.candidates(kind, "case"))
    stop = first(fact for fact in (picks.effective(kind) for kind in _STOPS) if fact is not None)
    rosc = picks.course.sustained_rosc
    if rosc is not None and (stop is None or (rosc.at or 0) < (stop.at or 0)) and flow is None:
        stop = rosc
    stopped_at = stop.at if stop is not None else None
    if closed_at is not None:
        if stopped_at is None:
            stopped_at = flow.at if flow is not None else closed_at
        state = "closed"
    elif stop is not None:
        state = "stopped"
    elif anchor is None:
        state = "no_onset"
    else:
        state = "running" if flow is None else "flow_on"
    earliest = anchor.earliest_plausible if anchor is not None else None
    deadline = None if earliest is None else earliest + limit * MINUTE
    door = picks.effective("door")
    return {
        "state": state,
        "anchor_at": earliest,
        "anchor_latest": _latest_plausible(picks, anchor),
        "anchor_certainty": anchor.certainty if anchor is not None else None,
        "anchor_precision": anchor.precision if anchor is not None else None,
        "anchor_kind": anchor.kind if anchor is not None else None,
        "deadline": deadline,
        # What the hospital has left of the target as the patient comes (clinical reference, 3.2); below 0 when past.
        "left_at_door": None if deadline is None or door is None or door.at is None else deadline - door.at,
        "limit_minutes": limit,
        "stopped_at": stopped_at,
        "count_from": earliest if earliest is not None else _first_event(picks, started_at),
    }


def _latest_plausible(picks: Picks, anchor: Fact | None) -> int | None:
    """How late the onset may have been, over all statements of it that are not settled."""
    if anchor is None:
        return None
    rivals = [anchor]
    if anchor.kind == "arrest_onset" and anchor.id not in picks.standing.settled:
        rivals += [
            fact
            for fact in picks.candidates("arrest_onset", "case")
            if fact.episode == anchor.episode and not unconfirmed_future(fact)
        ]
    return max(fact.latest_plausible for fact in rivals)


def _first_event(picks: Picks, started_at: int | None) -> int | None:
    """Where the count-up begins while nobody has entered the arrest time."""
    found = first(
        fact
        for fact in picks.standing.current
        if fact.at is not None and _clinical(picks.protocol, fact.kind) and "future" not in fact.flags
    )
    if found is None or found.at is None:
        return started_at
    return found.at if started_at is None else min(found.at, started_at)


def _clinical(protocol: Protocol, kind: str) -> bool:
    known = protocol.kinds.get(kind)
    return known is None or known.clinical


def milestones(picks: Picks) -> dict[str, dict[str, Any]]:
    """Every recorded event of the patient: the record that counts, its minute from onset, and how many there are."""
    anchor = picks.onset()
    found: dict[str, dict[str, Any]] = {}
    for kind in picks.standing.of_kind:
        known = picks.protocol.kinds.get(kind)
        if known is None or not known.clinical:
            continue
        fact = picks.effective(kind)
        if fact is None or fact.at is None:
            continue
        found[kind] = {
            "id": fact.id,
            "at": fact.at,
            "certainty": fact.certainty,
            "precision": fact.precision,
            "minute": None if anchor is None or anchor.at is None else minutes_of(fact.at - anchor.at),
            "count": len(picks.candidates(kind, "case")),
            "value": fact.value,
        }
    return found


def path(picks: Picks, clock: dict[str, Any], now: int) -> tuple[str | None, list[dict[str, Any]]]:
    """The next milestone and the path. `next` is the first one open after the furthest done.

    Steps that run in parallel (the circuit is often primed before the patient comes) do not move that front.
    """
    steps = picks.protocol.path
    done = [picks.effective(step.kind) for step in steps]
    front = max((i for i, step in enumerate(steps) if done[i] is not None and not step.parallel), default=-1)
    live = clock["state"] in ("running", "flow_on", "no_onset")
    ahead = [step.kind for i, step in enumerate(steps) if done[i] is None and i > front]
    behind = [step.kind for i, step in enumerate(steps) if done[i] is None and i <= front]
    following = (ahead + behind)[0] if live and (ahead or behind) else None
    if done and done[-1] is not None:
        following = None
    shown = []
    for step, fact in zip(steps, done, strict=True):
        kind = picks.protocol.kinds[step.kind]
        anchor = clock["anchor_at"]
        due = None if anchor is None or step.due_minutes is None else anchor + step.due_minutes * MINUTE
        shown.append(
            {
                "kind": step.kind,
                "label": kind.label,
                "short": kind.short,
                "due": due,
                "state": _step_state(fact, step.kind == following, due if live else None, now),
                "at": None if fact is None else fact.at,
            }
        )
    return following, shown


def _step_state(fact: Fact | None, is_next: bool, due: int | None, now: int) -> str:
    if fact is not None:
        return "done"
    if due is not None and now > due:
        return "overdue"
    if due is not None and now >= due - DUE_SOON:
        return "due"
    return "next" if is_next else "open"


def phase(picks: Picks) -> tuple[int, list[dict[str, str]]]:
    """The number of the present phase, and all phases as JSON. Derived, so a void moves it back."""
    present = 0
    for number, each in enumerate(picks.protocol.phases):
        if _entered(picks, each):
            present = number
    shown = []
    for number, each in enumerate(picks.protocol.phases):
        state = "done" if number < present else "now" if number == present else "next"
        shown.append({"key": each.key, "label": each.label, "state": state})
    return present, shown


def _entered(picks: Picks, each: Phase) -> bool:
    if any(picks.effective(kind) is not None for kind in each.enters_on):
        return True
    if each.default_unless is None:
        return False
    kind, values = each.default_unless
    fact = picks.effective(kind)
    return fact is None or not isinstance(fact.value, str) or fact.value not in values


def timers(picks: Picks, clock: dict[str, Any], dimmed: bool) -> list[dict[str, Any]]:
    """The ACLS timers, each from its last record. They dim from skin preparation on; they do not vanish."""
    in_rosc = picks.course.last.rosc is not None
    counting = clock["state"] in ("running", "no_onset") and not in_rosc
    shockable = _is_shockable(picks)
    shown = []
    for timer in picks.protocol.timers:
        facts = [
            fact for fact in picks.candidates(timer.kind, "all") if timer.value is None or fact.value == timer.value
        ]
        latest = last(facts)
        starts = [last(picks.candidates(kind, "all")) for kind in timer.starts]
        begun = last(fact for fact in (latest, *starts) if fact is not None)
        by_machine = _by_machine(picks, timer.machine)
        since = begun.at if begun is not None and not by_machine else None
        runs = counting and not by_machine
        shown.append(
            {
                "key": timer.key,
                "label": timer.label,
                "since": since,
                "count": len(facts),
                "due": _after(since, timer.due_seconds) if runs else None,
                "amber": _after(since, timer.amber_seconds) if runs else None,
                "overdue": _after(since, timer.overdue_seconds) if runs else None,
                "ceiling": timer.ceiling if shockable else None,
                "dimmed": (dimmed and timer.dims) or not runs,
                "value": latest.payload.get(timer.shows) if latest is not None else None,
            }
        )
    return shown


def _by_machine(picks: Picks, machine: tuple[str, ...]) -> bool:
    """Whether a machine does the work now: of its two kinds, on and off, the first was recorded last."""
    if not machine:
        return False
    turned = last(fact for kind in machine for fact in picks.candidates(kind, "all"))
    return turned is not None and turned.kind == machine[0]


def _is_shockable(picks: Picks) -> bool:
    """Whether the last rhythm that was named is a shockable one: only then a ceiling counts (clinical reference, 6.2:
    adrenaline in recurrent VF/VT [LA1318]).
    """
    said = last(fact for fact in picks.candidates("rhythm_check", "all") if fact.value not in (None, "unknown"))
    return said is not None and any(
        rhythm["shockable"] for rhythm in picks.protocol.raw["rhythms"] if rhythm["value"] == said.value
    )


def _after(since: int | None, seconds: int | None) -> int | None:
    return None if since is None or seconds is None else since + seconds * 1000
