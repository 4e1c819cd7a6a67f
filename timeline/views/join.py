"""Joining a code by invitation, inviting others, and choosing a role."""

from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from roles.devices import clean_label
from roles.invitations import InvitationRefused, Issued, accept, invite, invite_on_wall, revoke_all
from roles.models import Grant
from timeline import services
from timeline.models import Code
from timeline.selectors import reading_of
from timeline.views.contexts import InvitePage, JoinPage, RoleLine, RolePage
from timeline.views.lines import code_line, glance_of
from timeline.views.visitor import browser_label, code_for, remember, visitor_of

WALL_MINUTES = 15


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Typed letters (`letters`) or a QR code's token (`token`, which the page's script takes from the fragment)."""
    if request.method == "GET":
        return _join(request)
    visitor = visitor_of(request)
    token_said = request.POST.get("token", "").strip()
    said = token_said or request.POST.get("letters", "").strip()
    if not said:
        return _join(request, error="Type the eight letters of the invitation.", status=400)
    label = clean_label(request.POST.get("label", "").strip() or browser_label(request))
    try:
        _, token, standing = accept(said, visitor.device, label=label, ip=request.META.get("REMOTE_ADDR", ""))
    except InvitationRefused as refusal:
        wait = refusal.retry_seconds
        answer = _join(
            request, letters="" if token_said else said[:20], error=str(refusal), wait=wait, status=429 if wait else 422
        )
        if wait:
            answer["Retry-After"] = str(wait)
        return answer
    to = "wall" if standing.scope == Grant.Scope.WALL else "role"
    return remember(redirect(to, standing.subject), token)


def _join(
    request: HttpRequest, *, letters: str = "", error: str = "", wait: int = 0, status: int = 200
) -> HttpResponse:
    page = JoinPage(join_url=reverse("join"), letters=letters, error=error, retry_seconds=wait)
    return render(request, "timeline/join.html", {"page": page}, status=status)


@require_POST
def make_invitation(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """Invite to a code; `scope` is write (default) or wall. JSON, or a page for a browser without scripts."""
    code, standing, _ = code_for(request, code_id, "write")
    scope = request.POST.get("scope", Grant.Scope.WRITE)
    if scope not in Grant.Scope.values:
        return JsonResponse({"detail": "scope: has to be write or wall."}, status=400)
    issued = invite(code.id, scope, WALL_MINUTES, by=f"{standing.label} {standing.person or ''}".strip())
    page = _invite_page(request, code, issued)
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "timeline/invite.html", {"page": page})
    return JsonResponse({"letters": page.letters, "url": page.url, "qr_svg": page.qr_svg, "expires": page.expires})


@require_POST
def wall_invitation(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """What a wall screen shows in its corner, as JSON: an invitation to record, for minutes, while the code runs. It
    gives the wall itself nothing: it goes on reading only.
    """
    code, standing, _ = code_for(request, code_id)
    if code.closed_at is not None:
        raise Http404
    issued = invite_on_wall(code.id, standing.device, by=f"{standing.label}, on the wall")
    page = _invite_page(request, code, issued)
    return JsonResponse({"letters": page.letters, "url": page.url, "qr_svg": page.qr_svg, "expires": page.expires})


def _invite_page(request: HttpRequest, code: Code, issued: Issued) -> InvitePage:
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    url = f"{base}{reverse('join')}#{issued.token}"
    made = segno.make(url, error="m", micro=False)
    svg = made.svg_inline(scale=6, border=4, omitsize=True, dark="#000", light="#fff")
    return InvitePage(code_line(code), issued.letters, url, svg, issued.invitation.expires_at)


@require_POST
def revoke_invitations(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """Nobody else comes onto this code by the invitations that are out."""
    code, _, _ = code_for(request, code_id, "write")
    return JsonResponse({"revoked": revoke_all(code.id)})


@require_http_methods(["GET", "POST"])
def role(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """Choose a role: `role` is its key, or empty for none; `mode` is take or join."""
    code, standing, token = code_for(request, code_id, "write")
    reading = reading_of(code)
    roles = {each["key"]: each for each in reading["roles"]}
    if request.method == "GET":
        return remember(_role(request, code, reading, standing.device, standing.label), token)
    key, mode = request.POST.get("role", ""), request.POST.get("mode", "take")
    if (key and key not in roles) or mode not in ("take", "join"):
        error = "role: is not one of this protocol." if key not in roles else "mode: has to be take or join."
        return remember(_role(request, code, reading, standing.device, standing.label, error, 400), token)
    held = [each for each in roles.values() if any(h["device"] == str(standing.device) for h in each["holders"])]
    if key and key not in {each["key"] for each in held}:
        # A device is in one place of the team: it leaves the one it had.
        services.take_role(code, key, standing.author, mode, [each["key"] for each in held])
    return remember(redirect("board", code.id), token)


def _role(
    request: HttpRequest,
    code: Code,
    reading: dict[str, Any],
    device: UUID,
    label: str,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    lines = []
    for each in reading["roles"]:
        holders = each["holders"]
        lines.append(
            RoleLine(
                key=each["key"],
                label=each["label"],
                short=each["short"],
                team=each["team"],
                essential=each["essential"],
                holders=[holder["label"] or "a device" for holder in holders],
                mine=any(holder["device"] == str(device) for holder in holders),
                done=each["done"],
                total=each["total"],
            )
        )
    page = RolePage(code_line(code), glance_of(reading), lines, label, reverse("role", args=[code.id]), error)
    return render(request, "timeline/role.html", {"page": page}, status=status)
