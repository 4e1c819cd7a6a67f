"""`make bench`: the product beside a bare server, interleaved in one run; prints ratios and writes build/bench.json.

The server under measurement runs on the first core, the load on the last. Each latency scenario runs product and floor
in turn, several rounds, and the median round counts. `--quick` is one short round of each.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop

from tests.bench.first_load import first_load
from tests.bench.load import Latency, Site, closed_loop, idle_memory, open_loop
from tests.bench.readings import reading_times
from tests.servers import free_port, servers

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ((1, 20, 10.0), (20, 20, 100.0), (100, 20, 100.0), (1, 1000, 2.0))


def start(command: list[str], environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """A server process on the first core; returns when it accepts connections."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if os.environ.get("BENCH_DEBUG") is None else None,
        preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    )
    give_up = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/up", timeout=2).close()
            return process
        if process.poll() is not None or time.monotonic() > give_up:
            raise SystemExit(f"{command[1:4]} did not come up")
        time.sleep(0.05)  # between two looks at the same condition


@contextlib.contextmanager
def product(where: dict[str, str], processes: int = 1) -> Iterator[tuple[Site, list[subprocess.Popen[bytes]]]]:
    """The product with a hundred codes, in one process or several."""
    with tempfile.TemporaryDirectory(prefix="ecpr-bench-") as data:
        ports = [free_port() for _ in range(processes)]
        environment = {
            **os.environ,
            **where,
            "DATA_DIR": data,
            "HOST": "127.0.0.1",
            "ECPR_DEMO": "0",
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            if name not in where:
                environment.pop(name, None)
        environment["PORT"] = str(ports[0])
        python = [sys.executable]
        subprocess.run([*python, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        said = subprocess.run(
            [*python, "-m", "tests.bench.prepare", "100"], cwd=ROOT, env=environment, check=True, capture_output=True
        ).stdout
        made = json.loads(said.splitlines()[-1])
        running = []
        try:
            for port in ports:
                running.append(start([*python, "manage.py", "serve"], {**environment, "PORT": str(port)}, port))
            yield Site("product", ports, made["codes"], made["tokens"], made["device"]), running
        finally:
            stop(running)


@contextlib.contextmanager
def floor(database: str | None) -> Iterator[tuple[Site, list[subprocess.Popen[bytes]]]]:
    """The bare server, on SQLite in a temporary folder or on a PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="ecpr-floor-") as data:
        port = free_port()
        target = database or str(Path(data) / "floor.sqlite3")
        process = start([sys.executable, "-m", "tests.bench.floor", str(port), target], dict(os.environ), port)
        try:
            codes = [f"00000000-0000-4000-8000-{number:012x}" for number in range(100)]
            yield Site("floor", [port], codes, ["-"] * 100, codes[0]), [process]
        finally:
            stop([process])


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Stop servers; the impatient way if they do not."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def median(rounds: list[Latency]) -> Latency:
    """The round whose p99 is the median; what was lost in any round is lost."""
    chosen = sorted(rounds, key=lambda each: each.p99)[len(rounds) // 2]
    return Latency(chosen.p50, chosen.p95, chosen.p99, sum(each.lost for each in rounds), chosen.taps)


def latencies(ours: Site, bare: Site, scenarios: Any, rounds: int, seconds: float, label: str) -> list[dict[str, Any]]:
    """Every scenario, product and floor in turn."""
    rows = []
    for rooms, each, rate in scenarios:
        results: dict[str, list[Latency]] = {"product": [], "floor": []}
        for _ in range(rounds):
            for site in (bare, ours):
                results[site.name].append(uvloop.run(open_loop(site, rooms, each, rate, seconds)))
        a, b = median(results["product"]), median(results["floor"])
        row = {
            "what": f"{label} {rooms}x{each}",
            "product_ms": [a.p50, a.p95, a.p99],
            "floor_ms": [b.p50, b.p95, b.p99],
            "p99_ratio": a.p99 / b.p99,
            "lost": a.lost,
        }
        rows.append(row)
        print(
            f"{row['what']:<22} p50/p95/p99 {a.p50:6.2f} {a.p95:6.2f} {a.p99:6.2f} ms   floor "
            f"{b.p50:6.2f} {b.p95:6.2f} {b.p99:6.2f} ms   p99 ratio {row['p99_ratio']:.2f}   lost {a.lost}",
            flush=True,
        )
    return rows


def throughput(ours: Site, bare: Site, rounds: int, seconds: float, label: str) -> dict[str, Any]:
    """Most deliveries per second at 20x20."""
    speeds: dict[str, list[float]] = {"product": [], "floor": []}
    for _ in range(rounds):
        for site in (bare, ours):
            speeds[site.name].append(uvloop.run(closed_loop(site, 20, 20, seconds)))
    a, b = statistics.median(speeds["product"]), statistics.median(speeds["floor"])
    print(f"{label + ' most 20x20':<22} {a:9.0f} deliveries/s   floor {b:9.0f}   ratio {a / b:.2f}", flush=True)
    return {"what": f"{label} deliveries/s 20x20", "product": a, "floor": b, "ratio": a / b}


def main() -> int:
    """All of it; the exit status is 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    parser.add_argument("--no-scale-out", action="store_true", help="without PostgreSQL and Valkey")
    chosen = parser.parse_args()
    rounds, seconds = (1, 2.0) if chosen.quick else (3, 4.0)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    report: dict[str, Any] = {"when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "rows": []}
    with product({}) as (ours, processes), floor(None) as (bare, bares):
        report["rows"] += latencies(ours, bare, SCENARIOS, rounds, seconds, "sqlite")
        report["rows"].append(throughput(ours, bare, rounds, seconds, "sqlite"))
        mine = uvloop.run(idle_memory(ours, processes[0].pid, 1000))
        theirs = uvloop.run(idle_memory(bare, bares[0].pid, 1000))
        report["rows"].append({"what": "kB per idle socket", "product": mine, "floor": theirs, "ratio": mine / theirs})
        print(f"{'idle socket':<22} {mine:6.1f} kB   floor {theirs:6.1f} kB   ratio {mine / theirs:.2f}", flush=True)
    if not chosen.no_scale_out:
        with (
            servers() as where,
            product(where, processes=2) as (ours, _),
            floor(where["DATABASE_URL"]) as (bare, _bares),
        ):
            report["rows"] += latencies(ours, bare, SCENARIOS[1:3], rounds, seconds, "pg+valkey x2")
            report["rows"].append(throughput(ours, bare, rounds, seconds, "pg+valkey x2"))
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with product({}) as (ours, _):
        report["first_load"] = first_load(ours)
    report["reading"] = reading_times()
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n")
    lost = sum(row.get("lost", 0) for row in report["rows"])
    print(f"written to {target.relative_to(ROOT)}; lost {lost}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
