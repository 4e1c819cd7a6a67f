"""The signs of the timeline picture. Meaning is carried by shape; hollow is estimated, "L" is entered late."""

from typing import Final

from .svg import label, number, tag

TEXT: Final = "#0f172a"
MUTED: Final = "#45536a"
LINE: Final = "#66758c"
TINT: Final = "#f1f4f8"
BAR: Final = "#5b6675"
PAPER: Final = "#ffffff"
SIZE: Final = 12.0
FONT: Final = "Inter, system-ui, sans-serif"

_SHAPES: Final = {
    "triangle": ((0, -6), (6, 5), (-6, 5)),
    "bolt": ((2, -8), (-5, 1), (-1, 1), (-2, 8), (5, -2), (1, -2)),
    "diamond": ((0, -8), (8, 0), (0, 8), (-8, 0)),
    "square": ((-6, -6), (6, -6), (6, 6), (-6, 6)),
    "flag": ((-4, -7), (6, -3), (-4, 1)),
    "cross": ((-6, -4), (-4, -6), (0, -2), (4, -6), (6, -4), (2, 0), (6, 4), (4, 6), (0, 2), (-4, 6), (-6, 4), (-2, 0)),
    "bar": ((-1.5, -7), (1.5, -7), (1.5, 7), (-1.5, 7)),
}


def text(
    said: str, x: float, y: float, *, anchor: str = "start", weight: str | None = None, muted: bool = False
) -> str:
    """A line of text of the picture's one size."""
    return label(
        said,
        x,
        y,
        text_anchor=None if anchor == "start" else anchor,
        font_weight=weight,
        fill=MUTED if muted else TEXT,
        class_="muted" if muted else "ink",
    )


def shape(name: str, x: float, y: float, *, hollow: bool = False) -> str:
    """A sign at a place; `circle` and every key of the table of shapes."""
    paint = {
        "fill": PAPER if hollow else TEXT,
        "stroke": TEXT,
        "stroke_width": "1.5",
        "class_": "sign sign-open" if hollow else "sign",
    }
    if name == "circle":
        return tag("circle", cx=x, cy=y, r=6, **paint)
    points = " ".join(f"{number(x + dx)},{number(y + dy)}" for dx, dy in _SHAPES[name])
    pole = "M" + number(x - 4) + " " + number(y - 7) + "v15" if name == "flag" else None
    drawn = tag("polygon", points=points, stroke_linejoin="round", **paint)
    return drawn + (tag("path", d=pole, fill="none", stroke=TEXT, stroke_width=1.5, class_="rule") if pole else "")


def letter(said: str, x: float, y: float, *, hollow: bool = False) -> str:
    """A letter inside a diamond."""
    return label(
        said,
        x,
        y + 3.4,
        text_anchor="middle",
        font_size=9.5,
        font_weight="700",
        fill=TEXT if hollow else PAPER,
        class_="ink" if hollow else "on-sign",
    )


def line(x1: float, y1: float, x2: float, y2: float, *, dashes: str | None = None, width: float = 1.0) -> str:
    """A rule between two places."""
    return tag(
        "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=LINE, stroke_width=width, stroke_dasharray=dashes, class_="rule"
    )


def whisker(x1: float, x2: float, y: float) -> str:
    """The span in which an estimated time may lie."""
    return tag(
        "path",
        d=f"M{number(x1)} {number(y)}H{number(x2)}M{number(x1)} {number(y - 4)}v8M{number(x2)} {number(y - 4)}v8",
        fill="none",
        stroke=TEXT,
        stroke_width=1.5,
        class_="pen",
    )
