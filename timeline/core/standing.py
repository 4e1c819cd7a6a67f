"""How each record stands today: corrections applied, voids and settlements found, device clocks put right.

Order is the log's own (`place`); device time never orders anything. Nothing here reads a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from .protocol import Protocol
from .records import TARGETING, Entry

UNCERTAIN: Final = ("estimated", "unknown")
COARSE: Final = ("minute", "about")
_OF_TIME: Final = ("at", "precision", "certainty", "earliest", "latest", "source", "null_reason")
# The order of timed facts: by time, of equals the one recorded first.
BY_TIME: Final = attrgetter("at", "place")
# Where records stand that have no place in the log yet.
AFTER_ALL: Final = float("inf")


@dataclass(slots=True)
class Fact:
    """A record as it stands now. `place` is its rank in the log; times are UTC ms on the corrected clock."""

    place: int
    entry: Entry
    id: str
    kind: str
    at: int | None
    precision: str
    certainty: str
    earliest: int | None
    latest: int | None
    source: str
    null_reason: str | None
    payload: Mapping[str, Any]
    bookkeeping: bool
    flags: list[str]
    episode: int
    corrections: list[dict[str, Any]]
    disputed: frozenset[str] = frozenset()
    voided_by: "Fact | None" = None

    @property
    def value(self) -> Any:
        """The main thing the record says."""
        return self.payload.get("value")

    @property
    def device(self) -> str:
        """The device that wrote the record."""
        return self.entry.by.device

    @property
    def device_label(self) -> str:
        """The name that the device shows."""
        return self.entry.by.label

    @property
    def coarse(self) -> bool:
        """Whether the time is known to the minute at best."""
        return self.precision in COARSE

    @property
    def estimated(self) -> bool:
        """Whether the time is not a witnessed one, so that its window counts."""
        return self.certainty in UNCERTAIN

    @property
    def earliest_plausible(self) -> int:
        """The earliest the event may have been; only for facts that have a time."""
        at = self.at or 0
        return at if self.earliest is None else self.earliest

    @property
    def latest_plausible(self) -> int:
        """The latest the event may have been; only for facts that have a time."""
        at = self.at or 0
        return at if self.latest is None else self.latest

    def flag(self, name: str) -> None:
        """Notes a flag once."""
        if name not in self.flags:
            self.flags.append(name)

    def unflag(self, name: str) -> None:
        """Takes a flag back."""
        if name in self.flags:
            self.flags.remove(name)


@dataclass(slots=True)
class Standing:
    """All facts in log order, those that count (current, not bookkeeping), and what was settled."""

    facts: list[Fact]
    by_id: dict[str, Fact]
    current: list[Fact]
    of_kind: dict[str, list[Fact]]
    # Of those that count, the ones that have a time.
    timed_of_kind: dict[str, list[Fact]]
    # The record that a person said stands, and the place in the log where that was said.
    settled: dict[str, int]

    def timed(self, kind: str) -> list[Fact]:
        """The current facts of a kind that have a time, in log order."""
        return self.timed_of_kind.get(kind, [])


def stand(entries: Iterable[Entry], protocol: Protocol) -> Standing:
    """How the records stand. An id that is there twice (confirmed and waiting) counts once, as confirmed."""
    facts = _facts(entries, protocol)
    by_id = {fact.id: fact for fact in facts}
    kinds = _by_kind(facts)
    _void(kinds.get("void", []), by_id)
    _correct(kinds.get("correction", []), by_id)
    _put_clocks_right(kinds.get("clock_offset", []), facts)
    current = [fact for fact in facts if fact.voided_by is None and not fact.bookkeeping]
    of_kind = _by_kind(current)
    timed = {kind: [fact for fact in same if fact.at is not None] for kind, same in of_kind.items()}
    return Standing(facts, by_id, current, of_kind, timed, _settled(kinds.get("adjudication", []), by_id))


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        same = found.get(fact.kind)
        if same is None:
            found[fact.kind] = [fact]
        else:
            same.append(fact)
    return found


def _facts(entries: Iterable[Entry], protocol: Protocol) -> list[Fact]:
    # In the log's order; what still waits comes last, as it came (the sort is stable).
    ordered = sorted(entries, key=lambda entry: AFTER_ALL if entry.seq is None else entry.seq)
    bookkeeping = {key for key, kind in protocol.kinds.items() if kind.bookkeeping}
    seen: set[str] = set()
    facts: list[Fact] = []
    for entry in ordered:
        record = entry.record
        if record.id in seen:
            continue
        seen.add(record.id)
        facts.append(
            Fact(
                len(facts),
                entry,
                record.id,
                record.kind,
                record.at,
                record.precision,
                record.certainty,
                record.earliest,
                record.latest,
                record.source,
                record.null_reason,
                record.payload,
                record.kind in bookkeeping,
                [*entry.flags],
                1,
                [],
            )
        )
    return facts


def _void(voids: list[Fact], by_id: Mapping[str, Fact]) -> None:
    """Voids, the latest first, so that an undone undo is known to be undone before it is applied."""
    for fact in reversed(voids):
        if fact.voided_by is not None:
            continue
        target = by_id.get(fact.entry.record.target or "")
        if target is None:
            fact.flag("dangling")
        elif target.kind != "void" or target.place < fact.place:
            target.voided_by = fact


def _correct(corrections: list[Fact], by_id: Mapping[str, Fact]) -> None:
    applied: dict[str, list[Entry]] = {}
    for fact in corrections:
        if fact.voided_by is not None:
            continue
        target = by_id.get(fact.entry.record.target or "")
        changes = fact.payload.get("changes")
        if target is None:
            fact.flag("dangling")
        elif target.kind not in TARGETING and isinstance(changes, dict):
            earlier = applied.setdefault(target.id, [])
            _apply(target, fact, changes, earlier)
            earlier.append(fact.entry)


def _apply(target: Fact, correction: Fact, changes: dict[str, Any], earlier: list[Entry]) -> None:
    """Corrects a fact; `earlier` are the corrections that it has already."""
    before: dict[str, Any] = {}
    # Whoever corrects something with all earlier corrections of it in sight has settled what was in dispute about it.
    # Two people who each add another detail do not disagree.
    touched = _touched(changes)
    unseen = [_touched(each.record.payload["changes"]) for each in earlier if _unseen(each, correction.entry)]
    target.disputed = (target.disputed - touched) | touched.intersection(set().union(*unseen))
    if target.disputed:
        target.flag("concurrent_correction")
    else:
        target.unflag("concurrent_correction")

    def put(name: str, value: Any) -> None:
        before[name] = getattr(target, name)
        setattr(target, name, value)

    for name in _OF_TIME:
        if name in changes:
            put(name, changes[name])
    if "at" in changes:
        # A new time makes an old window, or an old reason for having no time, untrue.
        for name in ("earliest", "latest", "null_reason"):
            if name not in changes and getattr(target, name) is not None:
                put(name, None)
    if isinstance(changes.get("payload"), dict):
        before["payload"] = {key: target.payload.get(key) for key in changes["payload"]}
        target.payload = {**target.payload, **changes["payload"]}
    target.corrections.append(
        {
            **told(correction),
            "changes": changes,
            "before": before,
            "fills": set(before) == {"payload"} and all(value is None for value in before["payload"].values()),
        }
    )


def _touched(changes: Mapping[str, Any]) -> set[str]:
    """What a correction changes: its time, as one thing, and each key of its payload."""
    payload = changes.get("payload")
    keys = {f"payload {key}" for key in payload} if isinstance(payload, dict) else set()
    return keys | {"time" for name in _OF_TIME if name in changes}


def _unseen(earlier: Entry, later: Entry) -> bool:
    """Whether the writer of a record did not know of an earlier one, which another device wrote."""
    others = earlier.record.device != later.record.device
    return others and (earlier.seq is None or later.record.seen < earlier.seq)


def told(fact: Fact) -> dict[str, Any]:
    """Who changed something, when and why."""
    return {
        "id": fact.id,
        "seq": fact.entry.seq,
        "at": fact.at,
        "by": by_json(fact.entry),
        "role": fact.entry.record.role,
        "reason": fact.payload.get("reason"),
    }


def by_json(entry: Entry) -> dict[str, Any]:
    """The author of an entry as JSON."""
    return {"device": entry.by.device, "label": entry.by.label, "person": entry.by.person}


def _put_clocks_right(checks: list[Fact], facts: list[Fact]) -> None:
    """Times of a source whose clock is known to be off are moved; the raw time stays in the record."""
    offsets: dict[str, int] = {}
    for fact in checks:
        if fact.voided_by is None:
            source, offset = fact.value, whole(fact.payload.get("offset_ms"))
            if isinstance(source, str) and offset is not None:
                offsets[source] = offset
    if not offsets:
        return
    for fact in facts:
        offset = offsets.get(fact.source)
        if offset is None or fact.bookkeeping:
            continue
        fact.flag("corrected_clock")
        fact.at = None if fact.at is None else fact.at - offset
        fact.earliest = None if fact.earliest is None else fact.earliest - offset
        fact.latest = None if fact.latest is None else fact.latest - offset


def _settled(words: list[Fact], by_id: Mapping[str, Fact]) -> dict[str, int]:
    settled: dict[str, int] = {}
    for fact in words:
        if fact.voided_by is None:
            target = by_id.get(fact.entry.record.target or "")
            if target is None:
                fact.flag("dangling")
            else:
                settled[target.id] = fact.place
    return settled


def whole(value: object) -> int | None:
    """A JSON whole number as an int, however it was written; None for anything else."""
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    return None
