"""The team as its records tell it: who holds which role, and the state of every checklist item.

Facts come in log order, voided ones left out. Nothing here knows where they come from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

ARRIVED: Final = "team_member_arrived"


class Fact(Protocol):
    """What this module asks of a record."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> int | None: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def device(self) -> str: ...
    @property
    def device_label(self) -> str: ...


class Item(Protocol):
    """What this module asks of a checklist item."""

    @property
    def id(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def events(self) -> tuple[str, ...]: ...
    @property
    def waits(self) -> tuple[str, ...]: ...
    @property
    def own(self) -> bool: ...


class Role(Protocol):
    """What this module asks of a role."""

    @property
    def key(self) -> str: ...
    @property
    def items(self) -> Sequence[Item]: ...


class ItemState:
    """How one item stands: open, done (by a tick or an event) or skipped, with the record that made it so."""

    __slots__ = ("at", "by", "how", "reason", "record", "state")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Open again."""
        self.state = "open"
        self.how: str | None = None
        self.at: int | None = None
        self.by: str | None = None
        self.record: str | None = None
        self.reason: str | None = None

    def put(self, state: str, how: str | None, fact: Fact, reason: str | None = None) -> None:
        """Done or skipped by this record."""
        self.state = state
        self.how = how
        self.at = fact.at
        self.by = fact.device_label
        self.record = fact.id
        self.reason = reason


def holders(facts: Iterable[Fact]) -> dict[str, list[dict[str, Any]]]:
    """Who holds each role. Taking it replaces whoever held it, joining stands beside them; releasing ends one's own.

    A release may name another `device` in its payload: a leader frees the role of somebody who went away.
    """
    held: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        role = fact.payload.get("value")
        if not isinstance(role, str):
            continue
        if fact.kind == "role_taken":
            label = fact.payload.get("label")
            holder = {
                "device": fact.device,
                "label": label if isinstance(label, str) and label else fact.device_label,
                "since": fact.at,
            }
            joins = fact.payload.get("mode") == "join"
            others = [each for each in held.get(role, []) if each["device"] != fact.device] if joins else []
            held[role] = [*others, holder]
        elif fact.kind == "role_released":
            named = fact.payload.get("device")
            device = named if isinstance(named, str) else fact.device
            held[role] = [each for each in held.get(role, []) if each["device"] != device]
    return held


def item_states(facts: Iterable[Fact], roles: Sequence[Role]) -> dict[str, ItemState]:
    """The state of every item. An item with events ticks itself when one of them is logged, on whatever device.

    The log is walked in order: the first tick or event makes an item done, an untick opens it until a later tick or
    event, a skip stands until a later one.
    """
    states: dict[str, ItemState] = {}
    listening: dict[str, list[tuple[ItemState, str | None]]] = {}
    keys = {role.key for role in roles}
    for role in roles:
        for item in role.items:
            state = states[item.id] = ItemState()
            for event in item.events:
                listening.setdefault(event, []).append((state, role.key if item.own else None))
    for fact in facts:
        if fact.kind in listening:
            if fact.at is not None:
                _hear(fact, listening[fact.kind], keys)
        elif fact.kind in ("item_ticked", "item_unticked", "item_skipped"):
            _tick(fact, states)
    return states


def _hear(fact: Fact, listeners: list[tuple[ItemState, str | None]], roles: set[str]) -> None:
    arrived = fact.payload.get("value") if fact.kind == ARRIVED else None
    for state, only in listeners:
        # An arrival that names a role ticks that role's item; one that names none ticks them all.
        if only is not None and isinstance(arrived, str) and arrived in roles and arrived != only:
            continue
        if state.state != "done":
            state.put("done", "event", fact)


def _tick(fact: Fact, states: Mapping[str, ItemState]) -> None:
    name = fact.payload.get("value")
    state = states.get(name) if isinstance(name, str) else None
    if state is None:
        return
    if fact.kind == "item_unticked":
        state.clear()
    elif fact.kind == "item_skipped":
        reason = fact.payload.get("reason")
        state.put("skipped", None, fact, reason if isinstance(reason, str) else None)
    elif state.state != "done":
        state.put("done", "earlier" if fact.payload.get("how") == "earlier" else "tick", fact)


def checklists(states: Mapping[str, ItemState], roles: Sequence[Role]) -> dict[str, list[dict[str, Any]]]:
    """Every role's items as JSON. `waits_for` names the items that should come first and are still open."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for role in roles:
        lines = shown[role.key] = []
        for item in role.items:
            state = states[item.id]
            lines.append(
                {
                    "id": item.id,
                    "phase": item.phase,
                    "text": item.text,
                    "state": state.state,
                    "how": state.how,
                    "at": state.at,
                    "by": state.by,
                    "record": state.record,
                    "waits_for": [wait for wait in item.waits if states[wait].state == "open"],
                    "reason": state.reason,
                }
            )
    return shown
