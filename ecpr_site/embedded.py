"""Celery inside the serving process, for the embedded mode: a worker and its beat, each in a thread, over memory."""

import logging
import threading
from typing import Any

from celery.beat import Scheduler, Service
from celery.worker import WorkController

from ecpr_site.celery import app

log = logging.getLogger("ecpr.celery")


class EmbeddedCelery:
    """Both threads. Tasks are found by query, so whatever the memory broker forgets is found again."""

    def __init__(self) -> None:
        self._worker: Any = None
        self._beat: Any = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start both."""
        app.autodiscover_tasks(force=True)
        self._worker = WorkController(
            app=app,
            pool_cls="threads",
            concurrency=1,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            hostname="embedded",
            loglevel="WARNING",
        )
        # The schedule is in the settings, so nothing of it has to be kept between starts.
        self._beat = Service(app, max_interval=1, scheduler_cls=Scheduler)
        self._threads = [
            threading.Thread(target=self._run, args=(self._worker.start,), name="ecpr-celery", daemon=True),
            threading.Thread(target=self._run, args=(self._beat.start,), name="ecpr-beat", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop both; a task that runs may finish, a little while."""
        self._beat.stop()
        self._worker.stop()
        for thread in self._threads:
            thread.join(3)

    @staticmethod
    def _run(start: Any) -> None:
        try:
            start()
        except SystemExit:
            pass
        except Exception:
            log.exception("embedded Celery stopped; debriefs are still made when they are asked for")
