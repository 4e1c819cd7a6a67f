"""The run chart's two questions: is one run too long, are there too few crossings (Anhøj; quality reference, 1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from .stats import binomial_quantile, median


@dataclass(frozen=True, slots=True)
class Runs:
    """What the points say about their own median. A signal is a point to look at, never a verdict."""

    centre: float
    n: int
    useful: int
    longest: int
    longest_max: int
    crossings: int
    crossings_min: int

    @property
    def too_long(self) -> bool:
        """Whether the longest run is longer than chance allows."""
        return self.useful > 0 and self.longest > self.longest_max

    @property
    def too_few(self) -> bool:
        """Whether the median is crossed less often than chance allows."""
        return self.useful > 1 and self.crossings < self.crossings_min

    @property
    def signal(self) -> bool:
        """Whether either rule asks for a look."""
        return self.too_long or self.too_few


def limits(useful: int) -> tuple[int, int]:
    """The longest run allowed and the fewest crossings allowed among so many points off the centre line."""
    if useful == 0:
        return 0, 0
    return round(log2(useful)) + 3, binomial_quantile(0.05, useful - 1)


def runs(values: Sequence[float]) -> Runs | None:
    """The runs analysis of values in order of time, those on the centre left out; None when there are no values."""
    if not values:
        return None
    centre = median(values)
    sides = [value > centre for value in values if value != centre]
    longest = streak = 0
    crossings = 0
    for place, side in enumerate(sides):
        if place and side == sides[place - 1]:
            streak += 1
        else:
            crossings += place > 0
            streak = 1
        longest = max(longest, streak)
    longest_max, crossings_min = limits(len(sides))
    return Runs(centre, len(values), len(sides), longest, longest_max, crossings, crossings_min)
