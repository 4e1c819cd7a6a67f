"""The same row is the same record, whenever and however it is read again."""

import pytest

from timeline.imports.files import FileCode, read_file
from timeline.imports.identity import code_id, record_ids

START = "amber,code_started,2026-03-01T10:00:00Z,second,,,,,drill,,"
ROWS = [
    START,
    "amber,door,T+5,second,,,,,,,by lift",
    "amber,shock,T+5,second,,,,,200,J,",
    "amber,flow_on,T+40,second,,,,,,,",
]


def read(rows: list[str]) -> FileCode:
    text = "code,kind,at,precision,certainty,earliest,latest,source,value,unit,note\n" + "\n".join(rows)
    [code] = read_file(text.encode(), frozenset({"flow"})).codes
    return code


def ids(rows: list[str]) -> set:
    return set(record_ids(read(rows)))


@pytest.mark.parametrize(
    "again",
    [
        ROWS,
        ROWS[::-1],
        [row.replace("T+5", "2026-03-01T11:05+01:00") for row in ROWS],
        [row.replace("amber", "Code AMBER") for row in ROWS],
    ],
    ids=["unchanged", "moved", "clock times", "another spelling of the name"],
)
def test_a_row_keeps_its_id_however_it_is_written(again: list[str]) -> None:
    assert ids(again) == ids(ROWS)


def test_equal_shocks_are_two_records_and_one_more_is_one_more() -> None:
    twice = [*ROWS, ROWS[2]]
    assert len(ids(twice)) == len(ids(ROWS)) + 1
    assert ids(ROWS) < ids(twice)


@pytest.mark.parametrize(
    "change", [("T+40", "T+41"), (",second,,,,,,,", ",minute,,,,,,,"), (",,,,,,,", ",,,,,,,later")]
)
def test_a_changed_row_is_a_new_record_and_the_others_stay(change: tuple[str, str]) -> None:
    changed = [*ROWS[:3], ROWS[3].replace(*change, 1)]
    assert len(ids(changed) - ids(ROWS)) == 1
    assert len(ids(changed) & ids(ROWS)) == 3


def test_the_same_row_in_another_code_is_another_record() -> None:
    assert not ids(ROWS) & ids([row.replace("amber", "jade") for row in ROWS])
    assert code_id("amber") != code_id("jade")


def test_the_ids_are_those_that_earlier_versions_made() -> None:
    """Written out, because a change here would make every file that was ever imported new again."""
    assert str(code_id("Louvre")) == "79904f42-c845-5e3d-999d-633d41d314e8"
    assert [str(one) for one in record_ids(read(ROWS))][:2] == [
        "ab0956fa-89ed-5c1d-8ac4-ee8ad506370f",
        "1c53efa9-65e1-59a3-9454-d3d8a326a02d",
    ]
