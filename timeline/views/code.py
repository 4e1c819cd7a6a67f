"""The live board: its frame, and everything the page's script begins with."""

import json
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from roles.server_clock import now_ms
from timeline import access
from timeline.core.zone import offsets
from timeline.models import Code
from timeline.protocols import board_protocol
from timeline.selectors import lines_after, reading_of
from timeline.views.contexts import BoardPage
from timeline.views.lines import code_line
from timeline.views.visitor import code_for, remember, visitor_of
from timeline.wire import batch_text

DAY_MS = 24 * 3_600_000


@require_safe
def board(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """The board of a code."""
    code, standing, token = code_for(request, code_id)
    page = BoardPage(code_line(code), boot_of(code, standing), visitor_of(request).may_start)
    return remember(render(request, "timeline/board.html", {"page": page}), token)


def boot_of(code: Code, standing: access.Standing) -> dict[str, Any]:
    """What the script needs at once: after this, live news and reconnecting are the same act."""
    lines = lines_after(code.id, 0)
    # The row is read before the lines, so the lines may hold more than it says.
    frame = json.loads(batch_text(str(code.id), code.epoch, max(code.head, len(lines)), now_ms(), 1, lines))
    base = reverse("board", args=[code.id])
    return {
        "code": {"id": str(code.id), "name": code.name, "colour": code.colour, "mode": code.mode, "epoch": code.epoch},
        "device": {"id": str(standing.device), "label": standing.label},
        "role": role_of(code, str(standing.device)),
        "protocol": board_protocol(code.protocol),
        "frame": frame,
        "server_now": now_ms(),
        "urls": {
            "home": reverse("home"),
            "records": f"/api/codes/{code.id}/records",
            "reading": reverse("api_reading", args=[code.id]),
            "time": "/api/time",
            "socket": f"/ws/codes/{code.id}/",
            "board": base,
            "role": reverse("role", args=[code.id]),
            "wall": reverse("wall", args=[code.id]),
            "invite": reverse("invite", args=[code.id]),
            "wall_invite": reverse("wall_invite", args=[code.id]),
            "revoke": reverse("invite_revoke", args=[code.id]),
            "debrief": f"{base}debrief/",
            "details": reverse("details", args=[code.id]),
        },
        "scope": standing.scope,
        "zone": settings.ZONE,
        "zone_offsets": _zone_offsets(code),
    }


def _zone_offsets(code: Code) -> dict[str, Any]:
    """The zone in numbers for the time around this code: a browser needs 50 ms and more to look its own up."""
    until = now_ms() + 7 * DAY_MS
    return {"until": until, "offsets": offsets(ZoneInfo(settings.ZONE), code.opened_at - DAY_MS, until)}


def role_of(code: Code, device: str) -> str | None:
    """The role this device took last and still holds."""
    held = [
        (holder["since"] or 0, role["key"])
        for role in reading_of(code)["roles"]
        for holder in role["holders"]
        if holder["device"] == device
    ]
    return max(held)[1] if held else None
