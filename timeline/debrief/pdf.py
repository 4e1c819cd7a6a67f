"""The PDF of a debrief: typst, tagged, PDF/UA. What people wrote reaches it only as data, never as markup."""

import json
import logging
import re
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import typst

from .document import Document
from .svg import clean

log = logging.getLogger("ecpr.debrief")

REPORT: Final = Path(__file__).parent / "report.typ"
_PAGES: Final = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", re.DOTALL)


@cache
def fonts() -> typst.Fonts:
    """Inter from its package; typst's own fonts stand in when it is not there. System fonts would differ by machine."""
    folders = [Path(str(files("fontpkg_inter") / "files"))] if find_spec("fontpkg_inter") else []
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def render(document: Document, picture: str) -> bytes:
    """The PDF of a document and its timeline picture (SVG).

    PDF/UA refuses a text that no font has a letter for (an emoji in a note); the file is then tagged all the same,
    and only the claim to the standard is left out.
    """
    values = json.dumps(asdict(document), ensure_ascii=False)
    inputs = {"document": clean(values), "picture": picture}
    try:
        return _compile(inputs, "ua-1")
    except typst.TypstError as fault:
        log.warning("the debrief of %s is tagged but not PDF/UA: %s", document.id, fault.message)
        return _compile(inputs, None)


def _compile(inputs: dict[str, str], standard: Literal["ua-1"] | None) -> bytes:
    return typst.compile(
        REPORT.read_bytes(),
        format="pdf",
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=standard,
    )


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF of ours has: the count of its page tree's root."""
    return max((int(one or other) for one, other in _PAGES.findall(pdf)), default=0)
