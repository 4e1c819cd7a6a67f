"""Codes as pages list them."""

from django.urls import reverse

from timeline.models import Code
from timeline.protocols import protocol_named
from timeline.selectors import now_ms
from timeline.views.contexts import CodeLine


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
        minutes=max(0, (until - code.opened_at) // 60_000),
        head=code.head,
        url=reverse("board", args=[code.id]),
        role_url=reverse("role", args=[code.id]),
        wall_url=reverse("wall", args=[code.id]),
        debrief_url=reverse("debrief", args=[code.id]),
    )


def _label(code: Code) -> str:
    """How the code ended, in the words of its protocol."""
    outcome = protocol_named(code.protocol).outcomes.get(code.outcome)
    return outcome.label if outcome is not None else code.outcome
