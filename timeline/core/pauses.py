"""Pauses of the compressions, as they were logged: each start with the restart that follows it.

A pause that lacks one half stays in the list and is never measured (clinical reference, 2.3: HOP).
"""

from dataclasses import dataclass
from typing import Any

from .picks import Picks, first
from .standing import BY_TIME, Fact

FLOW = ("flow_on", "flow_established")


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause; at least one of its halves is there. `until` is its end in UTC ms, or now while it runs."""

    start: Fact | None
    end: Fact | None
    state: str
    at: int
    until: int | None

    @property
    def span(self) -> int | None:
        """Its length in ms; None when it cannot be measured."""
        return None if self.until is None else self.until - self.at


def pauses_of(picks: Picks, now: int | None) -> list[Pause]:
    """All pauses in order of time. `now` (UTC ms) is None when the code is closed: nothing runs any more.

    `state` is known, running, incomplete (one half), or imprecise (timed to the minute).
    """
    halves = picks.standing.timed("compression_pause_start") + picks.standing.timed("compression_pause_end")
    found: list[Pause] = []
    open_: Fact | None = None
    for fact in sorted(halves, key=BY_TIME):
        begins = fact.kind == "compression_pause_start"
        if not begins:
            found.append(_pause(open_, fact))
            open_ = None
            continue
        if open_ is not None:
            found.append(_pause(open_, None))
        open_ = fact
    if open_ is not None:
        at = open_.at or 0
        if now is None or open_.coarse or _over(picks, at):
            found.append(_pause(open_, None))
        else:
            found.append(Pause(open_, None, "running", at, max(at, now)))
    return found


def _over(picks: Picks, at: int) -> bool:
    """Whether something came after it that compressions have no part in: flow, circulation, the end of efforts."""
    ends = [*FLOW, "rosc", "efforts_stopped", "death", "compressions_stopped"]
    return any((fact.at or 0) >= at for kind in ends for fact in picks.standing.timed(kind))


def _pause(start: Fact | None, end: Fact | None) -> Pause:
    if start is None or end is None:
        half = start or end
        return Pause(start, end, "incomplete", (half.at or 0) if half is not None else 0, None)
    at, until = start.at or 0, end.at or 0
    if start.coarse or end.coarse:
        return Pause(start, end, "imprecise", at, None)
    return Pause(start, end, "known", at, until)


def pauses_json(pauses: list[Pause], picks: Picks) -> list[dict[str, Any]]:
    """The pauses as JSON. `over` says that a pause was longer than the protocol allows."""
    since = cannulation_since(picks)
    most = picks.protocol.pause_ms
    return [
        {
            "start": pause.start.id if pause.start is not None else None,
            "end": pause.end.id if pause.end is not None else None,
            "at": pause.at,
            "seconds": None if pause.span is None else pause.span / 1000,
            "reason": _reason(pause.start),
            "state": pause.state,
            "over": pause.span is not None and pause.span > most,
            "cannulation": since is not None and pause.at >= since,
        }
        for pause in pauses
    ]


def _reason(start: Fact | None) -> str | None:
    value = start.value if start is not None else None
    return value if isinstance(value, str) and value else None


def cannulation_since(picks: Picks) -> int | None:
    """When the cannulation began to ask for pauses: skin preparation, else the first needle; UTC ms."""
    began = picks.effective("site_prep") or picks.effective("cannulation_start")
    return began.at if began is not None else None


def flow_at(picks: Picks) -> int | None:
    """When flow came first; UTC ms."""
    flow = first(fact for kind in FLOW for fact in picks.standing.timed(kind))
    return flow.at if flow is not None else None
