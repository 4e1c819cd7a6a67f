"""Random logs for property tests: plausible and implausible, in any order, with every way to refer to each other."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.core.short import EMPTY, ZERO, uuid
from timeline.protocols import protocol_named

KINDS = sorted(protocol_named("ecpr-1").kinds)
COMMON = [
    "arrest_onset",
    "cpr_start",
    "rosc",
    "rearrest",
    "flow_on",
    "flow_established",
    "cannulation_start",
    "ecpr_activated",
    "ecpr_cancelled",
    "ecpr_decision",
    "shock",
    "drug",
    "rhythm_check",
    "role_taken",
    "role_released",
    "item_ticked",
    "item_unticked",
    "item_skipped",
    "code_started",
    "code_closed",
    "code_reopened",
    "clock_offset",
    "team_member_arrived",
    "site_prep",
    "compression_pause_start",
    "compression_pause_end",
    "efforts_stopped",
    "criterion_answered",
    "outcome_recorded",
    "compressions_stopped",
    "prompt_raised",
    "prompt_answered",
    "team_ready",
    "door",
    "art_cannula_in",
    "emergency_call",
    "gas",
    "an_unknown_kind",
    "constructor",
]
DEVICES = ["one", "two", "three"]
IDS = [f"id{number}" for number in range(14)]
VALUES: list[Any] = [
    "go",
    "no_go",
    "adrenaline",
    "VF",
    "PEA",
    "home",
    "ward",
    "flow",
    "rosc",
    "declined",
    "started_in_error",
    "leader",
    "decision",
    "cannulator_1",
    "perfusionist",
    "TL-02",
    "age",
    "signs_of_life",
    "alive_30d",
    "age_under_65",
    "first_ph_7",
    "consider_ecpr",
    "activate_by",
    "flow_by",
    "DEF-04",
    "C1-12",
    "defib",
    "drill",
    "",
    None,
    True,
    7,
    2.5,
    ["x"],
    {"__proto__": 1},
]
OUTCOME_LIKE = st.sampled_from(["flow", "rosc", "declined", "stopped", "started_in_error", "odd"])
# Whole seconds and odd milliseconds within two hours, most of them on a minute or close together.
TIMES = st.one_of(
    st.integers(-10, 130).map(lambda minute: ZERO + minute * 60_000),
    st.integers(-600_000, 7_800_000).map(lambda span: ZERO + span),
    st.integers(0, 90).map(lambda second: ZERO + second * 1000),
)
PAYLOAD_EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["take", "join"]),
        "label": st.sampled_from(["Dr A", ""]),
        "device": st.sampled_from([uuid(word) for word in DEVICES]),
        "how": st.sampled_from(["now", "earlier"]),
        "answer": st.sampled_from(["yes", "no", "unknown", "perhaps", "done", "not_yet", 1, None]),
        "pH": st.sampled_from([7, 6.9, True, "7.2", None]),
        "case": st.sampled_from([1, 1, 2, 1.0, True, None]),
        "reason": st.sampled_from(["no kit", None, 3]),
        "offset_ms": st.sampled_from([120_000, -61_000, 1.5, 3.0, "x"]),
        "dose": st.sampled_from([1, 0.5]),
        "name": st.sampled_from(["Amber 7", "Ŧeal ☂ 𝟟"]),
        "__proto__": st.just("odd"),
    },
)


@st.composite
def windows(draw: st.DrawFn, at: int) -> dict[str, int | None]:
    """A window around a time, or none."""
    before, after = draw(st.sampled_from([(None, None), (0, 0), (300_000, 120_000), (None, 61_500), (59_999, None)]))
    return {
        "earliest": None if before is None else at - before,
        "latest": None if after is None else at + after,
    }


@st.composite
def timing(draw: st.DrawFn, windowed: bool = True) -> dict[str, Any]:
    """When something was, and how well that is known."""
    if draw(st.integers(0, 9)) == 0:
        reason = draw(st.sampled_from(["not_documented", "not_applicable", "not_yet", "unknown_happened"]))
        return {"at": None, "null_reason": reason, "earliest": None, "latest": None}
    at = draw(TIMES)
    window: dict[str, int | None] = draw(windows(at)) if windowed else {}
    return {"at": at, "null_reason": None} | window


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """What a correction changes."""
    made: dict[str, Any] = {}
    if draw(st.booleans()):
        made |= draw(timing(draw(st.booleans())))
    if draw(st.booleans()):
        made["certainty"] = draw(st.sampled_from(["observed", "estimated", "unknown"]))
    if draw(st.booleans()):
        made["precision"] = draw(st.sampled_from(["second", "minute", "about"]))
    if not made or draw(st.booleans()):
        made["payload"] = {"value": draw(st.sampled_from(VALUES))} | draw(PAYLOAD_EXTRAS)
    return made


@st.composite
def records(draw: st.DrawFn, name: str, number: int) -> dict[str, Any]:
    """One valid record's JSON."""
    kind = draw(st.one_of(st.sampled_from(COMMON), st.sampled_from(KINDS)))
    target = None
    payload: dict[str, Any] = {"value": draw(st.sampled_from(VALUES))} | draw(PAYLOAD_EXTRAS)
    if kind == "code_closed" and draw(st.booleans()):
        payload["value"] = draw(OUTCOME_LIKE)
    if draw(st.integers(0, 2)) == 0:
        kind = draw(st.sampled_from(["correction", "void", "adjudication"]))
    if kind in ("correction", "void", "adjudication"):
        target = uuid(draw(st.sampled_from([word for word in [*IDS, "elsewhere"] if word != name])))
    if kind == "correction":
        payload["changes"] = draw(changes())
    when = None
    if draw(st.booleans()):
        when = {"wall": ZERO, "mono": 1.5, "boot": "b", "offset": 1, "offset_age": None, "tz": 60}
        when["uncertainty"] = draw(st.sampled_from([None, 4, 20_000.5]))
    return (
        EMPTY
        | draw(timing())
        | {
            "id": uuid(name),
            "code": uuid("code"),
            "kind": kind,
            "precision": draw(st.sampled_from(["second", "second", "minute", "about"])),
            "certainty": draw(st.sampled_from(["observed", "observed", "estimated", "unknown", "record"])),
            "source": draw(st.sampled_from(["tap", "manual", "defib"])),
            "payload": payload,
            "target": target,
            "device": uuid(draw(st.sampled_from(DEVICES))),
            "n": number,
            "seen": draw(st.integers(0, 14)),
            "role": draw(st.sampled_from([None, "leader"])),
            "when": when,
        }
    )


@st.composite
def logs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The entries' JSON of one code, confirmed ones first, then those that wait."""
    size = draw(st.integers(0, len(IDS)))
    waiting = draw(st.integers(0, 2))
    lines: list[dict[str, Any]] = []
    for number, name in enumerate(draw(st.permutations(IDS))[:size], start=1):
        record = draw(records(name, number))
        confirmed = number <= size - waiting
        flags = draw(st.lists(st.sampled_from(["future", "late_arrival", "odd"]), unique=True, max_size=2))
        lines.append(
            {
                "seq": number if confirmed else None,
                "received": draw(TIMES) if confirmed else None,
                "by": {"device": record["device"], "label": "iPad 3", "person": draw(st.sampled_from([None, "anna"]))},
                "flags": flags if confirmed else [],
                "prev": "",
                "hash": "",
                "record": record,
            }
        )
    return lines


NOWS = st.integers(-5, 200).map(lambda minute: ZERO + minute * 60_000 + 1)


def as_written(line: dict[str, Any]) -> dict[str, Any]:
    """A line as it comes back from JSON: nothing shared with other lines."""
    copy: dict[str, Any] = json.loads(json.dumps(line))
    return copy
