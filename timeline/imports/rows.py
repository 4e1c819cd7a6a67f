"""One row of an import file: what its cells say, or every fault in them."""

import re
import unicodedata
from dataclasses import dataclass

from timeline.core.records import CERTAINTIES, NULL_REASONS, PRECISIONS, SOURCES
from timeline.imports.faults import Fault, listed, quoted
from timeline.imports.payloads import BadValue, Payload, payload_of
from timeline.imports.text import Cells
from timeline.imports.times import BadTime, FromStart, Instant, read_time

COLUMNS = (
    "code", "kind", "at", "precision", "certainty", "earliest", "latest", "source", "value", "unit", "note",
)  # fmt: skip
NEEDED = ("code", "kind", "at")

KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
LONGEST = {"code": 60, "value": 500, "unit": 20, "note": 2_000}


@dataclass(frozen=True, slots=True)
class Draft:
    """A row whose cells are all well-formed; its times may still wait for the code's start."""

    line: int
    code: str
    kind: str
    at: Instant | FromStart | None
    null_reason: str | None
    precision: str
    certainty: str
    earliest: Instant | FromStart | None
    latest: Instant | FromStart | None
    source: str
    payload: Payload


def name_key(name: str) -> str:
    """What makes two names the same code: letter case, runs of spaces and a leading “Code ” do not count."""
    words = name.casefold().split()
    return " ".join(words[1:] if words[:1] == ["code"] and len(words) > 1 else words)


def read_row(row: Cells, columns: tuple[str, ...], outcomes: frozenset[str]) -> Draft | list[Fault]:
    """The row as a draft, or all that is wrong with it."""
    if len(row.cells) != len(columns):
        cells = "1 cell" if len(row.cells) == 1 else f"{len(row.cells)} cells"
        return [Fault(row.line, f"the row has {cells} and the header {len(columns)}")]
    cell = dict.fromkeys(COLUMNS, "") | dict(zip(columns, row.cells, strict=True))
    faults = [*_bad_text(cell), *_bad_kind(cell["kind"])]
    if not cell["code"]:
        faults.append("code is empty")

    at, null_reason = _time(cell, "at", faults)
    earliest, _ = _time(cell, "earliest", faults)
    latest, _ = _time(cell, "latest", faults)
    precision = _word(cell, "precision", PRECISIONS, _precision_of(at), faults)
    certainty = _word(cell, "certainty", CERTAINTIES, "record", faults)
    source = _word(cell, "source", SOURCES, "import", faults)
    payload: Payload = {}
    try:
        note = cell["note"].replace("\r\n", "\n").replace("\r", "\n")
        payload = payload_of(cell["kind"], cell["value"], cell["unit"], note, outcomes)
    except BadValue as error:
        faults.append(str(error))
    if cell["kind"] == "code_started" and (isinstance(at, FromStart) or null_reason):
        faults.append(f"at {quoted(cell['at'])}: code_started is the zero of T+, so its own time is a date and time")

    if faults:
        return [Fault(row.line, text) for text in faults]
    return Draft(
        line=row.line,
        code=" ".join(cell["code"].split()),
        kind=cell["kind"],
        at=at,
        null_reason=null_reason,
        precision=precision,
        certainty=certainty,
        earliest=earliest,
        latest=latest,
        source=source,
        payload=payload,
    )


def _bad_text(cell: dict[str, str]) -> list[str]:
    faults = []
    for column, most in LONGEST.items():
        if len(cell[column]) > most:
            faults.append(f"{column} has {len(cell[column])} characters; the most is {most}")
    for column in COLUMNS:
        allowed = "\t\r\n" if column == "note" else ""
        # In a name invisible marks are refused too: two codes must not look alike and be two.
        refused = ("Cc", "Cf") if column == "code" else ("Cc",)
        if any(unicodedata.category(mark) in refused and mark not in allowed for mark in cell[column]):
            faults.append(f"{column} {quoted(cell[column])} holds a control character")
    return faults


def _bad_kind(kind: str) -> list[str]:
    if not kind:
        return ["kind is empty"]
    if KIND.fullmatch(kind):
        return []
    plain = re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")
    hint = f"; did you mean {plain}?" if KIND.fullmatch(plain) else ""
    return [f"kind {quoted(kind)} is not a kind: small letters, digits and _, beginning with a letter{hint}"]


def _time(cell: dict[str, str], column: str, faults: list[str]) -> tuple[Instant | FromStart | None, str | None]:
    """The time in a column, and for `at` the reason when it says why there is none."""
    written = cell[column]
    if column == "at" and written.lower() in NULL_REASONS:
        return None, written.lower()
    if not written:
        if column == "at":
            faults.append(f"at is empty; write a time, or why there is none: {listed(list(NULL_REASONS))}")
        return None, None
    try:
        return read_time(written), None
    except BadTime as error:
        faults.append(f"{column} {error}")
        return None, None


def _word(cell: dict[str, str], column: str, words: tuple[str, ...], empty: str, faults: list[str]) -> str:
    written = cell[column].lower()
    if not written:
        return empty
    if written not in words:
        faults.append(f"{column} {quoted(cell[column])} is none of {listed(list(words))}")
    return written


def _precision_of(at: Instant | FromStart | None) -> str:
    return "second" if at is not None and at.fine else "minute"
