"""Every door, sent whatever can be sent: a clear answer, no fault of the server, no neighbour lost, nothing leaked."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.asgi import Asgi
from tests.cast import OMAR
from tests.examples import examples
from tests.factories import Joined, a_code, joined, raw
from tests.fuzz.values import ANYTHING, HOSTILE, changed
from timeline.core.chain import verify
from timeline.core.records import InvalidRecord, read_record
from timeline.models import Code, Entry
from timeline.selectors import entries_of

pytestmark = pytest.mark.django_db(transaction=True)

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "api.schema.json").read_text(encoding="utf-8"))
FUZZ = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What the schema cannot say, and the server refuses all the same.
BEYOND = (
    "earliest: has to be at or",
    "latest: has to be at or",
    "payload.changes.earliest: has to be at or",
    "payload.changes.latest: has to be at or",
    "payload.changes.at: may be empty only",
    "payload.changes.null_reason: has to be empty",
    "target: has to be another record",
    "code: names another code",
    "record: has to fit into",
    "is nested more than",
    "half a character",
    "a number that every device reads alike",
    "a key that is not text",
    "was recorded before with other content",
    "stands in another code already",
)


def shape(name: str) -> Draft202012Validator:
    """The part of the schema of this name."""
    return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"})


RECORD, ANSWER, ENTRY, BATCH, RESET, PROBLEM = map(shape, ("record", "answer", "entry", "batch", "reset", "problem"))


def begun() -> tuple[Code, Joined]:
    code = a_code()
    return code, joined(code)


def written_as_json(value: Any) -> bytes:
    """As a program would send it; half characters as escapes."""
    return json.dumps(value).encode()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@FUZZ
@given(data=st.data())
async def test_whatever_is_in_a_batch_is_answered_one_by_one_and_harms_no_neighbour(asgi: Asgi, data: Any) -> None:
    code, device = await sync_to_async(begun)()
    hostile = data.draw(st.lists(changed(raw(code.id)), min_size=1, max_size=5))
    for one in hostile:
        # Each press has an id of its own, unless the id is what is tried.
        if isinstance(one, dict) and data.draw(st.booleans()):
            one["id"] = str(uuid4())
    first, last = raw(code.id), raw(code.id, "rosc")
    body = written_as_json({"records": [first, *hostile, last], "mono_send": data.draw(ANYTHING)})
    answer = await asgi.ask("POST", f"/api/codes/{code.id}/records", body, device.bearer)
    if answer.status == 413:
        assert len(body) > 64 * 1024
        assert Code.objects.get(pk=code.id).head == 3
        return
    assert answer.status == 200
    ANSWER.validate(answer.json())
    results = answer.json()["results"]
    assert len(results) == len(hostile) + 2
    assert [results[0]["status"], results[-1]["status"]] == ["recorded", "recorded"]
    for sent, result in zip(hostile, results[1:-1], strict=True):
        if result["status"] == "recorded":
            RECORD.validate(sent)
        elif RECORD.is_valid(sent):
            assert any(part in result["detail"] for part in BEYOND), result["detail"]
    entries = await sync_to_async(entries_of)(await Code.objects.aget(pk=code.id))
    assert verify(entries, (await Code.objects.aget(pk=code.id)).epoch) is None
    recorded = {result["id"] for result in results if result["status"] == "recorded"}
    assert {entry.record.id for entry in entries[3:]} == recorded
    down = await asgi.pull(code.id, device.token, "after=3")
    BATCH.validate(down.json())
    reading = await asgi.ask("GET", f"/api/codes/{code.id}/reading", None, device.bearer)
    assert reading.status == 200


@FUZZ
@given(good=st.data())
def test_what_the_schema_calls_a_record_is_one_but_for_what_it_cannot_say(good: Any) -> None:
    sent = good.draw(changed(raw(uuid4())))
    said = ""
    try:
        read_record(sent)
    except InvalidRecord as fault:
        said = str(fault)
    assert said or RECORD.is_valid(sent)
    if said and RECORD.is_valid(sent):
        assert any(part in said for part in BEYOND), said


@FUZZ
@given(
    body=st.one_of(
        st.binary(max_size=300), ANYTHING.map(written_as_json), st.sampled_from([b"", b"[" * 5000, b'{"a":' * 900])
    ),
    door=st.sampled_from(["/api/time", "records", "repair"]),
)
async def test_a_body_of_anything_is_answered_by_a_problem_in_words(asgi: Asgi, body: bytes, door: str) -> None:
    code, device = await sync_to_async(begun)()
    path = door if door.startswith("/") else f"/api/codes/{code.id}/{door}"
    answer = await asgi.ask("POST", path, body, device.bearer)
    assert answer.status in (400, 413)
    PROBLEM.validate(answer.json())
    assert answer.json()["detail"].endswith(".")
    assert await Entry.objects.filter(code=code).acount() == 3


@FUZZ
@given(entries=st.data())
async def test_an_entry_that_this_server_never_appended_is_refused_whatever_it_holds(asgi: Asgi, entries: Any) -> None:
    code, device = await sync_to_async(begun)()
    lines = (await asgi.pull(code.id, device.token, "after=0")).json()["entries"]
    for line in lines:
        ENTRY.validate(line)
    forged = [
        {**lines[2], entries.draw(st.sampled_from([*lines[2], "more"])): entries.draw(ANYTHING)} for _ in range(3)
    ]
    forged.append({**lines[2], "record": {**lines[2]["record"], "id": str(uuid4())}})
    answer = await asgi.ask("POST", f"/api/codes/{code.id}/repair", {"entries": [*forged, lines[1]]}, device.bearer)
    assert answer.status in (200, 413)
    if answer.status == 200:
        ANSWER.validate(answer.json())
        statuses = [(one["status"], one.get("replay")) for one in answer.json()["results"]]
        assert set(statuses[:-2]) <= {("refused", None), ("recorded", True)}
        assert statuses[-2:] == [("refused", None), ("recorded", True)]
    assert await Entry.objects.filter(code=code).acount() == 3


@FUZZ
@given(
    after=st.one_of(st.integers(), st.sampled_from([*HOSTILE, "1e3", "0x1", "٣"])),
    epoch=st.sampled_from([*HOSTILE[:8], "", "00000000"]),
    digest=st.sampled_from([*HOSTILE[:8], "", "0" * 64]),
    wait=st.sampled_from(["0", "-1", "nan", "inf", "1e-9", "x", ""]),
)
async def test_a_cursor_of_anything_gets_a_batch_a_reset_or_a_problem(
    asgi: Asgi, after: Any, epoch: str, digest: str, wait: str
) -> None:
    code, device = await sync_to_async(begun)()
    asked = {"after": after, "epoch": epoch, "hash": digest, "wait": wait}
    query = urlencode({key: str(value).encode("utf-8", "replace")[:2000] for key, value in asked.items()})
    answer = await asgi.pull(code.id, device.token, query)
    said = answer.json()
    if answer.status == 200:
        (RESET if said["t"] == "reset" else BATCH).validate(said)
    else:
        assert answer.status == 400
        PROBLEM.validate(said)


@FUZZ
@given(said=st.lists(st.one_of(st.text(max_size=200), ANYTHING.map(json.dumps)), min_size=1, max_size=6))
async def test_nothing_that_is_said_over_a_socket_ends_it_or_reaches_the_log(asgi: Asgi, said: list[str]) -> None:
    code, device = await sync_to_async(begun)()
    omar = await sync_to_async(joined)(code, OMAR)
    one, other = asgi.socket(code.id, device.token), asgi.socket(code.id, omar.token)
    assert await one.connect()
    assert await other.connect()
    assert (await other.hello())["t"] == "welcome"
    for text in said:
        await one.say(text.encode("utf-8", "replace").decode())
    await one.say({"t": "time", "t0": 8.5})
    while (await one.hear()).get("t0") != 8.5:
        pass
    assert (await asgi.post_records(code.id, device.token, raw(code.id))).status == 200
    while (heard := await other.hear()).get("head") != 4:
        pass
    assert [entry["record"]["kind"] for entry in heard["entries"]] == ["shock"]
    await one.close()
    await other.close()
