"""manage.py reading: everything that is derived from a code, as JSON or as a table."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from timeline.selectors import NoSuchCode, find_code, reading_of


class Command(BaseCommand):
    requires_system_checks = []
    help = "Print what the core reads from a code: by its name (letter case and “Code ” do not count) or its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="CODE", help="the name or the id of the code")
        parser.add_argument("--json", action="store_true", help="print the whole reading as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = find_code(options["code"])
        except NoSuchCode as error:
            self.stderr.write(" ".join(str(error).split()))
            raise SystemExit(2) from None
        reading = reading_of(code)
        if options["json"]:
            self.stdout.write(json.dumps(reading, ensure_ascii=False, indent=2))
            return
        for line in lines_of(reading):
            self.stdout.write(line)


def lines_of(reading: dict[str, Any]) -> list[str]:
    """The reading as a table for people: the code, its milestones, its intervals and its targets."""
    code = reading["code"]
    outcome = f", {code['outcome']}" if code["outcome"] else ""
    lines = [f"Code {code['name']} ({code['mode']}, {code['state']}{outcome})", code["id"], ""]
    lines += ["Milestones (UTC, minutes from arrest)"]
    for kind, milestone in reading["milestones"].items():
        lines.append(f"  {kind:<28}{_time(milestone['at']):<22}{_number(milestone['minute']):>9}")
    lines += ["", f"{'Intervals':<34}{'minutes':>9}{'low':>9}{'high':>9}  status"]
    for key, interval in reading["intervals"].items():
        if interval["status"] == "missing" and not interval["flags"]:
            continue
        numbers = "".join(f"{_number(interval[column]):>9}" for column in ("minutes", "low", "high"))
        said = "; ".join([interval["status"], *interval["flags"], *filter(None, [interval["reason"]])])
        lines.append(f"  {key:<32}{numbers}  {said}")
    lines += ["", f"{'Targets':<34}{'limit':>9}{'by':>9}  result"]
    for key, target in reading["targets"].items():
        if target["result"] != "missing":
            numbers = f"{_number(target['limit_minutes']):>9}{_number(target['by_minutes']):>9}"
            lines.append(f"  {key:<32}{numbers}  {target['result']}")
    missing = ", ".join(entry["kind"] for entry in reading["missing"])
    return [*lines, "", f"Not documented: {missing}"] if missing else lines


def _time(ms: int | None) -> str:
    return "-" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _number(minutes: float | None) -> str:
    return "-" if minutes is None else f"{minutes:.2f}"
