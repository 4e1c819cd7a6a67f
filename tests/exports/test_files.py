"""What leaves as CSV: the reading's own numbers, a stable shape, and no cell that a spreadsheet would run."""

import csv
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.debrief.told import FLOW, PROTOCOL, reading_of
from timeline.exports.audit_file import COLUMNS as AUDIT_COLUMNS
from timeline.exports.audit_file import audit_csv, columns_of
from timeline.exports.code_file import COLUMNS, code_csv
from timeline.exports.table import safe, table
from timeline.quality.audit import Filter, build
from timeline.quality.cases import case_of

PARIS = ZoneInfo("Europe/Paris")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", '=HYPERLINK("x")']
)
def test_text_that_a_spreadsheet_would_run_is_written_as_text(hostile: str) -> None:
    assert safe(hostile) == f"'{hostile}"
    [row] = rows_of(table(("a",), [{"a": hostile}]))
    assert row == {"a": f"'{hostile}"}


def test_numbers_keep_their_sign_and_every_digit() -> None:
    assert table(("a", "b", "c"), [{"a": -4.5, "b": 36.6667, "c": None}]) == "a,b,c\r\n-4.5,36.6667,\r\n"


def test_commas_quotes_and_line_breaks_survive() -> None:
    text = 'one, "two"\r\nthree'
    assert rows_of(table(("a",), [{"a": text}])) == [{"a": text}]


def test_a_cell_without_a_column_is_refused() -> None:
    with pytest.raises(ValueError, match="not in fieldnames"):
        table(("a",), [{"b": 1}])


def test_the_file_of_a_code_holds_every_record_interval_and_target_of_its_reading() -> None:
    reading = reading_of(*FLOW, outcome="flow")
    rows = rows_of(code_csv(reading, PROTOCOL, PARIS))
    kinds = {kind: [row for row in rows if row["row"] == kind] for kind in ("record", "interval", "target")}
    assert [row["record_id"] for row in kinds["record"]] == [record["id"] for record in reading["records"]]
    for row in kinds["interval"]:
        interval = reading["intervals"][row["key"]]
        assert row["minutes"] == ("" if interval["minutes"] is None else repr(interval["minutes"]))
        assert (row["status"], row["from_event"], row["to_event"]) == (interval["status"], *interval["ends"])
        assert row["definition"] != ""
    assert {row["key"]: row["result"] for row in kinds["target"]} == {
        key: target["result"] for key, target in reading["targets"].items()
    }
    onset = next(row for row in rows if row["key"] == "arrest_onset")
    assert (onset["at"], onset["minute"]) == ("2026-01-05T11:00:00.000+01:00", "0.0")


def test_the_columns_stand_in_a_fixed_order() -> None:
    header = code_csv(reading_of(*FLOW), PROTOCOL, PARIS).split("\r\n", 1)[0]
    assert header == ",".join(COLUMNS)
    assert COLUMNS[:6] == ("row", "code", "code_id", "mode", "key", "label")


def test_hostile_text_in_every_field_of_a_record_stays_text() -> None:
    bad = "=cmd|' /C calc'!A0"
    said: dict[str, Any] = {"value": bad, "unit": bad, "note": bad, "by": bad, "_role": bad}
    reading = reading_of(("note", 3.0, said), name=bad)
    row = next(row for row in rows_of(code_csv(reading, PROTOCOL, PARIS)) if row["key"] == "note")
    assert [row[key] for key in ("code", "value", "unit", "note", "by_device", "role")] == [f"'{bad}"] * 6
    assert json.loads(row["payload"]) == {"value": bad, "unit": bad, "note": bad}


def test_the_audits_file_has_the_numbers_of_the_readings() -> None:
    reading = reading_of(*FLOW, outcome="flow")
    rows = build([case_of(reading)], Filter()).rows
    [row] = rows_of(audit_csv(rows, "flow less arrest", PARIS))
    assert tuple(row) == columns_of(rows)
    assert columns_of(rows)[: len(AUDIT_COLUMNS)] == AUDIT_COLUMNS
    interval, target = reading["intervals"]["arrest_to_flow"], reading["targets"]["arrest_to_flow"]
    assert (row["minutes"], row["result"], row["by_minutes"]) == (
        repr(interval["minutes"]),
        target["result"],
        repr(target["by_minutes"]),
    )
    assert (row["started_at"], row["definition"]) == ("2026-01-05T11:00:00.000+01:00", "flow less arrest")
