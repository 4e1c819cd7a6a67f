"""Every test's surroundings: threads that end with the test, believed standings that do not outlive it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings as django_settings
from django.db import connections

from tests.asgi import Asgi
from timeline import access
from timeline.hub import hub
from timeline.reader import reader
from timeline.writer import writer

ORIGIN = f"http://localhost:{django_settings.PORT}"


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
