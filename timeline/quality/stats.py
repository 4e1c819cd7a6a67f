"""Medians, quartiles and intervals for few cases. No interval here widens or narrows with anybody's wish.

The rules are those of the quality reference, sections 2.1 to 2.3; its published vectors are the tests.
"""

from collections.abc import Iterator, Sequence
from math import floor, sqrt
from typing import Final

# The normal quantile of a two-sided 95 % interval, to the six decimals at which the reference vectors were computed.
Z: Final = 1.959964
TAIL: Final = 0.025


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile by linear interpolation between order statistics (R's type 7). Raises ValueError when empty."""
    if not values:
        raise ValueError("there is no quantile of no values")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Sequence[float]) -> float:
    """The median; raises ValueError when there are no values."""
    return quantile(values, 0.5)


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third quartile, type 7."""
    return quantile(values, 0.25), quantile(values, 0.75)


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of k of n, as two shares between 0 and 1. Raises ValueError unless 0 <= k <= n, n > 0."""
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} of {n} is not a share")
    share = k / n
    spread = Z * Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    # At k = 0 and k = n one end is exact; rounding must not push it out of the scale.
    return (0.0 if k == 0 else max(0.0, centre - half)), (1.0 if k == n else min(1.0, centre + half))


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The distribution-free 95 % interval of the median from order statistics; None below six values."""
    n = len(values)
    rank = next(rank for rank, share in enumerate(_cumulated(n)) if share > TAIL or rank == n)
    if rank == 0:
        return None
    ordered = sorted(values)
    return ordered[rank - 1], ordered[n - rank]


def binomial_quantile(share: float, n: int) -> int:
    """The smallest k with P(X <= k) >= share for X ~ Binomial(n, 1/2)."""
    return next(k for k, cumulated in enumerate(_cumulated(n)) if cumulated >= share or k == n)


def _cumulated(n: int) -> Iterator[float]:
    """P(X <= k) for k = 0, 1, … n and X ~ Binomial(n, 1/2); counted in whole numbers, quick for thousands."""
    ways = total = 1
    for k in range(n + 1):
        yield total / (1 << n)
        ways = ways * (n - k) // (k + 1)
        total += ways
