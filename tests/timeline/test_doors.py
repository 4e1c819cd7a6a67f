"""The live code's HTTP door: records up, the log down, with the rules of the wire."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from tests.asgi import Asgi, origin
from tests.cast import OMAR
from tests.factories import a_code, a_record, author, closed_code, joined, raw
from timeline import services
from timeline.core.records import MAX_BATCH
from timeline.hub import hub
from timeline.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def begun():
    code = a_code()
    return code, joined(code)


async def test_a_record_is_answered_with_its_place_after_the_commit(asgi: Asgi) -> None:
    code, device = await begun()
    tap = raw(code.id)
    answer = await asgi.post_records(code.id, device.token, tap)
    assert answer.status == 200
    [result] = answer.json()["results"]
    entry = await Entry.objects.aget(pk=tap["id"])
    assert (result["status"], result["seq"], result["replay"]) == ("recorded", 4, False)
    assert (answer.json()["head"], answer.json()["epoch"], entry.seq) == (4, code.epoch, 4)


async def test_a_malformed_record_in_a_batch_keeps_its_neighbours(asgi: Asgi) -> None:
    code, device = await begun()
    bad = {**raw(code.id), "precision": "hour"}
    answer = await asgi.post_records(code.id, device.token, raw(code.id), bad, raw(code.id), "not a record")
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["recorded", "refused", "recorded", "refused"]
    assert (results[1]["id"], results[1]["reason"], results[1]["keep"]) == (bad["id"], "malformed", True)
    assert results[1]["detail"].startswith("precision: ")
    assert answer.json()["head"] == 5


async def test_half_a_character_costs_its_record_and_not_the_batch(asgi: Asgi) -> None:
    code, device = await begun()
    good, cut = raw(code.id), raw(code.id, "note", payload={"value": "blood \ud83e"})
    answer = await asgi.post_records(code.id, device.token, cut, good)
    assert [(one["status"], one.get("detail")) for one in answer.json()["results"]] == [
        ("refused", "payload.value: holds half a character."),
        ("recorded", None),
    ]


async def test_a_batch_of_nothing_but_faults_is_answered_record_by_record(asgi: Asgi) -> None:
    code, device = await begun()
    answer = await asgi.post_records(code.id, device.token, {})
    assert (answer.status, answer.json()["head"]) == (200, 3)
    assert answer.json()["results"][0]["status"] == "refused"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"records":[]}', 400),
        (b'{"records":' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
        (b'{"records":[' + b"{}," * MAX_BATCH + b"{}]}", 413),
        (b" " * (4 * 1024 * 1024), 413),
    ],
)
async def test_what_is_no_batch_is_a_problem(asgi: Asgi, body: bytes, status: int) -> None:
    code, device = await begun()
    answer = await asgi.ask("POST", f"/api/codes/{code.id}/records", body, device.bearer)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert sorted(answer.json()) == ["detail", "reason", "status", "title", "type"]


async def test_the_log_comes_down_from_the_cursor(asgi: Asgi) -> None:
    code, device = await begun()
    whole = (await asgi.pull(code.id, device.token)).json()
    assert (whole["from"], whole["to"], whole["head"]) == (1, 3, 3)
    second = whole["entries"][1]
    rest = (await asgi.pull(code.id, device.token, f"epoch={code.epoch}&after=2&hash={second['hash']}")).json()
    assert rest["entries"] == whole["entries"][2:]
    none = (await asgi.pull(code.id, device.token, f"epoch={code.epoch}&after=3")).json()
    assert (none["from"], none["to"], none["entries"]) == (4, 3, [])


@pytest.mark.parametrize(
    ("query", "why"),
    [("epoch=zz&after=2", "epoch"), ("after=9", "truncated"), ("after=2&hash=" + "0" * 64, "fork")],
)
async def test_a_cursor_on_another_log_is_told_to_read_anew(asgi: Asgi, query: str, why: str) -> None:
    code, device = await begun()
    answer = (await asgi.pull(code.id, device.token, query)).json()
    assert answer == {"t": "reset", "why": why, "epoch": code.epoch, "head": 3}


async def test_a_held_request_is_answered_by_the_next_record(asgi: Asgi) -> None:
    code, device = await begun()
    held = asyncio.create_task(asgi.pull(code.id, device.token, "after=3&wait=20"))
    while not _rooms():
        await asyncio.sleep(0.01)
    tap = await sync_to_async(a_record)(code.id)
    await services.record_async(code.id, [tap], author(OMAR))
    assert [entry["record"]["id"] for entry in (await held).json()["entries"]] == [tap.id]


def _rooms() -> bool:
    return any(room.waiting for room in hub.rooms.values())


async def test_clock_probes_need_no_standing(asgi: Asgi) -> None:
    answer = (await asgi.ask("POST", "/api/time", {"t0": 12.5})).json()
    assert (answer["t"], answer["t0"]) == ("time", 12.5)
    assert 0 <= answer["s2"] - answer["s1"] < 1000
    assert (await asgi.ask("POST", "/api/time", {"t0": "x"})).status == 400


async def test_a_cookie_writes_only_from_our_own_pages(asgi: Asgi) -> None:
    code, device = await begun()
    path, cookie = f"/api/codes/{code.id}/records", {"Cookie": f"ecpr_device={device.token}"}
    body = {"records": [raw(code.id)]}
    assert (await asgi.ask("POST", path, body, {**cookie, "Origin": origin()})).status == 200
    for foreign in ("https://evil.example", "null", origin() + "9", "http://localhost", "https" + origin()[4:]):
        answer = await asgi.ask("POST", path, body, {**cookie, "Origin": foreign})
        assert (foreign, answer.status) == (foreign, 403)
    assert (await asgi.ask("POST", path, body, cookie)).status == 403
    assert (await asgi.ask("POST", path, body, {**device.bearer, "Origin": "https://evil.example"})).status == 403


async def test_records_reach_a_code_that_has_ended(asgi: Asgi) -> None:
    code = await sync_to_async(closed_code)()
    device = await sync_to_async(joined)(code)
    answer = await asgi.post_records(code.id, device.token, raw(code.id))
    assert answer.json()["results"][0]["status"] == "recorded"
