"""The server's clock, whatever is done to the system's."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roles.server_clock import STEP_MS, ServerClock

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND


@dataclass
class Machine:
    """A machine that was on for a while, and whose system clock can be set."""

    ran: int = 5 * SECOND
    wall: int = START

    def pass_(self, ns: int) -> None:
        self.ran += ns
        self.wall += ns

    def clock(self) -> ServerClock:
        return ServerClock(lambda: self.wall, lambda: self.ran)


def test_time_passes_as_the_system_says_it() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_(61 * SECOND + 500_000)
    assert (clock.now_ms(), clock.fine_ms(), clock.moved_ms()) == (1_790_000_061_000, 1_790_000_061_000.5, 0)


@given(st.lists(st.tuples(st.integers(1, 3600 * SECOND), st.integers(-7200 * SECOND, 7200 * SECOND)), max_size=20))
def test_however_often_the_system_clock_is_set_the_server_counts_on(steps: list[tuple[int, int]]) -> None:
    machine = Machine()
    clock = machine.clock()
    for passed, step in steps:
        machine.pass_(passed)
        machine.wall += step
    assert clock.now_ms() == (START + sum(passed for passed, _ in steps)) // 1_000_000
    by = sum(step for _, step in steps) // 1_000_000
    assert clock.moved_ms() == (by if abs(by) > STEP_MS else 0)


def test_a_process_that_is_held_up_between_two_readings_neither_sees_a_step_nor_begins_with_the_pause() -> None:
    machine = Machine()
    pauses = [3 * SECOND, 0, 0]

    def wall() -> int:
        read = machine.wall
        machine.pass_(pauses.pop(0) if pauses else 0)
        return read

    clock = ServerClock(wall, lambda: machine.ran)
    assert (clock.now_ms(), clock.moved_ms()) == (machine.wall // 1_000_000, 0)
    pauses += [0, 2 * SECOND]
    assert [clock.moved_ms() for _ in range(3)] == [0, 0, 0]


def test_while_a_code_runs_the_step_is_logged_once_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 120 * SECOND
    for _ in range(3):
        clock.watch(lambda: True)
    assert (clock.now_ms(), clock.moved_ms()) == (1_790_000_000_000, 120_000)
    assert [record.getMessage() for record in caplog.records] == [
        "the system's clock was set by +120000 ms while a code runs; the code's clock stays as it is"
    ]


def test_the_system_time_is_taken_over_as_soon_as_no_code_runs(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall -= 120 * SECOND
    for _ in range(3):
        clock.watch(lambda: False)
    assert (clock.now_ms(), clock.moved_ms()) == (1_789_999_880_000, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "the system's clock was set by -120000 ms; no code runs, so its time counts from now on"
    ]


def test_nobody_is_asked_whether_a_code_runs_while_the_clock_is_as_it_was() -> None:
    asked: list[bool] = []

    def runs() -> bool:
        asked.append(True)
        return True

    clock = Machine().clock()
    clock.watch(runs)
    assert asked == []
