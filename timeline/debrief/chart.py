"""The run chart of arrest to flow as SVG: one sign per code in its order in time (quality reference, 1.2 and 3.4).

Of hundreds of codes the picture stays as wide as a page: the dots become small and stand without names and windows, the
line between them gives way to the median of each quarter. Every code is in it all the same.

The colours of the two themes come from audit.css by class; what stands here is for paper.
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from itertools import groupby
from math import ceil
from typing import Final

from timeline.quality.audit import FEW, Audit
from timeline.quality.cases import Case
from timeline.quality.stats import median

from .marks import FONT, LINE, PAPER, SIZE, TEXT, line, shape, text
from .svg import group, number, tag, width_of, words
from .words import instant, minutes_words

LEFT: Final = 58.0
TOP: Final = 66.0
HEIGHT: Final = 270.0
NARROWEST: Final = 900.0
WIDEST: Final = 1160.0
STEP: Final = 15.0
# Signs that stand closer than this cannot be told apart, nor hit.
NEAREST: Final = 8.0
BOTTOM: Final = 46.0
# The signs of codes without a time to flow; they stand above the scale and in no calculation.
SIGNS: Final = {
    "rosc": ("circle", "ROSC, no ECMO"),
    "stopped": ("cross", "stopped or cannulation failed"),
    "declined": ("square", "ECPR declined"),
    "transferred": ("flag", "transferred"),
    "missing": ("question", "time missing"),
    "inconsistent": ("bang", "times inconsistent"),
}


def run_chart(audit: Audit, zone: tzinfo, title: str) -> str:
    """The chart as an SVG document; `title` says in words what it shows."""
    rows = audit.rows
    width = min(WIDEST, max(NARROWEST, LEFT + 20 + STEP * (len(rows) + 1)))
    highest = max([row.high or row.minutes or 0 for row in rows if row.minutes is not None], default=0)
    top = 30 * ceil(max(90, highest + 5) / 30)
    right = width - 96
    step = _step(len(rows), right)

    def x_of(place: float) -> float:
        return LEFT + 16 + step * (place + 0.5)

    def y_of(minutes: float) -> float:
        return TOP + HEIGHT * (1 - minutes / top)

    parts = _scale(top, right, y_of)
    parts += _dates(rows, x_of, zone)
    parts.append(_target(audit, right, y_of))
    if audit.times.median is not None:
        parts.append(_centre(audit.times.median, right, y_of))
    if step < NEAREST:
        parts += _crowd(rows, step, x_of, y_of)
        parts += _quarters(rows, zone, x_of, y_of)
    else:
        known = [(x_of(i), y_of(row.minutes)) for i, row in enumerate(rows) if row.minutes is not None]
        if len(known) > 1:
            path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in known)
            parts.append(tag("path", d=path, fill="none", stroke=LINE, stroke_width=1, class_="thread"))
        few = audit.times.n < FEW
        parts += [_sign(row, x_of(place), y_of, few) for place, row in enumerate(rows)]
    return tag(
        "svg",
        tag("title", words(title)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(TOP + HEIGHT + BOTTOM)}",
        width=width,
        height=TOP + HEIGHT + BOTTOM,
        role="img",
        font_family=FONT,
        font_size=SIZE,
        class_="run-chart",
    )


def sample_sign(sign: str) -> str:
    """A sign alone, for the legend."""
    drawn = _drawn(SIGNS[sign][0], 9, 9) if sign in SIGNS else shape("circle", 9, 9, hollow=sign == "estimated")
    return tag("svg", drawn, viewBox="0 0 18 18", width=18, height=18, aria_hidden="true", class_="legend-sign")


def is_crowded(count: int) -> bool:
    """Whether so many codes are drawn as a crowd of dots, with the medians of quarters."""
    return _step(count, WIDEST - 96) < NEAREST


def _step(count: int, right: float) -> float:
    return (right - LEFT - 20) / max(count, 12)


def _crowd(
    rows: Sequence[Case], step: float, x_of: Callable[[float], float], y_of: Callable[[float], float]
) -> list[str]:
    """Every code as a dot, or as a tick above the scale if it has no time; three paths, however many there are."""
    size = max(2.5, min(7.0, 1.2 * step))
    dots: dict[bool, list[str]] = {False: [], True: []}
    ticks = []
    for place, row in enumerate(rows):
        x = number(x_of(place))
        if row.minutes is None:
            ticks.append(f"M{x} {number(TOP - 45)}v10")
        else:
            dots[row.estimated].append(f"M{x} {number(y_of(row.minutes))}h0")
    parts = [tag("path", d="".join(ticks), fill="none", stroke=TEXT, stroke_width=min(1.5, step), class_="pen")]
    for estimated, drawn in dots.items():
        path = {"d": "".join(drawn), "fill": "none", "stroke_linecap": "round"}
        parts.append(tag("path", **path, stroke=TEXT, stroke_width=size, class_="pen"))
        if estimated:
            parts.append(tag("path", **path, stroke=PAPER, stroke_width=size * 0.55, class_="pen-open"))
    return parts


def _quarters(
    rows: Sequence[Case], zone: tzinfo, x_of: Callable[[float], float], y_of: Callable[[float], float]
) -> list[str]:
    """The median of each quarter of a year, over its codes; none where there are too few."""

    def quarter(placed: tuple[int, Case]) -> tuple[int, int]:
        began = instant(placed[1].started_at, zone)
        return began.year, (began.month - 1) // 3

    drawn = []
    for _, codes in groupby(enumerate(rows), quarter):
        placed = list(codes)
        minutes = [row.minutes for _, row in placed if row.minutes is not None]
        if len(minutes) >= FEW:
            y = number(y_of(median(minutes)))
            drawn.append(f"M{number(x_of(placed[0][0] - 0.5))} {y}H{number(x_of(placed[-1][0] + 0.5))}")
    path = tag("path", d="".join(drawn), fill="none", stroke=PAPER, stroke_width=6, class_="pen-open")
    return [path, tag("path", d="".join(drawn), fill="none", stroke=TEXT, stroke_width=3, class_="quarter")]


def _scale(top: int, right: float, y_of: Callable[[float], float]) -> list[str]:
    parts = [text("minutes", LEFT - 8, TOP - 8, anchor="end", muted=True)]
    for minutes in range(0, top + 1, 15 if top <= 120 else 30):
        y = y_of(minutes)
        parts.append(line(LEFT, y, right, y, dashes=None if minutes == 0 else "1 4"))
        parts.append(text(str(minutes), LEFT - 8, y + 4, anchor="end"))
    parts.append(line(LEFT, TOP - 26, right, TOP - 26, dashes="1 4"))
    parts.append(text("no time", LEFT - 8, TOP - 36, anchor="end", muted=True))
    return parts


def _dates(rows: Sequence[Case], x_of: Callable[[float], float], zone: tzinfo) -> list[str]:
    """Months under the first code of each, as far as there is room; the year where it begins."""
    parts: list[str] = []
    free, month, year = 0.0, "", ""
    for place, row in enumerate(rows):
        moment = instant(row.started_at, zone)
        if moment.strftime("%Y-%m") == month:
            continue
        x = x_of(place)
        month = moment.strftime("%Y-%m")
        if x >= free:
            parts.append(line(x, TOP + HEIGHT, x, TOP + HEIGHT + 5))
            parts.append(text(moment.strftime("%b"), x - 4, TOP + HEIGHT + 19))
            if moment.strftime("%Y") != year:
                year = moment.strftime("%Y")
                parts.append(text(year, x - 4, TOP + HEIGHT + 35, weight="600"))
            free = x + 34
    return parts


def _target(audit: Audit, right: float, y_of: Callable[[float], float]) -> str:
    parts = []
    for limit in audit.limits or (audit.limit,):
        y = y_of(limit)
        parts.append(
            tag(
                "line",
                x1=LEFT,
                y1=y,
                x2=right,
                y2=y,
                stroke=TEXT,
                stroke_width=2,
                stroke_dasharray="6 4",
                class_="target",
            )
        )
        parts.append(text(f"target {number(limit)}", right + 8, y + 4, weight="600"))
    return group(parts)


def _centre(centre: float, right: float, y_of: Callable[[float], float]) -> str:
    y = y_of(centre)
    shown = text(f"median {number(round(centre))}", right + 8, y + (18 if 0 <= y - y_of(60) < 14 else 4))
    return tag("line", x1=LEFT, y1=y, x2=right, y2=y, stroke=LINE, stroke_width=2, class_="centre") + shown


def _sign(row: Case, x: float, y_of: Callable[[float], float], named: bool) -> str:
    if row.minutes is None:
        name, said = SIGNS[row.sign]
        return group([tag("title", words(f"{row.name}: {said}")), _drawn(name, x, TOP - 40)])
    parts = [tag("title", words(f"{row.name}: {minutes_words(row.minutes)}{', estimated' if row.estimated else ''}"))]
    y = y_of(row.minutes)
    if row.low is not None and row.high is not None and row.high > row.low:
        parts.append(
            tag("line", x1=x, y1=y_of(row.low), x2=x, y2=y_of(row.high), stroke=TEXT, stroke_width=1.5, class_="pen")
        )
    parts.append(
        tag(
            "circle",
            cx=x,
            cy=y,
            r=5,
            fill=PAPER if row.estimated else TEXT,
            stroke=TEXT,
            stroke_width=2,
            class_="dot dot-open" if row.estimated else "dot",
        )
    )
    if named:
        half = width_of(row.name, SIZE) / 2
        parts.append(text(row.name, max(x - half, LEFT), y - 10))
    return group(parts)


def _drawn(name: str, x: float, y: float) -> str:
    if name in ("question", "bang"):
        return text("?" if name == "question" else "!", x, y + 4.5, anchor="middle", weight="800")
    drawn = shape(name, x, y, hollow=name in ("circle", "square"))
    # A ring with a dot: a hollow circle alone is a time whose arrest is estimated.
    return drawn + tag("circle", cx=x, cy=y, r=2, fill=TEXT, class_="core") if name == "circle" else drawn
