"""The hub: one per process. It reads what is new once, encodes it once, and writes the same ready frame to every
socket that stands at the same place. Everything it says may be lost; the heartbeat, read from the database, heals it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from roles.devices import on_change
from roles.server_clock import moved_ms, now_ms
from timeline import access, selectors
from timeline.columns import key_of, rows_of, uuid_of
from timeline.models import Code
from timeline.reader import Shared, reader
from timeline.sink import Sink
from timeline.wire import batch_text, encode, text_frame
from timeline.writer import Log, News, writer

log = logging.getLogger("ecpr.hub")

HEARTBEAT_SECONDS = 5.0
PRESENCE_SECONDS = 15.0
PRESENCE_PAUSE_SECONDS = 0.2
# A batch message holds at most this many characters of lines, so that one frame never blocks a slow link for long.
BATCH_CHARACTERS = 512 * 1024
# How many sockets the heartbeat writes to before it lets taps pass, for how long, and how long it may take in all.
AT_A_TIME = 50
PAUSE_SECONDS = 0.05
SPREAD_SECONDS = 2.0
# How many rooms share one read of what is new.
ROOMS_AT_A_TIME = 50
# How many cursors share one read of what they lack; few, as each may lack a whole log.
CURSORS_AT_A_TIME = 20


@dataclass(slots=True)
class Room:
    """The sockets of one code in this process. `head` is the newest that any of them could have."""

    code: UUID
    epoch: str = ""
    head: int = 0
    sinks: set[Sink] = field(default_factory=set)
    waiting: set[asyncio.Future[None]] = field(default_factory=set)
    present: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    announcing: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody is here."""
        return not self.sinks and not self.waiting


@dataclass(frozen=True, slots=True)
class Tail:
    """A code, and its lines behind a cursor, of one moment."""

    log: Log
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a device says that it stands: behind entry `after`, with that hash, in the life `epoch` of the log."""

    code: UUID
    epoch: str
    after: int
    digest: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a cursor finds: why it is not on this log, or the batches, as payload and ready frame, up to `head`."""

    epoch: str
    head: int
    why: str
    frames: list[tuple[bytes, bytes]]


class Hub:
    """All rooms of this process. Belongs to one event loop; everything but `_overheard` runs there."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.rooms: dict[UUID, Room] = {}
        self.tell_others: Callable[[dict[str, Any]], None] | None = None
        self._unlisten: Callable[[], None] | None = None
        # Rooms where somebody is behind, and the task that reads for them.
        self._behind: set[UUID] = set()
        self._reading: asyncio.Task[None] | None = None
        self._places = Shared(_places, CURSORS_AT_A_TIME)

    def bind(self) -> None:
        """Belong to the running loop. Another loop (another test) starts from nothing."""
        loop = asyncio.get_running_loop()
        if self.loop is loop:
            return
        self.release()
        self.loop = loop
        self._unlisten = writer.listen(self._overheard)

    def release(self) -> None:
        """Belong to no loop, and forget everybody."""
        if self._unlisten is not None:
            self._unlisten()
        self._unlisten = None
        self.loop = None
        self.rooms = {}
        self._behind = set()
        self._reading = None

    def _overheard(self, news: Sequence[News]) -> None:
        """In the writer's thread: carry the news over to the loop."""
        loop = self.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.publish, news)

    # -- the log ------------------------------------------------------------------------------------------------------

    def publish(self, news: Sequence[News]) -> None:
        """Hand committed lines to the sockets that stand right before them; the others catch up."""
        for item in news:
            room = self.rooms.get(item.code)
            if room is not None:
                self._publish(room, item)
            if self.tell_others is not None:
                self.tell_others({"what": "head", "code": str(item.code), "epoch": item.epoch, "head": item.head})

    def _publish(self, room: Room, item: News) -> None:
        room.head = max(room.head, item.head)
        room.epoch = room.epoch or item.epoch
        before = item.first - 1
        payload = frame = b""
        behind = False
        for sink in room.sinks:
            if sink.cursor == before:
                if not frame:
                    text = batch_text(str(item.code), item.epoch, item.head, now_ms(), item.first, item.lines)
                    payload = text.encode()
                    frame = text_frame(payload)
                sink.cursor = item.head
                sink.write(payload, frame)
            elif sink.cursor is not None and sink.cursor < before:
                behind = True
        self._sweep_dead(room)
        self._wake(room)
        if behind:
            self.catch_up(room)

    def heard(self, message: dict[str, Any]) -> None:
        """What another process told: a new head, somebody's presence, or a revocation."""
        room = self.rooms.get(UUID(message["code"])) if "code" in message else None
        if message["what"] == "revoked":
            access.forget_all()
            self._spawn(self.check_standing())
        elif room is not None and message["what"] == "head":
            if message["head"] > room.head:
                room.head = message["head"]
                self._wake(room)
            self.catch_up(room)
        elif room is not None and message["what"] == "presence":
            self._keep_presence(room, message["device"], message["said"])

    def catch_up(self, room: Room) -> None:
        """Read for everybody here who is behind; rooms that fall behind while a read runs share the next one."""
        self._behind.add(room.code)
        if self._reading is None or self._reading.done():
            self._reading = self._spawn(self._catching_up())

    async def _catching_up(self) -> None:
        while self._behind:
            wanted: dict[UUID, int] = {}
            for id in list(islice(self._behind, ROOMS_AT_A_TIME)):
                self._behind.discard(id)
                room = self.rooms.get(id)
                cursors = [sink.cursor for sink in room.sinks if sink.cursor is not None] if room is not None else []
                if cursors:
                    wanted[id] = min(cursors)
            if not wanted:
                continue
            tails = await reader.run(partial(_tails, wanted))
            # A device here that answers what it sees now is appended behind this head.
            writer.seen(tail.log for tail in tails.values())
            for id, tail in tails.items():
                room = self.rooms.get(id)
                if room is not None:
                    self._deliver(room, wanted[id], tail)

    def _deliver(self, room: Room, lowest: int, tail: Tail) -> None:
        """Give each group of sockets what it lacks, encoded once a group."""
        lines, epoch, head = tail.lines, tail.log.epoch, tail.log.head
        other = room.epoch not in ("", epoch)
        room.epoch, room.head = epoch, head if other else max(room.head, head)
        groups: dict[int, list[Sink]] = {}
        for sink in room.sinks:
            if sink.cursor is not None:
                groups.setdefault(sink.cursor, []).append(sink)
        for cursor, sinks in groups.items():
            if other or cursor > max(head, room.head):
                why = "epoch" if other else "truncated"
                for sink in sinks:
                    sink.cursor = None
                    sink.say({"t": "reset", "why": why, "epoch": epoch, "head": head})
            elif lowest <= cursor < head:
                for payload, frame in _frames(str(room.code), epoch, head, cursor, lines[cursor - lowest :]):
                    for sink in sinks:
                        sink.write(payload, frame)
                for sink in sinks:
                    sink.cursor = head
        self._sweep_dead(room)

    # -- sockets ------------------------------------------------------------------------------------------------------

    def room(self, code: UUID) -> Room:
        """The room of a code, made when nobody was there."""
        return self.rooms.setdefault(code, Room(code))

    async def join(self, sink: Sink, epoch: str, after: int, digest: str) -> None:
        """Place a socket at its cursor and give it what it lacks. It is in the room before anything is read, so
        nothing falls between.
        """
        room = self.room(sink.code)
        sink.cursor = None
        room.sinks.add(sink)
        place = await self._places.get(Cursor(sink.code, epoch, after, digest))
        if place is None or not sink.open:
            return
        if place.why:
            sink.say({"t": "reset", "why": place.why, "epoch": place.epoch, "head": place.head})
            return
        sink.say({"t": "welcome", "epoch": place.epoch, "head": place.head, "now": now_ms()})
        for payload, frame in place.frames:
            sink.write(payload, frame)
        sink.cursor = place.head
        room.epoch = place.epoch
        if room.head > place.head:
            self.catch_up(room)
        else:
            room.head = place.head

    def leave(self, sink: Sink) -> None:
        """Forget a socket."""
        sink.end()
        room = self.rooms.get(sink.code)
        if room is None:
            return
        room.sinks.discard(sink)
        alone = not any(other.device == sink.device for other in room.sinks)
        if alone and str(sink.device) in room.present:
            del room.present[str(sink.device)]
            self._announce_soon(room)
        self._drop_if_idle(room)

    def _sweep_dead(self, room: Room) -> None:
        dead = [sink for sink in room.sinks if not sink.open]
        room.sinks.difference_update(dead)

    def _drop_if_idle(self, room: Room) -> None:
        if room.idle and self.rooms.get(room.code) is room:
            if room.announcing is not None:
                room.announcing.cancel()
            del self.rooms[room.code]

    async def wait_for_more(self, code: UUID, after: int, seconds: float) -> None:
        """Wait until the code may have more than `after`, at most so long: for devices without a socket."""
        room = self.room(code)
        if room.head > after:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        room.waiting.add(waiting)
        try:
            await asyncio.wait_for(waiting, seconds)
        except TimeoutError:
            pass
        finally:
            room.waiting.discard(waiting)
            self._drop_if_idle(room)

    def _wake(self, room: Room) -> None:
        for waiting in room.waiting:
            if not waiting.done():
                waiting.set_result(None)

    # -- presence: who is here, never logged, never used for anything but showing ------------------------------------

    def presence(self, sink: Sink, said: dict[str, Any]) -> None:
        """A device said that it is here."""
        room = self.room(sink.code)
        self._keep_presence(room, str(sink.device), said)
        if self.tell_others is not None:
            self.tell_others({"what": "presence", "code": str(sink.code), "device": str(sink.device), "said": said})

    def _keep_presence(self, room: Room, device: str, said: dict[str, Any]) -> None:
        until = asyncio.get_running_loop().time() + PRESENCE_SECONDS
        known = room.present.get(device)
        room.present[device] = (until, said)
        if known is None or known[1] != said:
            self._announce_soon(room)

    def _announce_soon(self, room: Room) -> None:
        if room.announcing is None and self.loop is not None:
            room.announcing = self.loop.call_later(PRESENCE_PAUSE_SECONDS, self._announce, room)

    def _announce(self, room: Room) -> None:
        room.announcing = None
        now = asyncio.get_running_loop().time()
        room.present = {device: held for device, held in room.present.items() if held[0] > now}
        devices = [{"id": device, **said} for device, (_, said) in sorted(room.present.items())]
        self._to_all(room, {"t": "presence", "devices": devices})

    def _to_all(self, room: Room, message: dict[str, Any]) -> None:
        payload = encode(message).encode()
        frame = text_frame(payload)
        for sink in room.sinks:
            sink.write(payload, frame)
        self._sweep_dead(room)

    # -- the heartbeat ------------------------------------------------------------------------------------------------

    async def heartbeat(self) -> None:
        """Read every room's head from the database, tell it, and mend what is behind or ahead."""
        if not self.rooms:
            return
        before = {id: room.head for id, room in self.rooms.items()}
        rows = await reader.run(lambda: selectors.log_heads(before))
        # Told to all at once, thousands of sockets would keep a tap waiting; a room that has news meanwhile needs none.
        pause = min(
            PAUSE_SECONDS, SPREAD_SECONDS * AT_A_TIME / max(1, sum(len(room.sinks) for room in self.rooms.values()))
        )
        written = 0
        for row in rows:
            room = self.rooms.get(row.id)
            if room is not None:
                self._beat(room, row.epoch, row.head, row.head_hash, before[row.id])
                written += len(room.sinks)
            if written >= AT_A_TIME:
                written = 0
                await asyncio.sleep(pause)
        await self.check_standing()

    def _beat(self, room: Room, epoch: str, head: int, digest: str, before: int) -> None:
        """Tell one room the head that was read, and mend what is behind it; `before` is its head before the read."""
        restored = room.epoch not in ("", epoch) or head < before
        # Where news came since the read, the room has just heard of a newer head than this one.
        if restored or head >= room.head:
            room.head = head
            said = {"t": "head", "head": head, "hash": digest, "epoch": epoch, "now": now_ms()}
            by = moved_ms()
            self._to_all(room, {**said, "moved": by} if by else said)
            self._wake(room)
        if restored or any(sink.cursor is not None and sink.cursor < head for sink in room.sinks):
            self.catch_up(room)
        clock = asyncio.get_running_loop().time()
        if any(until <= clock for until, _ in room.present.values()):
            self._announce_soon(room)
        self._drop_if_idle(room)

    async def check_standing(self) -> None:
        """Cut the sockets whose device no longer stands on its code."""
        pairs = {(sink.device, sink.code) for room in self.rooms.values() for sink in room.sinks}
        if not pairs:
            return
        fallen = await reader.run(lambda: access.fallen(pairs))
        access.still_standing(pairs - fallen if fallen else pairs)
        if not fallen:
            return
        for room in list(self.rooms.values()):
            for sink in list(room.sinks):
                if (sink.device, sink.code) in fallen:
                    sink.say({"t": "notice", "why": "revoked"})
                    sink.hang_up()
                    room.sinks.discard(sink)

    def say_restarting(self) -> None:
        """Tell every device that the server goes down and comes back."""
        for room in self.rooms.values():
            self._to_all(room, {"t": "notice", "why": "restarting"})

    def revoked(self, device: UUID) -> None:
        """A device lost a standing, said from any thread: look at the open sockets now, here and elsewhere."""
        loop = self.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._revoked)

    def _revoked(self) -> None:
        self._spawn(self.check_standing())
        if self.tell_others is not None:
            self.tell_others({"what": "revoked"})

    def _spawn(self, doing: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(doing)
        task.add_done_callback(_report)
        return task


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("the hub could not read; the heartbeat tries again", exc_info=task.exception())


def _tails(cursors: Mapping[UUID, int]) -> dict[UUID, Tail]:
    """What is behind a cursor on each of some codes, in one statement, as every poke of another process asks."""
    marks = ", ".join(["(%s, %s)"] * len(cursors))
    values = [value for id, after in cursors.items() for value in (key_of(id), after)]
    rows = rows_of(
        f"WITH stand (code, after) AS (VALUES {marks}) "
        "SELECT code.id, code.epoch, code.head, code.head_hash, code.opened_at, code.closed_at, entry.line "
        "FROM stand "
        "JOIN timeline_code code ON code.id = stand.code "
        "LEFT JOIN timeline_entry entry ON entry.code_id = code.id AND entry.seq > stand.after "
        "ORDER BY code.id, entry.seq",
        values,
    )
    found: dict[UUID, Tail] = {}
    for raw, *log, line in rows:
        id = uuid_of(raw)
        tail = found.setdefault(id, Tail(Log(id, *log), []))
        if line is not None:
            tail.lines.append(line)
    return found


def _places(cursors: Collection[Cursor]) -> dict[Cursor, Place]:
    """What there is for each cursor, its frames ready: encoded here, outside the loop, once for all who stand there."""
    codes = Code.objects.in_bulk({cursor.code for cursor in cursors})
    found = {}
    for cursor in cursors:
        code = codes.get(cursor.code)
        if code is None:
            continue
        why = cursor_fault(code, cursor.epoch, cursor.after, cursor.digest)
        lines = [] if why else selectors.lines_after(code.id, cursor.after)
        head = code.head if why else cursor.after + len(lines)
        found[cursor] = Place(code.epoch, head, why, _frames(str(code.id), code.epoch, head, cursor.after, lines))
    return found


def cursor_fault(code: Code, epoch: str, after: int, digest: str) -> str:
    """Why a cursor is not on this log: epoch, truncated or fork; empty when it is. A cursor at 0 always is."""
    if after == 0:
        return ""
    if epoch and epoch != code.epoch:
        return "epoch"
    if after > code.head:
        return "truncated"
    if digest and selectors.hash_at(code.id, after) != digest:
        return "fork"
    return ""


def _frames(code: str, epoch: str, head: int, cursor: int, lines: Sequence[str]) -> list[tuple[bytes, bytes]]:
    """The batches, each as payload and ready frame, that bring a cursor to the head."""
    made = []
    now = now_ms()
    start = 0
    while start < len(lines):
        size, end = 0, start
        while end < len(lines) and (end == start or size + len(lines[end]) <= BATCH_CHARACTERS):
            size += len(lines[end])
            end += 1
        payload = batch_text(code, epoch, head, now, cursor + start + 1, lines[start:end]).encode()
        made.append((payload, text_frame(payload)))
        start = end
    return made


hub = Hub()
on_change(hub.revoked)
