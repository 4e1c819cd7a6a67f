"""A whole import file: its codes with their good rows, and every fault with its line."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from timeline.imports.faults import Fault, listed, quoted
from timeline.imports.payloads import Payload
from timeline.imports.rows import COLUMNS, NEEDED, Draft, name_key, read_row
from timeline.imports.text import MOST_ROWS, Cells, Unreadable, decode, delimiter_of, rows_of
from timeline.imports.times import FromStart, Instant

KNOWN = frozenset(COLUMNS)


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: what will be one record. Times are UTC milliseconds."""

    line: int
    kind: str
    at: int | None
    null_reason: str | None
    precision: str
    certainty: str
    earliest: int | None
    latest: int | None
    source: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class FileCode:
    """One code of the file: `rows` begins with its `code_started`, the others follow by time."""

    name: str
    mode: str
    started_at: int
    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """The name as codes of a file are told apart by it."""
        return name_key(self.name)

    @property
    def line(self) -> int:
        """The line of its `code_started` row."""
        return self.rows[0].line


@dataclass(frozen=True, slots=True)
class BadRow:
    """What can still be told of a row that has a fault."""

    line: int
    code: str
    kind: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file says. `rows` counts the rows below the header, good and bad."""

    codes: tuple[FileCode, ...]
    faults: tuple[Fault, ...]
    rows: int

    @property
    def good(self) -> int:
        """How many rows can be imported."""
        return sum(len(code.rows) for code in self.codes)

    @property
    def bad_lines(self) -> int:
        """On how many lines something is wrong."""
        return len({fault.line for fault in self.faults})


def read_file(data: bytes, outcomes: frozenset[str], once: frozenset[str] = frozenset()) -> ReadFile:
    """Read a file of import rows; docs/import.md is its format in words.

    `outcomes` are the words that code_closed may have, `once` the kinds that a code or an episode has one of, in
    which an identical second row is a slip and not a second event. Never raises: whatever is wrong with the file
    comes back as faults, all of them, in the order of their lines.
    """
    try:
        text = decode(data)
    except Unreadable as error:
        return ReadFile((), (error.fault,), 0)
    found = list(rows_of(text, delimiter_of(text, KNOWN)))
    faults = [item for item in found if isinstance(item, Fault)]
    rows = [item for item in found if isinstance(item, Cells)]
    if not rows:
        return ReadFile((), _in_order(faults or [Fault(1, "the file is empty")]), len(faults))
    header, *rows = rows
    columns = tuple(name.lower() for name in header.cells)
    wrong_header = _header_faults(header, columns)
    faults += wrong_header
    count = len(rows) + sum(isinstance(item, Fault) for item in found)
    if not count:
        faults.append(Fault(header.line, "the file has a header and no rows"))
    if len(rows) > MOST_ROWS:
        faults.append(Fault(rows[MOST_ROWS].line, f"the file has {len(rows):,} rows; the most is {MOST_ROWS:,}"))
        return ReadFile((), _in_order(faults), count)
    if any(name not in columns for name in NEEDED) or len(set(columns)) < len(columns):
        return ReadFile((), _in_order(faults), count)
    drafts: list[Draft] = []
    bad: list[BadRow] = []
    for row in rows:
        read = read_row(row, columns, outcomes)
        if isinstance(read, Draft):
            drafts.append(read)
            continue
        faults += read
        bad += _bad_row(row, columns)
    codes, more = _codes_of(drafts, bad, once)
    return ReadFile(codes, _in_order([*faults, *more]), count)


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(set(faults)))


def _header_faults(header: Cells, columns: tuple[str, ...]) -> list[Fault]:
    faults = []
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        noun = "a column" if len(missing) == 1 else "columns"
        faults.append(
            Fault(
                header.line, f"the header lacks {noun}: {listed(missing, 'and')}; the columns are {','.join(COLUMNS)}"
            )
        )
    for place, name in enumerate(columns):
        shown = header.cells[place]
        if not name:
            faults.append(Fault(header.line, f"column {place + 1} of the header has no name"))
        elif name in columns[:place]:
            faults.append(Fault(header.line, f"the header has the column {quoted(shown)} twice"))
        elif name not in KNOWN:
            faults.append(
                Fault(
                    header.line,
                    f"the header has an unknown column {quoted(shown)}; the columns are {','.join(COLUMNS)}",
                )
            )
    return faults


def _bad_row(row: Cells, columns: tuple[str, ...]) -> list[BadRow]:
    """The code and kind of a row that has a fault, as far as they can be told."""
    cells = dict(zip(columns, row.cells, strict=False))
    name, kind = cells.get("code", ""), cells.get("kind", "")
    return [BadRow(row.line, name, kind.lower())] if name and kind else []


def _codes_of(
    drafts: Iterable[Draft], bad: Iterable[BadRow], once: frozenset[str]
) -> tuple[tuple[FileCode, ...], list[Fault]]:
    good_of: defaultdict[str, list[Draft]] = defaultdict(list)
    bad_of: defaultdict[str, list[BadRow]] = defaultdict(list)
    for draft in drafts:
        good_of[name_key(draft.code)].append(draft)
    for row in bad:
        bad_of[name_key(row.code)].append(row)
    codes: list[FileCode] = []
    faults: list[Fault] = []
    for key in good_of | bad_of:
        code, more = _code_of(good_of[key], bad_of[key], once)
        faults += more
        if code is not None:
            codes.append(code)
    return tuple(codes), faults


def _code_of(drafts: list[Draft], bad: list[BadRow], once: frozenset[str]) -> tuple[FileCode | None, list[Fault]]:
    starts = [draft for draft in drafts if draft.kind == "code_started"]
    bad_starts = [row.line for row in bad if row.kind == "code_started"]
    if not starts and not bad_starts:
        return None, [*(_placeless(row, None) for row in drafts), *(_placeless(row, None) for row in bad)]
    # With one good start and a bad one, nobody but the author can say which is the zero of T+.
    if bad_starts:
        return None, [_placeless(draft, bad_starts[0]) for draft in drafts]
    start, *again = starts
    assert isinstance(start.at, Instant)
    faults = [
        Fault(second.line, f"code {quoted(second.code)} already has a code_started row, on line {start.line}")
        for second in again
    ]
    zero = _row_of(start, start.at.ms)
    if wrong := _window_faults(zero):
        faults += [Fault(start.line, text) for text in wrong]
        return None, faults + [_placeless(draft, start.line) for draft in drafts if draft.kind != "code_started"]
    rows, more = _good_rows([draft for draft in drafts if draft.kind != "code_started"], start.at.ms, once)
    return FileCode(start.code, str(start.payload["value"]), start.at.ms, (zero, *rows)), faults + more


def _good_rows(drafts: list[Draft], zero: int, once: frozenset[str]) -> tuple[list[Row], list[Fault]]:
    """The rows below the start, by time (a closing after all else of its minute); and what is wrong with the others."""
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for draft in drafts:
        row = _row_of(draft, zero)
        wrong = _window_faults(row)
        first = seen.setdefault(repr(replace(row, line=0)), row.line)
        if row.kind in once and first != row.line:
            wrong.append(f"the row says the same as line {first}, and {row.kind} happens once")
        faults += [Fault(row.line, text) for text in wrong]
        if not wrong:
            rows.append(row)
    rows.sort(key=lambda row: (zero if row.at is None else row.at, row.kind == "code_closed", row.line))
    return rows, faults


def _placeless(row: Draft | BadRow, start: int | None) -> Fault:
    """A row whose code has no zero to count from."""
    if start is None:
        return Fault(row.line, f"code {quoted(row.code)} has no code_started row in this file")
    return Fault(
        row.line,
        f"code {quoted(row.code)} cannot be placed in time: its code_started row, on line {start}, has a fault",
    )


def _row_of(draft: Draft, zero: int) -> Row:
    def ms(time: Instant | FromStart | None) -> int | None:
        if time is None:
            return None
        return zero + time.ms if isinstance(time, FromStart) else time.ms

    return Row(
        line=draft.line,
        kind=draft.kind,
        at=ms(draft.at),
        null_reason=draft.null_reason,
        precision=draft.precision,
        certainty=draft.certainty,
        earliest=ms(draft.earliest),
        latest=ms(draft.latest),
        source=draft.source,
        payload=draft.payload,
    )


def _window_faults(row: Row) -> list[str]:
    if any(time is not None and time < 0 for time in (row.at, row.earliest, row.latest)):
        return ["counted back from the start, the time is before 1970"]
    if row.earliest is not None and row.latest is not None and row.latest < row.earliest:
        return ["latest is before earliest"]
    if row.at is None:
        return (
            ["earliest and latest are given, and at is not a time"]
            if (row.earliest, row.latest) != (None, None)
            else []
        )
    faults = []
    if row.earliest is not None and row.at < row.earliest:
        faults.append("at is before earliest")
    if row.latest is not None and row.at > row.latest:
        faults.append("at is after latest")
    return faults
