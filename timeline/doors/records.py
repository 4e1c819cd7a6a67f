"""The HTTP door of the live code: records go up, the log comes down, clocks are asked. Raw ASGI, before Django, because
every tap of every device passes here; it does nothing that a view could not do.
"""

import contextlib
import hmac
import json
import logging
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings

from roles.devices import grant
from roles.models import Device
from roles.server_clock import fine_ms, moved_ms, now_ms
from timeline import access, services
from timeline.core.chain import entry_mac, hash_of
from timeline.core.records import MAX_BATCH, MAX_BYTES, Entry, InvalidRecord, Record, read_entry, read_record
from timeline.doors.http import (
    Problem,
    Receive,
    Scope,
    Send,
    answer,
    body_of,
    header,
    no_token,
    not_found,
    refuse,
    standing_of,
    token_and_origin,
)
from timeline.hub import cursor_fault, hub
from timeline.models import Code
from timeline.reader import reader
from timeline.selectors import lines_after
from timeline.wire import batch_text, decode
from timeline.writer import AbsentCode, Author, Origin, Result

log = logging.getLogger("ecpr.door")

# Flags an entry that a device brought back after a restore.
RECOVERED = "recovered"
PATH = re.compile(r"/api/codes/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(records|repair)")
MOST_BYTES = MAX_BATCH * MAX_BYTES + 64 * 1024
MOST_WAIT_SECONDS = 25.0
MOST_LINES = 2_000


def serves(path: str) -> bool:
    """Whether this door answers a path."""
    return path == "/api/time" or PATH.fullmatch(path) is not None


async def door(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request; everything that can go wrong becomes a problem, and nothing of it is lost on the device."""
    try:
        if scope["path"] == "/api/time":
            await _time(scope, receive, send)
            return
        found = PATH.fullmatch(scope["path"])
        assert found is not None
        code = UUID(found[1])
        if scope["method"] == "POST":
            await _post(code, scope, receive, send, _read if found[2] == "records" else _read_returned)
        elif scope["method"] == "GET" and found[2] == "records":
            await _get(code, scope, send)
        else:
            raise Problem(405, "method", "Only GET and POST are answered here.")
    except Problem as problem:
        await refuse(send, problem)
    except access.NoToken:
        await refuse(send, no_token())
    except access.NotStanding:
        await refuse(send, not_found())
    except (TimeoutError, OSError):
        log.exception("the log did not answer in time")
        await refuse(send, Problem(503, "busy", "The log did not answer in time. The records stay on the device."))
    except Exception:
        log.exception("the door failed on %s", scope["path"])
        await refuse(send, Problem(500, "fault", "Something failed here. The records stay on the device."))


async def _time(scope: Scope, receive: Receive, send: Send) -> None:
    arrived = fine_ms()
    if scope["method"] != "POST":
        raise Problem(405, "method", "Only POST is answered here.")
    asked = _json(await body_of(receive, 1024, header(scope, b"content-length")))
    t0 = asked.get("t0") if isinstance(asked, dict) else None
    if not _number(t0):
        raise Problem(400, "malformed", "t0: has to be a number.")
    await answer(send, 200, {"t": "time", "t0": t0, "s1": arrived, "s2": fine_ms()})


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


Read = Callable[[object, str], "tuple[Record, Origin | None] | Result"]


async def _post(code: UUID, scope: Scope, receive: Receive, send: Send, read: Read) -> None:
    """Take records from their device, or entries that a restored server forgot from any device that holds them."""
    token = token_and_origin(scope, need_origin=True)
    name = "records" if read is _read else "entries"
    try:
        by, starter = await _author(token, code)
    except (access.NotStanding, access.NoToken):
        stray = await reader.run(lambda: access.strayed(token, code))
        if stray is None or read is not _read:
            raise
        await _set_aside(code, stray, _said(await _body(scope, receive), name)[0], send)
        return
    raws, mono = _said(await _body(scope, receive), name)
    results: list[Result | None] = []
    records: list[Record] = []
    origins: list[Origin] = []
    for raw in raws:
        found = read(raw, str(code))
        if isinstance(found, Result):
            results.append(found)
            continue
        record, origin = found
        records.append(record)
        if origin is not None:
            origins.append(origin)
        results.append(None)
    if starter and not any(record.kind == "code_started" for record in records):
        raise not_found()
    hub.bind()
    head, epoch = 0, ""
    if records:
        try:
            done = await services.record_async(code, records, by, mono, origins or None)
        except AbsentCode:
            raise not_found() from None
        if starter:
            await reader.run(lambda: _let_in(by, code))
        appended = iter(done.results)
        results = [next(appended) if result is None else result for result in results]
        head, epoch = done.head, done.epoch
    else:
        row = await reader.run(lambda: Code.objects.filter(pk=code).values_list("head", "epoch").first())
        head, epoch = row or (0, "")
    shown = [result.as_json() for result in results if result is not None]
    await answer(send, 200, {"results": shown, "head": head, "epoch": epoch, "now": now_ms()})


async def _body(scope: Scope, receive: Receive) -> Any:
    return _json(await body_of(receive, MOST_BYTES, header(scope, b"content-length")))


def _said(body: Any, name: str) -> tuple[list[object], float | None]:
    raws = body.get(name) if isinstance(body, dict) else None
    if not isinstance(raws, list) or not raws:
        raise Problem(400, "malformed", f"{name}: has to be a list of {name}.")
    if len(raws) > MAX_BATCH:
        raise Problem(413, "too_large", f"{name}: may hold at most {MAX_BATCH} at a time.")
    mono = body.get("mono_send")
    return raws, float(mono) if _number(mono) else None


async def _set_aside(code: UUID, by: Author, raws: list[object], send: Send) -> None:
    """A device that may no longer write still has its records kept, for a person to judge (202)."""
    read = [_read(raw, str(code)) for raw in raws]
    kept = [found[0] for found in read if not isinstance(found, Result)]
    if not await reader.run(lambda: services.set_aside(code, kept, by)):
        raise not_found()
    shown = [
        found.as_json() if isinstance(found, Result) else {"id": found[0].id, "status": "quarantined"} for found in read
    ]
    await answer(send, 202, {"results": shown, "head": 0, "epoch": "", "now": now_ms()})


async def _author(token: str, code: UUID) -> tuple[Author, bool]:
    """Who writes; True when they may begin this code, which is not there yet."""
    try:
        return (await standing_of(token, code, "write")).author, False
    except access.NotStanding:
        starter = await reader.run(lambda: access.starter_of_token(token, code))
        if starter is None:
            raise
        return starter, True


def _let_in(by: Author, code: UUID) -> None:
    grant(Device.objects.get(pk=by.device), code, person=by.person or "")


def _read(raw: object, code: str) -> tuple[Record, Origin | None] | Result:
    """The record, or its refusal; a bad one never takes its neighbours with it."""
    try:
        return read_record(raw, code), None
    except InvalidRecord as fault:
        return _refused(raw.get("id") if isinstance(raw, dict) else None, fault)


def _read_returned(raw: object, code: str) -> tuple[Record, Origin | None] | Result:
    """An entry that this server once appended, known by its mark; what does not carry it is refused."""
    try:
        entry = read_entry(raw, code)
    except InvalidRecord as fault:
        record = raw.get("record") if isinstance(raw, dict) else None
        return _refused(record.get("id") if isinstance(record, dict) else None, fault)
    if entry.received is None or not _is_ours(entry):
        return Result(entry.record.id, "refused", reason="unproven", detail="mac: this server never appended that.")
    by = {"device": entry.by.device, "label": entry.by.label, "person": entry.by.person}
    return entry.record, Origin(by, entry.received, [*entry.flags, RECOVERED])


def _is_ours(entry: Entry) -> bool:
    """Whether an entry's hash is its own and its mark this server's. A mark is compared only where it can be one: what
    is not ASCII cannot be compared in constant time.
    """
    if hash_of(entry, "") != entry.hash or not entry.mac.isascii():
        return False
    return hmac.compare_digest(entry.mac, entry_mac(settings.MAC_KEY, entry.hash))


def _refused(id: object, fault: InvalidRecord) -> Result:
    reason = "too_large" if fault.field == "record" and str(MAX_BYTES) in fault.fault else "malformed"
    shown = id[:64].encode("utf-8", "replace").decode() if isinstance(id, str) else ""
    return Result(shown, "refused", reason=reason, detail=str(fault))


def _json(body: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return decode(body)
    try:
        # Half of a character, cut off in somebody's note, is JSON to every browser: it costs its record, not the batch.
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Problem(400, "malformed", "The request has to be JSON.") from None


def _no_number(name: str) -> float:
    raise ValueError(name)


async def _get(code: UUID, scope: Scope, send: Send) -> None:
    token = token_and_origin(scope, need_origin=False)
    await standing_of(token, code, "read")
    query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    after, wait = _whole(query.get("after", "0"), "after"), min(_seconds(query.get("wait", "0")), MOST_WAIT_SECONDS)
    epoch, digest = query.get("epoch", ""), query.get("hash", "")
    if await _give(code, epoch, after, digest, send, even_if_empty=wait <= 0):
        return
    hub.bind()
    await hub.wait_for_more(code, after, wait)
    # Standing is asked again: it may have ended during the wait.
    await standing_of(token, code, "read")
    await _give(code, epoch, after, digest, send, even_if_empty=True)


async def _give(code: UUID, epoch: str, after: int, digest: str, send: Send, *, even_if_empty: bool) -> bool:
    row, why, lines = await reader.run(lambda: _read_log(code, epoch, after, digest))
    if why:
        await answer(send, 200, {"t": "reset", "why": why, "epoch": row.epoch, "head": row.head})
        return True
    if not lines and not even_if_empty:
        return False
    head = max(row.head, after + len(lines))
    text = batch_text(str(code), row.epoch, head, now_ms(), after + 1, lines, moved_ms())
    await answer(send, 200, text.encode())
    return True


def _read_log(code: UUID, epoch: str, after: int, digest: str) -> tuple[Code, str, list[str]]:
    row = Code.objects.filter(pk=code).first()
    if row is None:
        raise access.NotStanding
    why = cursor_fault(row, epoch, after, digest)
    return row, why, [] if why else lines_after(code, after, MOST_LINES)


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise Problem(400, "malformed", f"{name}: has to be a whole number.")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise Problem(400, "malformed", "wait: has to be a number of seconds.")
    return seconds
