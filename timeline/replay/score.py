"""Who plays which row of a file, when, and with which times."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from timeline.imports.files import FileCode, Row

MINUTE = 60_000
# These belong to the code that is being played, which has been started already.
NOT_PLAYED = frozenset({"code_started"})


@dataclass(frozen=True, slots=True)
class Note:
    """One row to be played: `after` seconds from the beginning, by the device of this number."""

    after: float
    device: int
    row: Row


def score(code: FileCode, *, speed: float, devices: int, now: int, owners: Mapping[str, str]) -> list[Note]:
    """The rows of a code as notes, in the order of their times.

    The whole is moved so that it ends as the playing ends: no record is ever ahead of the clock, and every interval
    keeps its true length whatever the speed. At speed 1 and below it is simply live. Where a time is not exact to the
    second the move is by full minutes, so that minutes stay minutes. Rows without a time are played at the beginning.
    `owners` says whose work a kind is; one owner's rows are played by one device, and owners take devices in turn.
    """
    played = [row for row in code.rows if row.kind not in NOT_PLAYED]
    times = [row.at for row in played if row.at is not None]
    if not times:
        return [Note(0.0, 0, row) for row in played]
    first, span = min(times), max(times) - min(times)
    shift = now - first - round(span * max(0.0, 1 - 1 / speed))
    if any(row.precision != "second" for row in played):
        shift -= shift % MINUTE
    seats: dict[str, int] = {}
    notes = []
    for row in played:
        owner = owners.get(row.kind, row.kind)
        device = seats.setdefault(owner, len(seats) % devices)
        at = first if row.at is None else row.at
        notes.append(Note((at - first) / 1_000 / speed, device, _moved(row, shift)))
    return sorted(notes, key=lambda note: note.after)


def _moved(row: Row, by: int) -> Row:
    def move(time: int | None) -> int | None:
        return None if time is None else time + by

    return replace(row, at=move(row.at), earliest=move(row.earliest), latest=move(row.latest))
