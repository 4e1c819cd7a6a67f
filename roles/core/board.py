"""The team as its records tell it: who holds and held which role, what falls to whom, and the state of every item.

Facts come in log order, voided ones left out. Nothing here knows where they come from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

ARRIVED: Final = "team_member_arrived"
# By event, the items that tick themselves with it, each with the one role whose arrival it waits for, or None.
Listeners = Mapping[str, Sequence[tuple[str, str | None]]]


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
    def buttons(self) -> Sequence[str]: ...
    @property
    def items(self) -> Sequence[Item]: ...


class ItemState:
    """How an item that is not open stands: done (by a tick or an event) or skipped, with the record that made it so."""

    __slots__ = ("at", "by", "how", "reason", "record", "state")

    def __init__(self, state: str, how: str | None, fact: Fact, reason: str | None = None) -> None:
        self.state = state
        self.how = how
        self.at = fact.at
        self.by = fact.device_label
        self.record = fact.id
        self.reason = reason


class Tenure:
    """One spell of holding a role. `device` is None for somebody who holds it without one (a sterile operator, say).

    `until` is when it ended, in UTC ms; `ended` is `released` or `taken_over`, None while it lasts.
    """

    __slots__ = ("device", "ended", "label", "since", "until")

    def __init__(self, device: str | None, label: str, since: int | None) -> None:
        self.device = device
        self.label = label
        self.since = since
        self.until: int | None = None
        self.ended: str | None = None

    def end(self, how: str, at: int | None) -> None:
        """Over, by being released or taken over."""
        self.until = at
        self.ended = how

    def holder_json(self) -> dict[str, Any]:
        """Whoever holds the role now, as JSON."""
        return {"device": self.device, "label": self.label, "since": self.since}

    def json(self) -> dict[str, Any]:
        """The spell as JSON."""
        return self.holder_json() | {"until": self.until, "ended": self.ended}


def tenures(facts: Iterable[Fact]) -> dict[str, list[Tenure]]:
    """Who held each role, from when to when, in the order of the log.

    Taking a role takes it over from whoever held it, joining stands beside them; releasing ends one's own hold. A
    release may name another `device` in its payload: a leader frees the role of somebody who went away. With `proxy`
    the record speaks for a person without a device: scrubbed hands cannot tap (clinical reference, section 5.4).
    """
    spells: dict[str, list[Tenure]] = {}
    for fact in facts:
        if fact.kind not in ("role_taken", "role_released"):
            continue
        role = fact.payload.get("value")
        if not isinstance(role, str):
            continue
        present = [each for each in spells.get(role, []) if each.ended is None]
        by_proxy = fact.payload.get("proxy") is True
        if fact.kind == "role_taken":
            said = fact.payload.get("label")
            label = said if isinstance(said, str) else ""
            taken = (
                Tenure(None, label, fact.at) if by_proxy else Tenure(fact.device, label or fact.device_label, fact.at)
            )
            joins = fact.payload.get("mode") == "join"
            for each in present:
                # Whoever joins again is still one.
                if not joins or (each.device == taken.device and (not by_proxy or each.label == label)):
                    each.end("taken_over", fact.at)
            spells.setdefault(role, []).append(taken)
        else:
            named = fact.payload.get("device")
            device = None if by_proxy else named if isinstance(named, str) else fact.device
            for each in present:
                if each.device == device:
                    each.end("released", fact.at)
    return spells


def holders(spells: Mapping[str, Sequence[Tenure]]) -> dict[str, list[dict[str, Any]]]:
    """Who holds each role now, as JSON; roles that nobody holds are left out."""
    now = {role: [each.holder_json() for each in told if each.ended is None] for role, told in spells.items()}
    return {role: held for role, held in now.items() if held}


def covering(
    roles: Sequence[Role], owners: Mapping[str, tuple[str | None, tuple[str, ...]]], held: Mapping[str, Sequence[Any]]
) -> dict[str, list[dict[str, Any]]]:
    """What falls to a role because another's place is empty: {role: [{"role": the empty one, "kinds": [...]}]}.

    Of what a free role would record, each kind falls to the first of that kind's fallbacks that somebody holds
    (clinical reference, section 5.4); `owners` gives a kind's owner and fallbacks. Anyone may record it all the same.
    """
    covers: dict[str, list[dict[str, Any]]] = {}
    for role in roles:
        if held.get(role.key):
            continue
        for kind in role.buttons:
            owner, fallbacks = owners.get(kind, (None, ()))
            if owner != role.key:
                continue
            stand_in = next((each for each in fallbacks if held.get(each)), None)
            if stand_in is None:
                continue
            parts = covers.setdefault(stand_in, [])
            if not parts or parts[-1]["role"] != role.key:
                parts.append({"role": role.key, "kinds": []})
            parts[-1]["kinds"].append(kind)
    return covers


def listeners_of(roles: Sequence[Role]) -> Listeners:
    """Who hears of each event."""
    listening: dict[str, list[tuple[str, str | None]]] = {}
    for role in roles:
        for item in role.items:
            for event in item.events:
                listening.setdefault(event, []).append((item.id, role.key if item.own else None))
    return {event: tuple(items) for event, items in listening.items()}


def item_states(facts: Iterable[Fact], roles: Sequence[Role], listening: Listeners) -> dict[str, ItemState]:
    """The state of every item that is not open. An item with events ticks itself when one of them is logged, on
    whatever device.

    The log is walked in order: the first tick or event makes an item done, an untick opens it until a later tick or
    event, a skip stands until a later one.
    """
    states: dict[str, ItemState] = {}
    keys = {role.key for role in roles}
    items = {item.id for role in roles for item in role.items}
    for fact in facts:
        if fact.kind in listening:
            if fact.at is not None:
                _hear(fact, listening[fact.kind], keys, states)
        elif fact.kind in ("item_ticked", "item_unticked", "item_skipped"):
            name = fact.payload.get("value")
            if isinstance(name, str) and name in items:
                _tick(fact, name, states)
    return states


def _hear(
    fact: Fact, listeners: Sequence[tuple[str, str | None]], roles: set[str], states: dict[str, ItemState]
) -> None:
    arrived = fact.payload.get("value") if fact.kind == ARRIVED else None
    for item, only in listeners:
        # An arrival that names a role ticks that role's item; one that names none ticks them all.
        if only is not None and isinstance(arrived, str) and arrived in roles and arrived != only:
            continue
        state = states.get(item)
        if state is None or state.state != "done":
            states[item] = ItemState("done", "event", fact)


def _tick(fact: Fact, item: str, states: dict[str, ItemState]) -> None:
    state = states.get(item)
    if fact.kind == "item_unticked":
        states.pop(item, None)
    elif fact.kind == "item_skipped":
        reason = fact.payload.get("reason")
        states[item] = ItemState("skipped", None, fact, reason if isinstance(reason, str) else None)
    elif state is None or state.state != "done":
        states[item] = ItemState("done", "earlier" if fact.payload.get("how") == "earlier" else "tick", fact)


def checklists(states: Mapping[str, ItemState], roles: Sequence[Role]) -> dict[str, list[dict[str, Any]]]:
    """Every role's items as JSON. `waits_for` names the items that should come first and are still open."""
    return {role.key: [_line(item, states.get(item.id), states) for item in role.items] for role in roles}


def _line(item: Item, state: ItemState | None, states: Mapping[str, ItemState]) -> dict[str, Any]:
    return {
        "id": item.id,
        "phase": item.phase,
        "text": item.text,
        "state": "open" if state is None else state.state,
        "how": None if state is None else state.how,
        "at": None if state is None else state.at,
        "by": None if state is None else state.by,
        "record": None if state is None else state.record,
        "waits_for": [wait for wait in item.waits if wait not in states],
        "reason": None if state is None else state.reason,
    }
