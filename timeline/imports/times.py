"""The times a file may hold: an instant with its offset from UTC, or minutes from the code's start.

No arithmetic is done on local times: an instant becomes integer UTC milliseconds at once, so 01:50 BST and
01:50 GMT on the night the clocks go back are the hour apart that they were.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from timeline.imports.faults import quoted

SECOND = 1_000
MINUTE = 60_000

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_YEAR, LATEST_YEAR = 1970, 2100

INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<hm>[0-9]{2}:[0-9]{2})(?P<s>:[0-9]{2})?"
    r"(?P<fraction>\.[0-9]{1,9})?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
SPAN = re.compile(r"[Tt](?P<sign>[+-])(?P<minutes>[0-9]{1,6})(?::(?P<seconds>[0-9]{2}))?")
DECIMAL_SPAN = re.compile(r"[Tt][+-][0-9]+[.,][0-9]+")
DATE_ALONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# Offsets in use run from UTC-12 to UTC+14; anything else is a slip of the hand.
LOWEST_OFFSET, HIGHEST_OFFSET = timedelta(hours=-12), timedelta(hours=14)


class BadTime(ValueError):
    """The cell is not a time; the message says why, as the end of a sentence that begins with the column."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, in UTC milliseconds. `fine` says whether the file wrote its seconds."""

    ms: int
    fine: bool


@dataclass(frozen=True, slots=True)
class FromStart:
    """Milliseconds after (or, negative, before) the code's `code_started` row."""

    ms: int
    fine: bool


def read_time(cell: str) -> Instant | FromStart:
    """The time written in a cell.

    `2026-03-01T10:02:30+01:00` (seconds may be left out, `Z` is UTC) or `T+67`, `T+8:20`, `T-5`: minutes, or
    minutes and seconds, from `code_started`. Decimals of a minute are refused, because T+8.5 is written by some
    for 8 min 30 s and by others for 8 min 50 s. Fractions of a second are kept to the millisecond.

    Raises BadTime.
    """
    if span := SPAN.fullmatch(cell):
        return _from_start(cell, span)
    if parts := INSTANT.fullmatch(cell):
        return _instant(cell, parts)
    raise BadTime(_why_not(cell))


def _from_start(cell: str, span: re.Match[str]) -> FromStart:
    seconds = span["seconds"]
    if seconds is not None and int(seconds) > 59:
        raise BadTime(f"{quoted(cell)} has {int(seconds)} seconds; seconds run from 00 to 59")
    ms = int(span["minutes"]) * MINUTE + int(seconds or 0) * SECOND
    return FromStart(-ms if span["sign"] == "-" else ms, fine=seconds is not None)


def _instant(cell: str, parts: re.Match[str]) -> Instant:
    if parts["offset"] is None:
        raise BadTime(
            f"{quoted(cell)} has no offset from UTC; write the zone's offset after it, "
            f"such as {parts['date']}T{parts['hm']}{parts['s'] or ''}+01:00, or Z for UTC"
        )
    if parts["fraction"] and not parts["s"]:
        raise BadTime(f"{quoted(cell)} has a fraction but no seconds")
    fraction = (parts["fraction"] or ".0")[1:7].ljust(6, "0")
    written = f"{parts['date']}T{parts['hm']}{parts['s'] or ':00'}.{fraction}{_offset(parts['offset'])}"
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise BadTime(f"{quoted(cell)} is not a date and time that exist ({error})") from None
    offset = moment.utcoffset() or timedelta()
    if not LOWEST_OFFSET <= offset <= HIGHEST_OFFSET:
        raise BadTime(f"{quoted(cell)} has an offset that no zone has; offsets run from -12:00 to +14:00")
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise BadTime(f"{quoted(cell)} is outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    # Both sides carry a fixed offset, so this difference is between instants and not between wall clocks.
    return Instant((moment - EPOCH) // timedelta(milliseconds=1), fine=parts["s"] is not None)


def _offset(written: str) -> str:
    if written in "Zz":
        return "+00:00"
    digits = written[1:].replace(":", "").ljust(4, "0")
    return f"{written[0]}{digits[:2]}:{digits[2:]}"


def _why_not(cell: str) -> str:
    if DECIMAL_SPAN.fullmatch(cell):
        return f"{quoted(cell)} has decimals of a minute; write seconds after a colon, such as T+8:30"
    if DATE_ALONE.fullmatch(cell):
        return f"{quoted(cell)} has a date but no time of day"
    if cell[:1] in "Tt" and cell[1:2] in "+-":
        return f"{quoted(cell)} is not minutes from the start; write T+67, T+8:20 or T-5"
    return (
        f"{quoted(cell)} is not a time; write 2026-03-01T10:02:30+01:00 (with its offset), or T+67 or T+8:20 "
        "for minutes after the code_started row"
    )
