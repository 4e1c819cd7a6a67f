"""Every test's surroundings: threads that end with the test, believed standings that do not outlive it."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings as django_settings
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseOperations

from tests.asgi import Asgi
from timeline import access
from timeline.hub import hub
from timeline.reader import reader
from timeline.writer import writer

ORIGIN = f"http://localhost:{django_settings.PORT}"


@pytest.fixture(autouse=True, scope="session")
def emptied_in_spite_of_the_trigger() -> None:
    """Between two tests Django empties SQLite's tables row by row, which no entry allows. PostgreSQL truncates them."""
    ordinary = DatabaseOperations.sql_flush
    trigger = "timeline.migrations.0003_entries_never_deleted"

    def flush(self: Any, *args: Any, **how: Any) -> list[str]:
        statements = ordinary(self, *args, **how)
        if not any("timeline_entry" in statement for statement in statements):
            return statements
        return ["DROP TRIGGER entry_never_deleted", *statements, importlib.import_module(trigger).DELETED]

    DatabaseOperations.sql_flush = flush  # type: ignore[method-assign]  # tests alone may empty a log


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """Ends the writer's and reader's threads, so that each test begins with connections of its own."""
    yield
    hub.release()
    writer.stop()
    reader.stop()
    access.forget_all()
    # The thread that asgiref keeps for the asynchronous ORM keeps its connection too.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(autouse=True)
def plain_static_names(settings: Any) -> None:
    """Pages name their files plainly: the tests need no `collectstatic` before them."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def asgi() -> Asgi:
    """The whole application, asked in this process."""
    return Asgi()


@pytest.fixture
def heard() -> Iterator[Callable[[], list[Any]]]:
    """What the writer told its listeners so far."""
    told: list[Any] = []
    stop = writer.listen(told.extend)
    yield lambda: told
    stop()
