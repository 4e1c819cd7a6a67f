"""What a replay plays: every row once, at its time, never ahead of the clock, with every interval as it was."""

from hypothesis import given
from hypothesis import strategies as st

from timeline.imports.files import FileCode, read_file
from timeline.replay.score import MINUTE, score

NOW = 1_772_359_217_345
OWNERS = {"shock": "defibrillation", "rhythm_check": "defibrillation", "drug": "medication", "flow_on": "perfusionist"}


def code_of(*rows: str, precision: str = "second") -> FileCode:
    text = ["code,kind,at,precision", "a,code_started,2020-01-01T10:00:30Z,second"]
    text += [f"a,{row},{precision}" for row in rows]
    [code] = read_file("\n".join(text).encode(), frozenset({"flow"})).codes
    return code


ROWS = st.lists(
    st.tuples(st.sampled_from(["shock", "drug", "rhythm_check", "flow_on", "odd"]), st.integers(0, 120 * 60)),
    min_size=1,
    max_size=30,
)


@given(ROWS, st.floats(0.1, 1000), st.integers(1, 8), st.sampled_from(["second", "minute"]))
def test_no_record_is_ahead_of_the_clock_and_every_interval_is_kept(
    rows: list[tuple[str, int]], speed: float, devices: int, precision: str
) -> None:
    code = code_of(*(f"{kind},T+{s // 60}:{s % 60:02}" for kind, s in rows), precision=precision)
    notes = score(code, speed=speed, devices=devices, now=NOW, owners=OWNERS)
    played = [row for row in code.rows if row.kind != "code_started"]
    assert len(notes) == len(played)
    shifts = {(note.row.at or 0) - (row.at or 0) for note, row in zip(notes, played, strict=True)}
    assert len(shifts) == 1
    assert all((note.row.at or 0) <= NOW + note.after * 1_000 + 1 for note in notes)
    assert [note.after for note in notes] == sorted(note.after for note in notes)
    assert {note.device for note in notes} <= set(range(devices))


def test_at_speed_one_a_replay_is_live() -> None:
    notes = score(code_of("shock,T+5", "flow_on,T+40:10"), speed=1, devices=2, now=NOW, owners=OWNERS)
    assert [(note.after, (note.row.at or 0) - NOW) for note in notes] == [(0.0, 0), (2110.0, 2_110_000)]


def test_minutes_stay_minutes() -> None:
    code = code_of("shock,2020-01-01T10:05Z", "flow_on,2020-01-01T10:45Z", precision="minute")
    notes = score(code, speed=20, devices=2, now=NOW, owners=OWNERS)
    assert [(note.row.at or 0) % MINUTE for note in notes] == [0, 0]


def test_the_rows_of_one_owner_come_from_one_device_and_owners_take_the_devices_in_turn() -> None:
    code = code_of("rhythm_check,T+1", "shock,T+2", "drug,T+3", "flow_on,T+4", "shock,T+5")
    notes = score(code, speed=20, devices=2, now=NOW, owners=OWNERS)
    assert [(note.row.kind, note.device) for note in notes] == [
        ("rhythm_check", 0), ("shock", 0), ("drug", 1), ("flow_on", 0), ("shock", 0),
    ]  # fmt: skip
