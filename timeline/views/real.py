"""From a drill to a real patient, in one tap."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from roles.devices import grant
from roles.invitations import accept_across, invite_across
from timeline import access, services
from timeline.models import Code
from timeline.selectors import reading_of
from timeline.views.code import role_of
from timeline.views.visitor import code_for, remember, visitor_of


@require_POST
def real_patient(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """Take this device of a drill to the real code, with its role: to the one that the drill was broken off for, when
    it is among those that were invited over; else start it, break the drill off and invite the drill's devices. To
    start takes who may start codes.
    """
    drill, standing, token = code_for(request, code_id, "write")
    if drill.mode != Code.Mode.DRILL:
        raise Http404
    visitor = visitor_of(request)
    assert visitor.device is not None
    over = accept_across(drill.id, visitor.device)
    code = Code.objects.filter(pk=over.subject, closed_at=None).first() if over is not None else None
    if code is None:
        if not visitor.may_start:
            raise PermissionDenied("Sign in, or use a device of the bay, to start a code.")
        code = services.turn_real(drill, standing.author)
        grant(visitor.device, code.id, person=visitor.person)
        invite_across(code.id, drill.id, by=f"{standing.label} {standing.person or ''}".strip())
    _keep_role(drill, code, access.standing_of_token(visitor.token, code.id, "write"))
    return remember(redirect("board", code.id), token)


def _keep_role(drill: Code, code: Code, standing: access.Standing) -> None:
    """The role that the device had in the drill, unless it has one here already."""
    had = role_of(drill, str(standing.device))
    held = {each["key"]: each["holders"] for each in reading_of(code)["roles"]}
    if had is not None and had in held and role_of(code, str(standing.device)) is None:
        services.take_role(code, had, standing.author, "join" if held[had] else "take")
