"""The start page, starting a code, and enrolling a device of the bay."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from roles.devices import clean_label, enrol, grant
from roles.models import Device, Grant
from roles.server_clock import now_ms
from timeline import services
from timeline.core.zone import ahead_of_utc, past_instants
from timeline.models import Code
from timeline.selectors import closed_codes, open_codes
from timeline.shelf import on_offer
from timeline.views.contexts import AGO_CHOICES, HomePage, Twice
from timeline.views.lines import code_line, open_code
from timeline.views.visitor import Visitor, author_of, remember, visitor_of, with_device

RECENT = 5
MOST_AGO_MINUTES = 24 * 60
# Of a clock time that a night of the clock change repeats.
WHICH = ("first", "second")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open codes for those who may see them; for everybody else, joining and signing in."""
    return _home(request, visitor_of(request))


def _home(
    request: HttpRequest, visitor: Visitor, error: str = "", status: int = 200, twice: Twice | None = None
) -> HttpResponse:
    now = now_ms()
    running = [open_code(code, now) for code in open_codes()] if visitor.may_start else []
    joined: list[str] = []
    if visitor.device is not None:
        valid = Grant.objects.filter(device=visitor.device, revoked_at=None, expires_at__gt=now)
        joined = [str(subject) for subject in valid.values_list("subject", flat=True)]
    offered = on_offer() if visitor.may_start else []
    asked = request.POST.get("protocol") or request.GET.get("protocol", "")
    page = HomePage(
        signed_in=bool(visitor.person),
        person=visitor.person,
        device_label=visitor.device.label if visitor.device else "",
        may_start=visitor.may_start,
        may_enrol=bool(visitor.person),
        enrolled=visitor.device is not None and visitor.device.kind == Device.Kind.BAY,
        open_codes=running,
        joined_codes=[open_code(code, now) for code in open_codes().filter(pk__in=joined)] if joined else [],
        recent_codes=[code_line(code, now) for code in closed_codes()[:RECENT]] if visitor.person else [],
        ago_choices=AGO_CHOICES,
        start_url=reverse("start"),
        join_url=reverse("join"),
        login_url=reverse("login"),
        enrol_url=reverse("enrol"),
        zone=settings.ZONE,
        now=now,
        error=error,
        twice=twice,
        protocols=offered,
        series=next((each.series for each in offered if each.series == asked), offered[0].series if offered else ""),
    )
    return render(request, "timeline/home.html", {"page": page}, status=status)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a code: `mode` real or drill; `protocol` a series on offer, the first when left out; `ago` minutes since
    the arrest, or empty when it is not known yet; or `time`, the clock time of the arrest in the site's zone (HH:MM,
    the nearest past one). A time that came twice in a night of the clock change is asked about; `which`, first or
    second, answers.
    """
    visitor = visitor_of(request)
    if not visitor.may_start:
        return _home(request, visitor, "Sign in, or use a device of the bay, to start a code.", 403)
    mode = request.POST.get("mode", Code.Mode.REAL)
    if mode not in (Code.Mode.REAL, Code.Mode.DRILL):
        return _home(request, visitor, "mode: has to be real or drill.", 400)
    said = request.POST.get("ago", "0").strip()
    ago: int | None = None
    if said:
        if not (said.isascii() and said.isdecimal() and len(said) <= 5) or int(said) > MOST_AGO_MINUTES:
            return _home(request, visitor, f"ago: has to be whole minutes, at most {MOST_AGO_MINUTES}.", 400)
        ago = int(said) * 60_000
    onset_at: int | None = None
    if typed := request.POST.get("time", "").strip():
        zone = ZoneInfo(settings.ZONE)
        try:
            instants = past_instants(typed, now_ms(), zone)
        except ValueError as fault:
            return _home(request, visitor, f"time: {fault}", 400)
        named = dict(zip(WHICH, instants, strict=False)) if len(instants) > 1 else {"": instants[0]}
        onset_at = named.get(request.POST.get("which", ""), named.get(""))
        if onset_at is None:
            choices = [(which, ahead_of_utc(at, zone)) for which, at in named.items()]
            return _home(request, visitor, twice=Twice(typed, mode, choices))
    offered = {each.series: each.key for each in on_offer()}
    series = request.POST.get("protocol", "")
    if series and series not in offered:
        return _home(request, visitor, f"protocol: has to be one of {', '.join(offered)}.", 400)
    visitor, token = with_device(request, visitor)
    assert visitor.device is not None
    code = services.start_code(
        by=author_of(visitor), mode=mode, onset_ago_ms=ago, onset_at=onset_at, protocol=offered.get(series)
    )
    grant(visitor.device, code.id, person=visitor.person)
    return remember(redirect("board", code.id), token)


@login_required
@require_POST
def enrol_device(request: HttpRequest) -> HttpResponse:
    """Make this browser a device of the bay, which may start codes without anybody signed in; `label` names it."""
    visitor = visitor_of(request)
    label = request.POST.get("label", "").strip()
    if not label:
        return _home(request, visitor, "label: name the device, like Bay 3 tablet.", 400)
    _, token = enrol(clean_label(label), Device.Kind.BAY, visitor.person)
    return remember(redirect("home"), token)
