"""A protocol as a sheet of paper to write on while the app is down: its path, limits, criteria, roles and lists."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from timeline.debrief.svg import clean
from timeline.handbook.words import CONFIRM, name_of
from timeline.typeset import typeset

TEMPLATE: Final = Path(__file__).parent / "sheet.typ"


@dataclass(frozen=True, slots=True)
class Row:
    """A moment to write down. `due` in minutes after the path's first step; `kind` is its word in an import file."""

    label: str
    kind: str
    due: int | None
    parallel: bool


@dataclass(frozen=True, slots=True)
class Column:
    """What is written at every cycle, and how often it comes."""

    label: str
    unit: str
    rules: list[str]


@dataclass(frozen=True, slots=True)
class Tick:
    """A criterion: yes, no or not known."""

    text: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A role with its list; `items` are a phase's letter and the text."""

    letters: str
    short: str
    label: str
    essential: bool
    items: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is printed. `cycle` in seconds, 0 when the protocol has none; `ticks` are the criteria in three sorts,
    each under what a yes means.
    """

    key: str
    name: str
    target: str
    target_minutes: int
    anchor: Row
    path: list[Row]
    others: list[Row]
    cycle: int
    cycle_from: str
    columns: list[Column]
    pause: str
    decision: str
    choices: list[str]
    criteria: str
    criteria_source: str
    ticks: list[tuple[str, list[Tick]]]
    endings: list[str]
    teams: list[tuple[str, list[Card]]]
    phases: str
    questions: list[tuple[str, str]]


def sheet_of(raw: dict[str, Any]) -> Sheet:
    """What the sheet of a protocol says, from its JSON; nothing of it is about a patient."""
    target = raw["targets"][raw["default_target"]]
    first, *rest = [_row(raw, step["kind"], step["due_minutes"], step.get("parallel", False)) for step in raw["path"]]
    on_path = {step["kind"] for step in raw["path"]}
    timers = raw["timers"]
    cycle = next((timer for timer in timers if timer["kind"] == "rhythm_check" and timer["due_seconds"]), None)
    criteria = raw["criteria"]
    return Sheet(
        key=raw["key"],
        name=raw["name"],
        target=target["label"],
        target_minutes=target["limit_minutes"],
        anchor=first,
        path=rest,
        others=[_row(raw, kind, None, False) for kind in raw["milestones"] if kind not in on_path],
        cycle=cycle["due_seconds"] if cycle else 0,
        cycle_from=name_of(raw, "cpr_start", "label"),
        columns=[_column(raw, timer) for timer in timers],
        pause=f"{raw['pauses']['red_seconds']} s",
        decision=name_of(raw, "ecpr_decision", "label"),
        choices=[each["label"] for each in raw["kinds"].get("ecpr_decision", {}).get("value", {}).get("choices", ())],
        criteria=criteria["name"],
        criteria_source=criteria["source"] + (f"; {CONFIRM}" if criteria.get("confirm") else ""),
        ticks=_ticks(criteria["lines"]),
        endings=[each["label"] for each in raw["outcomes"]],
        teams=[
            (team["label"], [_card(role) for role in raw["roles"] if role["team"] == team["key"]])
            for team in raw["teams"]
        ],
        phases=", ".join(f"{phase['letter']} {phase['label'].lower()}" for phase in raw["phases"]),
        questions=[(_when(raw, prompt), prompt["text"]) for prompt in raw["prompts"]],
    )


def sheet_pdf(raw: dict[str, Any]) -> bytes:
    """The sheet as a PDF in A4: one page to write on, and the lists of all roles behind it."""
    values = json.dumps(asdict(sheet_of(raw)), ensure_ascii=False)
    return typeset(TEMPLATE, {"sheet": clean(values)}, f"the sheet of {raw['key']}")


def _row(raw: dict[str, Any], kind: str, due: int | None, parallel: bool) -> Row:
    return Row(name_of(raw, kind, "short"), kind, due, parallel)


def _column(raw: dict[str, Any], timer: dict[str, Any]) -> Column:
    value = raw["kinds"][timer["kind"]]["value"]
    drug = next((each for each in raw["drugs"] if each["value"] == timer["value"]), None)
    dose = (drug["dose"], drug["unit"]) if drug else (value.get("unit"),)
    return Column(
        timer["label"] if timer["value"] else name_of(raw, timer["kind"], "short"),
        " ".join(str(part) for part in dose if part),
        [*_every(timer), *([f"at most {timer['ceiling']}"] if timer.get("ceiling") else [])],
    )


def _every(timer: dict[str, Any]) -> list[str]:
    """A span where due and overdue are whole minutes apart, as 3–5 min; the grace of a cycle is no span."""
    due, overdue = timer["due_seconds"], timer["overdue_seconds"]
    if due is None:
        return []
    if due % 60:
        return [f"every {due} s"]
    if overdue and overdue > due and overdue % 60 == 0:
        return [f"{due // 60}–{overdue // 60} min"]
    return [f"every {due // 60} min"]


def _ticks(lines: list[dict[str, Any]]) -> list[tuple[str, list[Tick]]]:
    """The lines in three sorts: what speaks for ECPR, what against it, what overrides; a sort without lines falls."""
    sorts: dict[str, list[Tick]] = {"Yes speaks for ECPR": [], "Yes speaks against": [], "Yes overrides": []}
    for line in lines:
        against = "Yes speaks against" if line["favours"] == "no" else "Yes speaks for ECPR"
        sort = "Yes overrides" if line["weight"] == "override" else against
        sorts[sort].append(Tick(line["text"], line["weight"] == "hard"))
    return [(sort, ticks) for sort, ticks in sorts.items() if ticks]


def _card(role: dict[str, Any]) -> Card:
    return Card(
        role["letters"],
        role["short"],
        role["label"],
        role["essential"],
        [(item["phase"], item["text"]) for item in role["items"]],
    )


def _when(raw: dict[str, Any], prompt: dict[str, Any]) -> str:
    said = []
    if prompt["after_minutes"] is not None:
        said.append(f"{prompt['after_minutes']} min after {name_of(raw, prompt['kinds'][0], 'label')}")
    if "count" in prompt:
        said.append(f"{name_of(raw, prompt['count']['kind'], 'short')} {prompt['count']['times']}")
    return " or ".join(said)
