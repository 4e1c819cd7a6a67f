"""What a debrief says, as plain values for the page and for the PDF: both show this and compute nothing."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from timeline.core.protocol import Protocol

from .feed import FeedLine, author, feed_of
from .picture import summary
from .words import (
    CERTAINTY_WORDS,
    FLAG_WORDS,
    MODE_SENTENCES,
    MODE_WORDS,
    NULL_WORDS,
    clock,
    day,
    fraction_words,
    instant,
    interval_words,
    minute_exact,
    minute_mark,
    minutes_words,
    plural,
    span_words,
    target_words,
)

# The intervals of the first page, in the order of the case; every other known one follows on the later pages.
FIRST_PAGE: Final = (
    "no_flow",
    "low_flow",
    "arrest_to_flow",
    "cpr_to_activation",
    "arrest_to_door",
    "activation_to_ready",
    "decision_to_cannulation",
    "cannulation_to_flow",
    "door_to_flow",
    "activation_to_flow",
    "arrest_to_rosc",
    "scene_time",
)
ANCHORS: Final = ("arrest_onset", "cpr_start", "cannulation_start", "flow_established")
# The flow target is what the code was run against; it heads the page.
HEADLINE: Final = "arrest_to_flow"
DECISION_WORDS: Final = {"go": "GO", "no_go": "NO-GO", "wait": "WAIT"}
ANSWER_WORDS: Final = {"yes": "yes", "no": "no", "unknown": "not known"}
INPUT_WORDS: Final = {True: "yes", False: "no", None: "not known"}
PROMPT_WORDS: Final = {
    "done": "done",
    "not_yet": "not yet",
    "not_applicable": "not applicable",
    "met": "it was done",
    "overtaken": "no answer, a later question came",
    "lapsed": "no answer",
    "open": "no answer yet",
}
CRITERION_WORDS: Final = {
    ("hard", "against"): "hard stop",
    ("soft", "against"): "against",
    ("override", "overrides"): "override",
}
RESULT_SIGNS: Final = {"met": "✓", "missed": "✗", "indeterminate": "?", "running": "…"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """One of the four anchors. `minute` from the arrest; `note` says how sure it is, or why it is not there."""

    label: str
    time: str
    minute: str
    note: str
    missing: bool
    record: str


@dataclass(frozen=True, slots=True)
class Row:
    """An interval against its target. `fill` and `mark` are percent of the bar's scale; None when there is none."""

    key: str
    label: str
    value: str
    span: str
    limit: str
    result: str
    said: str
    notes: str
    definition: str
    source: str
    known: bool
    fill: float | None
    mark: float | None


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role's checklist: how much is done, who held the role from when to when, and what stayed open."""

    label: str
    short: str
    done: int
    total: int
    holders: str
    open: list[str]
    skipped: list[str]


@dataclass(frozen=True, slots=True)
class Headline:
    """The number the code was run against, in words."""

    value: str
    said: str
    result: str
    definition: str
    low_flow: str
    low_flow_label: str


@dataclass(frozen=True, slots=True)
class Criteria:
    """The adopted criteria as they were answered, and every decision in a sentence."""

    name: str
    source: str
    lines: list[tuple[str, str, str]]
    open: int
    decisions: list[str]


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt that came up: when, what was answered, and how long that took."""

    time: str
    text: str
    answer: str
    told: str


@dataclass(frozen=True, slots=True)
class Score:
    """TiPS65: a sentence, its inputs in words, and what is missing; nothing at all where no input is known."""

    said: str
    inputs: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the patient, in one item: the answer that counts, and who gave it when; empty while nobody has."""

    key: str
    label: str
    answer: str
    said: str
    told: str
    answers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole debrief."""

    id: str
    name: str
    colour: str
    mode: str
    mode_word: str
    mode_sentence: str
    draft: bool
    state: str
    watermark: str
    date: str
    zone: str
    started: str
    closed: str
    protocol: str
    outcome: str
    onset: str
    headline: Headline
    facts: list[tuple[str, str]]
    anchors: list[Anchor]
    intervals: list[Row]
    further: list[Row]
    missing: list[str]
    notes: list[str]
    criteria: Criteria
    questions: list[Question]
    score: Score
    outcomes: list[Outcome]
    known_outcomes: list[Outcome]
    roles: list[RoleLine]
    unstarted: list[str]
    feed: list[FeedLine]
    summary: str
    head: int
    made: str
    seal: str


def document_of(reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> Document:
    """The debrief of a reading; times of day are in `zone`."""
    code = reading["code"]
    draft = code["state"] == "open"
    word = MODE_WORDS.get(code["mode"], "")
    rows = {key: _row(key, reading, protocol) for key in reading["intervals"]}
    first = [rows[key] for key in FIRST_PAGE if key in rows and _worth(rows[key], reading)]
    others = [row for key, row in rows.items() if key not in FIRST_PAGE and row.known]
    roles = [_role(role, reading, zone) for role in reading["roles"]]
    touched = [role for role in roles if role.done or role.holders or role.skipped]
    outcomes = _outcomes(reading, protocol, zone)
    return Document(
        id=code["id"] or "",
        name=code["name"] or "without a name",
        colour=code["colour"] or "",
        mode=code["mode"],
        mode_word=word,
        mode_sentence=MODE_SENTENCES[code["mode"]],
        draft=draft,
        state="Draft: the code is still open" if draft else "The code is closed",
        watermark=" · ".join(filter(None, [word, "DRAFT" if draft else ""])),
        date=day(code["started_at"], zone),
        zone=str(zone),
        started=clock(code["started_at"], zone),
        closed=clock(code["closed_at"], zone) if code["closed_at"] is not None else "",
        protocol=f"{protocol.name}, version {protocol.version}",
        outcome=_outcome(code, protocol),
        onset=_onset(reading, zone),
        headline=_headline(reading, rows),
        facts=_facts(reading, protocol),
        anchors=[_anchor(kind, reading, protocol, zone) for kind in ANCHORS],
        intervals=first,
        further=others,
        missing=[entry["label"] for entry in reading["missing"]],
        notes=_notes(reading),
        criteria=_criteria(reading, protocol, zone),
        questions=_questions(reading, zone),
        score=_score(reading),
        outcomes=outcomes,
        known_outcomes=[each for each in outcomes if each.answer],
        roles=touched,
        unstarted=[f"{role.label} ({role.total})" for role in roles if role not in touched],
        feed=feed_of(reading, protocol, zone),
        summary=summary(reading),
        head=code["head"],
        made=f"{day(reading['now'], zone)}, {clock(reading['now'], zone)}",
        seal=f"{instant(reading['now'], zone):%Y-%m-%d %H:%M %Z}",
    )


def _outcome(code: dict[str, Any], protocol: Protocol) -> str:
    if code["state"] == "open":
        return "Not ended yet"
    known = protocol.outcomes.get(code["outcome"] or "")
    return known.label if known is not None else (code["outcome"] or "not said")


def _onset(reading: dict[str, Any], zone: tzinfo) -> str:
    anchor = reading["anchors"]["arrest_onset"]
    if anchor is None or anchor["at"] is None:
        return "Arrest time: missing"
    said = f"{clock(anchor['at'], zone, anchor['precision'])}, {CERTAINTY_WORDS[anchor['certainty']]}"
    span = _span_of(anchor, zone)
    return f"Arrest {said}{f', {span}' if span else ''}"


def _span_of(record: dict[str, Any], zone: tzinfo) -> str:
    if record["earliest"] is None and record["latest"] is None:
        return ""
    low = clock(record["earliest"] if record["earliest"] is not None else record["at"], zone, "minute")
    high = clock(record["latest"] if record["latest"] is not None else record["at"], zone, "minute")
    return f"between {low} and {high}"


def _headline(reading: dict[str, Any], rows: dict[str, Row]) -> Headline:
    row, target, interval = rows[HEADLINE], reading["targets"][HEADLINE], reading["intervals"][HEADLINE]
    low = rows["low_flow"]
    limit = f"target {target['limit_minutes']} min"
    value, said = {
        "known": (row.value, f"{limit}: {target_words(target)}"),
        "running": (minutes_words(interval["minutes"]), f"so far, still running; {limit}"),
        "not_applicable": ("No flow", row.value),
    }.get(interval["status"], (interval["status"].capitalize(), f"{row.value}; {limit}: not known"))
    return Headline(
        value=value,
        said=said,
        result=target["result"],
        definition=row.definition,
        low_flow=low.value,
        low_flow_label=low.label,
    )


def _row(key: str, reading: dict[str, Any], protocol: Protocol) -> Row:
    interval, target = reading["intervals"][key], reading["targets"].get(key)
    minutes = interval["minutes"]
    limit = target["limit_minutes"] if target is not None else None
    scale = max(1.5 * limit, minutes or 0) if limit else None
    known = interval["status"] in ("known", "running")
    ends = " to ".join(protocol.label(kind) for kind in interval["ends"])
    formula = str(protocol.raw["intervals"][key].get("formula", "")).rstrip(".")
    return Row(
        key=key,
        label=interval["label"],
        value=interval_words(interval, {each.key: each.label for each in protocol.outcomes.values()}),
        span=span_words(interval),
        limit=f"{limit} min" if limit is not None else "",
        result=target["result"] if target is not None else "",
        said=target_words(target)
        if target is not None and target["result"] not in ("missing", "not_applicable")
        else "",
        notes=", ".join(FLAG_WORDS.get(flag, flag) for flag in interval["flags"]),
        definition=f"{formula}. Here: {ends}." if formula else f"{ends}.",
        source=target["source"] if target is not None else "",
        known=known,
        fill=round(100 * max(0.0, minutes) / scale, 1) if scale and minutes is not None else None,
        mark=round(100 * limit / scale, 1) if scale and limit is not None else None,
    )


def _worth(row: Row, reading: dict[str, Any]) -> bool:
    """The first page names what is missing, and leaves out what this code could not have."""
    return row.key in ("no_flow", "low_flow", HEADLINE) or reading["intervals"][row.key]["status"] != "not_applicable"


def _anchor(kind: str, reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> Anchor:
    record, label = reading["anchors"][kind], protocol.label(kind)
    if record is None or record["at"] is None:
        said = next((each for each in reading["records"] if each["kind"] == kind and each["null_reason"]), None)
        why = NULL_WORDS[said["null_reason"]] if said is not None else _why_missing(kind, reading, protocol)
        return Anchor(label, "—" if why.startswith("does not") else "missing", "", why, True, "")
    milestone = reading["milestones"].get(kind)
    notes = [CERTAINTY_WORDS[record["certainty"]]]
    notes += [_span_of(record, zone)] if record["certainty"] in ("estimated", "unknown") else []
    notes += ["corrected"] if not all(each["fills"] for each in record["corrections"]) else []
    notes += [FLAG_WORDS[flag] for flag in record["flags"] if flag in FLAG_WORDS]
    return Anchor(
        label,
        clock(record["at"], zone, record["precision"]),
        minute_exact(milestone["minute"]) if milestone is not None else "",
        ", ".join(filter(None, notes)),
        False,
        record["id"],
    )


def _why_missing(kind: str, reading: dict[str, Any], protocol: Protocol) -> str:
    code = reading["code"]
    if code["state"] == "open":
        return "not recorded yet"
    outcome = protocol.outcomes.get(code["outcome"] or "")
    if outcome is not None and ("*" in outcome.excludes or kind in outcome.excludes):
        return f"does not apply: {outcome.label}"
    return "not documented"


def _facts(reading: dict[str, Any], protocol: Protocol) -> list[tuple[str, str]]:
    """The counts of the head of the page. What nobody recorded is not a zero."""
    milestones = reading["milestones"]
    shown: list[tuple[str, str]] = []
    for kind, label in (("shock", "Shocks"), ("rhythm_check", "Rhythm checks")):
        count = milestones[kind]["count"] if kind in milestones else None
        shown.append((label, "none recorded" if count is None else str(count)))
    doses = sum(
        record["kind"] == "drug"
        and record["voided"] is None
        and str(record["payload"].get("value", "")).lower() in ("adrenaline", "epinephrine")
        for record in reading["records"]
    )
    shown.append(("Adrenaline", plural(doses, "dose") if doses else "none recorded"))
    for kind, label in (("ecpr_activated", "ECPR called at"), ("ecpr_decision", "Decided at")):
        found = milestones.get(kind)
        shown.append((label, minute_mark(found["minute"]) if found and found["minute"] is not None else "missing"))
    left = reading["clock"]["left_at_door"]
    if left is not None:
        said = minutes_words(abs(left) / 60_000)
        shown.append(("Left at the door", f"{said} past target" if left < 0 else said))
    share = reading["intervals"]["compression_fraction"].get("share")
    if share is not None:
        shown.append(("Compression fraction", fraction_words(share, protocol.raw["pauses"].get("least_percent"))))
    longest = reading["intervals"]["longest_pause"]["minutes"]
    if longest is not None:
        shown.append(("Longest pause", minutes_words(longest)))
    return shown


def _criteria(reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> Criteria:
    """What was answered; a line that nobody answered is counted, never guessed."""
    adopted, said = protocol.raw["criteria"], reading["criteria"]
    roles = {role.key: role.label for role in protocol.roles}
    decisions = []
    for each in reading["decisions"]:
        who = roles.get(each["role"] or "") or author(each["by"])
        why = f": {each['reason']}" if each["reason"] else ", no reason given"
        word = DECISION_WORDS.get(each["value"] or "", each["value"] or "not said")
        decisions.append(f"{clock(each['at'], zone)} {word} by {who}{why}")
    return Criteria(
        name=adopted["name"],
        source=adopted["source"] + (", to be confirmed by the site" if adopted["confirm"] else ""),
        lines=[
            (line["text"], ANSWER_WORDS[line["answer"]], CRITERION_WORDS.get((line["weight"], line["state"]), ""))
            for line in said["lines"]
            if line["answer"] is not None
        ],
        open=len(said["open"]),
        decisions=decisions,
    )


def _questions(reading: dict[str, Any], zone: tzinfo) -> list[Question]:
    """What was asked of the team, in the order of asking; what never came up is left out."""
    asked = [each for each in reading["prompts"] if each["raised"] is not None or each["answered"] is not None]
    asked.sort(key=lambda each: each["due"] if each["raised"] is None else each["raised"])
    return [
        Question(
            time=clock(each["raised"] if each["raised"] is not None else each["due"], zone),
            text=each["text"],
            answer=PROMPT_WORDS[each["answer"] or each["state"]],
            told=f"after {minutes_words(each['response'] / 60_000)}, {author(each['by'])}"
            if each["response"] is not None
            else "",
        )
        for each in asked
    ]


def _score(reading: dict[str, Any]) -> Score:
    tips65 = reading["tips65"]
    inputs = [(each["label"], INPUT_WORDS[each["value"]]) for each in tips65["inputs"]]
    missing = [each["label"].lower() for each in tips65["inputs"] if each["value"] is None]
    if len(missing) == len(inputs):
        return Score("", [])
    if tips65["points"] is None:
        return Score(f"No score: {', '.join(missing)} not known, and nothing is assumed.", inputs)
    share = f"{tips65['favourable_percent']:.1f} %"
    return Score(f"{tips65['points']} of 4 points: a favourable outcome in {share} of such patients.", inputs)


def _outcomes(reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> list[Outcome]:
    known = {each["key"]: each for each in reading["outcomes"]}
    shown = []
    for item in protocol.outcome_items:
        said = known.get(item.key)
        told = f"{day(said['at'], zone)}, by {author(said['by'])}" if said is not None else ""
        answer, words = (said["answer"], said["said"]) if said is not None else ("", "")
        shown.append(Outcome(item.key, item.label, answer, words, told, list(item.answers.items())))
    return shown


def _held(spell: dict[str, Any], zone: tzinfo) -> str:
    """One spell of holding a role: "Lena 10:02–10:14, taken over", "Omar from 10:14"."""
    who = spell["label"] or ("somebody without a device" if spell["device"] is None else "a device")
    if spell["ended"] is None:
        return f"{who} from {clock(spell['since'], zone)}"
    over = ", taken over" if spell["ended"] == "taken_over" else ""
    return f"{who} {clock(spell['since'], zone)}–{clock(spell['until'], zone)}{over}"


def _role(role: dict[str, Any], reading: dict[str, Any], zone: tzinfo) -> RoleLine:
    lines = reading["checklists"][role["key"]]
    return RoleLine(
        label=role["label"],
        short=role["short"],
        done=role["done"],
        total=role["total"],
        holders="; ".join(_held(spell, zone) for spell in role["tenure"]),
        open=[f"{line['id']} {line['text']}" for line in lines if line["state"] == "open"],
        skipped=[
            f"{line['id']} {line['text']}{f' ({line_reason})' if (line_reason := line['reason']) else ''}"
            for line in lines
            if line["state"] == "skipped"
        ],
    )


def _notes(reading: dict[str, Any]) -> list[str]:
    """How good the data are, in counts."""
    counts = reading["counts"]
    notes = [f"{plural(counts['records'], 'record')}, up to entry {reading['code']['head']}."]
    for key, said in (
        ("late", "entered late"),
        ("corrected", "corrected"),
        ("voided", "undone"),
        ("estimated", "with an estimated time"),
        ("waiting", "not confirmed by the server yet"),
    ):
        if counts[key]:
            notes.append(f"{plural(counts[key], 'record')} {said}.")
    onset = reading["anchors"]["arrest_onset"]
    if onset is not None and onset["certainty"] in ("estimated", "unknown"):
        notes.append("The arrest time is estimated: every interval that begins with it is, too.")
    for conflict in reading["conflicts"]:
        notes.append(f"Not settled: {conflict['text']}.")
    for flag in reading["flags"]:
        notes.append(f"{flag['text']}.".replace("..", "."))
    return list(dict.fromkeys(notes))
