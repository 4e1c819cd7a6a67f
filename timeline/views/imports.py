"""The import page: look at a file first, then import all of it or its good rows."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from timeline.imports.rows import COLUMNS
from timeline.imports.text import MOST_BYTES, MOST_ROWS
from timeline.intake import Plan, author, carry_out, plan_of

# A checked file travels to the confirming step inside the page, packed, so that nothing is kept on the server and any
# server can take the next step. Real files pack tenfold; Django refuses form fields of more than 2.5 MB in all.
MOST_PACKED = 2 * 1024 * 1024
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code of the file; `id` once it is on record for certain."""

    mode: str
    name: str
    change: str
    id: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """What the page shows: a form alone, a checked file with its plan, or an import that was done."""

    columns: tuple[str, ...] = COLUMNS
    most_mb: int = MOST_BYTES // 1024 // 1024
    most_rows: str = f"{MOST_ROWS:,}"
    error: str = ""
    name: str = ""
    kept: str = ""
    plan: Plan | None = None
    done: bool = False

    @property
    def sentence(self) -> str:
        """What the whole file does, or did, in one line."""
        return self.plan.sentence(would=not self.done) if self.plan else ""

    @property
    def codes(self) -> list[CodeLine]:
        """What happens, or happened, to each code."""
        if self.plan is None:
            return []
        return [
            CodeLine(code.mode, code.name, code.change(would=not self.done), str(code.id) if self.done else "")
            for code in self.plan.codes
        ]


@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """The page named "import". A file that is sent is only looked at; the second step imports it."""
    if request.method == "GET":
        return _answer(request, ImportPage())
    sent = request.FILES.get("file")
    if isinstance(sent, UploadedFile):
        return _check(request, _name(sent.name or ""), sent.read(MOST_BYTES + 1))
    kept = request.POST.get("kept", "")
    if not kept:
        return _answer(request, ImportPage(error="Choose a CSV file first."), status=422)
    data = _unpacked(kept)
    if data is None:
        return _answer(request, ImportPage(error="The file was lost on the way. Choose it again."), status=422)
    return _carry_out(request, _name(request.POST.get("name", "")), data, good_rows=request.POST.get("take") == "good")


def _check(request: HttpRequest, name: str, data: bytes) -> HttpResponse:
    """Show what the file would do."""
    plan = plan_of(data)
    kept = _packed(data) if plan.new else ""
    if len(kept) > MOST_PACKED:
        error = "The file is too large for this page. An administrator can import it with the command import_codes."
        return _answer(request, ImportPage(name=name, error=error, plan=plan), status=413)
    return _answer(request, ImportPage(name=name, kept=kept, plan=plan), status=422 if plan.faults else 200)


def _carry_out(request: HttpRequest, name: str, data: bytes, *, good_rows: bool) -> HttpResponse:
    """Import a file that was checked. It is read again, so what is imported is what the file says now and here."""
    plan = plan_of(data)
    if plan.faults and not good_rows:
        error = "The file has bad rows. Import its good rows, or put it right and choose it again."
        return _answer(request, ImportPage(name=name, error=error, kept=_packed(data), plan=plan), status=422)
    for _ in carry_out(plan, author("Import page", request.user.get_username())):
        pass
    return _answer(request, ImportPage(name=name, plan=plan, done=True))


def _answer(request: HttpRequest, page: ImportPage, status: int = 200) -> HttpResponse:
    return render(request, "timeline/import.html", {"page": page}, status=status)


def _name(name: str) -> str:
    return "".join(mark for mark in name if mark.isprintable())[-LONGEST_NAME:]


def _packed(data: bytes) -> str:
    return b64encode(zlib.compress(data)).decode("ascii")


def _unpacked(kept: str) -> bytes | None:
    """The file again, or None if it is none; never more than one byte over the limit, whatever it claims to hold."""
    try:
        return zlib.decompressobj().decompress(b64decode(kept, validate=True), MOST_BYTES + 1)
    except (NotBase64, ValueError, zlib.error):
        return None
