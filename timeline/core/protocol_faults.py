"""Why a protocol file cannot be used, in sentences. First its shape, then what its parts say of each other.

A published version is checked by this whenever it is loaded, so nothing may be added here that a version in use could
fail. What a new version needs beyond stands in `protocol_ready`.
"""

from collections.abc import Mapping
from typing import Any, Final

MAX_SHORT: Final = 18
# A milestone's button shows two lines of its short name at twice the text size; no word of it can be broken.
MAX_WORD: Final = 12
# The strip has room for so much of each step.
MAX_STEP_WORD: Final = 8
MAX_MILESTONES: Final = 8
# Two lines beside three answers on a tablet.
MAX_QUESTION: Final = 64
MAX_BUTTONS: Final = 6
PICKS: Final = ("single", "earliest", "first", "last", "activation")
SELECTOR_PICKS: Final = ("kind", "first", "earliest", "latest_of_all", "governing")
MEASURES: Final = (
    "total_cpr",
    "no_flow_total",
    "compression_fraction",
    "longest_pause",
    "cannulation_pauses",
    "longest_cannulation_pause",
    "adrenaline_interval",
)
WEIGHTS: Final = ("hard", "soft", "override")
FAVOURS: Final = ("yes", "no")
SCOPES: Final = ("case", "first", "all")
DURING: Final = ("arrest", "open")
# Clinical reference 3.3 and 9, H10: sound is for four things at most.
MOST_SOUNDS: Final = 4
SOUND_BEGINS: Final = frozenset({"deadline", "pause"})
TONES: Final = ("rising", "long", "falling", "low")
FIELD_TYPES: Final = ("number", "text", "yes_no", "choice")
STRENGTHS: Final = ("hard", "soft", "loud")
ORDER_RULES: Final = ("after", "ends", "excludes", "alternates", "closes")
# Stands in an order rule for every kind that speaks of the patient.
ANY: Final = "*"
# Ends that no one records: the reading derives them.
DERIVED: Final = frozenset({"sustained_rosc"})


class Texts:
    """Stands in shapes for a list of texts."""


_NUMBER: Final = (int,)
_MAYBE_NUMBER: Final = (int, type(None))
_MAYBE_TEXT: Final = (str, type(None))
# Field names with the types they may have; a name with a question mark may be left out.
Shape = Mapping[str, tuple[type, ...]]

_TOP: Final[Shape] = {
    "key": (str,),
    "version": _NUMBER,
    "name": (str,),
    "default_target": (str,),
    "sustained_rosc_minutes": _NUMBER,
    "same_moment_seconds": _NUMBER,
    "double_entry_seconds": _NUMBER,
    "groups": (list,),
    "kinds": (dict,),
    "orders": (list,),
    "milestones": (Texts,),
    "path": (list,),
    "phases": (list,),
    "targets": (dict,),
    "timers": (list,),
    "prompts": (list,),
    "sounds?": (list,),
    "handover?": (list,),
    "pauses": (dict,),
    "intervals": (dict,),
    "criteria": (dict,),
    "outcome_items": (list,),
    "outcomes": (list,),
    "rhythms": (list,),
    "drugs": (list,),
    "teams": (list,),
    "roles": (list,),
    "dependencies": (list,),
}
_PARTS: Final[Mapping[str, Shape]] = {
    "kinds": {
        "label": (str,),
        "short": (str,),
        "group": (str,),
        "times": (str,),
        "pick": (str,),
        "owner": _MAYBE_TEXT,
        "fallback?": (Texts,),
        "value": (dict,),
        "fields?": (list,),
        "board": (bool,),
        "icon": (str,),
        "double_check": (bool,),
        "bookkeeping": (bool,),
    },
    "groups": {"key": (str,), "label": (str,)},
    "teams": {"key": (str,), "label": (str,)},
    "orders": {
        "first": (str,),
        "then": (str,),
        "strength": (str,),
        "rule?": (str,),
        "required?": (bool,),
        "value?": (str,),
        "but?": (Texts,),
        "text?": (str,),
    },
    "path": {"kind": (str,), "word": (str,), "due_minutes": _MAYBE_NUMBER, "parallel?": (bool,)},
    "phases": {"key": (str,), "letter": (str,), "label": (str,), "enters_on": (Texts,), "default_unless?": (dict,)},
    "targets": {"label": (str,), "limit_minutes": _NUMBER, "source": (str,)},
    "timers": {
        "key": (str,),
        "label": (str,),
        "kind": (str,),
        "value": _MAYBE_TEXT,
        "due_seconds": _MAYBE_NUMBER,
        "overdue_seconds": _MAYBE_NUMBER,
        "amber_seconds?": _NUMBER,
        "shows": (str,),
        "ceiling?": _NUMBER,
        "starts?": (Texts,),
        "machine?": (Texts,),
        "dims?": (bool,),
        "rides_on?": (str,),
    },
    "prompts": {
        "key": (str,),
        "text": (str,),
        "kinds": (Texts,),
        "after_minutes": _MAYBE_NUMBER,
        "count?": (dict,),
        "until": (Texts,),
        "unless?": (Texts,),
        "only_when?": (dict,),
        "not_when?": (dict,),
        "during": (str,),
        "roles": (Texts,),
        "source": (str,),
        "confirm": (bool,),
    },
    "sounds": {
        "key": (str,),
        "label": (str,),
        "begins": (str,),
        "seconds": _NUMBER,
        "until?": (Texts,),
        "tone": (str,),
        "source": (str,),
    },
    "handover": {"key": (str,), "text": (str,), "kinds": (Texts,), "source": (str,)},
    "intervals": {
        "label": (str,),
        "measure?": (str,),
        "from?": (dict,),
        "to?": (dict,),
        "signed?": (bool,),
        "less?": (str,),
        "unless?": (Texts,),
        "not_when?": (dict,),
        "only_when?": (dict,),
    },
    "outcomes": {"key": (str,), "label": (str,), "excludes": (Texts,), "implies": (Texts,)},
    "outcome_items": {"key": (str,), "label": (str,), "answers": (list,), "source": (str,)},
    "roles": {
        "key": (str,),
        "label": (str,),
        "short": (str,),
        "team": (str,),
        "essential": (bool,),
        "buttons": (Texts,),
        "items": (list,),
    },
}
_SELECTOR: Final[Shape] = {"kinds": (Texts,), "pick": (str,), "scope": (str,), "value?": (str,), "reference?": (str,)}
_CONDITION: Final[Shape] = {"kind": (str,), "values": (Texts,)}
_COUNT: Final[Shape] = {"kind": (str,), "times": _NUMBER}
_ITEM: Final[Shape] = {
    "id": (str,),
    "phase": (str,),
    "text": (str,),
    "events": (Texts,),
    "waits": (list,),
    "own?": (bool,),
}
_PAUSES: Final[Shape] = {
    "amber_seconds": _NUMBER,
    "red_seconds": _NUMBER,
    "least_percent?": _NUMBER,
    "source": (str,),
}
_CRITERIA: Final[Shape] = {"key": (str,), "name": (str,), "source": (str,), "confirm": (bool,), "lines": (list,)}
_CRITERION: Final[Shape] = {
    "key": (str,),
    "text": (str,),
    "weight": (str,),
    "favours": (str,),
    "source": (str,),
    "confirm": (bool,),
}
_FIELD: Final[Shape] = {"key": (str,), "label": (str,), "type": (str,), "unit?": (str,), "choices?": (Texts,)}
_ANSWER: Final[Shape] = {"value": (str,), "label": (str,)}
_WAIT: Final[Shape] = {"item": (str,), "hard": (bool,)}
_WORDS: Final[Mapping[type, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    bool: "true or false",
    type(None): "null",
    Texts: "a list of texts",
}


def faults(raw: object) -> list[str]:
    """Every fault of a protocol's JSON, as sentences that name the place."""
    if not isinstance(raw, dict):
        return ["The protocol has to be a JSON object."]
    found = shape_faults(raw, _TOP, "The protocol")
    if found:
        return found
    for name, shape in _PARTS.items():
        for key, part in _parts(raw.get(name, [])):
            found += shape_faults(part, shape, f"{name} {key}")
    if found:
        return found
    found += _deep_shapes(raw)
    return found or _relations(raw)


def _parts(raw: Any) -> list[tuple[str, Any]]:
    if isinstance(raw, dict):
        return list(raw.items())
    return [(str(number), part) for number, part in enumerate(raw, start=1)]


def shape_faults(raw: object, shape: Shape, where: str) -> list[str]:
    """What of a JSON object is not as a shape asks, as sentences that begin with the place."""
    if not isinstance(raw, dict):
        return [f"{where} has to be an object."]
    found = []
    for name, types in shape.items():
        key = name.removesuffix("?")
        if key not in raw:
            if key == name:
                found.append(f"{where} lacks {key}.")
        elif not _fits(raw[key], types):
            found.append(f"{where}: {key} has to be {' or '.join(_WORDS[known] for known in types)}.")
    return found


def _fits(value: object, types: tuple[type, ...]) -> bool:
    if Texts in types:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return type(value) in types


def _deep_shapes(raw: dict[str, Any]) -> list[str]:
    found: list[str] = shape_faults(raw["pauses"], _PAUSES, "pauses") + criteria_faults(raw["criteria"])
    for key, kind in raw["kinds"].items():
        found += _fields(key, kind.get("fields", []))
    for key, interval in raw["intervals"].items():
        if ("measure" in interval) == ("from" in interval) or ("from" in interval) != ("to" in interval):
            found.append(f"intervals {key} needs either from and to, or measure.")
            continue
        for side in ("from", "to") if "from" in interval else ():
            found += shape_faults(interval[side], _SELECTOR, f"intervals {key} {side}")
        found += _conditions(interval, f"intervals {key}")
    for prompt in raw["prompts"]:
        found += _conditions(prompt, f"prompts {prompt['key']}")
        if "count" in prompt:
            found += shape_faults(prompt["count"], _COUNT, f"prompts {prompt['key']} count")
    for item in raw["outcome_items"]:
        for number, answer in enumerate(item["answers"], start=1):
            found += shape_faults(answer, _ANSWER, f"outcome_items {item['key']} answer {number}")
    for number, phase in enumerate(raw["phases"], start=1):
        if "default_unless" in phase:
            where = f"phases {number} default_unless"
            found += shape_faults(phase["default_unless"], _CONDITION, where)
    for role in raw["roles"]:
        for number, item in enumerate(role["items"], start=1):
            faults_of_item = shape_faults(item, _ITEM, f"roles {role['key']} item {number}")
            if not faults_of_item:
                for wait in item["waits"]:
                    faults_of_item += shape_faults(wait, _WAIT, f"item {item['id']} waits")
            found += faults_of_item
    return found


def _fields(kind: str, fields: list[Any]) -> list[str]:
    found: list[str] = []
    for number, field in enumerate(fields, start=1):
        wrong = shape_faults(field, _FIELD, f"kinds {kind} field {number}")
        if not wrong and field["type"] not in FIELD_TYPES:
            wrong = [f"kinds {kind} field {field['key']}: type has to be one of {', '.join(FIELD_TYPES)}."]
        if not wrong and (field["type"] == "choice") != bool(field.get("choices")):
            wrong = [f"kinds {kind} field {field['key']}: a choice needs choices, and nothing else has them."]
        found += wrong
    if not found and len({field["key"] for field in fields} | {"value", "note"}) < len(fields) + 2:
        found.append(f"kinds {kind}: each field needs a key of its own, other than value and note.")
    return found


def _conditions(part: dict[str, Any], where: str) -> list[str]:
    found = []
    for name in ("not_when", "only_when"):
        if name in part:
            found += shape_faults(part[name], _CONDITION, f"{where} {name}")
    return found


def criteria_faults(raw: object) -> list[str]:
    """Every fault of a set of criteria, as sentences: one adopted by a protocol, or one on offer."""
    found = shape_faults(raw, _CRITERIA, "criteria")
    if found or not isinstance(raw, dict):
        return found
    keys: set[str] = set()
    for number, line in enumerate(raw["lines"], start=1):
        where = f"criteria {raw['key']} line {number}"
        wrong = shape_faults(line, _CRITERION, where)
        if wrong:
            found += wrong
            continue
        if line["weight"] not in WEIGHTS:
            found.append(f"{where}: weight has to be one of {', '.join(WEIGHTS)}.")
        if line["favours"] not in FAVOURS:
            found.append(f"{where}: favours has to be yes or no; unknown never counts.")
        if line["key"] in keys:
            found.append(f"{where}: the key {line['key']} is there twice.")
        keys.add(line["key"])
    return found


def _sounds(sounds: list[dict[str, Any]]) -> list[str]:
    found = []
    if len(sounds) > MOST_SOUNDS:
        found.append(f"There have to be at most {MOST_SOUNDS} sounds; each further one is heard less.")
    if len({sound["key"] for sound in sounds}) < len(sounds) or len({sound["tone"] for sound in sounds}) < len(sounds):
        found.append("Each sound needs a key and a tone of its own.")
    found += [
        f"sounds {sound['key']}: tone has to be one of {', '.join(TONES)}."
        for sound in sounds
        if sound["tone"] not in TONES
    ]
    return found


def _relations(raw: dict[str, Any]) -> list[str]:
    kinds = raw["kinds"]
    found: list[str] = []

    def known(kind: str, where: str, derived: frozenset[str] = frozenset()) -> None:
        if kind not in kinds and kind not in derived:
            found.append(f"{where} names the kind {kind!r}, which is not defined.")

    roles = {role["key"] for role in raw["roles"]}
    groups = {group["key"] for group in raw["groups"]}
    for key, kind in kinds.items():
        if len(kind["short"]) > MAX_SHORT:
            found.append(f"kinds {key}: the short label has more than {MAX_SHORT} characters.")
        if kind["pick"] not in PICKS:
            found.append(f"kinds {key}: pick has to be one of {', '.join(PICKS)}.")
        if kind["group"] not in groups:
            found.append(f"kinds {key}: the group {kind['group']} is not defined.")
        if kind["owner"] is not None and kind["owner"] not in roles:
            found.append(f"kinds {key}: the owner {kind['owner']} is not a role.")
    for order in raw["orders"]:
        ends = order.get("rule", "after") == "ends"
        for kind in (order["first"], order["then"], *order.get("but", ())):
            known(kind, "An order rule", frozenset({ANY}) if ends and kind == order["first"] else frozenset())
        where = f"The order of {order['first']} and {order['then']}"
        if order["strength"] not in STRENGTHS:
            found.append(f"{where} has to be hard, soft or loud.")
        if order.get("rule", "after") not in ORDER_RULES:
            found.append(f"{where}: rule has to be one of {', '.join(ORDER_RULES)}.")
    for timer in raw["timers"]:
        for kind in (timer["kind"], *timer.get("starts", ()), *timer.get("machine", ())):
            known(kind, f"timers {timer['key']}")
        if len(timer.get("machine", ())) not in (0, 2):
            found.append(f"timers {timer['key']}: machine has to be two kinds, on and off.")
        if timer.get("rides_on", timer["key"]) not in {each["key"] for each in raw["timers"]}:
            found.append(f"timers {timer['key']}: rides_on has to be the key of a timer.")
        if timer.get("ceiling", 1) < 1:
            found.append(f"timers {timer['key']}: ceiling has to be 1 or more.")
    for line in raw.get("handover", []):
        for kind in line["kinds"]:
            known(kind, f"handover {line['key']}")
    found += _sounds(raw.get("sounds", []))
    for sound in raw.get("sounds", []):
        for kind in (sound["begins"], *sound.get("until", ())):
            known(kind, f"sounds {sound['key']}", SOUND_BEGINS)
    for phase in raw["phases"]:
        for kind in phase["enters_on"]:
            known(kind, f"phases {phase['key']}")
        if "default_unless" in phase:
            known(phase["default_unless"]["kind"], f"phases {phase['key']}")
    for outcome in raw["outcomes"]:
        for kind in outcome["implies"]:
            known(kind, f"outcomes {outcome['key']}")
    for key, interval in raw["intervals"].items():
        if "measure" in interval:
            if interval["measure"] not in MEASURES or interval["measure"] != key:
                found.append(f"intervals {key}: measure has to be its own key, one of {', '.join(MEASURES)}.")
            continue
        for side in ("from", "to"):
            selector = interval[side]
            if not selector["kinds"]:
                found.append(f"intervals {key} {side} names no kind.")
            for kind in selector["kinds"]:
                known(kind, f"intervals {key}", DERIVED)
            if selector["pick"] not in SELECTOR_PICKS or selector["scope"] not in SCOPES:
                found.append(f"intervals {key} {side} has an unknown pick or scope.")
        for name in ("not_when", "only_when"):
            if name in interval:
                known(interval[name]["kind"], f"intervals {key} {name}")
        for kind in interval.get("unless", ()):
            known(kind, f"intervals {key} unless")
    for key in raw["targets"]:
        if key not in raw["intervals"]:
            found.append(f"targets {key} is not an interval.")
    if raw["default_target"] not in raw["targets"]:
        found.append(f"The default target {raw['default_target']} is not a target.")
    return found + _prompts(raw) + _path(raw) + _checklists(raw)


def _prompts(raw: dict[str, Any]) -> list[str]:
    found: list[str] = []
    roles = {role["key"] for role in raw["roles"]}
    seen: set[str] = set()
    for prompt in raw["prompts"]:
        where = f"prompts {prompt['key']}"
        if prompt["key"] in seen:
            found.append(f"{where} is there twice.")
        seen.add(prompt["key"])
        count = prompt.get("count")
        conditions = [prompt[name]["kind"] for name in ("not_when", "only_when") if name in prompt]
        named = [*prompt["kinds"], *prompt["until"], *prompt.get("unless", ()), *conditions]
        named += [count["kind"]] if count is not None else []
        found += [
            f"{where} names the kind {kind!r}, which is not defined." for kind in named if kind not in raw["kinds"]
        ]
        if len(prompt["text"]) > MAX_QUESTION:
            found.append(f"{where}: the text has more than {MAX_QUESTION} characters.")
        if not prompt["until"]:
            found.append(f"{where} has to say which event it waits for.")
        if (prompt["after_minutes"] is None) != (not prompt["kinds"]):
            found.append(f"{where} needs both the event it counts from and the minutes after it, or neither.")
        if prompt["after_minutes"] is None and count is None:
            found.append(f"{where} never comes due: it has neither minutes nor a count.")
        if (prompt["after_minutes"] or 0) < 0 or (count is not None and count["times"] < 1):
            found.append(f"{where}: the minutes have to be 0 or more, and the count 1 or more.")
        if prompt["during"] not in DURING:
            found.append(f"{where}: during has to be one of {', '.join(DURING)}.")
        if not prompt["roles"]:
            found.append(f"{where} asks nobody.")
        found += [f"{where}: {role} is not a role." for role in prompt["roles"] if role not in roles]
    return found


def _path(raw: dict[str, Any]) -> list[str]:
    found: list[str] = []
    last = 0
    for step in raw["path"]:
        kind = raw["kinds"].get(step["kind"])
        if kind is None:
            found.append(f"The path names the kind {step['kind']!r}, which is not defined.")
        elif kind["owner"] is None:
            found.append(f"The milestone {step['kind']} has no owner.")
        if step["due_minutes"] is not None:
            if step["due_minutes"] < last:
                found.append(f"The due times have to rise along the path, and {step['kind']} falls back.")
            last = step["due_minutes"]
        if len(step["word"]) > MAX_STEP_WORD:
            found.append(f"The word of {step['kind']} on the strip has more than {MAX_STEP_WORD} characters.")
    if not raw["phases"]:
        found.append("There has to be at least one phase.")
    return found + _milestones(raw)


def _milestones(raw: dict[str, Any]) -> list[str]:
    """The buttons that every board has: few, owned, and told apart at a glance (ux.md, section 2.13)."""
    found: list[str] = []
    if len(raw["milestones"]) > MAX_MILESTONES:
        found.append(f"There are more than {MAX_MILESTONES} milestones on the board.")
    looks: dict[tuple[str, str], str] = {}
    for key in raw["milestones"]:
        kind = raw["kinds"].get(key)
        if kind is None:
            found.append(f"milestones names the kind {key!r}, which is not defined.")
            continue
        if kind["owner"] is None:
            found.append(f"The milestone {key} has no owner.")
        words = kind["short"].split() or [""]
        if max(map(len, words)) > MAX_WORD:
            found.append(f"kinds {key}: a word of the short label has more than {MAX_WORD} characters.")
        look = (words[0].lower(), kind["icon"])
        if look in looks:
            found.append(f"The buttons of {looks[look]} and {key} begin with the same word and have the same icon.")
        looks[look] = key
    return found


def _checklists(raw: dict[str, Any]) -> list[str]:
    found: list[str] = []
    waits: dict[str, list[str]] = {}
    letters = {phase["letter"] for phase in raw["phases"]}
    teams = {team["key"] for team in raw["teams"]}
    keys = [role["key"] for role in raw["roles"]]
    if len(set(keys)) != len(keys):
        found.append("Two roles have the same key.")
    for role in raw["roles"]:
        if role["team"] not in teams:
            found.append(f"roles {role['key']}: the team {role['team']} is not defined.")
        if len(role["buttons"]) > MAX_BUTTONS:
            found.append(f"roles {role['key']} has more than {MAX_BUTTONS} buttons.")
        found += [
            f"roles {role['key']}: the button {kind!r} is not a kind."
            for kind in role["buttons"]
            if kind not in raw["kinds"]
        ]
        for item in role["items"]:
            if item["id"] in waits:
                found.append(f"The item {item['id']} is there twice.")
            waits[item["id"]] = [wait["item"] for wait in item["waits"]]
            if item["phase"] not in letters:
                found.append(f"item {item['id']}: the phase {item['phase']} is not defined.")
            found += [
                f"item {item['id']} names the kind {kind!r}, which is not defined."
                for kind in item["events"]
                if kind not in raw["kinds"]
            ]
    for item_id, others in waits.items():
        found += [f"item {item_id} waits for {other}, which is not there." for other in others if other not in waits]
    return found or _cycles(waits)


def _cycles(waits: Mapping[str, list[str]]) -> list[str]:
    """Items that wait for each other: whatever is left when all items without open waits are taken away again."""
    left = {item: set(others) for item, others in waits.items()}
    while left:
        free = {item for item, others in left.items() if not others}
        if not free:
            return [f"These items wait for each other: {', '.join(sorted(left))}."]
        left = {item: others - free for item, others in left.items() if item not in free}
    return []
