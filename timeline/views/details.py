"""What can be said of each kind of event: its value and its fields, for the sheet that adds details to an entry."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from timeline.protocols import kind_details
from timeline.views.visitor import code_for


@require_safe
def details(request: HttpRequest, code_id: UUID) -> JsonResponse:
    """The fields of the kinds of a code's protocol, as JSON: behind the board, which needs none of them to begin."""
    code, _, _ = code_for(request, code_id)
    answer = JsonResponse(kind_details(code.protocol), json_dumps_params={"ensure_ascii": False})
    # A running code keeps its protocol.
    patch_cache_control(answer, private=True, max_age=24 * 3600)
    return answer
