"""How long the audit takes over ten thousand closed codes: read from their logs, and from the rollup. Run by itself it
prints its figures as JSON: python -m tests.bench.audit CODES WHOLE
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any
from uuid import UUID, uuid5

import django

from tests.bench.sites import ROOT

# Beside these, in the short codes, stand only events of which the audit needs the time.
SPOKEN = frozenset({"code_started", "code_closed", "correction", "void"})
CODES, WHOLE = 10_000, 500
SPREAD_MS = 37 * 60 * 60 * 1000


def audit_times(quick: bool) -> dict[str, Any]:
    """Seconds and codes per second; the codes are recorded in a new database first."""
    wanted = (CODES // 10, WHOLE // 10) if quick else (CODES, WHOLE)
    with tempfile.TemporaryDirectory(prefix="ecpr-audit-") as data:
        inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environment = {**inherited, "DATA_DIR": data, "HOST": "127.0.0.1", "ECPR_DEMO": "0"}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
        said = subprocess.run(
            [sys.executable, "-m", "tests.bench.audit", *map(str, wanted)],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    print(
        f"audit of {found['codes']} codes  from logs {found['logs_per_s']:.0f}/s, so {found['logs_s']:.1f} s; from the "
        f"rollup {found['rollup_s']:.2f} s, ratio {found['ratio']:.0f}; page {found['page_s']:.2f} s, "
        f"{found['page_kb']:.0f} kB; CSV {found['csv_s']:.2f} s",
        flush=True,
    )
    return found


def measure(codes: int, whole: int) -> dict[str, Any]:
    """Records `codes` closed codes, `whole` of them with all their entries, and reads them. Times are wall seconds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")
    django.setup()
    # The models can only be imported once Django is set up.
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from timeline import rollup  # noqa: PLC0415
    from timeline.quality.audit import Filter, build  # noqa: PLC0415
    from timeline.selectors import closed_codes  # noqa: PLC0415

    _record(codes, whole)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    long = list(closed_codes().order_by("-head")[:whole])
    since = time.perf_counter()
    rollup.make(long)
    per_second = whole / (time.perf_counter() - since)
    rollup.make(list(rollup.waiting()))
    since = time.perf_counter()
    audit = build(rollup.cases(closed_codes()), Filter())
    from_rollup = time.perf_counter() - since
    reader = Client(SERVER_NAME="localhost")
    reader.force_login(User.objects.create_user("bench"), backend="django.contrib.auth.backends.ModelBackend")
    since = time.perf_counter()
    page = reader.get("/audit/")
    page_s = time.perf_counter() - since
    since = time.perf_counter()
    file = reader.get("/audit.csv")
    csv_s = time.perf_counter() - since
    # What was measured has to be what is claimed: every code is in the audit and in the file.
    if (page.status_code, audit.cases + audit.in_error) != (200, codes):
        raise SystemExit(f"the audit answered {page.status_code} with {audit.cases} codes")
    if len(file.content.splitlines()) != audit.cases + 1:
        raise SystemExit(f"the file has {len(file.content.splitlines())} lines")
    logs_s = codes / per_second
    return {
        "codes": codes,
        "entries_of_whole_codes": sum(code.head for code in long) / whole,
        "logs_per_s": per_second,
        "logs_s": logs_s,
        "rollup_s": from_rollup,
        "ratio": logs_s / from_rollup,
        "page_s": page_s,
        "page_kb": len(page.content) / 1024,
        "csv_s": csv_s,
    }


def _record(codes: int, whole: int) -> None:
    """The sixty synthetic codes over and over, as real ones with ids of their own, through the one writer."""
    from timeline import services  # noqa: PLC0415
    from timeline.core.records import read_record, record_to_json  # noqa: PLC0415
    from timeline.demo.past import DEVICE, past_codes  # noqa: PLC0415
    from timeline.protocols import protocol_named  # noqa: PLC0415
    from timeline.writer import Author, writer  # noqa: PLC0415

    path = SPOKEN | {step.kind for step in protocol_named("ecpr-1").path}
    stories = past_codes(1_772_359_200_000)
    by = Author(DEVICE, "Bench", None)
    for number in range(codes):
        story, space = stories[number % len(stories)], UUID(int=number + 1)
        # Each round of the sixty lies some days before the last one, so that no two codes began at once.
        earlier = number // len(stories) * SPREAD_MS
        told = [
            _moved(record_to_json(record), earlier) for record in story.records if number < whole or record.kind in path
        ]
        text = json.dumps(told).replace('"demo"', '"real"')
        code = uuid5(space, str(story.id))
        text = text.replace(str(story.id), str(code))
        for record in told:
            text = text.replace(record["id"], str(uuid5(space, record["id"])))
        services.record(code, [read_record(raw) for raw in json.loads(text)], by)
    writer.stop()


def _moved(record: dict[str, Any], earlier: int) -> dict[str, Any]:
    """A record's JSON, so many ms earlier."""

    def moved(holder: dict[str, Any]) -> dict[str, Any]:
        return holder | {
            name: holder[name] - earlier for name in ("at", "earliest", "latest") if holder.get(name) is not None
        }

    payload = record["payload"]
    changes = {"changes": moved(payload["changes"])} if "changes" in payload else {}
    return moved(record) | {"payload": payload | changes}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))) + "\n")
