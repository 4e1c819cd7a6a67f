"""The debrief of one code: page, PDF, picture, records. For signed-in people only; every look is logged."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from timeline import access, services
from timeline.core.protocol import Protocol
from timeline.debrief import picture as drawing
from timeline.debrief.aside import AsideLine, aside_lines
from timeline.debrief.document import Document, document_of
from timeline.debrief.make import current_debrief
from timeline.exports.code_file import code_csv
from timeline.models import Code
from timeline.protocols import protocol_named
from timeline.selectors import aside_of, reading_of

# A picture opened by itself may do nothing at all but be seen.
PICTURE_POLICY = "default-src 'none'; style-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class DebriefPage:
    """What the page shows: the document, and the timeline picture as markup of our own drawing."""

    document: Document
    picture: SafeString
    aside: list[AsideLine]
    may_take_in: bool


@login_required
@require_safe
def debrief(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """The page named "debrief"."""
    code = _code(request, code_id, "debrief")
    reading, protocol, zone = _read(code)
    # The picture is drawn by our own code, which escapes every text in it.
    picture = mark_safe(drawing.timeline_svg(reading, protocol, zone))
    rows, records = aside_of(code.id)
    aside = aside_lines(zip([row.label for row in rows], records, strict=True), protocol, zone)
    page = DebriefPage(document_of(reading, protocol, zone), picture, aside, access.may_take_in(request.user))
    return render(request, "timeline/debrief.html", {"page": page})


@login_required
@require_POST
def take_in(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """What was set aside for a code enters its log, because a person who may judge it says so."""
    code = _code(request, code_id, "take in")
    if not access.may_take_in(request.user):
        raise PermissionDenied
    services.take_in(code.id, request.user.get_username())
    return redirect(reverse("debrief", args=[code.id]) + "#events")


@login_required
@require_POST
def add_outcome(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """What became of the patient, said by a signed-in person; who and when stay with it."""
    code = _code(request, code_id, "outcome")
    item, answer = request.POST.get("item", ""), request.POST.get("answer", "")
    try:
        services.record_outcome(code, protocol_named(code.protocol), item, answer, request.user.get_username())
    except ValueError as fault:
        return HttpResponseBadRequest(str(fault), content_type="text/plain; charset=utf-8")
    return redirect(reverse("debrief", args=[code.id]) + "#outcomes")


@login_required
@require_safe
def debrief_pdf(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """The PDF: the kept one, or one made on the spot when there is none of the code's present head."""
    code = _code(request, code_id, "debrief PDF")
    pdf = current_debrief(code)
    return _file(pdf, "application/pdf", f"debrief-{_slug(code)}.pdf", inline=True)


@login_required
@require_safe
def timeline_svg(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """The timeline picture by itself."""
    code = _code(request, code_id, "timeline picture")
    answer = HttpResponse(drawing.timeline_svg(*_read(code)), content_type="image/svg+xml")
    answer["Content-Security-Policy"] = PICTURE_POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
@require_safe
def records_csv(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """Every record, interval and target of the code as CSV."""
    code = _code(request, code_id, "records CSV")
    return _file(code_csv(*_read(code)).encode(), "text/csv; charset=utf-8", f"records-{_slug(code)}.csv")


def _code(request: HttpRequest, code_id: UUID, what: str) -> Code:
    try:
        return access.past_code_for(request.user, code_id, what)
    except access.NotStanding:
        raise Http404 from None


def _read(code: Code) -> tuple[dict[str, Any], Protocol, tzinfo]:
    return reading_of(code), protocol_named(code.protocol), ZoneInfo(settings.ZONE)


def _slug(code: Code) -> str:
    mode = "" if code.mode == Code.Mode.REAL else f"{code.mode}-"
    return f"{mode}{slugify(code.name) or code.id}"


def _file(body: bytes, kind: str, name: str, *, inline: bool = False) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
