"""The site's protocols: the list, one in words and as a picture, two compared, and the editor of a draft."""

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from roles.server_clock import now_ms
from timeline import access, publishing, shelf
from timeline.core.protocol import check
from timeline.core.protocol_compare import compare
from timeline.core.protocol_edit import (
    CannotBe,
    Line,
    Section,
    added,
    lines_of,
    moved,
    section_of,
    sections,
    with_honest_name,
    with_typed,
)
from timeline.core.protocol_faults import faults
from timeline.core.zone import offsets
from timeline.handbook.picture import protocol_svg
from timeline.handbook.sample import CODE, DEVICE, sample_entries
from timeline.handbook.sheet import sheet_pdf
from timeline.handbook.words import Chapter, chapters
from timeline.models import ProtocolAct, ProtocolVersion
from timeline.protocols import for_board, protocol_named, published_criteria
from timeline.views.contexts import BoardPage, CodeLine

ACTS_SHOWN = 20
DAY_MS = 24 * 3_600_000
SCREENS = {"tablet": "board", "phone": "board", "wall": "wall"}


@dataclass(frozen=True, slots=True)
class ProtocolsPage:
    """The list: what there is, what is being worked on, and who did what."""

    versions: list[shelf.Version]
    drafts: list[ProtocolVersion]
    acts: list[ProtocolAct]
    may_lead: bool
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtocolPage:
    """One protocol for reading."""

    key: str
    name: str
    version: shelf.Version | None
    picture: SafeString
    chapters: list[Chapter]
    others: list[str]
    may_lead: bool


@dataclass(frozen=True, slots=True)
class ComparePage:
    """What differs between two."""

    old: str
    new: str
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class EditorPage:
    """A draft with one of its sections open. `seen` says which save this page shows."""

    draft: ProtocolVersion
    seen: int
    sections: list[Section]
    section: Section
    lines: list[Line]
    faults: list[str]
    changes: list[str]
    moves: bool
    adds: bool
    offers: tuple[tuple[str, str], ...]
    sets: list[dict[str, Any]]
    adopted: dict[str, Any]
    error: str = ""
    screens: tuple[str, ...] = tuple(SCREENS)


@login_required
@require_safe
def protocols(request: HttpRequest) -> HttpResponse:
    """The page named "protocols"."""
    return _list(request)


def _list(request: HttpRequest, sentences: tuple[str, ...] = (), status: int = 200) -> HttpResponse:
    page = ProtocolsPage(
        shelf.versions(),
        list(shelf.drafts()),
        list(ProtocolAct.objects.order_by("-pk")[:ACTS_SHOWN]),
        access.may_lead(request.user),
        sentences,
    )
    return render(request, "timeline/protocols.html", {"page": page}, status=status)


@login_required
@require_safe
def protocol(request: HttpRequest, key: str) -> HttpResponse:
    """A protocol in words and as a picture."""
    raw = _raw(key)
    known = shelf.versions()
    page = ProtocolPage(
        key,
        raw["name"],
        next((each for each in known if each.key == key), None),
        # Drawn by our own code, which escapes every text in it.
        mark_safe(protocol_svg(raw)),
        chapters(raw),
        [each.key for each in known if each.key != key],
        access.may_lead(request.user),
    )
    return render(request, "timeline/protocol.html", {"page": page})


@login_required
@require_safe
def protocol_json(request: HttpRequest, key: str) -> HttpResponse:
    """A protocol as a file, to be kept or taken to another site."""
    return _file(_raw(key), key)


@login_required
@require_safe
def protocol_sheet(request: HttpRequest, key: str) -> HttpResponse:
    """The sheet to print and keep for the hour in which the app is down."""
    answer = HttpResponse(sheet_pdf(_raw(key)), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="paper-sheet-{key}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
@require_safe
def protocol_compare(request: HttpRequest) -> HttpResponse:
    """What differs from `old` to `new`, both keys, in words."""
    old, new = request.GET.get("old", ""), request.GET.get("new", "")
    page = ComparePage(old, new, compare(_raw(old), _raw(new)))
    return render(request, "timeline/protocol_compare.html", {"page": page})


@login_required
@require_POST
def new_draft(request: HttpRequest) -> HttpResponse:
    """A draft of the version `from`; of a new protocol when `series` names one."""
    person = _lead(request)
    key = request.POST.get("from", "")
    _raw(key)
    try:
        draft = publishing.draft_from(key, person, request.POST.get("series", "").strip())
    except publishing.Refused as refused:
        return _list(request, refused.sentences, 422)
    return redirect("protocol_draft", draft.pk)


@login_required
@require_POST
def import_draft(request: HttpRequest) -> HttpResponse:
    """A draft from an exported file."""
    person = _lead(request)
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile):
        return _list(request, ("Choose a JSON file first.",), 422)
    try:
        text = sent.read(publishing.MOST_BYTES + 1).decode("utf-8")
        draft = publishing.draft_from_json(text, person)
    except UnicodeDecodeError:
        return _list(request, ("The file is not UTF-8 text.",), 422)
    except publishing.Refused as refused:
        return _list(request, refused.sentences, 422)
    return redirect("protocol_draft", draft.pk)


@login_required
@require_POST
def retire(request: HttpRequest, key: str) -> HttpResponse:
    """Take a version off the offer."""
    return _turn(request, key, publishing.retire)


@login_required
@require_POST
def offer_again(request: HttpRequest, key: str) -> HttpResponse:
    """Make a version the current one again."""
    return _turn(request, key, publishing.offer_again)


def _turn(request: HttpRequest, key: str, act: Any) -> HttpResponse:
    person = _lead(request)
    _raw(key)
    try:
        act(key, person)
    except publishing.Refused as refused:
        return _list(request, refused.sentences, 422)
    return redirect("protocols")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, draft_id: int, section: str = "path") -> HttpResponse:
    """The editor. A POST saves the open section; `act` moves, takes out, adds or adopts besides."""
    person = _lead(request)
    row = _draft(draft_id)
    raw = publishing.content_of(row)
    open_one = section_of(raw, section)
    if open_one is None:
        raise Http404
    if request.method != "POST":
        return _editor(request, row, raw, open_one)
    seen = request.POST.get("seen", "")
    try:
        changed = _typed(raw, open_one, request.POST)
        row = publishing.save(draft_id, changed, person, int(seen) if seen.isdecimal() else 0)
    except (CannotBe, publishing.Refused) as fault:
        return _said(request, row, raw, open_one, str(fault))
    if _wants_json(request):
        return _said(request, row, changed, open_one, "")
    return redirect("protocol_section", row.pk, section)


def _typed(raw: dict[str, Any], section: Section, sent: QueryDict) -> dict[str, Any]:
    """The content with what a form sent; raises CannotBe."""
    typed = {name: sent.getlist(name) for name in sent if "/" in name}
    # Boxes that are off send nothing, so the form names them all.
    for name in sent.getlist("boxes"):
        typed.setdefault(name, [])
    changed = with_typed(raw, section, typed)
    name = " ".join(sent.get("name", "").split())
    if name:
        changed["name"] = name[:120]
    act, _, key = sent.get("act", "").partition(":")
    if act == "add":
        changed = added(changed, section, sent.get("add", ""))
    if act == "adopt":
        chosen = next((each for each in published_criteria() if each["key"] == sent.get("adopt")), None)
        if chosen is None:
            raise CannotBe("There is no such set of criteria.")
        changed["criteria"] = chosen
    if act in ("up", "down", "out"):
        changed = moved(changed, section, key, act)
    return with_honest_name(changed, published_criteria())


def _said(
    request: HttpRequest, row: ProtocolVersion, raw: dict[str, Any], section: Section, error: str
) -> HttpResponse:
    """What became of a save: as JSON for the page's script, else as the page."""
    if not _wants_json(request):
        return _editor(request, row, raw, section, error, 422)
    return JsonResponse(
        {
            "stand": None if error else row.changed_at,
            "error": error,
            "sentences": check(raw),
            "shown": not faults(raw),
            "changes": _changes(row, raw),
            "adopted": raw["criteria"]["name"],
        },
        status=422 if error else 200,
    )


def _editor(
    request: HttpRequest,
    row: ProtocolVersion,
    raw: dict[str, Any],
    section: Section,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    page = EditorPage(
        row,
        row.changed_at,
        sections(raw),
        section,
        lines_of(raw, section),
        check(raw),
        _changes(row, raw),
        section.holder is not None,
        section.new is not None,
        section.offers(raw) if section.offers else (),
        published_criteria() if section.key == "criteria" else [],
        raw["criteria"],
        error,
    )
    return render(request, "timeline/protocol_draft.html", {"page": page}, status=status)


@login_required
@require_POST
def publish(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Make a draft the current version of its series."""
    person = _lead(request)
    row = _draft(draft_id)
    try:
        key = publishing.publish(draft_id, person, " ".join(request.POST.get("note", "").split()))
    except publishing.Refused as refused:
        raw = publishing.content_of(row)
        return _editor(request, row, raw, sections(raw)[0], f"Not published. {refused}", 422)
    return redirect("protocol", key)


@login_required
@require_POST
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Throw a draft away."""
    person = _lead(request)
    _draft(draft_id)
    publishing.discard(draft_id, person)
    return redirect("protocols")


@login_required
@require_safe
def draft_json(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A draft as a file."""
    _lead(request)
    row = _draft(draft_id)
    return _file(publishing.content_of(row), f"{row.series}-draft")


@login_required
@require_safe
@xframe_options_sameorigin
def preview(request: HttpRequest, draft_id: int, screen: str) -> HttpResponse:
    """The real board or wall over a made-up run of a draft; shown in a frame of the editor."""
    _lead(request)
    if screen not in SCREENS:
        raise Http404
    raw = publishing.content_of(_draft(draft_id))
    if faults(raw):
        return render(request, "timeline/protocol_unshown.html")
    boot = _preview_boot(raw)
    now = boot["server_now"]
    code = CodeLine(str(CODE), "Preview", "teal", "drill", True, "", "", now, None, 0, 0, "", "", "", "")
    page = BoardPage(code, boot)
    return render(request, f"timeline/preview_{SCREENS[screen]}.html", {"page": page})


def _preview_boot(raw: dict[str, Any]) -> dict[str, Any]:
    now = now_ms()
    return {
        "code": {"id": str(CODE), "name": "Preview", "colour": "teal", "mode": "drill", "epoch": ""},
        "device": {"id": DEVICE, "label": "Preview"},
        "role": None,
        "protocol": for_board(raw),
        "frame": {"entries": sample_entries(raw, now)},
        "server_now": now,
        "urls": {},
        "scope": "read",
        "zone": settings.ZONE,
        "zone_offsets": {
            "until": now + DAY_MS,
            "offsets": offsets(ZoneInfo(settings.ZONE), now - DAY_MS, now + DAY_MS),
        },
    }


def _changes(row: ProtocolVersion, raw: dict[str, Any]) -> list[str]:
    try:
        return compare(protocol_named(row.based_on).raw, raw)
    except LookupError:
        return []


def _raw(key: str) -> dict[str, Any]:
    try:
        return dict(protocol_named(key).raw)
    except LookupError:
        raise Http404 from None


def _draft(draft_id: int) -> ProtocolVersion:
    row = shelf.drafts().filter(pk=draft_id).first()
    if row is None:
        raise Http404
    return row


def _lead(request: HttpRequest) -> str:
    """The name of the person, who may change protocols."""
    if not access.may_lead(request.user):
        raise PermissionDenied
    return str(request.user.get_username())


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _file(raw: dict[str, Any], name: str) -> HttpResponse:
    text = json.dumps(raw, ensure_ascii=False, indent=2) + "\n"
    answer = HttpResponse(text.encode(), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer
