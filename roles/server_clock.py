"""The server's clock: UTC as the system said it when the process began, counted on from there by a clock nobody sets.

A system clock that is set while a code runs (by hand, or by a time service that had lost its server) would move what is
left to the target on every screen, and the times of records with it (reliability.md, 3.1 rule 7, and T8). Here it moves
nothing: the devices are told that it happened, and the new time counts once no code runs that began under the old one.
"""

import logging
import time
from collections.abc import Callable

log = logging.getLogger("ecpr.clock")

# Time services turn the steady clock's speed too, so only a step ever parts the two clocks by so much.
STEP_MS = 200
# Two readings this close together are of one moment; on a machine too busy for that, the closest of so many counts.
CLOSE_NS = 1_000_000
LOOKS = 20
# Goes on while the machine sleeps; where there is no such clock (macOS), the monotonic one does.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class ServerClock:
    """UTC from a system clock read once (`wall`) and a steady one (`steady`); both give nanoseconds."""

    def __init__(self, wall: Callable[[], int], steady: Callable[[], int]) -> None:
        self._wall = wall
        self._steady = steady
        self._said = 0
        self.settle()

    def now_ms(self) -> int:
        """Now, in UTC milliseconds."""
        return (self._steady() + self._anchor) // 1_000_000

    def fine_ms(self) -> float:
        """Now, in UTC milliseconds with their fraction, for clock probes."""
        return (self._steady() + self._anchor) / 1_000_000

    def moved_ms(self) -> int:
        """By how much the system's clock was set since the anchor, in ms; 0 while it was not (within STEP_MS)."""
        by = (self._gap() - self._anchor) // 1_000_000
        return by if abs(by) > STEP_MS else 0

    def watch(self, runs: Callable[[], bool]) -> None:
        """Look whether the system's clock was set: log it once, and take its time over unless a code `runs`."""
        by = self.moved_ms()
        if by and not runs():
            self.settle()
            log.warning("the system's clock was set by %+d ms; no code runs, so its time counts from now on", by)
            by = 0
        elif abs(by - self._said) > STEP_MS:
            log.error("the system's clock was set by %+d ms while a code runs; the code's clock stays as it is", by)
        self._said = by

    def settle(self) -> None:
        """Take the system's time for the true one from now on."""
        self._anchor = self._gap()

    def _gap(self) -> int:
        """The system's clock less the steady one, in ns, by the closest of some looks: a process that is held up
        between two readings would take the pause for a step, or begin with it in its time.
        """
        looks = []
        for _ in range(LOOKS):
            before, wall, after = self._steady(), self._wall(), self._steady()
            looks.append((after - before, wall - (before + after) // 2))
            if after - before < CLOSE_NS:
                break
        return min(looks)[1]


clock = ServerClock(time.time_ns, lambda: time.clock_gettime_ns(_STEADY))
now_ms = clock.now_ms
fine_ms = clock.fine_ms
moved_ms = clock.moved_ms
