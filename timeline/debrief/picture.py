"""The timeline picture of a code, as SVG for the page and for the PDF (quality reference, 3.4).

Left is the arrest. Without an arrest time the picture counts from the start of the code, and says so.
"""

from collections.abc import Callable
from datetime import tzinfo
from itertools import accumulate
from math import ceil, floor
from typing import Any, Final

from timeline.core.protocol import Protocol

from .flags import LEVELS, Flag, place, wanted_flags
from .lanes import Bar, Lane, Mark, drug_key, lanes_of, standing_records
from .marks import BAR, FONT, LINE, PAPER, SIZE, TEXT, TINT, letter, line, shape, text, whisker
from .svg import group, number, tag, width_of, words
from .words import MODE_WORDS, clock, interval_words, minutes_words, plural, target_words

WIDTH: Final = 760.0
LEFT: Final = 100.0
RIGHT: Final = 750.0
LANE: Final = 24.0
LEVEL: Final = 17.0
TOP: Final = 8.0
USUAL_END: Final = 75
LONGEST: Final = 240
EARLIEST: Final = -20
BAND_MINUTES: Final = 5
FEWEST: Final = 3


def timeline_svg(reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> str:
    """The picture as an SVG document; its <title> says in two sentences what it shows."""
    title = summary(reading)
    records = standing_records(reading)
    clinical = [record for record in records if (kind := protocol.kinds.get(record["kind"])) is None or kind.clinical]
    if len(clinical) < FEWEST:
        return _document(title, 64, [text("Too little recorded for a timeline.", 12, 38, muted=True)])
    onset = reading["anchors"]["arrest_onset"]
    zero = onset["at"] if onset is not None else reading["code"]["started_at"] or clinical[0]["at"]
    wanted = wanted_flags(reading, protocol, zero)
    low, high = _scale([want.minute for want in wanted])
    x_of = _projection(low, high)
    until = _until(reading, zero, high)
    all_lanes = lanes_of(reading, protocol, zero, until)
    shown = [lane for lane in all_lanes if _in_sight(lane, low, high)]
    flags, dropped = place([want for want in wanted if low <= want.minute <= high], x_of, LEFT, RIGHT)
    base = TOP + LEVELS * LEVEL + 8
    limit = reading["clock"]["limit_minutes"]
    tops = list(accumulate([base, *[_height(lane) for lane in shown]]))
    bottom = tops[-1]
    parts = [_hatch()] + [_ground(lane, top) for lane, top in zip(shown, tops, strict=False)]
    parts += [_band(limit, x_of, base, bottom, high) if onset is not None else ""]
    parts += _axis(low, high, x_of, base, bottom, zero, zone)
    poles, cloths = _drawn_flags(flags, base, bottom, x_of)
    parts += poles
    parts += [_lane(lane, top, x_of, low, high) for lane, top in zip(shown, tops, strict=False)]
    parts += cloths
    notes = _notes(onset is None, high, all_lanes, shown, dropped, clinical, zero, (low, high))
    height = bottom + 44
    for note in notes:
        parts.append(text(note, LEFT, height + 10, muted=True))
        height += 17
    return _document(title, height + 6, parts)


def summary(reading: dict[str, Any]) -> str:
    """The picture in two sentences, for whoever cannot see it."""
    code, milestones = reading["code"], reading["milestones"]
    mode = MODE_WORDS.get(code["mode"], "")
    interval, target = reading["intervals"]["arrest_to_flow"], reading["targets"]["arrest_to_flow"]
    told = [
        f"{said} at {minutes_words(milestones[kind]['minute'])}"
        for kind, said in (
            ("ecpr_activated", "ECPR was called"),
            ("ecpr_decision", "decided"),
            ("cannulation_start", "cannulation began"),
            ("rosc", "ROSC came"),
            ("flow_on", "the pump flow began"),
            ("flow_established", "target flow was reached"),
        )
        if kind in milestones and milestones[kind]["minute"] is not None
    ]
    first = (
        f"Timeline of code {code['name'] or 'without a name'}{f' ({mode})' if mode else ''}, minutes from the arrest"
    )
    first += f": {', '.join(told)}." if told else "."
    counts = ", ".join(
        plural(milestones[kind]["count"], one)
        for kind, one in (("shock", "shock"), ("drug", "drug dose"), ("rhythm_check", "rhythm check"))
        if kind in milestones
    )
    second = f"Arrest to flow: {interval_words(interval)}"
    second += f" against a target of {target['limit_minutes']} min, {target_words(target)}"
    return f"{first} {second}{f'; {counts}' if counts else ''}. The event table holds every time."


def _document(title: str, height: float, parts: list[str]) -> str:
    return tag(
        "svg",
        tag("title", words(title)),
        tag("rect", x=0, y=0, width=WIDTH, height=height, fill=PAPER, class_="paper"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(WIDTH)} {number(height)}",
        width=WIDTH,
        height=height,
        role="img",
        font_family=FONT,
        font_size=SIZE,
        class_="timeline-picture",
    )


def _scale(minutes: list[float]) -> tuple[float, float]:
    """0 to 75 by default, so that pictures compare across codes; further only where milestones ask for it."""
    low, high = min(minutes, default=0), max(minutes, default=0)
    start = max(EARLIEST, 5 * floor(low / 5)) if low < 0 else 0
    end = USUAL_END if high <= USUAL_END - 2 else min(LONGEST, 15 * ceil((high + 5) / 15))
    return float(start), float(end)


def _projection(low: float, high: float) -> Callable[[float], float]:
    def x_of(minute: float) -> float:
        return LEFT + (min(max(minute, low), high) - low) / (high - low) * (RIGHT - LEFT)

    return x_of


def _until(reading: dict[str, Any], zero: int, high: float) -> float:
    """How far what goes on is drawn: to the end of the code, to now, or to the edge."""
    end = reading["code"]["closed_at"] if reading["code"]["closed_at"] is not None else reading["now"]
    return float(min(high, max(0, (end - zero) / 60_000)))


def _in_sight(lane: Lane, low: float, high: float) -> bool:
    return any(low <= mark.minute <= high for mark in lane.marks) or any(
        bar.end > low and bar.start < high for bar in lane.bars
    )


def _hatch() -> str:
    stroke = tag("path", d="M0 6L6 0M-1 1L1 -1M5 7L7 5", stroke=LINE, stroke_width=1, class_="rule")
    return tag("defs", tag("pattern", stroke, id="hatch", width=6, height=6, patternUnits="userSpaceOnUse"))


def _band(limit: int, x_of: Callable[[float], float], base: float, bottom: float, high: float) -> str:
    if limit >= high:
        return ""
    left, right = x_of(limit), x_of(limit + BAND_MINUTES)
    return group(
        [
            tag(
                "rect",
                x=left,
                y=base - 2,
                width=right - left,
                height=bottom - base + 4,
                fill="url(#hatch)",
                fill_opacity="0.55",
                class_="band",
            ),
            tag(
                "line",
                x1=left,
                y1=base - 4,
                x2=left,
                y2=bottom + 5,
                stroke=TEXT,
                stroke_width=2,
                stroke_dasharray="5 3",
                class_="pen",
            ),
            _along(f"target {limit} min", (left + right) / 2, (base + bottom) / 2),
        ]
    )


def _along(said: str, x: float, y: float) -> str:
    """Words that run up the band, on paper so that the hatching does not cross them."""
    half = width_of(said, SIZE) / 2 + 4
    paper = tag("rect", x=-half, y=-8, width=2 * half, height=16, fill=PAPER, class_="paper")
    return group(
        [paper, text(said, 0, 4.2, anchor="middle", weight="600")],
        transform=f"translate({number(x)} {number(y)}) rotate(-90)",
    )


def _axis(
    low: float, high: float, x_of: Callable[[float], float], base: float, bottom: float, zero: int, zone: tzinfo
) -> list[str]:
    step = 10 if high - low <= 120 else 20 if high - low <= 180 else 30
    parts = [line(LEFT, bottom, RIGHT, bottom, width=1.5)]
    parts.append(text("minutes", LEFT - 22, bottom + 17, anchor="end", muted=True))
    parts.append(text("time of day", LEFT - 22, bottom + 33, anchor="end", muted=True))
    for minute in range(int(ceil(low / step) * step), int(high) + 1, step):
        x = x_of(minute)
        anchor = "end" if x > RIGHT - 12 else "middle"
        parts.append(line(x, base, x, bottom, dashes="1 4"))
        parts.append(line(x, bottom, x, bottom + 4, width=1.5))
        parts.append(text(f"{minute}".replace("-", "−"), x, bottom + 17, anchor=anchor, weight="600"))
        parts.append(text(clock(zero + minute * 60_000, zone, "minute"), x, bottom + 33, anchor=anchor, muted=True))
    return parts


def _height(lane: Lane) -> float:
    """Lanes whose marks have words need a row for them."""
    return LANE + 13 if any(mark.beside and mark.shape == "triangle" for mark in lane.marks) else LANE


def _ground(lane: Lane, top: float) -> str:
    height = _height(lane)
    tint = tag("rect", x=LEFT, y=top + 1.5, width=RIGHT - LEFT, height=height - 3, fill=TINT, class_="lane")
    return tint + text(lane.name, LEFT - 10, top + height / 2 + 4, anchor="end", weight="600")


def _lane(lane: Lane, top: float, x_of: Callable[[float], float], low: float, high: float) -> str:
    middle = top + LANE / 2
    parts = [_bar(bar, middle, x_of) for bar in lane.bars if bar.end > low and bar.start < high]
    last, up, free = -99.0, False, -99.0
    for mark in lane.marks:
        if not low <= mark.minute <= high:
            continue
        x = x_of(mark.minute)
        # Signs that would cover each other stand a little above and below the middle by turns.
        up = not up if x - last < 15 and mark.letter else False
        last = x
        parts.append(_mark(mark, x, middle - (4 if up else 0), x_of))
        beside = " ".join(filter(None, [mark.beside, "L" if mark.late else ""]))
        below = mark.shape == "triangle"
        left = x - width_of(beside, SIZE) / 2 if below else x + 9
        if beside and left >= free:
            parts.append(text(beside, left, middle + (17 if below else 4)))
            free = left + width_of(beside, SIZE) + 3
    return group(parts)


def _bar(bar: Bar, middle: float, x_of: Callable[[float], float]) -> str:
    left, right = x_of(bar.start), x_of(bar.end)
    wide = right - left > width_of(bar.said, SIZE) + 6
    if bar.style == "gap":
        return text(bar.said, (left + right) / 2, middle + 4, anchor="middle") if bar.said else ""
    if bar.style == "dotted":
        drawn = line(left, middle, right, middle, dashes="1.5 4", width=2)
        return drawn + (text(bar.said, left + 4, middle - 2, muted=True) if wide else "")
    solid = bar.style == "solid"
    drawn = tag(
        "rect",
        x=left,
        y=middle - 6.5,
        width=max(right - left, 1),
        height=13,
        fill=BAR if solid else PAPER,
        stroke=None if solid else BAR,
        stroke_width=None if solid else 1.25,
        class_="bar" if solid else "bar-open",
    )
    if not bar.said or not wide:
        return drawn
    if solid:
        said = tag("text", words(bar.said), x=left + 5, y=middle + 4, fill=PAPER, font_weight="600", class_="on-sign")
    else:
        said = text(bar.said, left + 5, middle + 4)
    return drawn + said


def _mark(mark: Mark, x: float, y: float, x_of: Callable[[float], float]) -> str:
    parts = [tag("title", words(mark.said))]
    if mark.low is not None and mark.high is not None:
        parts.append(whisker(x_of(mark.low), x_of(mark.high), y))
    parts.append(shape(mark.shape, x, y, hollow=mark.hollow))
    if mark.letter:
        parts.append(letter(mark.letter, x, y, hollow=mark.hollow))
    return group(parts)


def _drawn_flags(
    flags: list[Flag], base: float, bottom: float, x_of: Callable[[float], float]
) -> tuple[list[str], list[str]]:
    poles, cloths = [], []
    for flag in flags:
        y = base - 8 - flag.level * LEVEL
        poles.append(line(flag.x, y - 8, flag.x, bottom, width=1))
        if flag.low is not None and flag.high is not None:
            poles.append(whisker(x_of(flag.low), x_of(flag.high), base - 2))
        sign = "square" if flag.kind in ("flow_on", "flow_established") else "circle" if flag.kind == "rosc" else "flag"
        if sign == "flag":
            head = tag(
                "circle",
                cx=flag.x,
                cy=y - 8,
                r=2.5,
                fill=PAPER if flag.hollow else TEXT,
                stroke=TEXT,
                stroke_width=1.5,
                class_="sign sign-open" if flag.hollow else "sign",
            )
        else:
            head = group(
                [shape(sign, 0, 0, hollow=flag.hollow)],
                transform=f"translate({number(flag.x)} {number(y - 6)}) scale(.7)",
            )
        bold = "700" if flag.kind in ("arrest_onset", "flow_established", "flow_on", "rosc") else "600"
        halo = tag("rect", x=flag.left - 1.5, y=y - 12, width=flag.width + 3, height=15, fill=PAPER, class_="paper")
        cloths += [halo, text(flag.said, flag.left, y, weight=bold), head]
    return poles, cloths


def _notes(
    no_onset: bool,
    high: float,
    lanes: list[Lane],
    shown: list[Lane],
    dropped: list[Any],
    records: list[dict[str, Any]],
    zero: int,
    scale: tuple[float, float],
) -> list[str]:
    notes = []
    if no_onset:
        notes.append("No arrest time was recorded: minutes count from the start of the code.")
    else:
        notes.append(
            "Dashed line and hatching: the target and five minutes past it. Hollow: estimated. L: entered late."
        )
    key = ", ".join(f"{sign} {name}" for sign, name in drug_key(records))
    if key:
        notes.append(f"Drugs: {key}."[:110])
    empty = [lane.name.lower().replace("cpr", "CPR") for lane in lanes if lane not in shown]
    if empty:
        notes.append(f"Nothing recorded for: {', '.join(empty)}.")
    if high > USUAL_END:
        notes.append(f"The scale runs to {int(high)} min; the usual one ends at {USUAL_END}.")
    beyond = sum(not scale[0] <= (record["at"] - zero) / 60_000 <= scale[1] for record in records) + len(dropped)
    if beyond:
        notes.append(f"{plural(beyond, 'further event')} without a place here: see the event table.")
    return notes
