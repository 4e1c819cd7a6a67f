"""One device of a replay: it posts through the HTTP door and hears the log down its own socket."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Origin

from timeline.core.chain import verify
from timeline.core.records import VERSION, Entry, Record, read_entry, record_to_json
from timeline.imports.files import Row
from timeline.replay.web import Browser, WebFault

RETRY_SECONDS = 0.5
RETRIES = 20


@dataclass(slots=True)
class Device:
    """A joined device: its token, its copy of the log, and when each record reached it (perf_counter seconds)."""

    number: int
    browser: Browser
    code: str
    id: str
    epoch: str = ""
    written: int = 0
    entries: list[Entry] = field(default_factory=list)
    heard: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def head(self) -> int:
        """The seq of the last entry that reached this device."""
        return len(self.entries)

    @property
    def log(self) -> list[tuple[int | None, str]]:
        """Each entry's seq and hash: two devices with equal logs hold the same list to the byte."""
        return [(entry.seq, entry.hash) for entry in self.entries]

    @property
    def sound(self) -> bool:
        """Whether the hash chain of what this device holds is unbroken."""
        return verify(self.entries, self.epoch) is None

    def record_of(self, row: Row) -> Record:
        """The row as this device writes it."""
        self.written += 1
        return Record(
            v=VERSION,
            id=str(uuid4()),
            code=self.code,
            kind=row.kind,
            at=row.at,
            precision=row.precision,
            certainty=row.certainty,
            earliest=row.earliest,
            latest=row.latest,
            source=row.source,
            null_reason=row.null_reason,
            payload=row.payload,
            target=None,
            device=self.id,
            n=self.written,
            role=None,
            seen=self.head,
            when=None,
        )

    async def post(self, record: Record) -> dict[str, Any]:
        """Send one record until the server has answered for it; the result as the server wrote it.

        The same bytes go again after a failure: the id makes that safe. Raises WebFault when the door refuses or
        stays shut.
        """
        body = {"records": [record_to_json(record)], "after": self.head, "mono_send": None, "now_est": None}
        for attempt in range(RETRIES + 1):
            try:
                answer = await asyncio.to_thread(self.browser.json, "POST", f"/api/codes/{self.code}/records", body)
            except WebFault as fault:
                if fault.final or attempt == RETRIES:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                result: dict[str, Any] = answer["results"][0]
                return result
        raise AssertionError("the loop returns or raises")

    async def listen(self) -> None:
        """Hold a socket, and open another when it breaks, until cancelled."""
        while True:
            with suppress(OSError, WebSocketException, InvalidHandshake, TimeoutError):
                async with connect(
                    self.browser.socket_url(f"/ws/codes/{self.code}/"),
                    additional_headers={"Cookie": self.browser.cookie_header},
                    origin=Origin(self.browser.origin),
                    compression=None,
                    max_size=None,
                ) as socket:
                    await socket.send(self._hello())
                    async for frame in socket:
                        if not self._take(json.loads(frame)):
                            await socket.send(self._hello())
            await asyncio.sleep(RETRY_SECONDS)

    def _hello(self) -> str:
        last = self.entries[-1].hash if self.entries else ""
        return json.dumps({"t": "hello", "epoch": self.epoch, "after": self.head, "hash": last})

    def _take(self, message: dict[str, Any]) -> bool:
        """Take in one message; False when this device has to ask again from where it stands."""
        kind = message["t"]
        if kind == "reset":
            self.entries.clear()
            self.epoch = message["epoch"]
            return False
        if kind in ("welcome", "head"):
            self.epoch = self.epoch or message["epoch"]
            return kind == "welcome" or int(message["head"]) <= self.head
        if kind == "batch":
            self.epoch = self.epoch or message["epoch"]
            return self._append(message["entries"])
        if kind in ("error", "notice"):
            self.faults.append(f"{kind}: {message.get('why')}")
        return True

    def _append(self, lines: Sequence[dict[str, Any]]) -> bool:
        now = time.perf_counter()
        for line in lines:
            entry = read_entry(line, self.code)
            assert entry.seq is not None
            if entry.seq <= self.head:
                continue
            if entry.seq != self.head + 1:
                return False
            self.entries.append(entry)
            self.heard[entry.record.id] = now
        return True
