"""The hash chain that makes a log tamper-evident: each entry's hash covers the entry and the one before it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .records import Entry, canonical, record_to_json


def entry_hash(
    prev: str,
    epoch: str,
    seq: int,
    received: int,
    by: Mapping[str, Any],
    flags: Sequence[str],
    record_json: Mapping[str, Any],
) -> str:
    """SHA-256, in hexadecimal, of the previous hash followed by the canonical form of the entry and its epoch."""
    covered = {
        "seq": seq,
        "received": received,
        "by": dict(by),
        "flags": list(flags),
        "record": record_json,
        "epoch": epoch,
    }
    return hashlib.sha256(prev.encode() + canonical(covered)).hexdigest()


def verify(entries: Iterable[Entry], epoch: str) -> int | None:
    """The first seq at which the log is not what was written (changed, missing or out of order), or None if sound."""
    prev = ""
    for expected, entry in enumerate(entries, start=1):
        if entry.seq != expected or entry.received is None or entry.prev != prev:
            return expected
        by = {"device": entry.by.device, "label": entry.by.label, "person": entry.by.person}
        found = entry_hash(prev, epoch, expected, entry.received, by, entry.flags, record_to_json(entry.record))
        if found != entry.hash:
            return expected
        prev = found
    return None
