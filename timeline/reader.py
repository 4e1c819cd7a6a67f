"""Short reads for coroutines: a few threads that keep their database connections, so a read costs no connecting."""

import asyncio
import threading
from collections.abc import Callable, Collection, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
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


class Shared(Generic[K, V]):
    """One kind of short read, for whoever asks: those who come while one is under way share the next, so that a herd of
    devices costs a few reads instead of one each. Every read begins after all whom it answers have asked.
    """

    def __init__(self, ask: Callable[[Collection[K]], Mapping[K, V]], most: int) -> None:
        """`ask` reads what there is for at most so many keys, in a thread of the reader."""
        self._ask = ask
        self._most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[K, list[asyncio.Future[V | None]]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """What there is for a key; raises what the read raised."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Another loop, in another test: whoever waited on the old one is gone with it.
            self._loop, self._waiting, self._reading = loop, {}, None
        answer: asyncio.Future[V | None] = loop.create_future()
        self._waiting.setdefault(key, []).append(answer)
        if self._reading is None or self._reading.done():
            self._reading = loop.create_task(self._read())
        return await answer

    async def _read(self) -> None:
        while self._waiting:
            keys = list(islice(self._waiting, self._most))
            asked = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await reader.run(partial(self._ask, keys))
            except Exception as fault:
                for answer in _still(asked.values()):
                    answer.set_exception(fault)
            else:
                for key, answers in asked.items():
                    for answer in _still([answers]):
                        answer.set_result(found.get(key))


def _still(asked: Collection[list["asyncio.Future[V]"]]) -> list["asyncio.Future[V]"]:
    """Who still waits: an asker may have gone away meanwhile."""
    return [answer for answers in asked for answer in answers if not answer.done()]
