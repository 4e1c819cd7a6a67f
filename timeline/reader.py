"""Short reads for coroutines: a few threads that keep their database connections, so a read costs no connecting."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
THREADS = 2


class Reader:
    """The threads; started at the first read, ended by `stop`."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    async def run(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, asked in one of the threads."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="ecpr-reader")
            pool = self._pool
        return await asyncio.get_running_loop().run_in_executor(pool, _asked, ask)

    def stop(self) -> None:
        """Close the connections and end the threads; the next read starts others."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is None:
            return
        # A connection is closed by the thread that opened it; the barrier makes each thread take one of the closings.
        barrier = threading.Barrier(THREADS)
        for _ in range(THREADS):
            pool.submit(_close, barrier)
        pool.shutdown(wait=True)


def _close(barrier: threading.Barrier) -> None:
    barrier.wait(10)
    connection.close()


def _asked(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (OperationalError, InterfaceError):
        # The server closed an idle connection, or came back from a restart: one fresh try.
        connection.close()
        return ask()


reader = Reader()
