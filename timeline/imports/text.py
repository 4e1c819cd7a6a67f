"""From the bytes of a file to the cells of its rows, each with the line it stands on."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from timeline.imports.faults import Fault

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
# A lost quote makes the reader run on until its cell is too long; this many such runs are enough to judge a file.
MOST_LOST = 100
DELIMITERS = (",", ";", "\t")

# What people send by mistake, known by its first bytes.
FOREIGN = (
    (b"PK\x03\x04", "this is a spreadsheet or a zip archive, not a CSV file; save the sheet as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "this is an old Excel workbook, not a CSV file; save the sheet as CSV (UTF-8)"),
    (b"%PDF", "this is a PDF, not a CSV file"),
    (b"\xff\xfe", "the file is in UTF-16; save it as CSV (UTF-8)"),
    (b"\xfe\xff", "the file is in UTF-16; save it as CSV (UTF-8)"),
)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one row, stripped, and the physical line on which the row begins."""

    line: int
    cells: tuple[str, ...]


class Unreadable(ValueError):
    """The file as a whole cannot be read; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, with or without a byte-order mark.

    Raises Unreadable when it is too large, empty, of another format or of another encoding.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(
            Fault(1, f"the file has {len(data) / 1024 / 1024:.1f} MB; the most is {MOST_BYTES // 1024 // 1024} MB")
        )
    for start, sentence in FOREIGN:
        if data.startswith(start):
            raise Unreadable(Fault(1, sentence))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(data, error.start)
        raise Unreadable(
            Fault(line, f"the file is not in UTF-8 (byte 0x{data[error.start]:02X} here); save it as CSV (UTF-8)")
        ) from None
    if "\x00" in text:
        line = _line_of(data, data.index(b"\x00"))
        raise Unreadable(Fault(line, "the file holds a zero byte here, so it is not text; save it as CSV (UTF-8)"))
    if not text.strip():
        raise Unreadable(Fault(1, "the file is empty"))
    return text


def _line_of(data: bytes, position: int) -> int:
    before = data[:position].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def delimiter_of(text: str, columns: frozenset[str]) -> str:
    """Comma, semicolon or tab: the one that finds the most known column names in the header."""
    header = text.lstrip().splitlines()[0]

    def known(delimiter: str) -> int:
        return sum(name.strip(' "').lower() in columns for name in header.split(delimiter))

    return max(DELIMITERS, key=known)


def rows_of(text: str, delimiter: str) -> Iterator[Cells | Fault]:
    """Every row that is not blank, in order; a Fault in place of a row whose quotes do not close or match.

    After such a row reading goes on with the line below it, so that one lost quote hides nothing else.
    """
    lines = list(io.StringIO(text, newline=""))
    start = lost = 0
    while start < len(lines):
        reader = csv.reader((lines[at] for at in range(start, len(lines))), delimiter=delimiter, strict=True)
        begun = 0
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Cells(start + begun + 1, tuple(cell.strip() for cell in cells))
                begun = reader.line_num
            return
        except csv.Error as error:
            yield Fault(start + begun + 1, _quote_fault(error))
            start += begun + 1
            lost += 1
        if lost == MOST_LOST and start < len(lines):
            yield Fault(
                start + 1,
                f"{MOST_LOST} rows before this one have quotation marks that do not match; "
                "the file was not read beyond here",
            )
            return


def _quote_fault(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quotation mark is opened here and never closed"
    if "field larger" in str(error):
        return "a cell is longer than any cell may be; is a quotation mark missing?"
    return "the quotation marks do not match; a quotation mark inside a quoted cell is written twice"
