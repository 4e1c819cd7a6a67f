"""How long the reading of a 500-record code takes, in both languages.

The code has every kind of event of a run to flow and to discharge, in the protocol's order, between them what a team
records all the time, with a correction and a void in every thirty. Python and Chromium take turns, a fresh process and
a fresh page each, the process with the collector set as the server sets it.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route

from tests.bench.first_load import chromium
from timeline.core.protocol import Protocol
from timeline.protocols import protocol_named

ROOT = Path(__file__).resolve().parents[2]
BEGIN = 1_767_225_600_000
STEP = 7_000
RECORDS = 500
TURNS = 9
READINGS = 100
CODE, DEVICE = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
# Of the ways that a run may end, the code has none but flow and what follows it.
OTHERWISE = frozenset(
    {
        "ecpr_cancelled",
        "attempt_failed",
        "flow_failed",
        "ecpr_abandoned",
        "efforts_stopped",
        "support_withdrawn",
        "death",
    }
)
# What a team records again and again; the two words on other records speak of the one before them.
OFTEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("item_ticked", {}),
    ("drug", {"value": "adrenaline", "dose": 1, "unit": "mg"}),
    ("item_ticked", {}),
    ("rhythm_check", {"value": "VF"}),
    ("shock", {"value": 200}),
    ("item_ticked", {}),
    ("compression_pause_start", {"value": "rhythm check"}),
    ("compression_pause_end", {}),
    ("compressor_swap", {}),
    ("item_ticked", {}),
    ("etco2", {"value": 18}),
    ("correction", {"changes": {"payload": {"value": 19}}, "reason": "misread"}),
    ("item_ticked", {}),
    ("flow_setting", {"value": 3.5}),
    ("note", {"value": "said aloud"}),
    ("void", {"reason": "wrong_button"}),
)
PYTHON = """
import gc, json, os, sys, time
import django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")
django.setup()
from ecpr_site.management.commands.serve import GC_THRESHOLDS
from timeline.core.reading import read
from timeline.core.records import trusted_entry
from timeline.protocols import protocol_named
told = json.load(sys.stdin)
protocol, entries = protocol_named("ecpr-1"), [trusted_entry(each) for each in told["entries"]]
gc.set_threshold(*GC_THRESHOLDS)
gc.collect()
gc.freeze()
times = []
for turn in range(READINGS):
    since = time.perf_counter()
    read(entries, protocol, told["now"])
    times.append((time.perf_counter() - since) * 1000)
print(json.dumps(times))
""".replace("READINGS", str(READINGS))
# In a page, as on a device: each turn is a fresh page, whose engine has compiled nothing yet.
BROWSER = """
async ({ entries, now, protocol, turns }) => {
  const { readAll } = await import("/core/figures.js");
  const times = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const since = performance.now();
    readAll(entries, protocol, now);
    times.push(performance.now() - since);
  }
  return times;
}
"""
SITE = "http://readings.test"


def _entries(protocol: Protocol) -> list[dict[str, Any]]:
    once = [key for key, kind in protocol.kinds.items() if kind.clinical and key not in {*dict(OFTEN), *OTHERWISE}]
    items = [item.id for role in protocol.roles for item in role.items]
    told: list[tuple[str, dict[str, Any]]] = [("code_started", {"value": "drill", "protocol": protocol.key})]
    every = (RECORDS - 1) // len(once)
    often = 0
    while len(told) < RECORDS:
        if len(told) % every == 0 and once:
            told.append((once.pop(0), {}))
            continue
        kind, payload = OFTEN[often % len(OFTEN)]
        told.append((kind, {"value": items[often % len(items)]} if kind == "item_ticked" else payload))
        often += 1
    return [_entry(number, kind, payload) for number, (kind, payload) in enumerate(told)]


def _entry(number: int, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    at = BEGIN + number * STEP
    record = {
        "v": 1, "id": _id(number), "code": CODE, "kind": kind, "at": at, "precision": "second",
        "certainty": "observed", "earliest": None, "latest": None, "source": "tap", "null_reason": None,
        "payload": payload, "target": _id(number - 1) if kind in ("correction", "void") else None, "device": DEVICE,
        "n": number + 1, "role": "recorder", "seen": number, "when": None,
    }  # fmt: skip
    by = {"device": DEVICE, "label": "Bench", "person": None}
    return {
        "seq": number + 1,
        "received": at + 50,
        "by": by,
        "flags": [],
        "prev": "",
        "hash": "",
        "record": record,
    }


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number + 10:012x}"


def _in_python(told: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", PYTHON], input=told, capture_output=True, text=True, check=True, cwd=ROOT
    )
    times: list[float] = json.loads(done.stdout)
    return times


def _in_browser(browser: Browser, told: str) -> list[float]:
    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            route.fulfill(body="<!doctype html><title>readings</title>", content_type="text/html")
        else:
            route.fulfill(path=ROOT / "static" / "js" / path[1:], content_type="text/javascript")

    page = browser.new_page()
    page.route(f"{SITE}/**", answer)
    page.goto(SITE + "/")
    protocol = protocol_named("ecpr-1").raw
    times: list[float] = page.evaluate(BROWSER, {**json.loads(told), "protocol": protocol, "turns": READINGS})
    page.close()
    return times


def reading_times() -> dict[str, Any]:
    """Medians in ms over all turns, and each turn's own: the machine's speed changes from turn to turn."""
    told = json.dumps({"entries": _entries(protocol_named("ecpr-1")), "now": BEGIN + RECORDS * STEP})
    with chromium() as browser:
        turns = [(_in_python(told), _in_browser(browser, told)) for _ in range(TURNS)]
    found: dict[str, Any] = {}
    for name, rounds in zip(("python", "browser"), zip(*turns, strict=True), strict=True):
        medians = sorted(statistics.median(each) for each in rounds)
        found[f"{name}_ms"] = statistics.median(time for each in rounds for time in each)
        found[f"{name}_ms_of_turns"] = medians
        print(
            f"reading of {RECORDS} records, {name:<8} {found[f'{name}_ms']:.1f} ms (median; of each of {TURNS} turns "
            f"{medians[0]:.1f} to {medians[-1]:.1f})",
            flush=True,
        )
    return found


if __name__ == "__main__":
    reading_times()
