"""The hash chain that makes a log tamper-evident: each entry's hash covers the entry and the one before it."""

import hashlib
import hmac
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
    record: str,
) -> str:
    """SHA-256, in hexadecimal, of the previous hash followed by the canonical form of the entry and its epoch.

    `record` is the record in its canonical form, which stands inside the entry's as it is.
    """
    before = canonical({"by": dict(by), "epoch": epoch, "flags": list(flags), "received": received})
    covered = b'%s,"record":%s,"seq":%d}' % (before[:-1], record.encode(), seq)
    return hashlib.sha256(prev.encode() + covered).hexdigest()


def entry_mac(key: bytes, digest: str) -> str:
    """The server's mark on an entry's hash: HMAC-SHA-256 cut to 128 bits, in hexadecimal. Devices carry it and cannot
    make it, so what they bring back after a restore is known for the server's own.
    """
    return hmac.digest(key, digest.encode(), "sha256")[:16].hex()


def hash_of(entry: Entry, epoch: str) -> str:
    """The hash that an entry should have after its `prev`; `epoch` counts where the entry names none."""
    by = {"device": entry.by.device, "label": entry.by.label, "person": entry.by.person}
    return entry_hash(
        entry.prev,
        entry.epoch or epoch,
        entry.seq or 0,
        entry.received or 0,
        by,
        entry.flags,
        canonical(record_to_json(entry.record)).decode(),
    )


def verify(entries: Iterable[Entry], epoch: str) -> int | None:
    """The first seq at which the log is not what was written (changed, missing or out of order), or None if sound.

    `epoch` is that of entries which name none.
    """
    prev = ""
    for expected, entry in enumerate(entries, start=1):
        if entry.seq != expected or entry.received is None or entry.prev != prev:
            return expected
        if hash_of(entry, epoch) != entry.hash:
            return expected
        prev = entry.hash
    return None
