"""The reading of a code as JSON: the same object that the pages, the PDF and the exports are made from."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from timeline import access
from timeline.doors.http import Problem, no_token, not_found
from timeline.models import Code
from timeline.selectors import reading_of


@require_safe
def reading(request: HttpRequest, code_id: UUID) -> JsonResponse:
    """The reading, for a device that stands on the code or a signed-in person."""
    user = request.user
    person = user.get_username() if isinstance(user, User) and user.is_active else ""
    code = Code.objects.filter(pk=code_id).first()
    bearer = request.headers.get("Authorization", "")
    token = bearer[7:].strip() if bearer[:7].lower() == "bearer " else request.COOKIES.get(settings.DEVICE_COOKIE, "")
    if request.headers.get("Origin") not in (None, *settings.ORIGINS):
        return problem(Problem(403, "foreign_origin", "This page belongs to another site and may not use this one."))
    who = person
    if not person:
        try:
            who = f"device {access.standing_of_token(token, code_id).label}"
        except access.NoToken:
            return problem(no_token())
        except access.NotStanding:
            return problem(not_found())
    if code is None:
        return problem(not_found())
    if code.closed_at is not None:
        access.log_view(code, who, "reading")
    return JsonResponse(reading_of(code), json_dumps_params={"ensure_ascii": False})


def problem(fault: Problem) -> JsonResponse:
    """A problem as a Django answer."""
    return JsonResponse(fault.as_json(), status=fault.status, content_type="application/problem+json")
