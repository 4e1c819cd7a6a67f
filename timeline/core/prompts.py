"""The prompts: at each staged target one question to the right roles, answered once for all.

When one comes due follows from the records, so a device without a network asks as well; the server's sweep puts it on
record. Twin: static/js/core/prompts.js.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .picks import Picks, first
from .protocol import Condition, Prompt, Protocol
from .standing import Fact, by_json

MINUTE: Final = 60_000
RAISED: Final = "prompt_raised"
ANSWERED: Final = "prompt_answered"
ANSWERS: Final = ("done", "not_yet", "not_applicable")
# Who is asked when nobody holds a role that the prompt is for (design proposal, clinical reference 5.4).
FALLBACKS: Final = ("leader", "recorder")
# After these nothing is asked any more.
_ENDS: Final = ("efforts_stopped", "ecpr_abandoned", "death")
_ASKS: Final = ("due", "open")


def prompt_kinds(protocol: Protocol) -> frozenset[str]:
    """The kinds that the prompts hang on, beside those of the clock."""
    found = {RAISED, ANSWERED}
    for prompt in protocol.prompts:
        found.update(prompt.kinds, prompt.until, prompt.unless)
        found.update(each.kind for each in (prompt.only_when, prompt.not_when) if each is not None)
        if prompt.count is not None:
            found.add(prompt.count[0])
    return frozenset(found)


def prompts_of(
    picks: Picks, clock: Mapping[str, Any], now: int, held: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """Every prompt that has come up in the present case or will, as JSON, in the protocol's order.

    `state` is `coming`, `due` (nobody has put it on record yet), `open`, `answered`, `met` (what it asks for was
    recorded), `overtaken` (a later one for the same goal asks now) or `lapsed` (the case no longer asks). `to` names
    the roles asked, of those in `held`; empty means everybody. `due`, `raised` and `answered` are UTC ms, `response`
    is the time from asking to the answer in ms.
    """
    case = picks.course.case
    raised, answered = _by_key(picks, RAISED, case), _by_key(picks, ANSWERED, case)
    found = []
    for prompt in picks.protocol.prompts:
        said, answer = raised.get(prompt.key), answered.get(prompt.key)
        due = _due(prompt, picks, clock)
        if due is None and said is None and answer is None:
            continue
        at = answer.at if answer is not None else None
        asked = said.at if said is not None else due
        found.append(
            {
                "key": prompt.key,
                "text": prompt.text,
                "state": _state(prompt, picks, clock, (due, said, answer), now),
                "case": case,
                "due": due,
                "raised": said.at if said is not None else None,
                "to": asked_roles(prompt.roles, held),
                "answer": answer.payload["answer"] if answer is not None else None,
                "answered": at,
                "by": by_json(answer.entry) if answer is not None else None,
                "response": None if at is None or asked is None else max(0, at - asked),
            }
        )
    _overtake(found, {prompt.key: frozenset(prompt.until) for prompt in picks.protocol.prompts})
    return found


def asked_roles(roles: Sequence[str], held: Mapping[str, Sequence[Any]]) -> list[str]:
    """Of a prompt's roles those that somebody holds; else the leader, else the recorder, else (empty) everybody."""
    taken = [role for role in roles if held.get(role)]
    return taken or [role for role in FALLBACKS if held.get(role)][:1]


def _by_key(picks: Picks, kind: str, case: int) -> dict[str, Fact]:
    """The first word of this kind on each prompt of the present case; of an answer only one that is known."""
    found: dict[str, Fact] = {}
    for fact in picks.standing.of_kind.get(kind, ()):
        key, number = fact.value, fact.payload.get("case", 1)
        if not isinstance(key, str) or key in found or isinstance(number, bool) or number != case:
            continue
        if kind == RAISED or fact.payload.get("answer") in ANSWERS:
            found[key] = fact
    return found


def _due(prompt: Prompt, picks: Picks, clock: Mapping[str, Any]) -> int | None:
    """When it comes due: so long after the first of its kinds that is recorded, or with the nth event if that is
    earlier.
    """
    times = []
    if prompt.after_minutes is not None:
        anchor = _anchor(prompt, picks, clock)
        if anchor is not None:
            times.append(anchor + prompt.after_minutes * MINUTE)
    if prompt.count is not None:
        kind, number = prompt.count
        events = sorted(fact.at or 0 for fact in picks.candidates(kind, "case"))
        if len(events) >= number:
            times.append(events[number - 1])
    return min(times, default=None)


def _anchor(prompt: Prompt, picks: Picks, clock: Mapping[str, Any]) -> int | None:
    for kind in prompt.kinds:
        if kind == "arrest_onset":
            onset: int | None = clock["anchor_at"]
            if onset is not None:
                return onset
            continue
        fact = picks.effective(kind)
        if fact is not None:
            return fact.earliest_plausible
    return None


def _state(
    prompt: Prompt,
    picks: Picks,
    clock: Mapping[str, Any],
    stand: tuple[int | None, Fact | None, Fact | None],
    now: int,
) -> str:
    due, raised, answer = stand
    if answer is not None:
        return "answered"
    if any(picks.effective(kind) is not None for kind in prompt.until):
        return "met"
    if due is None or _is_moot(prompt, picks, clock):
        return "lapsed"
    if raised is not None:
        return "open"
    return "due" if due <= now else "coming"


def _is_moot(prompt: Prompt, picks: Picks, clock: Mapping[str, Any]) -> bool:
    if clock["state"] == "closed" or first(fact for kind in _ENDS for fact in picks.candidates(kind, "case")):
        return True
    in_arrest = clock["state"] in ("running", "no_onset") and picks.course.last.rosc is None
    if prompt.during == "arrest" and not in_arrest:
        return True
    if any(picks.effective(kind) is not None for kind in prompt.unless):
        return True
    if prompt.only_when is not None and not _says(prompt.only_when, picks):
        return True
    return prompt.not_when is not None and _says(prompt.not_when, picks)


def _says(condition: Condition, picks: Picks) -> bool:
    fact = picks.effective(condition.kind)
    return fact is not None and isinstance(fact.value, str) and fact.value in condition.values


def _overtake(found: list[dict[str, Any]], goals: Mapping[str, frozenset[str]]) -> None:
    """Of prompts with the same goal that are past, only the last one asks: exactly one at a time."""
    said = [
        ((each["due"], place), goals[each["key"]], each)
        for place, each in enumerate(found)
        if each["due"] is not None and each["state"] in (*_ASKS, "answered")
    ]
    for when, goal, each in said:
        if each["state"] != "answered" and any(later > when and other <= goal for later, other, _ in said):
            each["state"] = "overtaken"
