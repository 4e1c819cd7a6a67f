"""The colour tokens keep the contrast that text, edges and states need (WCAG 2.2: 1.4.3 and 1.4.11), in both themes."""

import re
from pathlib import Path

import pytest

from timeline.naming import COLOURS

CSS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
GROUNDS = ("bg", "surface", "surface2")
TEXTS = ("text", "muted", "link", "on-track-text", "overdue-text", "drill-text")
FILLS = ("on-track", "due", "overdue", "done", "info", "drill")


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))


LIGHT = colours(CSS.split(":root {")[1].split("\n}")[0])
DARK = colours(CSS.split('[data-theme="dark"] {')[1].split("\n}")[0])


def luminance(colour: str) -> float:
    """WCAG relative luminance of `#rrggbb`."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def below(theme: dict[str, str], pairs: list[tuple[str, str]], least: float) -> list[str]:
    ratios = {f"{a} on {b}": contrast(theme[a], theme[b]) for a, b in pairs}
    return [f"{pair}: {ratio:.2f}" for pair, ratio in ratios.items() if ratio < least]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable_on_every_ground(theme: dict[str, str]) -> None:
    assert below(theme, [(text, ground) for text in TEXTS for ground in GROUNDS], 4.5) == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable_on_every_state(theme: dict[str, str]) -> None:
    pairs = [(f"{fill}-ink", fill) for fill in FILLS] + [("drill-ink", "drill-2")]
    assert below(theme, pairs, 4.5) == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_focus_and_chart_marks_stand_out(theme: dict[str, str]) -> None:
    pairs = [(edge, ground) for edge in ("border", "focus", "due-edge") for ground in GROUNDS]
    marks = ("common", "improvement", "concern", "limit", "target")
    charts = [(f"chart-{mark}", ground) for mark in marks for ground in ("bg", "chart-band")]
    assert below(theme, pairs + charts, 3.0) == []


def test_the_dark_theme_answers_for_every_colour_of_the_light_one() -> None:
    assert {name for name in LIGHT if not name.startswith("code-")} == set(DARK)


def test_no_two_codes_share_a_swatch() -> None:
    swatches = {name: colour for name, colour in LIGHT.items() if name.startswith("code-")}
    assert len(set(swatches.values())) == len(swatches)
    assert set(re.findall(r'\[data-colour="([a-z]+)"\]', CSS)) == {name.removeprefix("code-") for name in swatches}


def test_every_name_that_a_code_may_get_has_its_swatch() -> None:
    assert {name.lower() for name in COLOURS} - {name.removeprefix("code-") for name in LIGHT} == set()
