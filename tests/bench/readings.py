"""How long the reading of a 500-record code takes, in both languages."""

import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from timeline.core.reading import read
from timeline.core.records import trusted_entry
from timeline.protocols import protocol_named

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("shock", "rhythm_check", "drug", "compressor_swap", "etco2", "item_ticked", "airway", "gas")
BEGIN = 1_767_225_600_000
NODE = """
import { readFileSync } from "node:fs";
import { readAll } from "ROOT/static/js/core/figures.js";
const { entries, now } = JSON.parse(readFileSync(0, "utf8"));
const protocol = JSON.parse(readFileSync("ROOT/timeline/protocols/ecpr-1.json", "utf8"));
const times = [];
for (let turn = 0; turn < 60; turn += 1) {
  const since = performance.now();
  readAll(entries, protocol, now);
  times.push(performance.now() - since);
}
console.log(times.slice(10).sort((a, b) => a - b)[25]);
"""


def _entries(count: int) -> list[dict[str, Any]]:
    code, device = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    made = []
    for number in range(count):
        kind = ("code_started", "arrest_onset", "cpr_start")[number] if number < 3 else KINDS[number % len(KINDS)]
        value: Any = {"drug": "adrenaline", "rhythm_check": "VF", "item_ticked": "TL-01", "code_started": "drill"}.get(
            kind, number
        )
        record = {
            "v": 1, "id": f"00000000-0000-4000-8000-{number + 10:012x}", "code": code, "kind": kind,
            "at": BEGIN + number * 7000, "precision": "second", "certainty": "observed", "earliest": None,
            "latest": None, "source": "tap", "null_reason": None, "payload": {"value": value}, "target": None,
            "device": device, "n": number + 1, "role": "recorder", "seen": number, "when": None,
        }  # fmt: skip
        made.append(
            {
                "seq": number + 1,
                "received": BEGIN + number * 7000 + 50,
                "by": {"device": device, "label": "Bench", "person": None},
                "flags": [],
                "prev": "",
                "hash": "",
                "record": record,
            }
        )
    return made


def reading_times() -> dict[str, float]:
    """Medians in ms."""
    raw = _entries(500)
    now = BEGIN + 500 * 7000
    protocol = protocol_named("ecpr-1")
    entries = [trusted_entry(each) for each in raw]
    times = []
    for _ in range(60):
        since = time.perf_counter()
        read(entries, protocol, now)
        times.append((time.perf_counter() - since) * 1000)
    python = statistics.median(times[10:])
    done = subprocess.run(
        ["node", "--input-type=module", "-e", NODE.replace("ROOT", str(ROOT))],
        input=json.dumps({"entries": raw, "now": now}),
        capture_output=True,
        text=True,
        check=True,
    )
    node = float(done.stdout)
    print(f"reading of 500 records  Python {python:.1f} ms, Node {node:.1f} ms (medians)")
    return {"python_ms": python, "node_ms": node}
