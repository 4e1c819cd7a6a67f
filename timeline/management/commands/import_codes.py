"""manage.py import_codes: put the codes of a CSV file on record."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from timeline.imports.text import MOST_BYTES
from timeline.intake import Plan, author, carry_out, plan_of


class Command(BaseCommand):
    requires_system_checks = []
    help = "Import codes from a CSV file (docs/import.md says what it holds). Importing it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="the file to import")
        parser.add_argument("--dry-run", action="store_true", help="say what would be imported and change nothing")
        parser.add_argument("--good-rows", action="store_true", help="import the good rows although others are bad")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        plan = plan_of(self.read(path))
        if plan.faults and not options["good_rows"]:
            self.say_faults(path, plan, "nothing was imported")
            raise SystemExit(2)
        if plan.faults:
            self.say_faults(path, plan, f"the {plan.good} good ones are taken" if plan.good else "none is good")
        if not options["dry_run"]:
            self.carry_out(plan)
        self.say_codes(plan, would=options["dry_run"])

    def read(self, path: Path) -> bytes:
        """The bytes of the file, one more than may be at most; ends with status 2 when it cannot be read."""
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError as error:
            self.give_up(f"{path}: {error.strerror or error}")

    def say_faults(self, path: Path, plan: Plan, consequence: str) -> None:
        """One line for the whole, then a line for each fault, on standard error."""
        rows = f"{plan.bad_lines} of {plan.rows} rows" if plan.rows else "the file"
        verb = "have faults" if plan.bad_lines > 1 and plan.rows else "has a fault"
        self.stderr.write(f"{path.name}: {rows} {verb}; {consequence}.")
        for fault in plan.faults:
            self.stderr.write(str(fault))

    def carry_out(self, plan: Plan) -> None:
        """Import, with a line of progress on a terminal; Ctrl-C stops between two codes."""
        shown = sys.stderr.isatty()
        done = 0
        try:
            for done, name in enumerate(carry_out(plan, author("import_codes", None)), start=1):
                if shown:
                    self.stderr.write(f"\r{done}/{len(plan.codes)} codes  {name:<60}", ending="")
        except KeyboardInterrupt:
            self.stderr.write(
                f"\nStopped after {done} of {len(plan.codes)} codes. What was imported stays; "
                "the same command again adds the rest."
            )
            raise SystemExit(130) from None
        if shown and plan.codes:
            self.stderr.write("")

    def say_codes(self, plan: Plan, *, would: bool) -> None:
        """A line for each code and one for the whole."""
        for code in plan.codes:
            self.stdout.write(code.sentence(would=would))
        self.stdout.write(plan.sentence(would=would))

    def give_up(self, sentence: str) -> NoReturn:
        """End with one line and status 2."""
        self.stderr.write(sentence)
        raise SystemExit(2)
