"""A protocol as a picture: the path, the phases, what is asked when, and what has to come first."""

from typing import Any, Final

from timeline.debrief.svg import group, label, tag, width_of
from timeline.handbook.words import name_of

WIDE: Final = 1120
LEFT: Final = 8
SIZE: Final = 14
ROW: Final = 30
# How far text is kept from what stands beside it.
AIR: Final = 10
LANE_LEFT: Final = 250


class _Page:
    """Parts drawn from the top down."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = 0.0

    def head(self, text: str) -> None:
        self.y += 34
        self.parts.append(label(text, LEFT, self.y, font_size=16, font_weight="700", class_="ink"))
        self.y += 14

    def add(self, *parts: str) -> None:
        self.parts += parts


def protocol_svg(raw: dict[str, Any]) -> str:
    """The whole picture as SVG, from the protocol's JSON; it says in a title what it shows."""
    page = _Page()
    _path(page, raw)
    _phases(page, raw)
    _prompts(page, raw)
    _dependencies(page, raw)
    tall = page.y + 12
    title = tag("title", "The protocol as a picture; the tables below say the same in words.")
    return tag(
        "svg",
        title,
        group(page.parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDE} {tall:.0f}",
        class_="protocol-picture",
        role="img",
    )


def _box(x: float, y: float, wide: float, tall: float, *, dashed: bool = False, css: str = "box") -> str:
    return tag("rect", x=x, y=y, width=wide, height=tall, rx=6, class_=css, stroke_dasharray="5 4" if dashed else None)


def _path(page: _Page, raw: dict[str, Any]) -> None:
    page.head("From arrest to flow")
    steps = raw["path"]
    wide = (WIDE - 2 * LEFT) / max(1, len(steps))
    for place, step in enumerate(steps):
        x = LEFT + place * wide
        due = "" if step["due_minutes"] is None else f"by {step['due_minutes']}′"
        page.add(
            _box(x, page.y, wide - 12, 46, dashed=bool(step.get("parallel"))),
            label(step["word"], x + 8, page.y + 19, font_size=SIZE, font_weight="600", class_="ink"),
            label(due, x + 8, page.y + 37, font_size=13, class_="muted"),
        )
        if place:
            page.add(tag("path", d=f"M{x - 11:.1f} {page.y + 23:.1f}h9m-4 -4l4 4l-4 4", class_="pen", fill="none"))
    page.y += 46
    if any(step.get("parallel") for step in steps):
        page.y += 18
        page.add(label("Dashed: beside the others, in no order", LEFT, page.y, font_size=12, class_="muted"))


def _phases(page: _Page, raw: dict[str, Any]) -> None:
    page.head("Phases, and what begins each")
    phases = raw["phases"]
    wide = (WIDE - 2 * LEFT) / max(1, len(phases))
    for place, phase in enumerate(phases):
        x = LEFT + place * wide
        begins = " or ".join(name_of(raw, key, "short") for key in phase["enters_on"]) or "the opening of the code"
        page.add(
            _box(x, page.y, wide - 12, 46),
            label(
                f"{phase['letter']} · {phase['label']}",
                x + 8,
                page.y + 19,
                font_size=SIZE,
                font_weight="600",
                class_="ink",
            ),
            label(_cut(begins, wide - 28, 12), x + 8, page.y + 37, font_size=12, class_="muted"),
        )
    page.y += 46


def _prompts(page: _Page, raw: dict[str, Any]) -> None:
    page.head("What is asked, by minutes after the event on the left")
    timed = [prompt for prompt in raw["prompts"] if prompt["after_minutes"] is not None]
    furthest = max((prompt["after_minutes"] for prompt in timed), default=60)
    # Room for the words of the last question.
    scale = (WIDE - LANE_LEFT - 330) / max(1, furthest)
    lanes: dict[str, list[dict[str, Any]]] = {}
    for prompt in raw["prompts"]:
        anchor = prompt["kinds"][0] if prompt["after_minutes"] is not None else f"n {prompt['count']['kind']}"
        lanes.setdefault(anchor, []).append(prompt)
    for anchor, prompts in lanes.items():
        name = name_of(raw, anchor.removeprefix("n "), "label")
        top = page.y
        for prompt in sorted(prompts, key=lambda each: each["after_minutes"] or 0):
            page.y += ROW
            page.add(_question(prompt, scale, page.y))
        page.add(
            label(_cut(name, LANE_LEFT - 40, SIZE), LEFT, top + ROW, font_size=SIZE, font_weight="600", class_="ink"),
            tag("line", x1=LANE_LEFT, x2=LANE_LEFT, y1=top + 12, y2=page.y + 8, class_="rule"),
        )
        page.y += 8


def _question(prompt: dict[str, Any], scale: float, y: float) -> str:
    minutes = prompt["after_minutes"]
    x = LANE_LEFT + (minutes or 0) * scale
    mark = f"{minutes}′" if minutes is not None else f"×{prompt['count']['times']}"
    if minutes is not None and "count" in prompt:
        mark += f" or ×{prompt['count']['times']}"
    after = x + 12 + width_of(mark, SIZE) + AIR
    return group(
        [
            tag("line", x1=LANE_LEFT, x2=x, y1=y - 5, y2=y - 5, class_="rule"),
            tag("circle", cx=x, cy=y - 5, r=5, class_="dot"),
            label(mark, x + 12, y, font_size=SIZE, font_weight="700", class_="ink"),
            label(_cut(prompt["text"], WIDE - after - LEFT, 13), after, y, font_size=13, class_="ink"),
        ]
    )


def _dependencies(page: _Page, raw: dict[str, Any]) -> None:
    page.head("What has to come first")
    for each in raw["dependencies"]:
        first = ", ".join(name_of(raw, key, "short") for key in each["first"]) or "–"
        then = ", ".join(name_of(raw, key, "short") for key in each["then"]) or "–"
        page.y += ROW
        soft = each["strength"] != "hard"
        page.add(
            label(_cut(first, 330, 13), LEFT, page.y, font_size=13, class_="ink"),
            tag(
                "path",
                d=f"M350 {page.y - 5:.1f}h52m-7 -5l7 5l-7 5",
                class_="pen",
                fill="none",
                stroke_dasharray="5 4" if soft else None,
            ),
            label(_cut(then, 320, 13), 416, page.y, font_size=13, class_="ink"),
            label(_cut(f"{each['strength']}: {each['reason']}", 350, 12), 750, page.y, font_size=12, class_="muted"),
        )
    page.y += 8


def _cut(text: str, room: float, size: float) -> str:
    """As much of a text as has room, at a word's end."""
    if width_of(text, size) <= room:
        return text
    kept: list[str] = []
    for word in text.split():
        if width_of(" ".join([*kept, word]) + "…", size) > room:
            break
        kept.append(word)
    return " ".join(kept) + "…"
