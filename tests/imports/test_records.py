"""The records that a file becomes are records like any other."""

from pathlib import Path

import pytest

from timeline.core.records import read_record, record_to_json
from timeline.imports.files import read_file
from timeline.imports.identity import DEVICE
from timeline.imports.records import records_of

PUBLISHED = Path(__file__).resolve().parents[1] / "fixtures" / "published"


@pytest.mark.parametrize("name", ["louvre", "perth", "uva-simulation"])
def test_every_row_becomes_a_record_that_any_door_would_take(name: str) -> None:
    [code] = read_file((PUBLISHED / f"{name}.csv").read_bytes(), frozenset({"flow", "rosc"})).codes
    records = records_of(code, "ecpr-1")
    assert [read_record(record_to_json(record)) for record in records] == records
    assert [record.kind for record in records] == [row.kind for row in code.rows]


def test_the_first_record_says_which_code_it_starts() -> None:
    [code] = read_file((PUBLISHED / "uva-simulation.csv").read_bytes(), frozenset({"flow"})).codes
    first = records_of(code, "ecpr-1")[0]
    assert (first.kind, first.payload, first.source, first.device, first.n, first.when) == (
        "code_started",
        {"value": "drill", "note": "zero of the clock is ours", "name": "uva-simulation", "protocol": "ecpr-1"},
        "published",
        str(DEVICE),
        0,
        None,
    )
