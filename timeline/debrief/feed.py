"""The event table of a debrief: every record once, with what was changed about it, by whom, when and why."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from timeline.core.protocol import Protocol

from .words import (
    CERTAINTY_WORDS,
    CLOCK_WORDS,
    FLAG_WORDS,
    NULL_WORDS,
    SOURCE_WORDS,
    clock,
    minute_exact,
    minutes_words,
    value_words,
)

# Ticks stand in the checklists, outcomes in their own list, corrections and undoings with the record they speak of.
ELSEWHERE: Final = frozenset({"item_ticked", "item_unticked", "item_skipped", "correction", "void", "outcome_recorded"})


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A record of the feed. `changes` are sentences; `voided` is the sentence of its undoing, or empty."""

    id: str
    time: str
    minute: str
    label: str
    value: str
    role: str
    by: str
    notes: list[str]
    changes: list[str]
    voided: str


def feed_of(reading: dict[str, Any], protocol: Protocol, zone: tzinfo) -> list[FeedLine]:
    """Every record in the order of its time; the minute counts from the arrest."""
    onset = reading["anchors"]["arrest_onset"]
    zero = onset["at"] if onset is not None else None
    roles = {role.key: role.short for role in protocol.roles}
    named = {record["id"]: record["label"] for record in reading["records"]}
    texts = {each.key: each.text for each in protocol.criteria} | {each.key: each.text for each in protocol.prompts}
    lines = []
    for record in reading["records"]:
        if (
            record["kind"] in ELSEWHERE
            and record["target"] is None
            and not record["kind"].startswith(("item_", "outcome_"))
        ):
            pass
        elif record["kind"] in ELSEWHERE:
            continue
        at = record["at"]
        minute = minute_exact((at - zero) / 60_000) if at is not None and zero is not None else ""
        lines.append(
            FeedLine(
                id=record["id"],
                time=clock(at, zone, record["precision"]) if at is not None else "no time",
                minute=minute,
                label=record["label"],
                value=_value(record, named, roles, texts, protocol.raw["kinds"].get(record["kind"])),
                role=roles.get(record["role"] or "", record["role"] or ""),
                by=author(record["by"]),
                notes=_notes(record, zone),
                changes=[_change(change, record, protocol, zone) for change in record["corrections"]],
                voided=_voided(record["voided"], zone),
            )
        )
    return lines


def author(by: dict[str, Any]) -> str:
    """Who wrote a record: the person if one was signed in, and the device."""
    person, device = by.get("person") or "", by.get("label") or ""
    return f"{person}, {device}" if person and device else person or device


def _value(
    record: dict[str, Any],
    named: dict[str, str],
    roles: dict[str, str],
    texts: dict[str, str],
    kind: dict[str, Any] | None,
) -> str:
    payload = record["payload"]
    if record["kind"] == "criterion_answered":
        line = payload.get("value")
        return f"{texts.get(str(line), _said(line))}: {_said(payload.get('answer'))}"
    if record["kind"] in ("prompt_raised", "prompt_answered"):
        line, answer = payload.get("value"), payload.get("answer")
        said = f"{_said(answer).replace('_', ' ')}: " if answer is not None else ""
        return f"{said}{texts.get(str(line), _said(line))}"
    if record["kind"] in ("role_taken", "role_released"):
        role = roles.get(str(payload.get("value")), str(payload.get("value") or ""))
        label = payload.get("label")
        return f"{role}: {label}" if isinstance(label, str) and label else role
    if record["kind"] == "clock_offset":
        return _offset(payload)
    if record["kind"] == "adjudication":
        return f"{named.get(record['target'] or '', 'a record')} stands. {value_words(payload)}".strip()
    return value_words(payload, kind)


def _offset(payload: dict[str, Any]) -> str:
    """How far a clock that is not ours was off."""
    said, ms = str(payload.get("value") or ""), payload.get("offset_ms")
    name = CLOCK_WORDS.get(said, said)
    if not isinstance(ms, int | float) or isinstance(ms, bool):
        return name
    if ms == 0:
        return f"{name}, right"
    return f"{name}, {minutes_words(abs(ms) / 60_000)} {'ahead' if ms > 0 else 'behind'}"


def _notes(record: dict[str, Any], zone: tzinfo) -> list[str]:
    notes = []
    if record["null_reason"] is not None:
        notes.append(NULL_WORDS[record["null_reason"]])
    if record["certainty"] in ("estimated", "unknown"):
        notes.append(CERTAINTY_WORDS[record["certainty"]])
    if record["source"] not in ("tap", "manual", "server"):
        notes.append(SOURCE_WORDS[record["source"]])
    if "corrected_clock" in record["flags"]:
        typed = [change["changes"]["at"] for change in record["corrections"] if "at" in change["changes"]]
        shown = typed[-1] if typed else record["raw_at"]
        notes += [f"its clock showed {clock(shown, zone)}"] if shown is not None else []
    if record["waiting"]:
        notes.append("not confirmed yet")
    notes += [FLAG_WORDS.get(flag, flag) for flag in record["flags"]]
    return list(dict.fromkeys(notes))


def _change(change: dict[str, Any], record: dict[str, Any], protocol: Protocol, zone: tzinfo) -> str:
    """One correction as a sentence: what it was, what it is, who changed it, when and why."""
    parts = []
    for name, after in change["changes"].items():
        before = change["before"].get(name)
        if name in ("at", "earliest", "latest"):
            title = {"at": "time", "earliest": "earliest", "latest": "latest"}[name]
            parts.append(f"{title} {_time(before, zone)} → {_time(after, zone)}")
        elif name == "payload" and isinstance(after, dict):
            was = before if isinstance(before, dict) else {}
            kind = protocol.raw["kinds"].get(record["kind"], {})
            labels = {field["key"]: field["label"] for field in kind.get("fields", ())}
            for key, value in after.items():
                old = "" if change["fills"] else f"{_said(was.get(key))} → "
                parts.append(f"{labels.get(key, key)} {old}{_said(value)}")
        else:
            parts.append(f"{name.replace('_', ' ')} {_said(before)} → {_said(after)}")
    verb = "Added" if change["fills"] else "Corrected"
    return f"{verb}: {'; '.join(parts) or 'nothing changed'}. {_told(change, zone)}"


def _voided(voided: dict[str, Any] | None, zone: tzinfo) -> str:
    return "" if voided is None else f"Undone. {_told(voided, zone)}"


def _told(change: dict[str, Any], zone: tzinfo) -> str:
    when = f" at {clock(change['at'], zone)}" if change["at"] is not None else ""
    reason = change["reason"]
    why = f": {reason}" if isinstance(reason, str) and reason else ", no reason given"
    return f"By {author(change['by'])}{when}{why}"


def _time(value: Any, zone: tzinfo) -> str:
    return clock(value, zone) if isinstance(value, int) and not isinstance(value, bool) else "none"


def _said(value: Any) -> str:
    return "none" if value is None or value == "" else str(value)
