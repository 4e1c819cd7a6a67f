"""What is wrong with a file, said so that the person who made it can put it right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, and where.

    `line` is the physical line of the file (the header is line 1; a row that runs over several lines has
    the number of its first). `text` is a sentence that names the column and the fault.
    """

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def quoted(cell: str, longest: int = 40) -> str:
    """A cell as it may be shown inside a sentence: one line, in quotes, never long."""
    shown = "".join(character if character.isprintable() else "·" for character in cell)
    return f"“{shown[:longest]}…”" if len(shown) > longest else f"“{shown}”"


def listed(words: list[str], joint: str = "or") -> str:
    """Words as a person lists them: a, b or c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"
