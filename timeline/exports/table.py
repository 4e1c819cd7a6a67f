"""CSV as RFC 4180 has it, in UTF-8, with a guard against cells that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

# What begins a formula in the spreadsheets in use; tab and return count because they are dropped on opening.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | bool | None


def safe(cell: Cell) -> str | int | float:
    """A cell as it is written. Text that a spreadsheet would run gets a ' before it; numbers are left as they are."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return cell
    text = cell.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_RUNS) or text.startswith(_RUNS) else text


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> str:
    """A CSV file: the columns in their order, then the rows; a key that is no column raises ValueError."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: safe(cell) for key, cell in row.items()})
    return out.getvalue()


def iso(ms: int | None, zone: tzinfo) -> str:
    """ISO 8601 with milliseconds and offset from UTC; empty when there is no time."""
    if ms is None:
        return ""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).isoformat(timespec="milliseconds")


def minute(ms: int | None, zero: int | None) -> float | None:
    """Minutes from the arrest to four decimals, or nothing without one of the two."""
    return None if ms is None or zero is None else round((ms - zero) / 60_000, 4)
