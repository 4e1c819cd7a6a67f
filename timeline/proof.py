"""Whether the stored logs are what was once appended: every chain, every mark, every column beside them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from timeline.core.chain import entry_mac, hash_of
from timeline.core.records import InvalidRecord, canonical, read_entry, record_to_json
from timeline.models import Code, Entry
from timeline.wire import decode

# What of an entry's row is compared with its line.
COLUMNS = ("id", "code_id", "seq", "received", "kind", "device", "line", "body")


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where a code's log is not what was appended."""

    code: UUID
    name: str
    seq: int
    why: str

    def __str__(self) -> str:
        return f"{self.name} ({self.code}), entry {self.seq}: {self.why}"


@dataclass(slots=True)
class Chain:
    """One code's log, looked at entry by entry; `fault` is what is wrong first."""

    code: UUID
    name: str
    epoch: str
    head: int
    head_hash: str
    key: bytes | None = None
    seq: int = 0
    digest: str = ""
    hashes: dict[int, str] = field(default_factory=dict)
    fault: Fault | None = None

    def look(self, row: Mapping[str, Any]) -> None:
        """Look at the next entry, a mapping of COLUMNS; after a fault nothing more is looked at."""
        if self.fault is None and (why := self._why(row)):
            self.fault = Fault(self.code, self.name, self.seq, why)

    def end(self) -> Fault | None:
        """The fault after the last entry, if there is one."""
        if self.fault is None and (self.seq, self.digest) != (self.head, self.head_hash):
            why = f"the log ends here, and the code says that it ends at {self.head}"
            if self.seq == self.head:
                why = "the code names another last hash"
            self.fault = Fault(self.code, self.name, self.seq, why)
        return self.fault

    def _why(self, row: Mapping[str, Any]) -> str:
        self.seq += 1
        if row["seq"] != self.seq:
            return f"missing; the next one that is there is {row['seq']}"
        try:
            entry = read_entry(decode(row["line"]), str(self.code))
        except (ValueError, InvalidRecord) as fault:
            return f"its line cannot be read ({fault})"
        if entry.prev != self.digest:
            return "it does not follow the entry before it"
        if hash_of(entry, self.epoch) != entry.hash:
            return "its content is not what was hashed"
        if self.key is not None and entry.mac != entry_mac(self.key, entry.hash):
            return "its mark is not this server's"
        told = (entry.record.id, entry.seq, entry.received, entry.record.kind, entry.by.device)
        kept = (str(row["id"]), row["seq"], row["received"], row["kind"], str(row["device"]))
        if told != kept or canonical(record_to_json(entry.record)).decode() != row["body"]:
            return "its columns are not those of its line"
        self.digest = self.hashes[self.seq] = entry.hash
        return ""


@dataclass(slots=True)
class Heads:
    """Heads that were noted elsewhere earlier, as lines of JSON: code, epoch, seq, hash. They find a log that was cut
    short or written anew from some point on, which no chain can find in itself.
    """

    lines: Sequence[Mapping[str, Any]] = ()

    def fault_in(self, chain: Chain, epoch: str) -> Fault | None:
        """The first noted head that this log does not hold; heads of another epoch (before a restore) say nothing."""
        for noted in self.lines:
            if noted["code"] != str(chain.code) or noted["epoch"] != epoch or noted["seq"] == 0:
                continue
            if chain.hashes.get(noted["seq"]) != noted["hash"]:
                return Fault(chain.code, chain.name, noted["seq"], "another entry stood here when its hash was noted")
        return None


def read_heads(lines: Iterable[str]) -> Heads:
    """Heads from a file's lines. Raises ValueError on a line that is none."""
    noted = []
    for number, line in enumerate(lines, 1):
        said = json.loads(line)
        if not isinstance(said, dict) or set(said) != {"code", "epoch", "seq", "hash"}:
            raise ValueError(f"line {number}: has to hold code, epoch, seq and hash")
        noted.append(said)
    return Heads(noted)


def verify_codes(
    codes: QuerySet[Code], heads: Heads | None = None, tell: Callable[[Chain], None] = lambda _: None
) -> Iterator[Fault]:
    """Look at whole logs, code by code; yields the first fault of each that has one. `tell` hears of each in turn."""
    for code in codes.iterator(200):
        chain = Chain(code.id, code.name, code.epoch, code.head, code.head_hash, settings.MAC_KEY)
        # One moment of the log: what is appended while we look has its turn next time.
        rows = Entry.objects.filter(code=code, seq__lte=code.head).order_by("seq").values(*COLUMNS)
        for row in rows.iterator(500):
            chain.look(row)
        fault = chain.end() or (heads.fault_in(chain, code.epoch) if heads is not None else None)
        tell(chain)
        if fault is not None:
            yield fault
