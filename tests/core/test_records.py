"""The judging of records: whatever JSON arrives, the answer is a record or a sentence that names the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.logs import as_written, logs
from tests.core.short import ZERO, record_json, uuid
from timeline.core.records import (
    CORRECTABLE,
    MAX_INTEGER,
    InvalidRecord,
    Record,
    canonical,
    entry_to_json,
    read_entry,
    read_record,
    record_to_json,
    trusted_entry,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
WHEN = {"wall": ZERO, "mono": 1.5, "boot": "b", "offset": 1, "uncertainty": 4, "offset_age": None, "tz": 60}


def a_shock(**changed: Any) -> dict[str, Any]:
    return record_json("shock", at=ZERO, payload={"value": 200, "unit": "J"}) | changed


def judged(raw: dict[str, Any]) -> Record | InvalidRecord:
    """The record, or the refusal."""
    try:
        return read_record(raw)
    except InvalidRecord as refusal:
        return refusal


@given(raw=JSON)
def test_any_json_is_a_record_or_refused_with_a_sentence(raw: Any) -> None:
    with pytest.raises(InvalidRecord, match=r"\.$"):
        read_record(raw)
    with pytest.raises(InvalidRecord, match=r"\.$"):
        read_entry(raw)


@given(field=st.sampled_from(sorted(a_shock())), value=JSON)
def test_any_json_in_any_field_is_kept_as_it_is_or_refused_with_that_field_named(field: str, value: Any) -> None:
    raw = a_shock(when=dict(WHEN)) | {field: value}
    answer = judged(raw)
    if isinstance(answer, Record):
        assert record_to_json(answer) == raw
    else:
        # A reason for having no time contradicts the time beside it, and a window the time inside it.
        assert answer.field.startswith((field, "record")) or field in ("at", "earliest", "latest", "kind")


@given(field=st.sampled_from(sorted(WHEN)), value=JSON)
def test_any_json_in_the_time_evidence_is_kept_or_refused(field: str, value: Any) -> None:
    raw = a_shock(when=WHEN | {field: value})
    answer = judged(raw)
    if isinstance(answer, Record):
        assert record_to_json(answer) == raw
    else:
        assert answer.field == f"when.{field}"


@given(changes=JSON | st.dictionaries(st.sampled_from(["at", "precision", "earliest", "payload", "null_reason"]), JSON))
def test_any_json_as_changes_is_kept_or_refused(changes: Any) -> None:
    raw = record_json("correction", at=ZERO, target="other", payload={"changes": changes, "reason": "x"})
    answer = judged(raw)
    if isinstance(answer, Record):
        assert record_to_json(answer) == raw
    else:
        assert answer.field.startswith("payload")


@given(lines=logs())
def test_an_entry_comes_back_from_its_json_as_it_was(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert entry_to_json(read_entry(as_written(line))) == line
        assert trusted_entry(as_written(line)) == read_entry(line)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"v": 2}, "v: has to be 1."),
        ({"v": True}, "v: has to be 1."),
        ({"id": "1"}, "id: has to be a UUID in lower case with hyphens."),
        ({"id": uuid("x").upper().replace("7", "A")}, "id: has to be a UUID in lower case with hyphens."),
        ({"kind": "Shock"}, "kind: has to be lower-case letters, digits and underscores, beginning with a letter."),
        ({"kind": ""}, "kind: has to be text."),
        ({"kind": "a" * 65}, "kind: has to be at most 64 characters long."),
        ({"at": None}, "at: may be empty only when null_reason says why."),
        ({"at": 1.5}, "at: has to be whole UTC milliseconds since 1970, before the year 10000."),
        ({"at": True}, "at: has to be whole UTC milliseconds since 1970, before the year 10000."),
        ({"at": -1}, "at: has to be whole UTC milliseconds since 1970, before the year 10000."),
        ({"null_reason": "not_yet"}, "null_reason: has to be empty when at holds a time."),
        ({"precision": "hour"}, "precision: has to be one of second, minute, about."),
        ({"earliest": ZERO + 1}, "earliest: has to be at or before at."),
        ({"latest": ZERO - 1}, "latest: has to be at or after at."),
        ({"payload": []}, "payload: has to be an object."),
        ({"payload": {"value": float("nan")}}, "payload.value: has to be a number that every device reads alike."),
        ({"payload": {"value": MAX_INTEGER + 1}}, "payload.value: has to be a number that every device reads alike."),
        ({"payload": {"note": "\ud800"}}, "payload.note: holds half a character."),
        ({"payload": {"note": "x" * 65_536}}, "record: has to fit into 65536 bytes."),
        ({"device": None}, "device: has to be a UUID in lower case with hyphens."),
        ({"n": -1}, f"n: has to lie between 0 and {MAX_INTEGER}."),
        ({"seen": "3"}, "seen: has to be a whole number."),
        ({"role": ""}, "role: has to be text."),
        ({"when": {}}, "when.wall: is missing."),
        ({"extra": 1}, "extra: is not a field of this version."),
        ({"kind": "void"}, "target: has to name the record that this void speaks of."),
        ({"kind": "void", "target": uuid("a record")}, "target: has to be another record."),
    ],
)
def test_a_refusal_names_the_field_and_the_fault(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRecord) as refusal:
        read_record(a_shock() | changed)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (None, "payload.changes: has to say what the correction changes."),
        ({}, "payload.changes: has to say what the correction changes."),
        (
            {"kind": "drug"},
            f"payload.changes.kind: cannot be corrected; {', '.join(CORRECTABLE)} can.",
        ),
        ({"at": "x"}, "payload.changes.at: has to be whole UTC milliseconds since 1970, before the year 10000."),
        ({"at": None}, "payload.changes.at: may be empty only when null_reason says why."),
        ({"at": 5, "earliest": 6}, "payload.changes.earliest: has to be at or before at."),
        ({"payload": 3}, "payload.changes.payload: has to be an object."),
    ],
)
def test_a_correction_is_judged_by_what_it_changes(changes: Any, sentence: str) -> None:
    with pytest.raises(InvalidRecord) as refusal:
        read_record(record_json("correction", at=ZERO, target="other", payload={"changes": changes}))
    assert str(refusal.value) == sentence


def test_a_missing_field_is_named() -> None:
    raw = a_shock()
    del raw["seen"]
    with pytest.raises(InvalidRecord, match=r"^seen: is missing\.$"):
        read_record(raw)


def test_a_record_of_another_code_is_refused() -> None:
    with pytest.raises(InvalidRecord, match=r"^code: names another code"):
        read_record(a_shock(), uuid("another"))
    assert read_record(a_shock(), uuid("code")).kind == "shock"


def test_deep_nesting_is_refused_before_anything_walks_it() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(InvalidRecord, match="nested more than 16 deep"):
        read_record(a_shock(payload={"value": deep}))


def test_the_canonical_form_is_sorted_tight_and_not_escaped() -> None:
    assert canonical({"b": [1, 2.5, None], "a": "é"}) == '{"a":"é","b":[1,2.5,null]}'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("inf"))


def test_unknown_kinds_and_payload_keys_pass() -> None:
    raw = a_shock(kind="drone_landed", payload={"odd": {"deep": [True]}})
    assert json.loads(canonical(record_to_json(read_record(raw)))) == raw
