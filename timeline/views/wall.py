"""The wall screen: read only, without controls."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from roles.models import Grant
from timeline.views.code import boot_of
from timeline.views.contexts import WallPage
from timeline.views.lines import code_line
from timeline.views.visitor import code_for, remember


@require_safe
def wall(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """The wall of a code; whoever looks, the page is given no more than a wall screen may."""
    code, standing, token = code_for(request, code_id)
    page = WallPage(code_line(code), boot_of(code, replace(standing, scope=Grant.Scope.WALL)))
    return remember(render(request, "timeline/wall.html", {"page": page}), token)
