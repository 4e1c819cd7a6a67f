"""The hash chain finds whatever was changed, dropped or moved."""

import hashlib
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.logs import logs
from timeline.core.chain import entry_hash, verify
from timeline.core.records import Entry, canonical, read_entry


def chained(lines: list[dict[str, Any]], epoch: str = "e1") -> list[Entry]:
    entries: list[Entry] = []
    prev = ""
    for seq, line in enumerate(lines, start=1):
        received = line["received"] or 1
        made = entry_hash(prev, epoch, seq, received, line["by"], line["flags"], canonical(line["record"]).decode())
        entries.append(read_entry(line | {"seq": seq, "received": received, "prev": prev, "hash": made}))
        prev = made
    return entries


@given(lines=logs())
def test_a_hash_covers_the_canonical_form_of_the_whole_entry(lines: list[dict[str, Any]]) -> None:
    for entry, line in zip(chained(lines), lines, strict=True):
        covered = {
            "by": line["by"], "epoch": "e1", "flags": line["flags"], "received": entry.received,
            "record": line["record"], "seq": entry.seq,
        }  # fmt: skip
        assert entry.hash == hashlib.sha256(entry.prev.encode() + canonical(covered)).hexdigest()


@given(lines=logs())
def test_a_log_as_it_was_written_is_sound(lines: list[dict[str, Any]]) -> None:
    assert verify(chained(lines), "e1") is None


@given(lines=logs(), data=st.data())
def test_a_changed_entry_is_found_where_it_is(lines: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = chained(lines)
    assume(entries)
    place = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[place]
    forged = data.draw(
        st.sampled_from(
            [
                replace(entry, received=(entry.received or 0) + 1),
                replace(entry, flags=(*entry.flags, "forged")),
                replace(entry, by=replace(entry.by, label="forged")),
                replace(entry, record=replace(entry.record, n=entry.record.n + 1)),
                replace(entry, hash="0" * 64),
            ]
        )
    )
    assert verify([*entries[:place], forged, *entries[place + 1 :]], "e1") == place + 1


@given(lines=logs(), data=st.data())
def test_a_dropped_entry_is_found_unless_it_was_the_last(lines: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = chained(lines)
    assume(len(entries) > 1)
    place = data.draw(st.integers(0, len(entries) - 2))
    assert verify(entries[:place] + entries[place + 1 :], "e1") == place + 1


@given(lines=logs())
def test_a_log_of_another_epoch_is_not_sound(lines: list[dict[str, Any]]) -> None:
    entries = chained(lines)
    assert verify(entries, "e2") == (1 if entries else None)
