"""One server process of the simulation: the product's own doors, writer, hub and database, in a time of its own.

Commands come as lines of JSON on standard input, and each is answered by one line when everything that it set off has
come to rest: answers of requests, what was said to sockets, pokes for the other process. Nothing here runs by itself,
and no time passes but what the commands tell, so the same commands give the same history.

What takes the place of something real, and why: the clocks (a simulation owns the time); the threads of the writer and
the reader (one takes their place, and the loop waits for it, so that the order is the commands'); the network below
ASGI (the world outside loses, doubles and delays); Valkey (pokes are handed to the world, which loses them too).
"""

import asyncio
import json
import os
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

NOW = 1_790_000_000_000.0  # UTC ms; moved by the commands alone
time.time_ns = lambda: int(NOW * 1_000_000)
time.clock_gettime_ns = lambda clock: int(NOW * 1_000_000)
time.time = lambda: NOW / 1000
time.monotonic = lambda: NOW / 1000

os.environ["DJANGO_SETTINGS_MODULE"] = "ecpr_site.settings"

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from roles.devices import enrol, grant, revoke_grant
from roles.models import Device, Grant
from roles.server_clock import now_ms
from timeline import access, backups, heads, services
from timeline import hub as hubs
from timeline import reader as readers
from timeline import writer as writers
from timeline.doors import records as door
from timeline.doors.socket import CodeSocket
from timeline.models import Code
from timeline.proof import verify_codes
from timeline.protocols import lean_protocol
from timeline.selectors import lines_after, reading_of
from timeline.wire import batch_text

DATABASE = Path(str(settings.DATABASES["default"]["NAME"]))
EMPTY = DATABASE.with_name("empty.sqlite3")
KEPT = DATABASE.with_name("kept.gz")
COPY = DATABASE.with_name("copy.sqlite3")
MOST_TURNS = 100_000
# Commands that ask the database and do nothing else.
ASKING = frozenset({"page", "keep", "revoke", "readmit", "log", "reading"})


class Killed(BaseException):
    """The process dies here; nothing may catch it."""


# All that asks the database, in turn; the loop waits for each, so their order is the commands'.
CLERK = ThreadPoolExecutor(1, thread_name_prefix="clerk")


def asked(work: Callable[[], Any]) -> Any:
    """What `work` returns, done by the clerk."""
    here = threading.current_thread().name.startswith("clerk")
    return work() if here else CLERK.submit(work).result()


class Inline(writers.Writer):
    """The writer without its queue: what is handed over is appended before the call returns."""

    def put(self, batch: Any) -> None:
        asked(lambda: self._group([batch]))


async def in_turn(self: readers.Reader, ask: Callable[[], Any]) -> Any:
    return asked(ask)


class Transport:
    """A socket's way out: frames become messages to the world."""

    def __init__(self, number: int, out: list[Any]) -> None:
        self.number, self.out, self.closing = number, out, False

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, frame: bytes) -> None:
        if frame[0] == 0x88:
            self.abort()
            return
        size = frame[1]
        self.out.append([self.number, frame[2 if size < 126 else 4 if size == 126 else 10 :].decode()])

    def abort(self) -> None:
        if not self.closing:
            self.closing = True
            self.out.append([self.number, None])

    close = abort


class Server:
    """The process as the world sees it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.out: list[Any] = []
        self.answers: list[Any] = []
        self.pokes: list[Any] = []
        self.sockets: dict[int, asyncio.Queue[Any]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.crash = ""
        self.died = False
        self.faults: list[str] = []
        readers.Reader.run = in_turn  # type: ignore[assignment]  # see above
        asked(lambda: connection.execute_wrappers.append(self.dying))
        heads._commit = self.committing
        self.begin_anew()

    def begin_anew(self) -> None:
        """What a process holds in memory when it starts: nothing."""
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()
        self.sockets.clear()
        hubs.hub.release()
        access.forget_all()
        fresh = Inline()
        services.writer = hubs.writer = fresh
        hubs.hub.tell_others = self.pokes.append
        asked(lambda: connection.close())
        self.settle()
        self.out.clear()
        self.answers.clear()
        self.pokes.clear()

    def settle(self) -> None:
        """Go on until nothing is left to do at this moment."""
        ready: deque[Any] = self.loop._ready  # type: ignore[attr-defined]  # how else to know that all has come to rest
        for _ in range(MOST_TURNS):
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()
            if not ready:
                return
        raise AssertionError("the server does not come to rest")

    def spawn(self, work: Any) -> None:
        """Run something until it waits for the world."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task[None]) -> None:
        """A fault in here is a fault of the product: the run ends with it. A death was told to the world."""
        self.tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None and not isinstance(fault, Killed):
            self.faults.append(repr(fault))

    # -- commands -----------------------------------------------------------------------------------------------------

    def begin(self, said: Any) -> Any:
        """A new world: an empty database, one code, and a token for each of `devices`."""
        if not EMPTY.exists():
            self.put_in_place(None)
            asked(lambda: call_command("migrate", verbosity=0))
            asked(lambda: connection.close())
            shutil.copyfile(DATABASE, EMPTY)
        self.put_in_place(EMPTY)
        return asked(lambda: self.first_code(said["devices"]))

    def put_in_place(self, file: Path | None) -> None:
        """Stop, let the database be this file, and start."""
        self.begin_anew()
        for suffix in ("", "-wal", "-shm"):
            DATABASE.with_name(DATABASE.name + suffix).unlink(missing_ok=True)
        if file is not None:
            shutil.copyfile(file, DATABASE)

    def first_code(self, devices: int) -> Any:
        people = [enrol(f"Device {number}", Device.Kind.JOINED) for number in range(devices)]
        by = writers.Author(people[0][0].id, people[0][0].label)
        code = services.start_code(by=by, mode="drill", onset_ago_ms=60_000, name="Code Sim")
        for device, _ in people:
            grant(device, code.id)
        frame = batch_text(str(code.id), code.epoch, code.head, now_ms(), 1, lines_after(code.id, 0))
        return {
            "code": str(code.id),
            "devices": [{"id": str(device.id), "label": device.label, "token": token} for device, token in people],
            "frame": json.loads(frame),
            "protocol": lean_protocol(code.protocol),
        }

    def page(self, said: Any) -> Any:
        """The log as a fresh page brings it."""
        code = Code.objects.get()
        return json.loads(batch_text(str(code.id), code.epoch, code.head, now_ms(), 1, lines_after(code.id, 0)))

    def http(self, said: Any) -> Any:
        """A request arrives; its answer comes with this command or, when it is held, with a later one."""
        path, _, query = said["path"].partition("?")
        body = said["body"].encode()
        heard = [{"type": "http.request", "body": body, "more_body": False}]
        status, number = 0, said["number"]

        async def receive() -> Any:
            return heard.pop() if heard else await asyncio.Future()

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                self.answers.append([number, status, message["body"].decode()])

        scope = {
            "type": "http",
            "method": said["method"],
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {said['token']}".encode()), (b"content-type", b"application/json")],
        }
        self.spawn(door.door(scope, receive, send))
        return None

    def open(self, said: Any) -> Any:
        """A socket is opened."""
        number, code = said["socket"], UUID(said["code"])
        heard: asyncio.Queue[Any] = asyncio.Queue()
        self.sockets[number] = heard
        heard.put_nowait({"type": "websocket.connect"})

        async def send(message: Any) -> None:
            if message["type"] == "websocket.accept":
                self.out.append([number, True])
            else:
                self.out.append([number, None])

        scope = {
            "type": "websocket",
            "path": f"/ws/codes/{code}/",
            "headers": [(b"authorization", f"Bearer {said['token']}".encode())],
            "url_route": {"kwargs": {"code": code}},
            "extensions": {"ecpr.transport": Transport(number, self.out)},
        }
        self.spawn(CodeSocket()(scope, heard.get, send))
        return None

    def say(self, said: Any) -> Any:
        """A device says something over its socket."""
        if said["socket"] in self.sockets:
            self.sockets[said["socket"]].put_nowait({"type": "websocket.receive", "text": said["text"]})

    def shut(self, said: Any) -> Any:
        """A socket is gone, and the server learns of it."""
        heard = self.sockets.pop(said["socket"], None)
        if heard is not None:
            heard.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def tick(self, said: Any) -> Any:
        """The heartbeat is due."""

        async def beat() -> None:
            hubs.hub.bind()
            await hubs.hub.heartbeat()

        self.spawn(beat())

    def poke(self, said: Any) -> Any:
        """The other process says "look again"."""

        async def hear() -> None:
            hubs.hub.heard(said["poke"])

        self.spawn(hear())

    def kill(self, said: Any) -> Any:
        """The process dies and is started again."""
        self.begin_anew()

    def keep(self, said: Any) -> Any:
        """A backup is made, in both ways: by the product's command, and as a copy of the file."""
        backups.backup(KEPT)
        COPY.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(COPY)])

    def restore(self, said: Any) -> Any:
        """The backup is put back: by the product (a new epoch), or as a plain file (the old one)."""
        before = asked(lambda: self.log(said))
        self.put_in_place(COPY if said["how"] == "file" else EMPTY)
        if said["how"] != "file":
            asked(lambda: backups.restore(KEPT))
        return before

    def revoke(self, said: Any) -> Any:
        """A device loses its standing for a while."""
        revoke_grant(Grant.objects.get(device=said["device"]))

    def readmit(self, said: Any) -> Any:
        """And joins again."""
        held = Grant.objects.get(device=said["device"])
        grant(Device.objects.get(pk=said["device"]), held.subject)

    def log(self, said: Any) -> Any:
        """The whole log, and whether it is sound."""
        code = Code.objects.get()
        return {
            "epoch": code.epoch,
            "head": code.head,
            "lines": lines_after(code.id, 0),
            "faults": [str(fault) for fault in verify_codes(Code.objects.all())],
        }

    def reading(self, said: Any) -> Any:
        """What the core reads off the log now."""
        return reading_of(Code.objects.get(), said["at"])

    # -- the crash ----------------------------------------------------------------------------------------------------

    def dying(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Die where a transaction that writes has everything but its COMMIT."""
        found = execute(sql, params, many, context)
        if self.crash == "before commit" and sql.startswith("UPDATE timeline_code SET head"):
            self.died = True
            raise Killed
        return found

    def committing(self, raw: Any) -> None:
        """The same where Django's cursors are passed by."""
        if self.crash == "before commit":
            self.died = True
            raise Killed
        raw.execute("COMMIT")

    def rolls_back(self) -> bool:
        """For the mutant that answers before the COMMIT: whether this COMMIT will not come."""
        doomed, self.crash = self.crash == "before commit", ""
        return doomed

    def do(self, said: Any) -> Any:
        """Carry out one command."""
        global NOW
        NOW = said["now"]
        self.crash = said.get("crash", "")
        self.died = self.crash == "after commit"
        command = getattr(self, said["do"])
        given = asked(lambda: command(said)) if said["do"] in ASKING else command(said)
        self.settle()
        told = {
            "given": given,
            # The product tells its sockets in no order; the world draws its chances in one.
            "out": sorted(self.out, key=lambda said: said[0]),
            "answers": sorted(self.answers, key=lambda said: said[0]),
            "pokes": list(self.pokes),
            "died": False,
            "faults": list(self.faults),
        }
        self.faults.clear()
        self.out.clear()
        self.answers.clear()
        self.pokes.clear()
        if self.died:
            self.begin_anew()
            return {"given": None, "out": [], "answers": [], "pokes": [], "died": True, "faults": []}
        return told


def main() -> None:
    """Answer commands until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(SERVER.do(json.loads(line)), separators=(",", ":")) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    SERVER = Server()
    main()
