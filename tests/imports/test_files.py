"""Import files as text: what is read from them, and every sentence they are answered with."""

from pathlib import Path

import pytest

from timeline.imports.files import ReadFile, Row, read_file

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PUBLISHED = FIXTURES / "published"
BAD_ROWS_FILE = FIXTURES / "bad_rows.txt"
OUTCOMES = frozenset({"flow", "rosc", "declined", "failed_cannulation", "stopped", "transferred", "started_in_error"})
ONCE = frozenset({"arrest_onset", "cpr_start", "door"})
HEADER = "code,kind,at,precision,certainty,earliest,latest,source,value,unit,note"
START = "amber,code_started,2026-03-01T10:00:00Z,second,observed,,,import,drill,,"
ZERO = 1772359200000
MINUTE = 60_000


def read(*rows: str, header: str = HEADER) -> ReadFile:
    return read_file("\n".join([header, *rows, ""]).encode(), OUTCOMES, ONCE)


def faults(*rows: str, header: str = HEADER) -> list[str]:
    return [str(fault) for fault in read(*rows, header=header).faults]


def shock(at: str = "T+5", *, earliest: str = "", latest: str = "", rest: str = ",200,J,") -> str:
    return f"amber,shock,{at},second,observed,{earliest},{latest},tap{rest}"


def row(file: ReadFile, kind: str) -> Row:
    [found] = [row for code in file.codes for row in code.rows if row.kind == kind]
    return found


@pytest.mark.parametrize(
    ("name", "mode", "minutes"),
    [
        ("louvre", "real", [0, 0, 67, 90, 120]),
        ("perth", "real", [0, 0, 25, 35, 80]),
        ("uva-simulation", "drill", [0, 0, 500 / 60, 45, 50]),
    ],
)
def test_the_published_cases_are_read_without_a_fault(name: str, mode: str, minutes: list[float]) -> None:
    file = read_file((PUBLISHED / f"{name}.csv").read_bytes(), OUTCOMES, ONCE)
    [code] = file.codes
    assert file.faults == ()
    assert (code.name, code.mode, file.rows, file.good) == (name, mode, 5, 5)
    assert [(row.at or 0) - code.started_at for row in code.rows] == [round(m * MINUTE) for m in minutes]


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("T+0", 0),
        ("T+67", 67 * MINUTE),
        ("T+8:20", 500_000),
        ("T-5", -5 * MINUTE),
        ("t-0:30", -30_000),
        ("2026-03-01T10:02:30+00:00", 150_000),
        ("2026-03-01 11:02+01:00", 2 * MINUTE),
        ("2026-03-01T10:02:30.2509Z", 150_250),
        ("2026-03-01T15:30:00+0530", 0),
        ("2026-03-01T05:00-05", 0),
    ],
)
def test_a_time_is_an_instant_with_its_offset_or_minutes_from_the_start(written: str, ms: int) -> None:
    assert row(read(START, shock(written)), "shock").at == ZERO + ms


def test_the_hour_the_clocks_go_back_is_an_hour() -> None:
    file = read(START, shock("2026-10-25T01:50+01:00"), "amber,flow_on,2026-10-25T01:50+00:00,,,,,,,,")
    assert (row(file, "flow_on").at or 0) - (row(file, "shock").at or 0) == 60 * MINUTE


def test_rows_may_stand_before_the_start_of_their_code() -> None:
    file = read(shock("T+5"), START)
    assert [row.kind for row in file.codes[0].rows] == ["code_started", "shock"]
    assert file.faults == ()


def test_rows_come_by_time_and_a_closing_after_all_else_of_its_minute() -> None:
    file = read(
        START, "amber,code_closed,T+60,,,,,,stopped,,", shock("T+60"), shock("T+7"), "amber,door,not_documented,,,,,,,,"
    )
    assert [(r.kind, r.at and (r.at - ZERO) // MINUTE) for r in file.codes[0].rows] == [
        ("code_started", 0), ("door", None), ("shock", 7), ("shock", 60), ("code_closed", 60),
    ]  # fmt: skip


def test_a_row_may_say_why_it_has_no_time() -> None:
    found = row(read(START, "amber,cpr_start,not_documented,,,,,,,,"), "cpr_start")
    assert (found.at, found.null_reason) == (None, "not_documented")


def test_empty_cells_get_the_plain_meaning() -> None:
    file = read(START, "amber,door,T+5,,,,,,,,", "amber,shock,T+5:00,,,,,,,,")
    assert [(r.precision, r.certainty, r.source, r.payload) for r in file.codes[0].rows[1:]] == [
        ("minute", "record", "import", {}),
        ("second", "record", "import", {}),
    ]


def test_columns_may_stand_in_any_order_and_those_that_are_not_needed_may_be_left_out() -> None:
    file = read("2026-03-01T10:00Z,AMBER,code_started", "T+5,amber,shock", header="At,Code,KIND")
    assert file.faults == ()
    assert [(code.name, len(code.rows)) for code in file.codes] == [("AMBER", 2)]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "\n\n") + ",,,,,,,,,,\n",
        lambda text: "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()),
    ],
    ids=["BOM", "CRLF", "CR", "semicolons", "tabs", "no last line end", "blank lines", "all quoted"],
)
def test_what_spreadsheets_do_to_a_file_does_not_change_what_it_says(change) -> None:
    text = "\n".join([HEADER, START, shock("T+5"), shock("T+8:20"), ""])
    plain, changed = (read_file(one.encode(), OUTCOMES, ONCE) for one in (text, change(text)))
    assert changed.faults == ()
    assert [(r.kind, r.at, r.payload) for r in changed.codes[0].rows] == [
        (r.kind, r.at, r.payload) for r in plain.codes[0].rows
    ]


@pytest.mark.parametrize(
    ("written", "payload"),
    [
        ("shock,T+5,,,,,,200,J,", {"value": 200, "unit": "J"}),
        ("gas,T+5,,,,,,6.85,pH,right radial", {"value": 6.85, "unit": "pH", "note": "right radial"}),
        ("rhythm_check,T+5,,,,,,VF,,", {"value": "VF"}),
        ("circuit_primed,T+5,,,,,,007,,", {"value": "007"}),
        ("note,T+5,,,,,,12,,", {"value": "12"}),
        ("drug,T+5,,,,,,adrenaline 1 iv,mg,", {"value": "adrenaline", "dose": 1, "route": "IV", "unit": "mg"}),
        ("drug,T+5,,,,,,sodium bicarbonate 8.4,%,", {"value": "sodium bicarbonate", "dose": 8.4, "unit": "%"}),
        ("drug,T+5,,,,,,adrenaline,,", {"value": "adrenaline"}),
        ("clock_offset,T+5,,,,,,defib 412,s,", {"value": "defib", "offset_ms": 412_000}),
        ("clock_offset,T+5,,,,,,pump -1.5,min,", {"value": "pump", "offset_ms": -90_000}),
        ("item_ticked,T+5,,,,,,TL-01,,", {"value": "TL-01", "how": "earlier"}),
        ("role_taken,T+5,,,,,,PERF,,", {"value": "PERF", "mode": "take"}),
        ("a_kind_of_the_future,T+5,,,,,,9,,", {"value": 9}),
        ('note,T+5,,,,,,two lines,,"one\r\ntwo"', {"value": "two lines", "note": "one\ntwo"}),
    ],
)
def test_a_value_becomes_what_its_kind_holds(written: str, payload: dict) -> None:
    file = read(START, f"amber,{written}")
    assert file.faults == ()
    assert file.codes[0].rows[1].payload == payload


def bad_rows() -> dict[str, str]:
    """The rows of tests/fixtures/bad_rows.txt, and the sentence that each is answered."""
    lines = [line for line in BAD_ROWS_FILE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(zip(lines[::2], (line.strip() for line in lines[1::2]), strict=True)) | {
        "amber,shock,T+5,,,,,,2\b0,,": "value “2·0” holds a control character",
        f"amber,shock,T+5,,,,,,{'9' * 501},,": "value has 501 characters; the most is 500",
    }


BAD_ROWS = bad_rows()


@pytest.mark.parametrize("bad", BAD_ROWS, ids=[sentence[:60] for sentence in BAD_ROWS.values()])
def test_a_bad_row_is_named_by_its_line_and_its_fault_and_the_rows_around_it_are_read(bad: str) -> None:
    file = read(START, shock("T+4"), bad, shock("T+9"))
    assert [str(fault) for fault in file.faults] == [f"line 4: {BAD_ROWS[bad]}"]
    assert [r.line for r in file.codes[0].rows] == [2, 3, 5]
    assert (file.rows, file.good, file.bad_lines) == (4, 3, 1)


def test_all_faults_of_a_file_are_told_at_once_and_all_of_a_row() -> None:
    assert faults("amber,Shock!,T+5,hour,sure,,,fax,,,", *BAD_ROWS)[:5] == [
        "line 2: certainty “sure” is none of observed, device, record, estimated or unknown",
        "line 2: code “amber” has no code_started row in this file",
        "line 2: kind “Shock!” is not a kind: small letters, digits and _, beginning with a letter; "
        "did you mean shock?",
        "line 2: precision “hour” is none of second, minute or about",
        "line 2: source “fax” is none of tap, manual, import, published, ems, defib, pump, monitor or server",
    ]
    assert {fault.line for fault in read(*BAD_ROWS).faults} == set(range(2, len(BAD_ROWS) + 2))


def test_lines_are_those_of_the_file_even_after_a_note_of_several_lines() -> None:
    assert faults(START, 'amber,door,T+3,,,,,,,,"one\ntwo\nthree"', "", "amber,shock,soon,,,,,,,,")[0].startswith(
        "line 7: at “soon”"
    )


def test_a_code_without_a_start_is_told_on_each_of_its_rows() -> None:
    assert faults("jade,shock,T+5,,,,,,,,", START, "jade,door,T+9,,,,,,,,") == [
        "line 2: code “jade” has no code_started row in this file",
        "line 4: code “jade” has no code_started row in this file",
    ]


def test_a_second_start_is_the_fault_and_the_first_stands() -> None:
    file = read(START, START.replace("10:00", "10:30"), shock())
    assert [str(fault) for fault in file.faults] == ["line 3: code “amber” already has a code_started row, on line 2"]
    assert [r.line for r in file.codes[0].rows] == [2, 4]


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("T+0,,,,,,,,", "at “T+0”: code_started is the zero of T+, so its own time is a date and time"),
        ("not_yet,,,,,,,,", "at “not_yet”: code_started is the zero of T+, so its own time is a date and time"),
        (
            "2026-03-01T10:00Z,,,,,,dril,,",
            "value “dril” of code_started is none of real, drill or demo; empty means real",
        ),
        ("2026-03-01T10:00Z,,,T+1,,,,,", "at is before earliest"),
        ("1970-01-01T00:00Z,,,T-1,,,,,", "counted back from the start, the time is before 1970"),
    ],
)
def test_a_start_with_a_fault_leaves_its_code_without_a_place_in_time(start: str, sentence: str) -> None:
    file = read(shock(), f"amber,code_started,{start}")
    assert [str(fault) for fault in file.faults] == [
        "line 2: code “amber” cannot be placed in time: its code_started row, on line 3, has a fault",
        f"line 3: {sentence}",
    ]
    assert file.codes == ()


def test_an_identical_row_is_a_slip_where_a_thing_happens_once_and_a_second_event_where_it_repeats() -> None:
    door = "amber,door,T+3,,,,,,,,"
    file = read(START, door, shock(), shock(), door)
    assert [str(fault) for fault in file.faults] == ["line 6: the row says the same as line 3, and door happens once"]
    assert [r.kind for r in file.codes[0].rows] == ["code_started", "door", "shock", "shock"]


def test_names_that_differ_in_case_spaces_or_the_word_code_are_one_code() -> None:
    file = read(START, "Code  Amber,door,T+3,,,,,,,,", "AMBER,shock,T+5,,,,,,,,")
    assert [(code.name, code.key, len(code.rows)) for code in file.codes] == [("amber", "amber", 3)]


COLUMNS_ARE = f"the columns are {HEADER}"


@pytest.mark.parametrize(
    ("header", "sentences"),
    [
        (
            "code,kind,time",
            [
                f"the header has an unknown column “time”; {COLUMNS_ARE}",
                f"the header lacks a column: at; {COLUMNS_ARE}",
            ],
        ),
        (
            "amber,shock,T+5",
            [
                *(f"the header has an unknown column “{name}”; {COLUMNS_ARE}" for name in ("T+5", "amber", "shock")),
                f"the header lacks columns: code, kind and at; {COLUMNS_ARE}",
            ],
        ),
        ("code,kind,at,at", ["the header has the column “at” twice"]),
    ],
)
def test_a_header_without_its_columns_is_told_and_nothing_is_read(header: str, sentences: list[str]) -> None:
    file = read("amber,shock,T+5", header=header)
    assert [str(fault) for fault in file.faults] == [f"line 1: {sentence}" for sentence in sentences]
    assert file.codes == ()


def test_an_unknown_column_is_told_and_the_rows_are_still_read() -> None:
    file = read(START + ",x", shock() + ",y", header=HEADER + ",operator")
    assert [str(fault) for fault in file.faults] == [
        f"line 1: the header has an unknown column “operator”; the columns are {HEADER}"
    ]
    assert file.good == 2


SAVE_AS = "save it as CSV (UTF-8)"
SAVE_SHEET = "save the sheet as CSV (UTF-8)"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "line 1: the file is empty"),
        (b"\xef\xbb\xbf \r\n", "line 1: the file is empty"),
        (b",,,\n,,,\n", "line 1: the file is empty"),
        (b'"', "line 1: a quotation mark is opened here and never closed"),
        (HEADER.encode(), "line 1: the file has a header and no rows"),
        (HEADER.encode() + b"\r\nLe caf\xe9", f"line 2: the file is not in UTF-8 (byte 0xE9 here); {SAVE_AS}"),
        (HEADER.encode("utf-16"), f"line 1: the file is in UTF-16; {SAVE_AS}"),
        (HEADER.encode() + b"\n\n\x00", f"line 3: the file holds a zero byte here, so it is not text; {SAVE_AS}"),
        (b"PK\x03\x04rest", f"line 1: this is a spreadsheet or a zip archive, not a CSV file; {SAVE_SHEET}"),
        (b"%PDF-1.7", "line 1: this is a PDF, not a CSV file"),
        (b"a" * (5 * 1024 * 1024 + 1), "line 1: the file has 5.0 MB; the most is 5 MB"),
    ],
)
def test_what_is_no_import_file_is_answered_with_one_sentence(data: bytes, sentence: str) -> None:
    file = read_file(data, OUTCOMES, ONCE)
    assert ([str(fault) for fault in file.faults], file.codes) == ([sentence], ())


def test_a_file_of_too_many_rows_is_refused_at_the_first_row_too_many() -> None:
    file = read(START, *["amber,shock,T+5,,,,,,,,"] * 20_000)
    assert [str(fault) for fault in file.faults] == ["line 20002: the file has 20,001 rows; the most is 20,000"]


def test_a_file_of_nothing_but_lost_quotes_is_given_up_after_a_hundred() -> None:
    found = faults(START, *['amber,shock,T+5,,,,,,"20"0,,'] * 300)
    assert len(found) == 101
    assert found[-1] == (
        "line 103: 100 rows before this one have quotation marks that do not match; the file was not read beyond here"
    )
