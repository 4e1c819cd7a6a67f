"""What a protocol that can be loaded still needs before it is published, in sentences.

The reading does without these; the pages, the paper sheet and the people do not. A version that was published before a
check was added here stays in use.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .protocol_faults import Shape, Texts, shape_faults

_TEXT: Final = (str,)
_MAYBE_TEXT: Final = (str, type(None))
_MAYBE_NUMBER: Final = (int, type(None))
_CHOICE: Final[Shape] = {"value": _TEXT, "label": _TEXT}
# What the pages show of each part, beyond what the reading needs.
_SHOWN: Final[Mapping[str, Shape]] = {
    "path": {"source": _MAYBE_TEXT},
    "targets": {"amber_minutes": _MAYBE_NUMBER, "red_minutes": _MAYBE_NUMBER, "confirm?": (bool,)},
    "timers": {"source": _TEXT},
    "drugs": {
        "value": _TEXT,
        "label": _TEXT,
        "dose": (int, float, type(None)),
        "unit": _MAYBE_TEXT,
        "route": _TEXT,
        "source": _TEXT,
        "confirm?": (bool,),
    },
    "rhythms": {"value": _TEXT, "label": _TEXT, "shockable": (bool, type(None)), "common?": (bool,)},
    "roles": {"letters": _TEXT, "scrubbed": (bool,), "icon": _TEXT},
    "dependencies": {"first": (Texts,), "then": (Texts,), "strength": _TEXT, "reason": _TEXT},
}
# The words of each part that people read: none may be empty.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kinds": ("label", "short"),
    "path": ("word",),
    "phases": ("letter", "label"),
    "targets": ("label",),
    "timers": ("label",),
    "prompts": ("text",),
    "outcomes": ("label",),
    "drugs": ("label",),
    "rhythms": ("label",),
    "roles": ("label", "short", "letters"),
}
# What the entries of each list are known by: none may be there twice.
_KEYS: Final[Mapping[str, str]] = {
    "path": "kind",
    "phases": "letter",
    "timers": "key",
    "outcomes": "key",
    "outcome_items": "key",
    "drugs": "value",
    "rhythms": "value",
}


def unready(raw: Mapping[str, Any]) -> list[str]:
    """Every reason why a protocol's JSON, which has no fault of `protocol_faults`, should not be published yet."""
    found: list[str] = []
    for name, shape in _SHOWN.items():
        for where, part in _entries(raw, name):
            found += shape_faults(part, shape, where)
    for key, kind in raw["kinds"].items():
        found += _choices(kind["value"].get("choices", []), f"kinds {key}")
    roles = {role["key"] for role in raw["roles"]}
    for key, kind in raw["kinds"].items():
        found += [f"kinds {key}: {role} is not a role." for role in kind.get("fallback", ()) if role not in roles]
    return found or _words(raw) + _twice(raw) + _numbers(raw) + _end_of_path(raw)


def _entries(raw: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    part = raw[name]
    if isinstance(part, dict):
        return [(f"{name} {key}", each) for key, each in part.items()]
    return [(f"{name} {number}", each) for number, each in enumerate(part, start=1)]


def _choices(choices: object, where: str) -> list[str]:
    if not isinstance(choices, list):
        return [f"{where}: choices has to be a list."]
    numbered = enumerate(choices, start=1)
    return [fault for number, each in numbered for fault in shape_faults(each, _CHOICE, f"{where} choice {number}")]


def _words(raw: Mapping[str, Any]) -> list[str]:
    found = [] if raw["name"].strip() else ["The protocol has no name."]
    for name, fields in _WORDS.items():
        for where, part in _entries(raw, name):
            found += [f"{where}: {field} is empty." for field in fields if not part[field].strip()]
    lines = [(f"criteria {line['key']}", line) for line in raw["criteria"]["lines"]]
    lines += [(f"item {item['id']}", item) for role in raw["roles"] for item in role["items"]]
    return found + [f"{where}: text is empty." for where, part in lines if not part["text"].strip()]


def _twice(raw: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {key} is there twice." for name, field in _KEYS.items() for key in _double(raw[name], field)]


def _double(entries: Iterable[Mapping[str, Any]], field: str) -> list[str]:
    return [key for key, times in Counter(str(entry[field]) for entry in entries).items() if times > 1]


def _numbers(raw: Mapping[str, Any]) -> list[str]:
    found = []
    for key, target in raw["targets"].items():
        amber, red = target["amber_minutes"], target["red_minutes"]
        if target["limit_minutes"] < 1:
            found.append(f"targets {key}: the limit has to be 1 minute or more.")
        found += _rising(amber, red, f"targets {key}", "amber", "red")
    for timer in raw["timers"]:
        found += _rising(timer["due_seconds"], timer["overdue_seconds"], f"timers {timer['key']}", "due", "overdue")
    pauses = raw["pauses"]
    return found + _rising(pauses["amber_seconds"], pauses["red_seconds"], "pauses", "amber", "red")


def _rising(first: int | None, then: int | None, where: str, early: str, late: str) -> list[str]:
    if (first is not None and first < 0) or (then is not None and then < 0):
        return [f"{where}: {early} and {late} have to be 0 or more."]
    if first is not None and then is not None and first > then:
        return [f"{where}: {early} has to come before {late}, or with it."]
    return []


def _end_of_path(raw: Mapping[str, Any]) -> list[str]:
    """The countdown runs to the target and the path to its last step: two numbers for one moment mislead."""
    if not raw["path"]:
        return ["The path has no step."]
    target, last = raw["targets"][raw["default_target"]], raw["path"][-1]
    if last["due_minutes"] == target["limit_minutes"]:
        return []
    due = "has no time" if last["due_minutes"] is None else f"is due at minute {last['due_minutes']}"
    word, label, limit = last["word"], target["label"], target["limit_minutes"]
    return [f"The path has to end at the target: its last step, {word}, {due}, and {label} has {limit} min."]
