"""A line of progress that rewrites itself on a terminal, and says nothing into a pipe."""

import sys
import time
from typing import TextIO

EVERY_SECONDS = 0.2


class Progress:
    """Counts of what is done, shown a few times a second while the work goes on."""

    def __init__(self, what: str, total: int, stream: TextIO | None = None) -> None:
        self._what = what
        self._total = total
        self._stream = stream or sys.stderr
        self._shows = self._stream.isatty()
        self._next = 0.0
        self._done = 0

    def step(self, count: int = 1) -> None:
        """So much more is done."""
        self._done += count
        if self._shows and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            self._stream.write(f"\r{self._done}/{self._total} {self._what}")
            self._stream.flush()

    def end(self) -> None:
        """Leave the line as it stands."""
        if self._shows:
            self._stream.write(f"\r{self._done}/{self._total} {self._what}\n")
