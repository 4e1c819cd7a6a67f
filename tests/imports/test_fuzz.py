"""Whatever is sent in as a file, the answer is rows and sentences, never an exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from timeline.imports.files import ReadFile, read_file
from timeline.imports.identity import record_ids
from timeline.imports.rows import COLUMNS

OUTCOMES = frozenset({"flow", "rosc"})
ONCE = frozenset({"arrest_onset"})

CELLS = st.one_of(
    st.sampled_from(
        ["", "a", "b", "code_started", "code_closed", "arrest_onset", "shock", "drug", "clock_offset", "flow"]
    ),
    st.sampled_from(["2026-03-01T10:00Z", "2026-03-01T10:00", "T+5", "T-5", "T+8:20", "T+999999", "T+8:99", "not_yet"]),
    st.sampled_from(
        ["second", "minute", "estimated", "observed", "tap", "drill", "adrenaline 1 IV", "defib 9", "s", "-0", "1e9"]
    ),
    st.text(max_size=12),
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=12), max_size=12)
HEADERS = st.one_of(
    st.just(list(COLUMNS)), st.permutations(COLUMNS), st.lists(st.sampled_from([*COLUMNS, "x", ""]), max_size=12)
)


def hold(file: ReadFile) -> None:
    """What is true of every answer."""
    assert file.codes or file.faults
    assert list(file.faults) == sorted(set(file.faults))
    lines = [row.line for code in file.codes for row in code.rows]
    assert len(lines) == len(set(lines))
    assert not set(lines) & {fault.line for fault in file.faults}
    assert file.good <= file.rows
    for fault in file.faults:
        assert fault.line >= 1
        assert str(fault).isprintable()
    for code in file.codes:
        assert [row.kind for row in code.rows].count("code_started") == 1
        assert code.rows[0].at == code.started_at
        assert len(set(record_ids(code))) == len(code.rows)
        for row in code.rows:
            assert (row.at is None) == (row.null_reason is not None)
            span = [time for time in (row.earliest, row.at, row.latest) if time is not None]
            assert span == sorted(span)


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data: bytes) -> None:
    hold(read_file(data, OUTCOMES, ONCE))


@given(st.text(max_size=400))
def test_any_text_below_a_good_header_is_answered(text: str) -> None:
    hold(read_file((",".join(COLUMNS) + "\n" + text).encode("utf-8", "surrogatepass"), OUTCOMES, ONCE))


@settings(max_examples=examples(300))
@given(HEADERS, ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_cells_are_answered(header: list[str], rows: list[list[str]], delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(row) for row in [header, *rows])
    hold(read_file(text.encode("utf-8", "surrogatepass"), OUTCOMES, ONCE))


GOOD = st.tuples(
    st.sampled_from(["shock", "drug", "door", "flow_on", "new_kind"]),
    st.integers(-600, 6000).map(lambda s: f"T{'-' if s < 0 else '+'}{abs(s) // 60}:{abs(s) % 60:02}"),
    st.sampled_from(["second", "minute", "about"]),
    st.sampled_from(["observed", "estimated"]),
)


@given(st.lists(GOOD, max_size=20), st.randoms())
def test_good_rows_are_all_read_and_their_order_does_not_matter(good: list[tuple], random) -> None:
    start = "x,code_started,2026-03-01T10:00Z,,,,,,,,"
    rows = [start, *(f"x,{kind},{at},{precision},{certainty},,,,,," for kind, at, precision, certainty in good)]
    shuffled = random.sample(rows, len(rows))
    one, other = (read_file("\n".join([",".join(COLUMNS), *some]).encode(), OUTCOMES) for some in (rows, shuffled))
    assert one.faults == other.faults == ()
    assert set(record_ids(one.codes[0])) == set(record_ids(other.codes[0]))
    assert len(one.codes[0].rows) == len(rows)
