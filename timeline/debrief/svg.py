"""Writing SVG: every text is escaped and freed of what XML cannot hold; no style attributes (the page's CSP)."""

import re
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

# Characters that no XML document may hold, lone surrogates among them.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text without characters that XML forbids."""
    return _FORBIDDEN.sub("\ufffd", text)


def number(value: float) -> str:
    """A coordinate: two decimals at most, never in exponent form."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def tag(name: str, *inner: str, **attributes: str | float | None) -> str:
    """An element; `inner` is markup already. A trailing underscore of a name falls, others turn into hyphens."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(clean(value) if isinstance(value, str) else number(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(inner)}</{name}>" if inner else f"<{name}{said}/>"


def words(text: str) -> str:
    """Text as markup."""
    return escape(clean(text))


def label(text: str, x: float, y: float, **attributes: str | float | None) -> str:
    """A line of text at a place."""
    return tag("text", words(text), x=x, y=y, **attributes)


def group(parts: Iterable[str], **attributes: str | float | None) -> str:
    """Elements that belong together."""
    return tag("g", *parts, **attributes)


def width_of(text: str, size: float) -> float:
    """About how wide a line of Inter is: no font is at hand where pictures are drawn, so this errs to the wide side."""
    narrow = sum(mark in "iljtf.,:;'′|! ()" for mark in text)
    wide = sum(mark in "mwMW—%@" for mark in text)
    return size * (0.58 * (len(text) - narrow - wide) + 0.32 * narrow + 0.9 * wide)
