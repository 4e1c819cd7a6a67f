"""What a site may change in a protocol by form, and how what was typed gets into its JSON.

A cell is named `entry/field`, an entry by its own key. All else of a protocol goes in and out as JSON.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .protocol import OWN_GROUPS
from .protocol_faults import FAVOURS, MAX_STEP_WORD, WEIGHTS

MOST_TYPED: Final = 300
ADAPTED: Final = ", adapted"
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,6}")


class CannotBe(ValueError):
    """What was typed into a cell cannot stand there; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of an entry: `how` is text, whole, maybe_whole, number, yes_no, one_of or some_of."""

    field: str
    title: str
    how: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A field as it stands, for a form. `name` is what the form calls it."""

    name: str
    column: Column
    value: Any


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with its cells."""

    key: str
    title: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the protocol with one form. With a `holder` its entries can change places and be taken out; `new` makes
    a further one, of the kind chosen where there are `offers` (key and label of each).
    """

    key: str
    title: str
    hint: str
    entries: Callable[[dict[str, Any]], list[tuple[str, str, dict[str, Any]]]]
    columns: Callable[[dict[str, Any]], tuple[Column, ...]]
    holder: Callable[[dict[str, Any]], list[Any]] | None = None
    new: Callable[[dict[str, Any], str], Any] | None = None
    offers: Callable[[dict[str, Any]], tuple[tuple[str, str], ...]] | None = None
    # A new entry goes before the last one, which has to stay the last.
    keeps_last: bool = False
    # What stands in the list of checklists; empty for the other parts.
    role: str = ""


def _of_dict(name: str) -> Callable[[dict[str, Any]], list[tuple[str, str, dict[str, Any]]]]:
    return lambda raw: [(key, str(part.get("label", key)), part) for key, part in raw[name].items()]


def _of_list(name: str, key: str) -> Callable[[dict[str, Any]], list[tuple[str, str, dict[str, Any]]]]:
    return lambda raw: [(part[key], str(part.get("label") or part[key]), part) for part in raw[name]]


def _fixed(*columns: Column) -> Callable[[dict[str, Any]], tuple[Column, ...]]:
    return lambda raw: columns


def _roles(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((role["key"], role["short"]) for role in raw["roles"])


_SOURCE: Final = Column("source", "Source", "text")
_CONFIRM: Final = Column("confirm", "To be confirmed", "yes_no")


def _path_entries(raw: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(step["kind"], raw["kinds"][step["kind"]]["label"], step) for step in raw["path"]]


def _milestone_entries(raw: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(key, raw["kinds"][key]["label"], raw["kinds"][key]) for key in raw["milestones"] if key in raw["kinds"]]


def _milestone_columns(raw: dict[str, Any]) -> tuple[Column, ...]:
    return (
        Column("label", "Name", "text"),
        Column("short", "On the button", "text"),
        Column("owner", "Owner", "one_of", _roles(raw)),
        Column("fallback", "Else", "some_of", _roles(raw)),
    )


def _prompt_columns(raw: dict[str, Any]) -> tuple[Column, ...]:
    return (
        Column("text", "Question", "text"),
        Column("after_minutes", "Minutes after", "maybe_whole"),
        Column("roles", "Asks", "some_of", _roles(raw)),
        _SOURCE,
        _CONFIRM,
    )


def _role_columns(raw: dict[str, Any]) -> tuple[Column, ...]:
    teams = tuple((team["key"], team["label"]) for team in raw["teams"])
    return (
        Column("label", "Role", "text"),
        Column("short", "Short", "text"),
        Column("team", "Team", "one_of", teams),
        Column("essential", "Essential", "yes_no"),
        Column("scrubbed", "Scrubbed", "yes_no"),
    )


def _step_offers(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What somebody records of the patient and is not on the path yet."""
    there = {step["kind"] for step in raw["path"]}
    kinds = raw["kinds"].items()
    return tuple(
        (key, kind["label"])
        for key, kind in kinds
        if kind["owner"] and kind["group"] not in OWN_GROUPS and key not in there
    )


def _step_new(raw: dict[str, Any], kind: str) -> dict[str, Any]:
    word, *more = raw["kinds"][kind]["short"].split()
    for each in more:
        if len(f"{word} {each}") > MAX_STEP_WORD:
            break
        word = f"{word} {each}"
    word = word[:MAX_STEP_WORD]
    return {"kind": kind, "word": word, "due_minutes": None, "source": "the site", "parallel": False}


def _milestone_offers(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What stands on the board already, under more, and could have a button on every board."""
    kinds = raw["kinds"].items()
    return tuple(
        (key, kind["label"]) for key, kind in kinds if kind["board"] and kind["owner"] and key not in raw["milestones"]
    )


def _criterion_new(raw: dict[str, Any], _: str) -> dict[str, Any]:
    key = _free("line", [line["key"] for line in raw["criteria"]["lines"]])
    return {"key": key, "text": "New line", "weight": "soft", "favours": "yes", "source": "the site", "confirm": True}


def _drug_new(raw: dict[str, Any], _: str) -> dict[str, Any]:
    value = _free("drug", [drug["value"] for drug in raw["drugs"]])
    more = {"dose": None, "unit": None, "route": "IV", "source": "the site", "confirm": True}
    return {"value": value, "label": "New drug", **more}


def _checklist(role: dict[str, Any]) -> Section:
    """The items of one role."""

    def its(raw: dict[str, Any]) -> dict[str, Any]:
        return next(each for each in raw["roles"] if each["key"] == role["key"])

    def columns(raw: dict[str, Any]) -> tuple[Column, ...]:
        phases = tuple((phase["letter"], phase["label"]) for phase in raw["phases"])
        return (Column("text", "Item", "text"), Column("phase", "Phase", "one_of", phases))

    def new(raw: dict[str, Any], _: str) -> dict[str, Any]:
        taken = [item["id"] for each in raw["roles"] for item in each["items"]]
        id = _free(f"{role['letters']}-S", taken)
        return {"id": id, "phase": raw["phases"][0]["letter"], "text": "New item", "events": [], "waits": []}

    return Section(
        f"checklist-{role['key']}",
        f"Checklist: {role['label']}",
        "In the order of doing. Which events tick an item and what it waits for stands in the JSON.",
        lambda raw: [(item["id"], item["id"], item) for item in its(raw)["items"]],
        columns,
        lambda raw: its(raw)["items"],
        new,
        role=role["short"],
    )


def sections(raw: dict[str, Any]) -> list[Section]:
    """Every part of a protocol that has a form, in the order of the page."""
    fixed = [
        Section(
            "path",
            "Path",
            "The strip from arrest to flow: the word on it and the minute after onset at which each step is due.",
            _path_entries,
            _fixed(
                Column("word", "On the strip", "text"),
                Column("due_minutes", "Due, min", "maybe_whole"),
                Column("parallel", "In parallel", "yes_no"),
                Column("source", "Source", "maybe_text"),
            ),
            lambda raw: raw["path"],
            _step_new,
            _step_offers,
            keeps_last=True,
        ),
        Section(
            "milestones",
            "Milestones",
            "The buttons that every board has, at most eight, in their places.",
            _milestone_entries,
            _milestone_columns,
            lambda raw: raw["milestones"],
            lambda raw, kind: kind,
            _milestone_offers,
        ),
        Section(
            "targets",
            "Targets",
            "Limits on intervals. Amber and red are where the colour turns.",
            _of_dict("targets"),
            _fixed(
                Column("limit_minutes", "Limit, min", "whole"),
                Column("amber_minutes", "Amber", "maybe_whole"),
                Column("red_minutes", "Red", "maybe_whole"),
                _SOURCE,
                _CONFIRM,
            ),
        ),
        Section(
            "prompts",
            "Prompts",
            "One question at each staged target, to those who hold the roles it asks.",
            lambda raw: [(each["key"], each["key"].replace("_", " "), each) for each in raw["prompts"]],
            _prompt_columns,
            lambda raw: raw["prompts"],
        ),
        Section(
            "timers",
            "Timers",
            "Seconds after the last one. The ceiling is how many there should be at most in a shockable rhythm.",
            _of_list("timers", "key"),
            _fixed(
                Column("label", "Tile", "text"),
                Column("due_seconds", "Due, s", "maybe_whole"),
                Column("overdue_seconds", "Overdue, s", "maybe_whole"),
                Column("ceiling", "Ceiling", "maybe_whole"),
                _SOURCE,
            ),
        ),
        Section(
            "pauses",
            "Pauses",
            "From how many seconds without compressions every screen is loud.",
            lambda raw: [("pauses", "Pause of compressions", raw["pauses"])],
            _fixed(Column("amber_seconds", "Amber, s", "whole"), Column("red_seconds", "Red, s", "whole"), _SOURCE),
        ),
        Section(
            "criteria",
            "Criteria",
            "Advisory only. What is not known never counts; an override is shown beside what is against.",
            lambda raw: [(line["key"], line["key"].replace("_", " "), line) for line in raw["criteria"]["lines"]],
            _fixed(
                Column("text", "Line", "text"),
                Column("weight", "Weight", "one_of", tuple((each, each) for each in WEIGHTS)),
                Column("favours", "Speaks for ECPR", "one_of", tuple((each, each) for each in FAVOURS)),
                _SOURCE,
                _CONFIRM,
            ),
            lambda raw: raw["criteria"]["lines"],
            _criterion_new,
        ),
        Section(
            "drugs",
            "Drugs",
            "The usual dose goes with one tap.",
            _of_list("drugs", "value"),
            _fixed(
                Column("label", "Name", "text"),
                Column("dose", "Dose", "number"),
                Column("unit", "Unit", "maybe_text"),
                Column("route", "Route", "text"),
                _SOURCE,
                _CONFIRM,
            ),
            lambda raw: raw["drugs"],
            _drug_new,
        ),
        Section(
            "outcomes",
            "Endings",
            "How a code ends. Which times an ending asks for stands in the JSON.",
            _of_list("outcomes", "key"),
            _fixed(Column("label", "Name", "text")),
        ),
        Section("roles", "Roles", "The team.", _of_list("roles", "key"), _role_columns, lambda raw: raw["roles"]),
    ]
    return fixed + [_checklist(role) for role in raw["roles"]]


def section_of(raw: dict[str, Any], key: str) -> Section | None:
    """The section of this key."""
    return next((each for each in sections(raw) if each.key == key), None)


def lines_of(raw: dict[str, Any], section: Section) -> list[Line]:
    """The entries of a section with their cells as they stand."""
    columns = section.columns(raw)
    return [
        Line(key, title, [Cell(f"{key}/{column.field}", column, entry.get(column.field)) for column in columns])
        for key, title, entry in section.entries(raw)
    ]


def with_typed(raw: dict[str, Any], section: Section, typed: Mapping[str, list[str]]) -> dict[str, Any]:
    """The protocol with what was typed into a section's cells; raises CannotBe with a sentence for the first cell that
    cannot be so. A cell that was not sent stays as it is; a tick box that is off sends an empty list.
    """
    changed = copy.deepcopy(raw)
    columns = section.columns(changed)
    for key, title, entry in section.entries(changed):
        for column in columns:
            said = typed.get(f"{key}/{column.field}")
            if said is not None:
                _put(entry, column, said, f"{title}, {column.title}")
    return changed


def _put(entry: dict[str, Any], column: Column, said: list[str], where: str) -> None:
    value = _read(column, said, where)
    if column.how == "some_of":
        # Those that stay keep their places.
        before = [each for each in entry.get(column.field, ()) if each in value]
        value = before + [each for each in value if each not in before]
    if value is None and column.field == "ceiling":
        entry.pop("ceiling", None)
    else:
        entry[column.field] = value


def _read(column: Column, said: list[str], where: str) -> Any:
    if column.how == "yes_no":
        return said == ["yes"]
    known = [value for value, _ in column.choices]
    if column.how == "some_of":
        return [value for value in known if value in said]
    text = " ".join((said or [""])[0].split())
    if column.how == "one_of":
        if text not in known:
            raise CannotBe(f"{where}: has to be one of {', '.join(known)}.")
        return text
    if len(text) > MOST_TYPED:
        raise CannotBe(f"{where}: has more than {MOST_TYPED} characters.")
    if column.how == "text":
        return text
    if not text and column.how != "whole":
        return None
    if column.how == "maybe_text":
        return text
    if column.how == "number":
        return _number(text, where)
    if _WHOLE.fullmatch(text) is None:
        raise CannotBe(f"{where}: has to be a whole number, not “{text[:40]}”.")
    return int(text)


def _number(text: str, where: str) -> float:
    if re.fullmatch(r"[0-9]{1,6}([.,][0-9]{1,4})?", text) is None:
        raise CannotBe(f"{where}: has to be a number, not “{text[:40]}”.")
    value = float(text.replace(",", "."))
    return int(value) if value.is_integer() else value


def moved(raw: dict[str, Any], section: Section, key: str, act: str) -> dict[str, Any]:
    """The protocol with an entry one place `up` or `down`, or `out` of its section; raises CannotBe when it is not
    there or the section is fixed.
    """
    changed = copy.deepcopy(raw)
    keys = [each for each, _, _ in section.entries(changed)]
    if section.holder is None or key not in keys or act not in ("up", "down", "out"):
        raise CannotBe("That cannot be moved.")
    held, place = section.holder(changed), keys.index(key)
    entry = held.pop(place)
    if act != "out":
        held.insert(max(0, place + (1 if act == "down" else -1)), entry)
    return changed


def added(raw: dict[str, Any], section: Section, chosen: str = "") -> dict[str, Any]:
    """The protocol with a further entry in a section, to be filled in: the `chosen` one where the section has offers.
    Raises CannotBe where there can be none, or not this one.
    """
    changed = copy.deepcopy(raw)
    if section.holder is None or section.new is None:
        raise CannotBe("Nothing can be added here.")
    if section.offers is not None and chosen not in dict(section.offers(raw)):
        raise CannotBe("Choose what to add first.")
    held = section.holder(changed)
    held.insert(max(0, len(held) - 1) if section.keeps_last else len(held), section.new(changed, chosen))
    return changed


def with_honest_name(raw: dict[str, Any], published: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The protocol with its criteria called adapted if their lines are no longer those of the `published` set whose
    name they bear, and by its plain name if they are again.
    """
    criteria = raw["criteria"]
    origin = next((each for each in published if each["key"] == criteria["key"]), None)
    if origin is None or criteria["name"] not in (origin["name"], origin["name"] + ADAPTED):
        return raw
    name = origin["name"] + ("" if criteria["lines"] == origin["lines"] else ADAPTED)
    return raw | {"criteria": criteria | {"name": name}}


def _free(stem: str, taken: list[str]) -> str:
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"
