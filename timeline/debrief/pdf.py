"""The PDF of a debrief, by typst. What people wrote reaches it only as data, never as markup."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Final

from timeline.typeset import typeset

from .document import Document
from .svg import clean

REPORT: Final = Path(__file__).parent / "report.typ"
_PAGES: Final = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", re.DOTALL)


def render(document: Document, picture: str) -> bytes:
    """The PDF of a document and its timeline picture (SVG)."""
    values = json.dumps(asdict(document), ensure_ascii=False)
    return typeset(REPORT, {"document": clean(values), "picture": picture}, f"the debrief of {document.id}")


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF of ours has: the count of its page tree's root."""
    return max((int(one or other) for one, other in _PAGES.findall(pdf)), default=0)
