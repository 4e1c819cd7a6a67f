"""Ids that follow from what a row says, so that the same row is the same record whenever it is read again."""

import json
from collections import Counter
from uuid import UUID, uuid5

from timeline.imports.files import FileCode, Row
from timeline.imports.rows import name_key

# The root of every id of an import. Changing it would make every file new again.
IMPORTS = UUID("6f0a4c1e-58a3-5d8c-9b0e-0d1c6d0f7a11")

# The one "device" that all imports write as.
DEVICE = uuid5(IMPORTS, "device")


def code_id(name: str) -> UUID:
    """The id of the code that a file calls by this name (letter case and spaces do not count)."""
    return uuid5(IMPORTS, f"code {name_key(name)}")


def record_ids(code: FileCode) -> list[UUID]:
    """The id of each row of a code, in the order of its rows.

    An id is made from the code's name, from what the row means (its instant, not how the instant was written; not
    its line) and from how many rows that mean the same came before it. So two equal shocks are two records; moving
    rows, T+67 in place of a clock time, other line ends or delimiters change nothing; and a changed row is a new
    record beside the old one, because nothing that was recorded is ever altered.
    """
    root = code_id(code.name)
    seen: Counter[str] = Counter()
    ids = []
    for row in code.rows:
        meaning = meaning_of(row)
        seen[meaning] += 1
        ids.append(uuid5(root, f"{meaning} {seen[meaning]}"))
    return ids


def meaning_of(row: Row) -> str:
    """All that a row says, in one canonical line."""
    times = [row.at, row.null_reason, row.earliest, row.latest]
    said = [row.kind, times, row.precision, row.certainty, row.source, row.payload]
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
