"""A protocol in words: every number with what it counts from, who is asked, and its source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

CONFIRM = "to be confirmed by the site"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A table of the page. `rows` hold as many texts as `head`, the first names the row."""

    key: str
    title: str
    note: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


_TIMES: Final = {
    "1": "once",
    "1/ep": "once per episode",
    "1/role": "once per role",
    "1/run": "once per run",
    "n": "any number",
}
# About the code and its record, not about the patient.
_OWN_GROUPS: Final = ("code", "bookkeeping")


def chapters(raw: dict[str, Any]) -> list[Chapter]:
    """The whole protocol as chapters, from its JSON."""
    say = _Say(raw)
    return [
        Chapter(
            "path",
            "The path to flow",
            "Minutes count from the earliest plausible arrest onset.",
            ("Step", "Due", "Who records it", "Source"),
            [
                (
                    say.kind(step["kind"]) + (", in parallel" if step.get("parallel") else ""),
                    _minutes(step["due_minutes"], "by "),
                    say.owner(step["kind"]),
                    step["source"] or "",
                )
                for step in raw["path"]
            ],
        ),
        Chapter(
            "prompts",
            "Questions at the staged targets",
            "Each comes up once, to those who hold these roles; else to the leader, else to the recorder, else to all.",
            ("Question", "When", "Asks", "Until", "Source"),
            [
                (
                    prompt["text"],
                    say.when(prompt),
                    ", ".join(map(say.role, prompt["roles"])),
                    say.until(prompt),
                    _source(prompt),
                )
                for prompt in raw["prompts"]
            ],
        ),
        Chapter(
            "targets",
            "Targets",
            "A time that equals the limit meets it.",
            ("Interval", "Limit", "Amber", "Red", "Source"),
            [
                (
                    target["label"],
                    _minutes(target["limit_minutes"]),
                    _minutes(target["amber_minutes"]),
                    _minutes(target["red_minutes"]),
                    _source(target),
                )
                for target in raw["targets"].values()
            ],
        ),
        Chapter(
            "timers",
            "ACLS timers",
            "They count from the last record, and dim to “modified ALS” from skin preparation on.",
            ("Timer", "Due", "Amber", "Red", "Limit", "Source"),
            [
                (
                    timer["label"],
                    _seconds(timer["due_seconds"]),
                    _seconds(timer.get("amber_seconds")),
                    _seconds(timer["overdue_seconds"]),
                    f"at most {timer['ceiling']} in a shockable rhythm" if timer.get("ceiling") else "",
                    timer["source"],
                )
                for timer in raw["timers"]
            ]
            + [
                (
                    "Pause of compressions",
                    "",
                    _seconds(raw["pauses"]["amber_seconds"]),
                    _seconds(raw["pauses"]["red_seconds"]),
                    "",
                    raw["pauses"]["source"],
                )
            ]
            + _fraction(raw["pauses"]),
        ),
        Chapter(
            "sounds",
            "Sounds",
            "From the one device that has the sound, once each; all that they tell stands on every screen.",
            ("Sound", "When", "Tone", "Source"),
            [(each["label"], say.sound(each), each["tone"], each["source"]) for each in raw.get("sounds", [])],
        ),
        Chapter(
            "handover",
            "Hand over",
            "What the board reads out when the patient changes teams; what was not recorded is named as that.",
            ("Line", "Says", "Source"),
            [
                (line["text"], ", ".join(map(say.kind, line["kinds"])), line["source"])
                for line in raw.get("handover", [])
            ],
        ),
        Chapter(
            "phases",
            "Phases",
            "A phase is derived from what was recorded, so undoing the event moves it back.",
            ("Phase", "Begins with"),
            [
                (
                    f"{phase['letter']}: {phase['label']}",
                    ", ".join(map(say.kind, phase["enters_on"])) or "the opening of the code",
                )
                for phase in raw["phases"]
            ],
        ),
        Chapter(
            "dependencies",
            "What has to come first",
            "Hard ones are physical; soft ones are said and never block.",
            ("First", "Before", "Strength", "Reason"),
            [
                (
                    ", ".join(map(say.kind, each["first"])) or "none",
                    ", ".join(map(say.kind, each["then"])) or "none",
                    each["strength"],
                    each["reason"],
                )
                for each in raw["dependencies"]
            ],
        ),
        Chapter(
            "criteria",
            f"Criteria: {raw['criteria']['name']}",
            f"{_source(raw['criteria'])}. Advisory only: not known counts neither as yes nor as no.",
            ("Line", "Weight", "Speaks for ECPR", "Source"),
            [(line["text"], line["weight"], line["favours"], _source(line)) for line in raw["criteria"]["lines"]],
        ),
        Chapter(
            "events",
            "Events",
            "Everything that can be recorded, and what can be said of it.",
            ("Event", "How often", "Who records it", "Details"),
            [
                (kind["label"], _TIMES.get(kind["times"], kind["times"]), say.owner(key), _details(kind))
                for key, kind in raw["kinds"].items()
                if kind["group"] not in _OWN_GROUPS
            ],
        ),
        Chapter(
            "drugs",
            "Drugs",
            "The dose that one tap records.",
            ("Drug", "Dose", "Route", "Source"),
            [
                (
                    drug["label"],
                    " ".join(str(part) for part in (drug["dose"], drug["unit"]) if part),
                    drug["route"],
                    _source(drug),
                )
                for drug in raw["drugs"]
            ],
        ),
        Chapter(
            "endings",
            "Endings",
            "Each asks only for the times that it implies.",
            ("Ending", "Asks for"),
            [(each["label"], ", ".join(map(say.kind, each["implies"])) or "nothing") for each in raw["outcomes"]],
        ),
        *(
            Chapter(
                f"role-{role['key']}",
                role["label"],
                say.of_role(role),
                ("Item", "Phase", "Ticked by", "Waits for"),
                [
                    (
                        item["text"],
                        say.phase(item["phase"]),
                        ", ".join(map(say.kind, item["events"])) or "hand",
                        ", ".join(say.wait(wait) for wait in item["waits"]),
                    )
                    for item in role["items"]
                ],
            )
            for role in raw["roles"]
        ),
    ]


def name_of(raw: dict[str, Any], key: str, word: str) -> str:
    """What a key stands for: a kind by its `label` or `short`, `phase:…` and `item:…` by theirs; else the key."""
    sort, _, rest = key.partition(":")
    if sort == "phase":
        return next((f"Phase {phase['label']}" for phase in raw["phases"] if phase["key"] == rest), rest)
    if sort == "item":
        items = ((role["short"], item) for role in raw["roles"] for item in role["items"])
        return next((f"{short}: {item['text']}" for short, item in items if item["id"] == rest), rest)
    return str(raw["kinds"][key][word]) if key in raw["kinds"] else key.replace("_", " ")


class _Say:
    """Keys in words."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.kinds = raw["kinds"]
        self.roles = {role["key"]: role for role in raw["roles"]}
        self.teams = {team["key"]: team["label"] for team in raw["teams"]}
        self.phases = {phase["letter"]: phase["label"] for phase in raw["phases"]}
        self.items = {item["id"]: (role["short"], item["text"]) for role in raw["roles"] for item in role["items"]}

    def kind(self, key: str) -> str:
        return name_of(self.raw, key, "label")

    def role(self, key: str) -> str:
        return str(self.roles[key]["short"]) if key in self.roles else key

    def phase(self, letter: str) -> str:
        return str(self.phases.get(letter, letter))

    def owner(self, kind: str) -> str:
        known = self.kinds.get(kind, {})
        owner = known.get("owner")
        rest = ", ".join(map(self.role, known.get("fallback", ())))
        return (self.role(owner) if owner else "anyone") + (f", else {rest}" if rest else "")

    def of_role(self, role: dict[str, Any]) -> str:
        said = [self.teams.get(role["team"], role["team"])]
        said += ["essential"] if role["essential"] else []
        said += ["scrubbed: others tick for it"] if role["scrubbed"] else []
        return ", ".join(said)

    def wait(self, wait: dict[str, Any]) -> str:
        short, text = self.items.get(wait["item"], ("", wait["item"]))
        return f"{short}: {text}" + (" (hard)" if wait["hard"] else "")

    def when(self, prompt: dict[str, Any]) -> str:
        said = []
        if prompt["after_minutes"] is not None:
            said.append(f"{prompt['after_minutes']} min after {_or(map(self.kind, prompt['kinds']), ', else ')}")
        if "count" in prompt:
            said.append(f"with number {prompt['count']['times']} of {self.kind(prompt['count']['kind'])}")
        return " or ".join(said)

    def sound(self, sound: dict[str, Any]) -> str:
        begins = {"deadline": "the target", "pause": "the start of a pause"}.get(sound["begins"])
        said = begins or self.kind(sound["begins"])
        seconds = sound["seconds"]
        if seconds < 0:
            said = f"{_span(-seconds)} before {said}"
        elif seconds > 0:
            said = f"{_span(seconds)} after {said}"
        until = _or(map(self.kind, sound.get("until", ())), " or ")
        return f"{said}, until {until}" if until else said

    def until(self, prompt: dict[str, Any]) -> str:
        said = _or(map(self.kind, prompt["until"]), " or ")
        if prompt.get("unless"):
            said += f"; not after {_or(map(self.kind, prompt['unless']), ' or ')}"
        for name, word in (("only_when", "only when"), ("not_when", "not when")):
            if name in prompt:
                values = _or((value.replace("_", " ") for value in prompt[name]["values"]), " or ")
                said += f"; {word} {self.kind(prompt[name]['kind'])} is {values}"
        return said


def _or(parts: Iterable[str], between: str) -> str:
    return between.join(parts)


def _fraction(pauses: dict[str, Any]) -> list[tuple[str, ...]]:
    """The compression fraction that the protocol asks for, when it asks for one."""
    least = pauses.get("least_percent")
    return [] if least is None else [("Compression fraction", "", "", "", f"at least {least} %", pauses["source"])]


def _details(kind: dict[str, Any]) -> str:
    """The value of a kind and its fields, with units and choices."""
    value = kind["value"]
    parts = [value | {"label": value.get("label", "value")}] if value["type"] in ("number", "text", "choice") else []
    return "; ".join(_detail(part) for part in [*parts, *kind.get("fields", [])])


def _detail(field: dict[str, Any]) -> str:
    choices = [each["label"] if isinstance(each, dict) else each for each in field.get("choices", ())]
    choices += ["yes", "no"] if field["type"] == "yes_no" else []
    unit = f" ({field['unit']})" if "unit" in field else ""
    return f"{field['label']}{unit}" + (f": {', '.join(choices)}" if choices else "")


def _span(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def _minutes(minutes: int | None, before: str = "") -> str:
    return "" if minutes is None else f"{before}{minutes} min"


def _seconds(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds} s"


def _source(part: dict[str, Any]) -> str:
    source = str(part["source"] or "")
    if not part.get("confirm") or CONFIRM in source:
        return source
    return f"{source} ({CONFIRM})"
