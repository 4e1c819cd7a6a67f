"""Icons: lucide drawings, inlined in the page so that no request, font or script is needed to show them.

An icon never speaks alone: it is hidden from screen readers and always stands beside a word.
"""

import re
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Thicker than lucide's own 2: the drawings are seen from an arm's length and through smeared glass.
STROKE_WIDTH = "2.5"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DRAWING = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_PEN = (
    f'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="{STROKE_WIDTH}" '
    'stroke-linecap="round" stroke-linejoin="round"'
)


class UnknownIcon(LookupError):
    """No lucide icon has this name, or the icon package is not installed."""


def icon_directory() -> Path:
    """Where the lucide package keeps its drawings, one SVG file per name."""
    return Path(settings.BASE_DIR) / "node_modules" / "lucide-static" / "icons"


@cache
def drawing(name: str) -> str:
    """Return what stands inside the `<svg>` of the named icon.

    Raises UnknownIcon when the name is not a lucide name. The files come from a package that is pinned by its hash,
    so their text is trusted as markup; the name is not, and is checked before it becomes a path.
    """
    if not _NAME.fullmatch(name):
        raise UnknownIcon(f"'{name}' is not an icon name: use small letters, digits and single hyphens.")
    file = icon_directory() / f"{name}.svg"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as absent:
        raise UnknownIcon(f"There is no lucide icon called '{name}'.") from absent
    match = _DRAWING.search(text)
    if match is None:
        raise UnknownIcon(f"The lucide file of '{name}' holds no drawing.")
    return " ".join(match.group(1).split())


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """Draw one icon inline: `{% icon "zap" %}`, or with a further class `{% icon "zap" "big" %}`.

    `css_class` is written by templates, never by users; it is held to class characters all the same.
    """
    if not re.fullmatch(r"[a-zA-Z0-9_ -]*", css_class):
        raise ValueError(f"'{css_class}' is not a list of CSS classes.")
    classes = f"icon {css_class}".strip()
    return mark_safe(f'<svg class="{classes}" {_PEN} aria-hidden="true" focusable="false">{drawing(name)}</svg>')


@register.simple_tag
def icon_sprite(*names: str) -> SafeString:
    """Write the named icons once, hidden, for scripts that draw `<svg class="icon"><use href="#i-NAME"></use></svg>`.

    The pen (stroke, width, caps) is on each symbol, so the using `<svg>` needs nothing but its class.
    """
    symbols = "".join(f'<symbol id="i-{name}" {_PEN}>{drawing(name)}</symbol>' for name in dict.fromkeys(names))
    return mark_safe(f'<svg class="icon-sprite" aria-hidden="true" focusable="false">{symbols}</svg>')
