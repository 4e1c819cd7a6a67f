"""One device's socket as the hub sees it: where it stands in the log, and how to write to it without ever waiting."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from timeline.wire import encode, text_frame

log = logging.getLogger("ecpr.hub")

# What may wait in front of one device before it is cut; it comes back and catches up by its cursor.
MOST_BUFFERED = 1024 * 1024
MOST_QUEUED = 256


class Sink:
    """One socket: where it stands in the log, and how to write to it."""

    __slots__ = ("_pump", "_queue", "_send", "_transport", "code", "cursor", "device", "label", "open", "shown")

    def __init__(
        self, code: UUID, device: UUID, label: str, send: Callable[[dict[str, Any]], Awaitable[None]], transport: Any
    ) -> None:
        self.code = code
        self.device = device
        self.label = label
        self.cursor: int | None = None
        self.shown = False
        self.open = True
        self._send = send
        self._transport = transport
        self._queue: asyncio.Queue[bytes] | None = None
        self._pump: asyncio.Task[None] | None = None

    def write(self, payload: bytes, frame: bytes) -> None:
        """Write a message that is ready, and never raise: a dead or slow socket is cut."""
        if not self.open:
            return
        try:
            if self._transport is not None:
                if self._transport.is_closing():
                    self.open = False
                elif self._transport.get_write_buffer_size() > MOST_BUFFERED:
                    self.cut()
                else:
                    self._transport.write(frame)
            else:
                self._enqueue(payload)
        except Exception:
            log.debug("a socket could not be written to", exc_info=True)
            self.cut()

    def say(self, message: dict[str, Any]) -> None:
        """Write one message to this device alone."""
        payload = encode(message).encode()
        self.write(payload, text_frame(payload))

    def cut(self) -> None:
        """End the connection without waiting for it to drain."""
        if not self.open:
            return
        self.open = False
        if self._transport is not None:
            with contextlib.suppress(Exception):
                self._transport.abort()
        else:
            self._finish(close=True)

    def end(self) -> None:
        """Say nothing more; the connection is closed by its consumer."""
        self.open = False
        self._finish(close=False)

    def hang_up(self) -> None:
        """Close after what was written has gone out; the device sees an ordinary end."""
        if self._transport is not None:
            self.open = False
            with contextlib.suppress(Exception):
                self._transport.write(b"\x88\x02\x0f\xa1")  # close frame, status 4001
                self._transport.close()
        else:
            self.open = False
            self._finish(close=True, drain=True)

    def _enqueue(self, payload: bytes) -> None:
        if self._queue is None:
            self._queue = asyncio.Queue(MOST_QUEUED)
            self._pump = asyncio.get_running_loop().create_task(self._pumping(self._queue))
        try:
            self._queue.put_nowait(payload)
        except asyncio.QueueFull:
            self.cut()

    async def _pumping(self, queue: asyncio.Queue[bytes]) -> None:
        while payload := await queue.get():
            try:
                await self._send({"type": "websocket.send", "text": payload.decode()})
            except Exception:
                self.open = False
                return
        with contextlib.suppress(Exception):
            await self._send({"type": "websocket.close", "code": 4001})

    def _finish(self, *, close: bool, drain: bool = False) -> None:
        if drain and self._queue is not None and not self._queue.full():
            self._queue.put_nowait(b"")
            return
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        if close:

            async def closing() -> None:
                with contextlib.suppress(Exception):
                    await self._send({"type": "websocket.close", "code": 4001})

            self._pump = asyncio.get_running_loop().create_task(closing())
