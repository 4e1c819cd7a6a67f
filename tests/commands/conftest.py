"""A real server process with a database of its own, for what only a real server can show."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True, scope="session")
def interrupts_are_heard() -> None:
    """A shell that runs the tests in its background has them ignore Ctrl-C; every command they start inherits that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Site:
    """A running server: its address, and `manage.py` on its own database."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command beside the server."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def shell(self, code: str) -> str:
        """What a piece of Python prints inside the project."""
        done = self.manage("shell", "--no-imports", "-v", "0", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def reading(self, name: str) -> dict[str, Any]:
        """The reading of a code."""
        done = self.manage("reading", name, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]  # JSON of our own


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`manage.py serve` in embedded mode, empty but for one person: lena."""
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"DATA_DIR": str(folder), "HOST": "127.0.0.1", "PORT": str(port), "ECPR_DEMO": "0"}
    running = Site(f"http://127.0.0.1:{port}", environment)
    migrated = running.manage("migrate", "-v", "0")
    assert migrated.returncode == 0, migrated.stderr
    running.shell(
        "from django.contrib.auth.models import User; User.objects.create_user('lena', password='calm words 1')"
    )
    with served(running):
        yield running


@contextlib.contextmanager
def served(site: Site) -> Iterator["subprocess.Popen[bytes]"]:
    """`manage.py serve` at the site's address for the length of a block."""
    log = Path(site.environment["DATA_DIR"]) / f"server.{site.environment['PORT']}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=site.environment, stdout=out, stderr=out
        )
    try:
        _wait_until_up(site.url, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/up", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.05)  # between two looks at the same condition
