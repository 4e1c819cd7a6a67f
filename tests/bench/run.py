"""`make bench`: the product beside a bare server, in turn in one run; prints ratios, writes build/bench.json.

    make bench                    about twelve minutes
    make bench ARGS=--quick       one short round of everything, about four minutes
    make bench ARGS="--only herd"

Method
- The product is `manage.py serve` over a fresh database with a hundred open codes, made by its own services, and a
  device of its own for every socket. The floor (floor.py) is a bare ASGI application on the same uvicorn that takes
  the same POST, commits the record to the same kind of database and sends it to the same sockets.
- Servers run on the first core, the load, PostgreSQL and Valkey on the last. With two processes the floor has two as
  well, which tell each other through Valkey; all share the first core.
- Product and floor take turns within each scenario, over the same open sockets; the one that rests is halted. The
  round with the middle p99 is shown. Losses and doubles count over all rounds.
- Latency is open loop at a fixed rate: from when a tap was due to when the last of its code's devices has it, so a
  server that falls behind is charged for the queue. Throughput is closed loop: 40 taps in flight, each ends at its
  last device.
- A herd is two thousand devices that connect at once, with nothing, each wanting its code's log of 200 records; the
  floor checks a signed token and sends the bytes that the product sent. No round knows a device from the one before.
- The audit is asked over ten thousand codes that were recorded through the writer, five hundred of them with all their
  entries; how fast logs are read is measured on those, the rollup on all, in one process on one core.
- Memory is the difference of PSS over 1,000 idle sockets of a fresh server.
- Exit status 1 when a delivery was lost or doubled.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import uvloop

from tests.bench.audit import audit_times
from tests.bench.first_load import first_load
from tests.bench.herd import herd, snapshot_of
from tests.bench.load import Crowd, Latency, Throughput, closed_loop, gather, idle_memory, open_loop
from tests.bench.reach import reach
from tests.bench.readings import reading_times
from tests.bench.sites import CODES, CORES, ROOT, alone, floor, herd_floor, last_core, product
from tests.bench.wire import Site
from tests.servers import servers

Scenario = tuple[int, int, float]  # codes, devices on each, taps per second in all
SCENARIOS: tuple[Scenario, ...] = ((1, 20, 10.0), (20, 20, 100.0), (100, 20, 100.0), (1, 1000, 5.0))
WIDE: tuple[Scenario, ...] = ((20, 20, 100.0), (100, 20, 100.0))
IDLE = 1000
HERD, HERD_RECORDS = 2000, 200


@dataclass(frozen=True)
class Plan:
    """How many rounds of how many seconds, after how many of warming up."""

    rounds: int
    seconds: float
    warm: float


FULL, QUICK = Plan(3, 5.0, 1.0), Plan(1, 1.5, 0.5)
# Two processes of each share one core, and one round of the floor itself is three times another: more of them.
CROWDED = 7


async def both(sites: Sequence[Site], rooms: int, each: int) -> list[Crowd]:
    """The same crowd at each site."""
    return [await gather(site, rooms, each) for site in sites]


async def latency(sites: Sequence[Site], scenario: Scenario, plan: Plan, label: str) -> dict[str, Any]:
    """One scenario, the sites in turn."""
    rooms, each, rate = scenario
    crowds = await both(sites, rooms, each)
    rounds: dict[str, list[Latency]] = {site.name: [] for site in sites}
    for _ in range(plan.rounds):
        for crowd in crowds:
            with alone(crowd.site, sites):
                rounds[crowd.site.name].append(await open_loop(crowd, rate, plan.seconds, plan.warm))
    for crowd in crowds:
        crowd.disperse()
    ours, bare = (sorted(rounds[site.name], key=lambda one: one.p99)[plan.rounds // 2] for site in sites)
    row = {
        "what": f"{label}, {rooms}x{each} at {rate:g}/s",
        "product_ms": [ours.p50, ours.p95, ours.p99],
        "floor_ms": [bare.p50, bare.p95, bare.p99],
        "p99_ratio": ours.p99 / bare.p99,
        "p99_of_rounds": {name: [one.p99 for one in each] for name, each in rounds.items()},
        "lost": sum(one.lost for one in rounds["product"]),
        "doubled": sum(one.doubled for one in rounds["product"]),
        "taps": sum(one.taps for one in rounds["product"]),
    }
    print(
        f"{row['what']:<32} {ours.p50:7.2f} {ours.p95:7.2f} {ours.p99:7.2f}   {bare.p50:7.2f} {bare.p95:7.2f} "
        f"{bare.p99:7.2f}   {row['p99_ratio']:5.2f}   {row['lost']} / {row['doubled']}",
        flush=True,
    )
    return row


async def throughput(sites: Sequence[Site], plan: Plan, label: str) -> dict[str, Any]:
    """Most deliveries per second at 20x20."""
    crowds = await both(sites, 20, 20)
    rounds: dict[str, list[Throughput]] = {site.name: [] for site in sites}
    for _ in range(plan.rounds):
        for crowd in crowds:
            with alone(crowd.site, sites):
                rounds[crowd.site.name].append(await closed_loop(crowd, plan.seconds, plan.warm))
    for crowd in crowds:
        crowd.disperse()
    ours, bare = (sorted(rounds[site.name], key=lambda one: one.speed)[plan.rounds // 2] for site in sites)
    row = {
        "what": f"{label}, deliveries/s at 20x20",
        "product": ours.speed,
        "floor": bare.speed,
        "ratio": ours.speed / bare.speed,
        "product_us_per_delivery": ours.cost,
        "floor_us_per_delivery": bare.cost,
        "of_rounds": {name: [one.speed for one in each] for name, each in rounds.items()},
        "load_busy": ours.load,
        "lost": sum(one.lost for one in rounds["product"]),
    }
    print(
        f"{label + ', most deliveries/s at 20x20':<56} {ours.speed:7.0f}   floor {bare.speed:7.0f}   ratio "
        f"{row['ratio']:5.2f}   ({ours.cost:.1f} and {bare.cost:.1f} µs each; the load's core {ours.load:.0%} busy)",
        flush=True,
    )
    return row


async def memory(sites: Sequence[Site]) -> dict[str, Any]:
    """Kilobytes per idle socket; asked of fresh servers, before freed memory could be used again."""
    found = []
    for site in sites:
        with alone(site, sites):
            found.append(await idle_memory(site, IDLE))
    ours, bare = found
    print(
        f"{'memory of an idle socket':<46} {ours:6.1f} kB   floor {bare:6.1f} kB   ratio {ours / bare:5.2f}", flush=True
    )
    return {"what": "kB per idle socket", "product": ours, "floor": bare, "ratio": ours / bare}


def side_by_side(sites: Sequence[Site], scenarios: Sequence[Scenario], plan: Plan, label: str) -> list[dict[str, Any]]:
    """All scenarios, then throughput."""
    print(f"{'':<32} {'product p50     p95     p99':>23}   {'floor p50     p95     p99':>23}   ratio   lost / doubled")
    rows = [uvloop.run(latency(sites, scenario, plan, label)) for scenario in scenarios]
    rows.append(uvloop.run(throughput(sites, plan, label)))
    return rows


def herds(where: dict[str, str], plan: Plan, label: str) -> list[dict[str, Any]]:
    """Two thousand devices at once, all on one code, and spread over all codes."""
    with product(where, records=HERD_RECORDS) as ours, herd_floor(snapshot_of(ours, 0), ours.codes) as bare:
        return [
            uvloop.run(herd((ours, bare), rooms, HERD // rooms, HERD_RECORDS, plan.rounds, label))
            for rooms in (1, CODES)
        ]


def main() -> int:
    """All of it."""
    parser = argparse.ArgumentParser(description="Measure the product beside a bare server.")
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    parser.add_argument("--only", choices=("sqlite", "scale-out", "herd", "page", "audit", "reach"), help="one part")
    chosen = parser.parse_args()
    plan = QUICK if chosen.quick else FULL
    wanted = (chosen.only,) if chosen.only else ("sqlite", "scale-out", "herd", "page", "audit", "reach")
    report: dict[str, Any] = {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "quick": chosen.quick,
        "load_average_before": os.getloadavg()[0],
        "rows": [],
    }
    # Told to go, we still stop every server that we started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    last_core()
    if "sqlite" in wanted:
        with product({}) as ours, floor({}) as bare:
            report["rows"].append(uvloop.run(memory((ours, bare))))
            report["rows"] += side_by_side((ours, bare), SCENARIOS, plan, "SQLite")
    if "scale-out" in wanted:
        with servers(durable=True) as where:
            alone_there = {"DATABASE_URL": where["DATABASE_URL"]}
            with product(alone_there) as ours, floor(alone_there) as bare:
                report["rows"] += side_by_side((ours, bare), WIDE, plan, "PostgreSQL")
        with servers(durable=True) as where, product(where, processes=2) as ours, floor(where, processes=2) as bare:
            more = plan if chosen.quick else replace(plan, rounds=CROWDED)
            report["rows"] += side_by_side((ours, bare), WIDE, more, "+ Valkey, 2 processes")
    if "herd" in wanted:
        report["rows"] += herds({}, plan, "SQLite")
        with servers(durable=True) as where:
            report["rows"] += herds({"DATABASE_URL": where["DATABASE_URL"]}, plan, "PostgreSQL")
    os.sched_setaffinity(0, CORES)
    if "page" in wanted:
        with product({}) as ours:
            report["first_load"] = first_load(ours)
        report["reading"] = reading_times()
    if "audit" in wanted:
        report["audit"] = audit_times(chosen.quick)
    if "reach" in wanted:
        report["reach"] = reach()
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n")
    spoilt = sum(row.get("lost", 0) + row.get("doubled", 0) for row in report["rows"])
    print(f"written to {target.relative_to(ROOT)}; {spoilt} deliveries lost or doubled")
    return 1 if spoilt else 0


if __name__ == "__main__":
    sys.exit(main())
