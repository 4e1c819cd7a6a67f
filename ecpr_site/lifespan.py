"""What runs beside the requests: the hub's heartbeat, the sweep, the pokes, and in embedded mode Celery."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.conf import settings

from ecpr_site.checks import pragma_faults
from ecpr_site.embedded import EmbeddedCelery
from roles.server_clock import clock
from timeline.doors.http import Receive, Scope, Send
from timeline.hub import HEARTBEAT_SECONDS, hub
from timeline.pokes import Pokes
from timeline.reader import reader
from timeline.selectors import code_runs
from timeline.sweep import sweep
from timeline.writer import writer

log = logging.getLogger("ecpr.lifespan")

SWEEP_SECONDS = 1.0


class Lifespan:
    """Starts and stops all of it; one per process."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._pokes = Pokes()
        self._celery: EmbeddedCelery | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI's lifespan protocol."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except Exception as fault:
                    log.exception("the server could not start")
                    await send({"type": "lifespan.startup.failed", "message": str(fault)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def start(self) -> None:
        """Start; raises when the database would not keep what it is given."""
        if faults := await reader.run(pragma_faults):
            raise RuntimeError(" ".join(faults))
        hub.bind()
        if settings.REDIS_URL:
            self._pokes.start()
        else:
            try:
                self._celery = EmbeddedCelery()
                # In a thread of its own: Celery closes inherited connections, which Django forbids in a coroutine.
                await asyncio.to_thread(self._celery.start)
            except Exception:
                # Without Celery debriefs are made when they are asked for; no reason to keep a team waiting.
                log.exception("embedded Celery could not start")
                self._celery = None
        self._tasks = [
            asyncio.create_task(_every(HEARTBEAT_SECONDS, hub.heartbeat)),
            asyncio.create_task(_every(SWEEP_SECONDS, _sweep)),
        ]

    async def stop(self) -> None:
        """Stop; what waits for the log is written first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if settings.REDIS_URL:
            await self._pokes.stop()
        if self._celery is not None:
            await asyncio.to_thread(self._celery.stop)
        await asyncio.to_thread(writer.stop)
        hub.release()
        await asyncio.to_thread(reader.stop)


async def _sweep() -> None:
    await reader.run(sweep)
    await reader.run(lambda: clock.watch(code_runs))


async def _every(seconds: float, do: Callable[[], Awaitable[None]]) -> None:
    """Do it every so many seconds; a round that fails is logged, and the next one comes."""
    failing = False
    clock = asyncio.get_running_loop().time
    due = clock()
    while True:
        # A round that took longer than the period puts the next one off, and is not made up for.
        due = max(due + seconds, clock())
        await asyncio.sleep(due - clock())
        try:
            await do()
            failing = False
        except Exception:
            if not failing:
                log.exception("%s failed and is tried again", getattr(do, "__qualname__", do))
            failing = True
