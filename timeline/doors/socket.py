"""The socket: news down, clock probes, who is here. Nothing is ever recorded over it."""

import logging
import math
import time
from typing import Any, TypeGuard, cast
from uuid import UUID

from channels.consumer import AsyncConsumer

from roles.server_clock import fine_ms, now_ms
from timeline import access
from timeline.doors.http import Problem, Scope, Send, standing_of, token_and_origin
from timeline.hub import hub
from timeline.sink import Sink
from timeline.wire import decode

log = logging.getLogger("ecpr.socket")

# A burst of clock probes and a beat of presence; what comes faster than this is answered with an error.
BURST = 60.0
PER_SECOND = 5.0
MOST_CHARACTERS = 4 * 1024
# A device whose time is further off than this, and than its own doubt, is named (reliability reference, section 3.4).
CLOCK_OFF_MS = 2000


class CodeSocket(AsyncConsumer):
    """One device's socket on one code. Its own short loop takes the place of Channels' dispatch, which crosses into a
    thread for every message; the channel layer is not used here at all.
    """

    sink: Sink | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket until either side ends it."""
        self.scope = scope
        self.base_send = send
        self._allowance, self._counted_at = BURST, time.monotonic()
        self._apart: float | None = None
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self.dispatch(message)
        except _Closed:
            pass
        finally:
            if self.sink is not None:
                hub.leave(self.sink)

    async def dispatch(self, message: Any) -> None:
        """Answer one message of the server or the device. No message of a device ends its connection."""
        if message["type"] == "websocket.connect":
            await self._connect(cast(Scope, self.scope), cast(Send, self.base_send))
        elif message["type"] == "websocket.receive" and self.sink is not None:
            try:
                await self._hear(self.sink, message.get("text"))
            except Exception:
                log.exception("a message on %s could not be answered", self.sink.code)
                self.sink.say({"t": "error", "why": "fault"})

    async def _connect(self, scope: Scope, send: Send) -> None:
        code: UUID = scope["url_route"]["kwargs"]["code"]
        try:
            token = token_and_origin(scope, need_origin=True)
            standing = await standing_of(token, code, "read")
        except (Problem, access.NoToken, access.NotStanding):
            await send({"type": "websocket.close", "code": 4403})
            raise _Closed from None
        hub.bind()
        transport = scope.get("extensions", {}).get("ecpr.transport")
        self.sink = Sink(code, standing.device, standing.label, send, transport)
        await send({"type": "websocket.accept"})

    async def _hear(self, sink: Sink, text: str | None) -> None:
        if not self._within_limits():
            sink.say({"t": "error", "why": "too_many"})
            return
        said = _object(text)
        kind = said.get("t")
        if kind == "time" and _number(said.get("t0")):
            arrived = fine_ms()
            sink.say({"t": "time", "t0": said["t0"], "s1": arrived, "s2": fine_ms()})
        elif kind == "hello" and _cursor(said):
            await hub.join(sink, said["epoch"], said["after"], said["hash"])
        elif kind == "presence":
            hub.presence(sink, {**_presence(said, sink.label), "clock_off": self._clock_off(said)})
        else:
            sink.say({"t": "error", "why": "malformed"})

    def _clock_off(self, said: dict[str, Any]) -> int:
        """By how many seconds the time that the device shows is off; 0 within its doubt.

        Said twice in a row, by the lesser of the two: once may be a message that was held up on its way.
        """
        shown, doubt = said.get("now"), said.get("doubt")
        if not _number(shown) or not _number(doubt):
            self._apart = None
            return 0
        before, self._apart = self._apart, shown - now_ms()
        if before is None:
            return 0
        least = min(before, self._apart, key=abs)
        return round(least / 1000) if abs(least) > CLOCK_OFF_MS + max(0, doubt) else 0

    def _within_limits(self) -> bool:
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True


class _Closed(Exception):
    """The connection was refused."""


def _object(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > MOST_CHARACTERS:
        return {}
    try:
        said = decode(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _cursor(said: dict[str, Any]) -> bool:
    after = said.get("after")
    return (
        isinstance(said.get("epoch"), str)
        and isinstance(said.get("hash"), str)
        and type(after) is int
        and 0 <= after < 2**31
    )


def _presence(said: dict[str, Any], label: str) -> dict[str, Any]:
    role, pending, shown = said.get("role"), said.get("pending"), said.get("label")
    return {
        "label": shown[:60] if isinstance(shown, str) and shown.strip() else label,
        "role": role[:64] if isinstance(role, str) else None,
        "pending": pending if type(pending) is int and 0 <= pending < 100_000 else 0,
    }
