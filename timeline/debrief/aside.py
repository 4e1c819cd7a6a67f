"""What devices brought after their standing had ended, in words, for the person who judges whether it belongs here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from timeline.core.protocol import Protocol
from timeline.core.records import Record

from .words import clock, value_words


@dataclass(frozen=True, slots=True)
class AsideLine:
    """One record that stands outside the log; `by` is the device's label."""

    time: str
    label: str
    value: str
    by: str


def aside_lines(brought: Iterable[tuple[str, Record]], protocol: Protocol, zone: tzinfo) -> list[AsideLine]:
    """The records with the labels of their devices, in the order of their times; those without a time at the end."""
    ordered = sorted(brought, key=lambda each: (each[1].at is None, each[1].at or 0))
    return [
        AsideLine(
            time=clock(record.at, zone, record.precision) if record.at is not None else "no time",
            label=protocol.label(record.kind),
            value=value_words(dict(record.payload), protocol.raw["kinds"].get(record.kind)),
            by=label,
        )
        for label, record in ordered
    ]
