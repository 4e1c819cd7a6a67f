"""A PDF from a template and values, by typst, tagged. What people wrote reaches it only as data, never as markup."""

import logging
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import typst

log = logging.getLogger("ecpr.typeset")


@cache
def fonts() -> typst.Fonts:
    """Inter from its package; typst's own fonts stand in when it is not there. System fonts would differ by machine."""
    folders = [Path(str(files("fontpkg_inter") / "files"))] if find_spec("fontpkg_inter") else []
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def typeset(template: Path, inputs: Mapping[str, str], what: str) -> bytes:
    """The PDF that a template makes of its inputs; `what` names it in the log.

    PDF/UA refuses a text that no font has a letter for (an emoji in a note); the file is then tagged all the same,
    and only the claim to the standard is left out.
    """
    try:
        return _compile(template, inputs, "ua-1")
    except typst.TypstError as fault:
        log.warning("%s is tagged but not PDF/UA: %s", what, fault.message)
        return _compile(template, inputs, None)


def _compile(template: Path, inputs: Mapping[str, str], standard: Literal["ua-1"] | None) -> bytes:
    return typst.compile(
        template.read_bytes(),
        format="pdf",
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs=dict(inputs),
        pdf_standards=standard,
    )
