"""The two servers under load, each a process of its own on the machine's first core: the product and the floor."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.herd_floor import signed
from tests.bench.wire import Site
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
CODES = 100
CORES = sorted(os.sched_getaffinity(0))
READY_SECONDS = 60.0
# Above what else the machine does, where we may: a guest on the core would count as latency of ours.
PRIORITY = -12


def first_core() -> None:
    """Belong to the servers' core."""
    os.sched_setaffinity(0, CORES[:1])
    prefer()


def last_core() -> None:
    """Belong to the load's core."""
    os.sched_setaffinity(0, CORES[-1:])
    prefer()


def prefer() -> None:
    """Go before other processes, if we may: as a process, and as the session that Linux may group us by."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(PRIORITY), encoding="ascii")


@contextlib.contextmanager
def serving(commands: Sequence[tuple[list[str], dict[str, str], int]]) -> Iterator[list[int]]:
    """Server processes (command, environment, port) for the length of a block; their ids, once they answer."""
    with tempfile.TemporaryFile() as log, contextlib.ExitStack() as running:
        ids = []
        for command, environment, port in commands:
            process = start(command, environment, port, log)
            running.callback(stop, process)
            ids.append(process.pid)
        yield ids


def start(
    command: list[str], environment: dict[str, str], port: int, log: Any = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    """A server process on the first core, once it answers."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, preexec_fn=first_core
    )
    try:
        _wait(process, port)
    except BaseException:
        stop(process)
        raise
    return process


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/up", timeout=2).close()
            return
        if process.poll() is not None or time.monotonic() > give_up:
            raise SystemExit(f"{process.args!r} did not come up")
        time.sleep(0.05)  # between two looks at the same condition


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server process, also one that is halted or gone already."""
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def alone(site: Site, others: Sequence[Site]) -> Iterator[None]:
    """Halt the other servers while this one is measured: what a server does by itself must not cost its neighbour."""
    halted = [process for other in others if other is not site for process in other.processes]
    for process in halted:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in halted:
            os.kill(process, signal.SIGCONT)


@dataclass(frozen=True)
class Made:
    """What `prepare` made in a new database: codes, the tokens of each one's devices, a device; and where it is."""

    codes: list[str]
    tokens: list[list[str]]
    device: str
    where: dict[str, str]

    def environment(self, port: int) -> dict[str, str]:
        """The environment of a server over it."""
        return {**self.where, "PORT": str(port)}


def prepared(where: dict[str, str], data: str, records: int = 0) -> Made:
    """A new database, its files in `data`, with a hundred codes of at least so many records, and their devices."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    common = {**inherited, **where, "DATA_DIR": data, "HOST": "127.0.0.1", "ECPR_DEMO": "0"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=common, check=True)
    prepare = [sys.executable, "-m", "tests.bench.prepare", str(CODES), str(records)]
    said = subprocess.run(prepare, cwd=ROOT, env=common, check=True, stdout=subprocess.PIPE).stdout
    made = json.loads(said.splitlines()[-1])
    return Made(made["codes"], made["tokens"], made["device"], common)


@contextlib.contextmanager
def product(where: dict[str, str], processes: int = 1, records: int = 0) -> Iterator[Site]:
    """`manage.py serve`, once or several times, over a new database (`prepared`)."""
    with tempfile.TemporaryDirectory(prefix="ecpr-bench-") as data:
        made = prepared(where, data, records)
        # Of several processes behind one address each has to accept the other's pages; here each is its own address.
        ports = [free_port() for _ in range(processes)]
        with serving([(["manage.py", "serve"], made.environment(port), port) for port in ports]) as ids:
            yield Site("product", ports, ids, made.codes, made.tokens, made.device)


@contextlib.contextmanager
def floor(where: dict[str, str], processes: int = 1) -> Iterator[Site]:
    """The bare server, once or more: on SQLite in a temporary folder, or on the PostgreSQL and Valkey given."""
    with tempfile.TemporaryDirectory(prefix="ecpr-floor-") as data:
        ports = [free_port() for _ in range(processes)]
        stores = [where.get("DATABASE_URL", str(Path(data) / "floor.sqlite3"))]
        if "REDIS_URL" in where:
            stores.append(where["REDIS_URL"])
        commands = [(["-m", "tests.bench.floor", str(port), *stores], dict(os.environ), port) for port in ports]
        with serving(commands) as ids:
            codes = [f"00000000-0000-4000-8000-{number:012x}" for number in range(CODES)]
            yield Site("floor", ports, ids, codes, [["-"]] * CODES, codes[0])


@contextlib.contextmanager
def herd_floor(snapshot: str, codes: Sequence[str]) -> Iterator[Site]:
    """The bare server that sends every socket this message."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", prefix="ecpr-herd-", encoding="utf-8") as file:
        file.write(snapshot)
        file.flush()
        with serving([(["-m", "tests.bench.herd_floor", str(port), file.name], dict(os.environ), port)]) as ids:
            yield Site("floor", [port], ids, list(codes), [[signed("a device")]] * len(codes), codes[0])
