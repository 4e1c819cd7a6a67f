"""The writer: one thread per process through which every record enters the log.

It takes all batches that wait and appends them in one transaction (group commit), so a busy second shares its disk
flushes and a quiet one waits for nobody. Nothing is answered before the COMMIT, and nothing is told before it either.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from timeline.appending import (
    AbsentCode,
    Answer,
    Appended,
    Author,
    Batch,
    Heard,
    Log,
    News,
    Origin,
    Result,
    append,
    pipeline,
    tell,
)
from timeline.heads import Heads

__all__ = ["AbsentCode", "Answer", "Author", "Batch", "Heard", "Log", "News", "Origin", "Result", "Writer", "writer"]

log = logging.getLogger("ecpr.writer")

# How many batches share one transaction at most: it bounds how long the first of them waits for the last.
GROUP = 256

Listener = Callable[[Sequence[News]], None]


class Writer:
    """The thread and its queue. Starts itself at the first batch; `stop` finishes what waits and ends it."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._heads = Heads()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener`, in the writer's thread, with what each commit added; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def append(self, batch: Batch) -> Future[Answer]:
        """Hand over a batch; the future holds the answer once it is committed. Any thread may call."""
        done = batch.done = Future()
        self.put(batch)
        return done

    def put(self, batch: Batch) -> None:
        """Hand over a batch whose answer is waited for otherwise."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="ecpr-writer", daemon=True)
                self._thread.start()
            self._queue.put(batch)

    def seen(self, logs: Iterable[Log]) -> None:
        """Codes as another process left them and this one just read them; any thread may call."""
        self._heads.see(logs)

    def stop(self, timeout: float = 10.0) -> None:
        """Append what waits, close the connection and end the thread; the next batch starts another."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._queue.put(None)
        thread.join(timeout)

    def _run(self) -> None:
        try:
            while (first := self._queue.get()) is not None:
                batches = [first]
                last = False
                while len(batches) < GROUP:
                    try:
                        following = self._queue.get_nowait()
                    except queue.Empty:
                        break
                    if following is None:
                        last = True
                        break
                    batches.append(following)
                self._group(batches)
                if last:
                    break
        finally:
            connection.close()

    def _group(self, batches: list[Batch]) -> None:
        """All batches in one transaction; when it fails, each in one of its own, so that no fault takes neighbours."""
        try:
            answers, news = self._heads.append(batches)
        except Exception:
            log.warning("one statement did not append; trying the ordinary way", exc_info=True)
            connection.close()
            answers, news = [None] * len(batches), []
        self._settle(batches, answers, news)
        rest = [batch for batch, answer in zip(batches, answers, strict=True) if answer is None]
        if not rest:
            return
        try:
            made = self._commit(rest)
        except Exception as fault:
            if len(rest) == 1:
                if not isinstance(fault, AbsentCode):
                    log.exception("a batch of %s could not be appended", rest[0].code)
                rest[0].done.set_exception(fault)
                return
            for batch in rest:
                self._group([batch])
            return
        self._heads.keep(made.logs.values())
        self._settle(rest, made.answers, made.news)

    def _settle(self, batches: Sequence[Batch], answers: Sequence[Answer | None], news: Sequence[News]) -> None:
        """Tell what is committed, and answer."""
        for listener in list(self._listeners):
            try:
                listener(news)
            except Exception:
                log.exception("telling of the news failed; the heartbeat will make up for it")
        heard: list[tuple[Heard, Answer]] = []
        for batch, answer in zip(batches, answers, strict=True):
            if answer is None:
                continue
            if isinstance(batch.done, Heard):
                heard.append((batch.done, answer))
            else:
                batch.done.set_result(answer)
        tell(heard)

    def _commit(self, batches: Sequence[Batch]) -> Appended:
        try:
            with pipeline(), transaction.atomic():
                return append(batches)
        except (OperationalError, InterfaceError, IntegrityError):
            # The server went away between two transactions, or another process put the same id into another code
            # meanwhile: one more look over a fresh connection, then the fault is the caller's. A commit that did
            # arrive is found again by its ids.
            connection.close()
            with pipeline(), transaction.atomic():
                return append(batches)
        finally:
            if connection.in_atomic_block or connection.errors_occurred:
                connection.close()


writer = Writer()
