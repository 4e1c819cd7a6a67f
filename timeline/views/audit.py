"""The audit: many codes at once, as a page and as a file. Signed-in people only; every look is logged."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from roles.server_clock import now_ms
from timeline import access, rollup
from timeline.debrief.chart import SIGNS, is_crowded, run_chart, sample_sign
from timeline.debrief.words import FLAG_WORDS, NULL_WORDS, day, minutes_words, plural
from timeline.exports.audit_file import audit_csv as audit_file
from timeline.protocols import protocol_named
from timeline.quality.audit import FEW, MODES, RULES_FROM, Audit, Filter, Part, Reasons, Share, Times, build
from timeline.quality.cases import KEY, Case
from timeline.selectors import closed_codes

DAY: Final = 24 * 60 * 60 * 1000
# Codes on one sheet of the table; the chart, the numbers and the file hold all of them.
ON_A_SHEET: Final = 100
MOST_REASONS: Final = 10
PERIODS: Final = {"all": ("All time", None), "1y": ("12 months", 365), "6m": ("6 months", 182), "90d": ("90 days", 90)}
MODE_NAMES: Final = {"real": "real codes", "drill": "drills", "demo": "demonstrations"}
RESULT_NAMES: Final = {
    "met": "Within target",
    "missed": "Over target",
    "indeterminate": "Indeterminate",
    "missing": "Time missing",
    "inconsistent": "Inconsistent",
    "not_applicable": "No flow by its outcome",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that can be switched: its words, where it leads, and whether it is on."""

    label: str
    url: str
    on: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A code of the table, in words."""

    id: str
    name: str
    mode: str
    date: str
    outcome: str
    value: str
    result: str
    said: str
    notes: str


@dataclass(frozen=True, slots=True)
class TimesLine:
    """An interval of the breakdown, in words."""

    label: str
    n: int
    within: str
    within_more: list[str]
    median: str
    spread: str
    extremes: str
    left_out: str
    definition: str


@dataclass(frozen=True, slots=True)
class CallsLine:
    """Something that happened to calls: how often, of how many, and the reasons that were given."""

    label: str
    count: str
    more: str
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Everything the page shows."""

    audit: Audit
    demo_banner: bool
    counted: str
    period: str
    periods: list[Chip]
    modes: list[Chip]
    witnessed: Chip
    csv_url: str
    median: str
    median_more: list[str]
    share: str
    share_more: str
    attempted: str
    attempted_more: str
    runs: str
    chart: SafeString
    legend: list[tuple[SafeString, str]]
    results: list[tuple[str, int]]
    lines: list[Line]
    lines_words: str
    newer: str
    older: str
    turned: bool
    crowded: bool
    breakdown: list[TimesLine]
    calls: list[CallsLine]
    definition: str
    few: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for: the filter, and how it was said in the address."""

    chosen: Filter
    period: str
    extra: frozenset[str]
    witnessed: bool
    banner: bool
    sheet: int


@login_required
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The page named "audit"."""
    _gate(request, "audit")
    asked, built = _answer(request)
    return render(request, "timeline/audit.html", {"page": _page(asked, built)})


@login_required
@require_safe
def audit_csv(request: HttpRequest) -> HttpResponse:
    """The same codes as a CSV file."""
    _gate(request, "audit CSV")
    _, built = _answer(request)
    answer = HttpResponse(
        audit_file(built.rows, _definition(KEY), _zone()).encode(), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _gate(request: HttpRequest, what: str) -> None:
    try:
        access.past_codes_for(request.user, what)
    except access.NotStanding:
        raise Http404 from None


def _answer(request: HttpRequest) -> tuple[Question, Audit]:
    codes = list(closed_codes())
    period = request.GET.get("period", "all")
    period = period if period in PERIODS else "all"
    extra = frozenset(request.GET.getlist("include")) & {"drill", "demo"}
    present = {code.mode for code in codes}
    # A programme that has begun nothing yet sees what the page will look like, and is told so loudly.
    banner = "real" not in present and "demo" in present and not extra
    modes = frozenset({"real"}) | extra | (frozenset({"demo"}) if banner else frozenset())
    days = PERIODS[period][1]
    witnessed = request.GET.get("witnessed") == "1"
    since = None if days is None else now_ms() - days * DAY
    chosen = Filter(modes=modes, since=since, witnessed_only=witnessed)
    asked = Question(chosen, period, extra, witnessed, banner, _sheet(request.GET.get("sheet", "")))
    return asked, build(rollup.cases(codes), chosen)


def _sheet(said: str) -> int:
    """Which sheet of the table is asked for, from 1 on; anything that is no number is the first."""
    return max(1, int(said)) if said.isdecimal() and len(said) < 7 else 1


def _page(asked: Question, built: Audit) -> AuditPage:
    zone = _zone()
    times = built.times
    sheets = max(1, -(-len(built.rows) // ON_A_SHEET))
    sheet = min(asked.sheet, sheets)
    first = (sheet - 1) * ON_A_SHEET
    shown_rows = built.rows[::-1][first : first + ON_A_SHEET]
    title = (
        f"Run chart of arrest to flow, {plural(built.cases, 'code')} in order of time: {_times_words(times)}; "
        f"{_share_words(built.share)} within the target. The table below holds every value."
    )
    newest = built.rows[-1].started_at if built.rows else None
    oldest = built.rows[0].started_at if built.rows else None
    span = f"{day(oldest, zone)} to {day(newest, zone)}" if built.rows else "no codes"
    return AuditPage(
        audit=built,
        demo_banner=asked.banner,
        counted=_counted(built, asked.chosen.modes),
        period=f"{PERIODS[asked.period][0]}: {span}",
        periods=[Chip(label, _url(asked, period=key), asked.period == key) for key, (label, _) in PERIODS.items()],
        modes=[
            Chip(f"{MODE_NAMES[mode].capitalize()} ({built.by_mode[mode]})", _url(asked, toggle=mode), mode in shown)
            for shown in [asked.chosen.modes]
            for mode in ("drill", "demo")
        ],
        witnessed=Chip("Leave out estimated arrest times", _url(asked, witnessed=not asked.witnessed), asked.witnessed),
        csv_url=_url(asked, path="/audit.csv"),
        median=_median(times),
        median_more=_median_more(built),
        share=f"{built.share.k} of {built.share.n}" if built.share.n else "no cases",
        share_more=_share_more(built.share),
        attempted=f"{built.share_attempted.k} of {built.share_attempted.n}" if built.share_attempted.n else "no cases",
        attempted_more=_share_more(built.share_attempted),
        runs=_runs_words(built),
        chart=mark_safe(run_chart(built, zone, title)),
        legend=_legend(built),
        results=[(RESULT_NAMES[key], count) for key, count in built.results.items() if key in RESULT_NAMES],
        lines=[_line(row, zone) for row in shown_rows],
        lines_words=_lines_words(first, len(shown_rows), len(built.rows)),
        newer=_url(asked, sheet=sheet - 1) if sheet > 1 else "",
        older=_url(asked, sheet=sheet + 1) if sheet < sheets else "",
        turned=sheet > 1,
        crowded=is_crowded(len(built.rows)),
        breakdown=[_times_line(each, built) for each in built.breakdown],
        calls=_calls_lines(built),
        definition=_definition(KEY),
        few=times.n < FEW,
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.ZONE)


def _definition(key: str) -> str:
    return _sentence(protocol_named("ecpr-1").raw["intervals"][key]["formula"])


def _sentence(said: str) -> str:
    return f"{said.rstrip('.')}."


def _url(
    asked: Question,
    *,
    path: str = "",
    period: str | None = None,
    toggle: str | None = None,
    witnessed: bool | None = None,
    sheet: int = 1,
) -> str:
    extra = set(asked.extra)
    if toggle is not None:
        extra ^= {toggle}
    said: list[tuple[str, str]] = [("period", period or asked.period)]
    said += [("include", mode) for mode in MODES if mode in extra]
    if asked.witnessed if witnessed is None else witnessed:
        said.append(("witnessed", "1"))
    if sheet > 1:
        said.append(("sheet", str(sheet)))
    return f"{path}?{urlencode(said)}"


def _lines_words(first: int, shown: int, of: int) -> str:
    """Which codes the table shows."""
    if shown == of:
        return f"{plural(of, 'code')}, newest first"
    return f"{first + 1} to {first + shown} of {of} codes, newest first"


def _counted(built: Audit, shown: frozenset[str]) -> str:
    """What the page counts and what it leaves out, in one sentence."""
    used = ", ".join(plural_mode(mode, built.by_mode[mode]) for mode in MODES if mode in shown)
    hidden = ", ".join(plural_mode(m, built.by_mode[m]) for m in MODES if m not in shown and built.by_mode[m])
    in_error = f" {plural(built.in_error, 'code')} started in error left out." if built.in_error else ""
    return f"Counted: {used}.{f' Not counted: {hidden}.' if hidden else ''}{in_error}"


def plural_mode(mode: str, count: int) -> str:
    """How many codes of a mode: "1 real code", "4 drills"."""
    name = MODE_NAMES[mode]
    return f"{count} {name.removesuffix('s') if count == 1 else name}"


def _rounded(minutes: float, whole: bool) -> str:
    """Whole minutes below twelve cases, one decimal from there on (quality reference, 2.1)."""
    return f"{round(minutes)}" if whole else f"{minutes:.1f}"


def _median(times: Times) -> str:
    if times.n == 0:
        return "no cases"
    return f"{_rounded(times.median, times.whole)} min" if times.median is not None else f"n = {times.n}"


def _median_more(built: Audit) -> list[str]:
    times, sure = built.times, built.witnessed
    if times.n == 0:
        return ["No code in this choice has a time from arrest to flow."]
    if times.median is None or times.q1 is None or times.q3 is None:
        return ["Too few to summarise: the dots say what there is."]
    parts = [f"n = {times.n}, middle half {_rounded(times.q1, times.whole)} to {_rounded(times.q3, times.whole)} min"]
    if times.low is not None and times.high is not None:
        low, high = _rounded(times.low, times.whole), _rounded(times.high, times.whole)
        parts.append(f"95 % interval {low} to {high}")
    if built.estimated and sure.n != times.n:
        without = f"{_rounded(sure.median, sure.whole)} min" if sure.median is not None else "too few to say"
        parts.append(f"without {plural(built.estimated, 'estimated time')}: {without}, n = {sure.n}")
    return parts


def _share_more(share: Share) -> str:
    if share.n == 0:
        return "No code in this choice has a result."
    if share.low is None or share.high is None:
        return f"n = {share.n}: too few for a share."
    percent = f"{round(100 * share.k / share.n)} %, " if share.n >= RULES_FROM else ""
    return f"{percent}Wilson 95 % interval {round(100 * share.low)} to {round(100 * share.high)} %."


def _share_words(share: Share) -> str:
    return f"{share.k} of {share.n}" if share.n else "none with a result"


def _times_words(times: Times) -> str:
    if times.median is None:
        return f"n = {times.n}, too few to summarise" if times.n else "no known time"
    return f"median {_rounded(times.median, times.whole)} min, n = {times.n}"


def _runs_words(built: Audit) -> str:
    """The run rules in plain words, with how often they are wrong."""
    found = built.runs
    if found is None:
        return f"Run rules are asked from {RULES_FROM} known times on; here n = {built.times.n}."
    said = [
        f"Longest run on one side of the median: {found.longest} (up to {found.longest_max} is chance); "
        f"crossings of it: {found.crossings} (down to {found.crossings_min} is chance); "
        f"{plural(found.useful, 'useful point')}."
    ]
    if found.too_long or found.too_few:
        why = " and ".join(
            word for on, word in ((found.too_long, "a long run"), (found.too_few, "few crossings")) if on
        )
        said.append(f"A point to look at: {why} suggest that the times have shifted.")
    else:
        said.append("Nothing suggests a shift.")
    said.append("In a stable series of 24 these rules raise a false signal about once in forty.")
    return " ".join(said)


def _legend(built: Audit) -> list[tuple[SafeString, str]]:
    """The signs that are in the chart, each with its words and count."""
    counts = [
        ("dot", "time known", sum(row.sign == "dot" and not row.estimated for row in built.rows)),
        ("estimated", "time known, arrest estimated", built.estimated),
    ]
    counts += [(sign, said, sum(row.sign == sign for row in built.rows)) for sign, (_, said) in SIGNS.items()]
    return [(mark_safe(sample_sign(sign)), f"{said}: {count}") for sign, said, count in counts if count]


def _line(row: Case, zone: ZoneInfo) -> Line:
    outcomes = protocol_named(row.protocol).outcomes
    known = outcomes.get(row.outcome)
    notes = [FLAG_WORDS.get(flag, flag) for flag in row.flags]
    if row.minutes is None and row.status in ("missing", "inconsistent"):
        notes.append(NULL_WORDS.get(row.reason, row.reason))
    if row.low is not None and row.high is not None and row.low != row.high:
        notes.append(f"between {minutes_words(row.low)} and {minutes_words(row.high)}")
    by = f" by {minutes_words(row.by_minutes)}" if row.by_minutes else ""
    return Line(
        id=row.id,
        name=row.name,
        mode=row.mode,
        date=day(row.started_at, zone),
        outcome=known.label if known is not None else row.outcome,
        value=minutes_words(row.minutes) if row.minutes is not None else "",
        result=row.result,
        said=RESULT_NAMES.get(row.result, row.result) + by,
        notes=", ".join(filter(None, notes)),
    )


def _told(key: str, built: Audit) -> tuple[str, str]:
    """What an interval is called and how it is defined, by the newest protocol here that has it."""
    for name in dict.fromkeys(row.protocol for row in reversed(built.rows)):
        told = protocol_named(name).raw["intervals"].get(key)
        if told is not None:
            return told["label"], _sentence(told["formula"])
    return key, ""


def _within(part: Part) -> tuple[str, list[str]]:
    """How many were within the target, and how sure that is."""
    if not part.limits:
        return "no target", []
    limits = " or ".join(f"{limit:g}" for limit in part.limits)
    more = [f"target {limits} min"]
    if part.share.n == 0:
        return "–", more
    if part.share.low is not None and part.share.high is not None:
        # The space before the sign does not break.
        more.append(f"Wilson {round(100 * part.share.low)} to {round(100 * part.share.high)}\u00a0%")
    return f"{part.share.k} of {part.share.n}", more


def _calls_lines(built: Audit) -> list[CallsLine]:
    """The denominators: what became of the calls, in words."""
    calls = built.calls
    newest = [protocol_named(name).outcomes for name in dict.fromkeys(row.protocol for row in reversed(built.rows))]
    named = {key: each.label for outcomes in reversed(newest) for key, each in outcomes.items()}
    endings = [f"{named.get(outcome, outcome or 'no outcome')}: {count}" for outcome, count in calls.endings]
    of_codes = f"of {plural(built.cases, 'code')}"
    return [
        CallsLine("Activations", str(calls.activations), f"in {plural(calls.called, 'code')}", []),
        CallsLine(
            "Cancelled",
            str(calls.cancelled.count),
            f"of {plural(calls.activations, 'activation')}",
            _why(calls.cancelled),
        ),
        CallsLine("Declined", str(calls.declined.count), of_codes, _why(calls.declined)),
        CallsLine("No flow", str(calls.no_flow.count), of_codes, endings),
        CallsLine(
            "No flow, reason said",
            str(calls.no_flow.count - calls.no_flow.unsaid),
            f"of {calls.no_flow.count} without flow",
            _why(calls.no_flow),
        ),
    ]


def _why(reasons: Reasons) -> list[str]:
    """The reasons with how often each was given; the rare ones of a long list are added up."""
    told = [f"{why}: {count}" for why, count in reasons.given[:MOST_REASONS]]
    rest = sum(count for _, count in reasons.given[MOST_REASONS:])
    told += [f"other reasons: {rest}"] if rest else []
    return told + ([f"no reason said: {reasons.unsaid}"] if reasons.unsaid else [])


def _times_line(part: Part, built: Audit) -> TimesLine:
    times = part.times
    label, definition = _told(times.key, built)
    within, within_more = _within(part)
    out = [
        f"{count} {word}"
        for count, word in (
            (times.missing, "missing"),
            (times.inconsistent, "inconsistent"),
            (times.not_applicable, "do not apply"),
            (part.indeterminate, "indeterminate"),
            (times.negative, "before the start by right, so in no median"),
        )
        if count
    ]
    spread = ""
    if times.q1 is not None and times.q3 is not None:
        spread = f"{_rounded(times.q1, times.whole)} to {_rounded(times.q3, times.whole)}"
    median = _rounded(times.median, times.whole) if times.median is not None else "too few" if times.n else "–"
    extremes = ""
    if times.median is not None and times.least is not None and times.most is not None:
        extremes = f"{_rounded(times.least, times.whole)} to {_rounded(times.most, times.whole)}"
    return TimesLine(
        label,
        times.n + times.negative,
        within,
        within_more,
        median,
        spread,
        extremes,
        ", ".join(out),
        definition,
    )
