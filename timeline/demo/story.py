"""Telling a code record by record, for the demo: every record is one that a device could have written."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from timeline.core.records import VERSION, Record

SECOND = 1_000
MINUTE = 60_000


class Story:
    """The records of one code, in the order in which they are told.

    `zero` is the arrest in UTC ms, and times are told in minutes from it. `make_id` gives each record its id from
    its place in the story; `to_minute` rounds times down to the minute, as a hand-written log has them.
    """

    def __init__(
        self, code: UUID, zero: int, device: UUID, make_id: Callable[[int], UUID], *, to_minute: bool = False
    ) -> None:
        self.code = code
        self.zero = zero - zero % MINUTE if to_minute else zero
        self.device = device
        self.make_id = make_id
        self.to_minute = to_minute
        self.records: list[Record] = []

    def at(self, minute: float) -> int:
        """The instant, in UTC ms, of a minute of the story."""
        ms = round(minute * 60) * SECOND
        return self.zero + (ms - ms % MINUTE if self.to_minute else ms)

    def tell(
        self,
        kind: str,
        minute: float | None,
        value: str | int | float | None = None,
        *,
        unit: str | None = None,
        role: str | None = None,
        source: str = "manual",
        certainty: str = "observed",
        earliest: float | None = None,
        latest: float | None = None,
        null_reason: str | None = None,
        target: Record | None = None,
        **payload: Any,
    ) -> Record:
        """Append one record and return it; without a minute, `null_reason` says why there is no time."""
        said = {key: what for key, what in (("value", value), ("unit", unit)) if what is not None} | payload
        record = Record(
            v=VERSION,
            id=str(self.make_id(len(self.records))),
            code=str(self.code),
            kind=kind,
            at=None if minute is None else self.at(minute),
            precision="minute" if self.to_minute else "second",
            certainty=certainty,
            earliest=None if earliest is None else self.at(earliest),
            latest=None if latest is None else self.at(latest),
            source=source,
            null_reason=null_reason,
            payload=said,
            target=None if target is None else target.id,
            device=str(self.device),
            n=len(self.records) + 1,
            role=role,
            seen=len(self.records),
            when=None,
        )
        self.records.append(record)
        return record

    def in_order(self) -> list[Record]:
        """The records by their times: the start first, then what has no time, and a closing and later changes last.

        A correction comes after the record it changes, because its own time is later.
        """
        return sorted(
            self.records,
            key=lambda record: (record.kind != "code_started", record.at or 0, record.n),
        )
