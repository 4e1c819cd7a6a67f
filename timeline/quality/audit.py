"""The audit: every closed code, what its arrest-to-flow was or why there is none, and what many of them say together.

Pure: it takes cases and gives values. The rules for few cases are those of the quality reference, section 2.1:
below five no summary, whole minutes below twelve, run rules from twelve on. Missing is never zero, and every count of
what was left out stands beside the number it was left out of.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .cases import KEY, Case
from .runchart import Runs, runs
from .stats import median, median_interval, quartiles, wilson

MODES: Final = ("real", "drill", "demo")
FEW: Final = 5
RULES_FROM: Final = 12
# Recorded by mistake: no resuscitation, so in no denominator.
NO_CASE: Final = "started_in_error"
FLOW: Final = "flow"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which codes are asked for. Times in UTC ms: started at or after `since`, before `until`."""

    modes: frozenset[str] = frozenset({"real"})
    since: int | None = None
    until: int | None = None
    witnessed_only: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """k of n with Wilson's 95 % interval (two shares), which is None below five."""

    k: int
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Times:
    """Times of many codes: the numbers are None where there are too few to say."""

    key: str
    n: int
    median: float | None
    q1: float | None
    q3: float | None
    low: float | None
    high: float | None
    missing: int
    inconsistent: int
    not_applicable: int
    negative: int
    least: float | None
    most: float | None

    @property
    def whole(self) -> bool:
        """Whether so few that only whole minutes are honest."""
        return self.n < RULES_FROM


@dataclass(frozen=True, slots=True)
class Part:
    """An interval over many codes, and how many were within its target: each by the limit of its own protocol.

    A negative time that is right (the team was there before it was called) is within, and in no median. `share` is of
    the known times whose windows leave no doubt; `indeterminate` are the others. `limits` is empty without a target.
    """

    times: Times
    share: Share
    indeterminate: int
    limits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """How many, and the reasons that were given, with how often, the most frequent first. `unsaid` gave none."""

    count: int
    given: tuple[tuple[str, int], ...]
    unsaid: int


@dataclass(frozen=True, slots=True)
class Calls:
    """What became of the calls for the team, over all codes that count; all of these stay in every denominator.

    `activations` were made in `called` codes, `cancelled` are activations, `declined` and `no_flow` are codes;
    `endings` says by outcome how many had no flow.
    """

    activations: int
    called: int
    cancelled: Reasons
    declined: Reasons
    no_flow: Reasons
    endings: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything the audit page, its chart and its file show."""

    rows: tuple[Case, ...]
    in_error: int
    by_mode: dict[str, int]
    cases: int
    flow: int
    attempted: int
    times: Times
    witnessed: Times
    estimated: int
    share: Share
    share_attempted: Share
    results: dict[str, int]
    runs: Runs | None
    breakdown: tuple[Part, ...]
    calls: Calls
    limits: tuple[float, ...]
    with_missing: int
    with_late: int

    @property
    def limit(self) -> float:
        """The target that holds for the newest code."""
        return self.rows[-1].limit_minutes if self.rows else 60


def build(cases: Iterable[Case], chosen: Filter) -> Audit:
    """The audit of closed codes; open ones have no result yet and are left out, as is what the filter leaves out."""
    rows: list[Case] = []
    by_mode = dict.fromkeys(MODES, 0)
    in_error = 0
    for case in cases:
        if not case.closed or not _in_period(case, chosen):
            continue
        by_mode[case.mode] += 1
        if case.mode not in chosen.modes:
            continue
        if case.outcome == NO_CASE:
            in_error += 1
        elif not (chosen.witnessed_only and case.estimated):
            rows.append(case)
    rows.sort(key=lambda case: (case.started_at, case.id))
    results = dict.fromkeys(("met", "missed", "indeterminate", "missing", "inconsistent", "not_applicable"), 0)
    for row in rows:
        results[row.result] = results.get(row.result, 0) + 1
    attempted = [row for row in rows if row.attempted]
    decided = [row for row in attempted if row.result not in ("indeterminate", "missing", "inconsistent")]
    dots = [row.minutes for row in rows if row.minutes is not None]
    return Audit(
        rows=tuple(rows),
        in_error=in_error,
        by_mode=by_mode,
        cases=len(rows),
        flow=sum(row.outcome == FLOW for row in rows),
        attempted=len(attempted),
        times=_main_times(rows),
        witnessed=_main_times([row for row in rows if not row.estimated]),
        estimated=sum(row.estimated and row.minutes is not None for row in rows),
        share=_share(results["met"], results["met"] + results["missed"]),
        share_attempted=_share(sum(row.result == "met" for row in decided), len(decided)),
        results=results,
        runs=runs(dots) if len(dots) >= RULES_FROM else None,
        breakdown=tuple(part_of(key, rows) for key in dict.fromkeys(key for row in rows for key in row.times)),
        calls=calls_of(rows),
        limits=tuple(sorted({row.limit_minutes for row in rows})),
        with_missing=sum(row.missing > 0 for row in rows),
        with_late=sum(row.late > 0 for row in rows),
    )


def _main_times(rows: Sequence[Case]) -> Times:
    return times_of(KEY, [(row.status, row.minutes) for row in rows])


def times_of(key: str, found: Sequence[tuple[str, float | None]]) -> Times:
    """One interval over many codes, each its status and minutes: n, median with quartiles and interval, and how many
    have none, by reason.
    """
    counts = dict.fromkeys(("missing", "inconsistent", "not_applicable"), 0)
    values: list[float] = []
    negative = 0
    for status, minutes in found:
        if minutes is not None and minutes < 0:
            # Known and negative it is by right, "present before call" and the like: in no median (reference, 2.3).
            negative += 1
        elif minutes is not None:
            values.append(minutes)
        elif status in counts:
            counts[status] += 1
    enough = len(values) >= FEW
    q1, q3 = quartiles(values) if enough else (None, None)
    span = median_interval(values) if enough else None
    return Times(
        key=key,
        n=len(values),
        median=median(values) if enough else None,
        q1=q1,
        q3=q3,
        low=span[0] if span else None,
        high=span[1] if span else None,
        missing=counts["missing"],
        inconsistent=counts["inconsistent"],
        not_applicable=counts["not_applicable"],
        negative=negative,
        least=min(values, default=None),
        most=max(values, default=None),
    )


def part_of(key: str, rows: Sequence[Case]) -> Part:
    """An interval of these codes, and the share within its target with Wilson's interval (quality reference, 2.3)."""
    results = Counter(row.targets[key][0] for row in rows if key in row.targets)
    return Part(
        times=times_of(key, [row.times[key] for row in rows if key in row.times]),
        share=_share(results["met"], results["met"] + results["missed"]),
        indeterminate=results["indeterminate"],
        limits=tuple(sorted({row.targets[key][1] for row in rows if key in row.targets})),
    )


def calls_of(rows: Sequence[Case]) -> Calls:
    """Activations, cancelled ones, declines and codes without flow, each with its reasons (clinical reference, 7.4)."""
    without = [row for row in rows if row.outcome != FLOW]
    return Calls(
        activations=sum(row.activations for row in rows),
        called=sum(row.activations > 0 for row in rows),
        cancelled=_reasons([(why,) if why else () for row in rows for why in row.cancelled]),
        declined=_reasons([row.declined_because for row in rows if row.declined]),
        no_flow=_reasons([row.no_flow_because or row.declined_because for row in without]),
        endings=tuple(_by_number(Counter(row.outcome for row in without))),
    )


def _reasons(given: Sequence[Sequence[str]]) -> Reasons:
    """Of each its reasons; one may have several, each of which counts once."""
    counts = Counter(why for reasons in given for why in dict.fromkeys(reasons))
    return Reasons(len(given), tuple(_by_number(counts)), sum(not reasons for reasons in given))


def _by_number(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _in_period(row: Case, chosen: Filter) -> bool:
    after = chosen.since is None or row.started_at >= chosen.since
    return after and (chosen.until is None or row.started_at < chosen.until)


def _share(k: int, n: int) -> Share:
    low, high = wilson(k, n) if n >= FEW else (None, None)
    return Share(k, n, low, high)
