"""Codes as pages list them."""

from typing import Any

from django.urls import reverse

from roles.server_clock import now_ms
from timeline.models import Code
from timeline.protocols import protocol_named
from timeline.selectors import reading_of
from timeline.views.contexts import CodeLine, Glance, OpenCode

MINUTE_MS = 60_000


def code_line(code: Code, now: int | None = None) -> CodeLine:
    """One code with its addresses; `minutes` runs to `now` (UTC ms), or to its end."""
    until = code.closed_at if code.closed_at is not None else (now_ms() if now is None else now)
    return CodeLine(
        id=str(code.id),
        name=code.name,
        colour=code.colour,
        mode=code.mode,
        open=code.closed_at is None,
        outcome=code.outcome,
        outcome_label=_label(code),
        started_at=code.opened_at,
        closed_at=code.closed_at,
        minutes=max(0, (until - code.opened_at) // MINUTE_MS),
        head=code.head,
        url=reverse("board", args=[code.id]),
        role_url=reverse("role", args=[code.id]),
        wall_url=reverse("wall", args=[code.id]),
        debrief_url=reverse("debrief", args=[code.id]),
    )


def open_code(code: Code, now: int) -> OpenCode:
    """A running code with its clock and roles at `now` (UTC ms)."""
    return OpenCode(code_line(code, now), glance_of(reading_of(code, now)))


def glance_of(reading: dict[str, Any]) -> Glance:
    """What a list says of a running code, from its reading."""
    clock, now, roles = reading["clock"], reading["now"], reading["roles"]
    deadline: int | None = clock["deadline"]
    since: int | None = clock["count_from"]
    until: int | None = clock["stopped_at"]
    state = clock["state"]
    if state in ("stopped", "closed"):
        state = "stopped"
    elif deadline is None:
        state = "no_onset"
    else:
        state = "left" if now <= deadline else "past"
    return Glance(
        state=state,
        minutes=0 if deadline is None else abs(deadline - now) // MINUTE_MS,
        deadline=deadline,
        since=since,
        until=until,
        elapsed_minutes=0 if since is None else max(0, (now if until is None else until) - since) // MINUTE_MS,
        roles_held=sum(1 for role in roles if role["holders"]),
        roles_total=len(roles),
    )


def _label(code: Code) -> str:
    """How the code ended, in the words of its protocol."""
    outcome = protocol_named(code.protocol).outcomes.get(code.outcome)
    return outcome.label if outcome is not None else code.outcome
