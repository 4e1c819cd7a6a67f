"""Names that can be called across a room: a colour and a number."""

import secrets
from collections.abc import Collection

COLOURS = ("Amber", "Coral", "Indigo", "Jade", "Lilac", "Mint", "Plum", "Scarlet", "Slate", "Teal", "Violet", "Gold")


def speakable_name(taken: Collection[str]) -> str:
    """A name like "Amber 7" that no other code has; the numbers grow longer only when the short ones are used up."""
    for top in (9, 99, 999, 9_999, 99_999_999):
        for _ in range(40):
            name = f"{secrets.choice(COLOURS)} {secrets.randbelow(top) + 1}"
            if name not in taken:
                return name
    raise AssertionError("a hundred million numbers are not used up")


def colour_of(name: str) -> str:
    """The colour a name begins with, in lower case; slate for a name without one."""
    first = name.split(" ", 1)[0].lower()
    return first if first.capitalize() in COLOURS else "slate"
