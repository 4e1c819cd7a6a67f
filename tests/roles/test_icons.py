"""Icons are inlined from the package, hidden from screen readers, and never built from unchecked names."""

import xml.etree.ElementTree as ET

import pytest
from django.template import Context, Template

from roles.templatetags.icons import UnknownIcon, drawing, icon, icon_directory, icon_sprite


def test_an_icon_is_one_well_formed_svg_that_screen_readers_do_not_see() -> None:
    svg = ET.fromstring(icon("zap"))
    assert svg.tag == "svg"
    assert svg.get("aria-hidden") == "true"
    assert svg.get("focusable") == "false"
    assert svg.get("stroke") == "currentColor"
    assert svg.get("stroke-width") == "2.5"
    assert svg.get("class") == "icon"
    assert [child.tag for child in svg] == ["path"]


def test_an_icon_takes_a_further_class() -> None:
    assert ET.fromstring(icon("zap", "icon--big")).get("class") == "icon icon--big"


def test_a_class_that_would_break_out_of_its_attribute_is_refused() -> None:
    with pytest.raises(ValueError, match="not a list of CSS classes"):
        icon("zap", '" onload="x')


@pytest.mark.parametrize("name", ["no-such-icon-here", "../package", "Zap", "", "zap.svg", "a--b", "/etc/passwd"])
def test_a_name_that_is_no_icon_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownIcon, match=f"'{name}'"):
        drawing(name)


def test_the_drawing_is_read_once_and_kept() -> None:
    first = drawing("syringe")
    assert drawing("syringe") is first


def test_the_sprite_holds_each_named_icon_once_under_its_own_id() -> None:
    sprite = ET.fromstring(icon_sprite("zap", "syringe", "zap"))
    assert sprite.get("aria-hidden") == "true"
    assert [symbol.get("id") for symbol in sprite] == ["i-zap", "i-syringe"]
    assert [symbol.get("stroke-width") for symbol in sprite] == ["2.5", "2.5"]


def test_a_sprite_without_names_is_empty() -> None:
    assert list(ET.fromstring(icon_sprite())) == []


def test_templates_draw_icons_unescaped() -> None:
    page = Template('{% load icons %}<p>{% icon "zap" %} Shock</p>{% icon_sprite "zap" %}').render(Context())
    assert page == f"<p>{icon('zap')} Shock</p>{icon_sprite('zap')}"


def test_no_icon_carries_inline_style_or_script() -> None:
    """The Content-Security-Policy allows neither, so a drawing that needed one would show broken."""
    texts = [file.read_text(encoding="utf-8") for file in icon_directory().glob("*.svg")]
    assert len(texts) > 1000
    assert [text for text in texts if "style=" in text or "<style" in text or "<script" in text] == []
