"""The protocol: kinds, order rules, path, targets, timers, roles and checklists, as versioned data.

`load` gives the typed view that the reading works with; `check` says, in sentences, why a file cannot be published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from roles.core.board import Listeners, listeners_of

from .protocol_faults import faults
from .protocol_ready import unready

# Groups of kinds that are about the code or its record, not about the patient.
OWN_GROUPS: Final = frozenset({"code", "bookkeeping"})


class BrokenProtocol(ValueError):
    """A protocol that cannot be used; `sentences` says every reason."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True)
class Kind:
    """One word of the event vocabulary. `pick` says which of several current values counts."""

    key: str
    label: str
    short: str
    group: str
    times: str
    pick: str
    owner: str | None
    fallback: tuple[str, ...]
    board: bool
    icon: str
    double_check: bool
    bookkeeping: bool
    raw: Mapping[str, Any]

    @property
    def clinical(self) -> bool:
        """Whether the kind speaks of the patient."""
        return self.group not in OWN_GROUPS

    @property
    def per_episode(self) -> bool:
        """Whether each arrest episode has its own value."""
        return self.times == "1/ep"

    @property
    def single(self) -> bool:
        """Whether several current values are competing statements of one moment."""
        return self.pick in ("single", "earliest")


@dataclass(frozen=True, slots=True)
class Order:
    """What two kinds say of each other. `rule` is one of

    - `after`: every `then` is at or after the first `first` (of its own episode, for kinds that each episode has);
      `required` also asks that `first` is there at all, and `value` which of them count
    - `ends`: nothing of `first` comes after the last `then` (`*`: nothing of the patient, except `but`)
    - `excludes`: one of the two is there, not both
    - `alternates`: never two of one kind without the other between them
    - `closes`: every `then` closes a `first` that was open

    and `strength` says whether a break is impossible (hard), unusual (soft), or dangerous (loud).
    """

    first: str
    then: str
    strength: str
    rule: str
    required: bool
    value: str | None
    but: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone's place on the path, due so many minutes after onset (None: no time of its own)."""

    kind: str
    due_minutes: int | None
    parallel: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase begins when any of `enters_on` is recorded, or from the start unless a value says otherwise."""

    key: str
    letter: str
    label: str
    enters_on: tuple[str, ...]
    default_unless: tuple[str, tuple[str, ...]] | None


@dataclass(frozen=True, slots=True)
class Target:
    """A limit in minutes on the interval of the same key, with its source."""

    key: str
    label: str
    limit_minutes: int
    source: str


@dataclass(frozen=True, slots=True)
class Timer:
    """Counts since the last record of a kind (and value); due and overdue in seconds after it. `ceiling` is how many
    there should be at most while the rhythm is shockable.
    """

    key: str
    label: str
    kind: str
    value: str | None
    due_seconds: int | None
    amber_seconds: int | None
    overdue_seconds: int | None
    shows: str
    ceiling: int | None
    starts: tuple[str, ...]
    machine: tuple[str, ...]
    dims: bool
    rides_on: str | None


@dataclass(frozen=True, slots=True)
class Selector:
    """Which record an interval ends in."""

    kinds: tuple[str, ...]
    pick: str
    scope: str
    value: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Condition:
    """A kind whose value is one of `values`."""

    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound `ms` after what it `begins` with: the deadline, the pause that runs, or a kind, as long as none of
    `until` came after it.
    """

    key: str
    label: str
    begins: str
    ms: int
    until: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that comes up so many minutes after the first of `kinds` that is recorded, or with the nth event of
    `count`, and is answered once for all. It is not asked once any of `until` is there, and loses its sense with any of
    `unless`, where the conditions do not hold, and outside of `during` (`arrest`: no flow, no circulation; `open`).
    """

    key: str
    text: str
    kinds: tuple[str, ...]
    after_minutes: int | None
    count: tuple[str, int] | None
    until: tuple[str, ...]
    unless: tuple[str, ...]
    only_when: Condition | None
    not_when: Condition | None
    during: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A named difference of two ends. `signed` ones may be negative by right."""

    key: str
    label: str
    start: Selector
    end: Selector
    signed: bool
    less: str | None
    unless: tuple[str, ...]
    not_when: Condition | None
    only_when: Condition | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An ending: the kinds it rules out and the anchors a full record of it holds."""

    key: str
    label: str
    excludes: frozenset[str]
    implies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the adopted criteria; `favours` is the answer that speaks for ECPR, or makes an override count."""

    key: str
    text: str
    weight: str
    favours: str


@dataclass(frozen=True, slots=True)
class OutcomeItem:
    """A thing to know of the patient later: its answers, by their key, in words."""

    key: str
    label: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a role's checklist. `own` items listen only to arrivals of their own role."""

    id: str
    phase: str
    text: str
    events: tuple[str, ...]
    waits: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Role:
    """A place in the team with its checklist."""

    key: str
    label: str
    short: str
    team: str
    essential: bool
    buttons: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    """The typed view of one protocol version; `raw` is the JSON it came from. `intervals` holds those between two ends,
    `interval_labels` all, those that are measured otherwise too. `owners` says of each kind whose it is to record, and
    who does it while nobody holds that role, in turn; `listeners` which checklist items hear of which event.
    """

    key: str
    version: int
    name: str
    default_target: str
    sustained_rosc_ms: int
    same_moment_ms: int
    double_entry_ms: int
    kinds: Mapping[str, Kind]
    owners: Mapping[str, tuple[str | None, tuple[str, ...]]]
    orders: tuple[Order, ...]
    path: tuple[Step, ...]
    phases: tuple[Phase, ...]
    targets: Mapping[str, Target]
    timers: tuple[Timer, ...]
    prompts: tuple[Prompt, ...]
    sounds: tuple[Sound, ...]
    pause_ms: int
    intervals: Mapping[str, Interval]
    interval_labels: Mapping[str, str]
    outcomes: Mapping[str, Outcome]
    criteria: tuple[Criterion, ...]
    outcome_items: tuple[OutcomeItem, ...]
    roles: tuple[Role, ...]
    listeners: Listeners
    raw: Mapping[str, Any]

    def label(self, kind: str) -> str:
        """The words for a kind; an unknown kind from a newer device is shown by its own name."""
        known = self.kinds.get(kind)
        return known.label if known else kind[0].upper() + kind[1:].replace("_", " ")


def check(raw: object) -> list[str]:
    """Every reason, as a sentence, why this JSON value cannot be published as a protocol; empty when it can."""
    return faults(raw) or (unready(raw) if isinstance(raw, dict) else [])


def load(raw: object) -> Protocol:
    """The typed view of a protocol's JSON; raises BrokenProtocol with every reason."""
    sentences = faults(raw)
    if sentences or not isinstance(raw, dict):
        raise BrokenProtocol(sentences)
    kinds = {key: _kind(key, kind) for key, kind in raw["kinds"].items()}
    roles = tuple(_role(role) for role in raw["roles"])
    return Protocol(
        key=raw["key"],
        version=raw["version"],
        name=raw["name"],
        default_target=raw["default_target"],
        sustained_rosc_ms=raw["sustained_rosc_minutes"] * 60_000,
        same_moment_ms=raw["same_moment_seconds"] * 1000,
        double_entry_ms=raw["double_entry_seconds"] * 1000,
        kinds=kinds,
        owners={key: (kind.owner, kind.fallback) for key, kind in kinds.items()},
        orders=tuple(
            Order(
                order["first"],
                order["then"],
                order["strength"],
                order.get("rule", "after"),
                order.get("required", False),
                order.get("value"),
                frozenset(order.get("but", ())),
                order.get("text", ""),
            )
            for order in raw["orders"]
        ),
        path=tuple(Step(step["kind"], step["due_minutes"], step.get("parallel", False)) for step in raw["path"]),
        phases=tuple(_phase(phase) for phase in raw["phases"]),
        targets={
            key: Target(key, target["label"], target["limit_minutes"], target["source"])
            for key, target in raw["targets"].items()
        },
        timers=tuple(
            Timer(
                timer["key"],
                timer["label"],
                timer["kind"],
                timer["value"],
                timer["due_seconds"],
                timer.get("amber_seconds", timer["due_seconds"]),
                timer["overdue_seconds"],
                timer["shows"],
                timer.get("ceiling"),
                tuple(timer.get("starts", ())),
                tuple(timer.get("machine", ())),
                timer.get("dims", True),
                timer.get("rides_on"),
            )
            for timer in raw["timers"]
        ),
        prompts=tuple(_prompt(prompt) for prompt in raw["prompts"]),
        sounds=tuple(
            Sound(each["key"], each["label"], each["begins"], each["seconds"] * 1000, tuple(each.get("until", ())))
            for each in raw.get("sounds", ())
        ),
        pause_ms=raw["pauses"]["red_seconds"] * 1000,
        intervals={key: _interval(key, each) for key, each in raw["intervals"].items() if "measure" not in each},
        interval_labels={key: each["label"] for key, each in raw["intervals"].items()},
        outcomes={
            outcome["key"]: Outcome(
                outcome["key"], outcome["label"], frozenset(outcome["excludes"]), tuple(outcome["implies"])
            )
            for outcome in raw["outcomes"]
        },
        criteria=tuple(
            Criterion(line["key"], line["text"], line["weight"], line["favours"]) for line in raw["criteria"]["lines"]
        ),
        outcome_items=tuple(
            OutcomeItem(item["key"], item["label"], {each["value"]: each["label"] for each in item["answers"]})
            for item in raw["outcome_items"]
        ),
        roles=roles,
        listeners=listeners_of(roles),
        raw=raw,
    )


def _kind(key: str, raw: Mapping[str, Any]) -> Kind:
    return Kind(
        key,
        raw["label"],
        raw["short"],
        raw["group"],
        raw["times"],
        raw["pick"],
        raw["owner"],
        tuple(raw.get("fallback", ())),
        raw["board"],
        raw["icon"],
        raw["double_check"],
        raw["bookkeeping"],
        raw,
    )


def _phase(raw: Mapping[str, Any]) -> Phase:
    unless = raw.get("default_unless")
    return Phase(
        raw["key"],
        raw["letter"],
        raw["label"],
        tuple(raw["enters_on"]),
        (unless["kind"], tuple(unless["values"])) if unless else None,
    )


def _prompt(raw: Mapping[str, Any]) -> Prompt:
    count = raw.get("count")
    return Prompt(
        key=raw["key"],
        text=raw["text"],
        kinds=tuple(raw["kinds"]),
        after_minutes=raw["after_minutes"],
        count=(count["kind"], count["times"]) if count else None,
        until=tuple(raw["until"]),
        unless=tuple(raw.get("unless", ())),
        only_when=_condition(raw.get("only_when")),
        not_when=_condition(raw.get("not_when")),
        during=raw["during"],
        roles=tuple(raw["roles"]),
    )


def _interval(key: str, raw: Mapping[str, Any]) -> Interval:
    return Interval(
        key=key,
        label=raw["label"],
        start=_selector(raw["from"]),
        end=_selector(raw["to"]),
        signed=raw.get("signed", False),
        less=raw.get("less"),
        unless=tuple(raw.get("unless", ())),
        not_when=_condition(raw.get("not_when")),
        only_when=_condition(raw.get("only_when")),
    )


def _selector(raw: Mapping[str, Any]) -> Selector:
    return Selector(tuple(raw["kinds"]), raw["pick"], raw["scope"], raw.get("value"), raw.get("reference"))


def _condition(raw: Mapping[str, Any] | None) -> Condition | None:
    return Condition(raw["kind"], tuple(raw["values"])) if raw else None


def _role(raw: Mapping[str, Any]) -> Role:
    return Role(
        raw["key"],
        raw["label"],
        raw["short"],
        raw["team"],
        raw["essential"],
        tuple(raw["buttons"]),
        tuple(
            Item(
                item["id"],
                item["phase"],
                item["text"],
                tuple(item["events"]),
                tuple(wait["item"] for wait in item["waits"]),
                item.get("own", False),
            )
            for item in raw["items"]
        ),
    )
