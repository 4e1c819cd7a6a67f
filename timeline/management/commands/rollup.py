"""manage.py rollup: keep what the audit needs of every closed code, or check what is kept."""

from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from timeline import rollup
from timeline.management.progress import Progress
from timeline.models import Code
from timeline.selectors import closed_codes


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Read the closed codes that the audit would have to read, and keep what it needs of them. Worth a run after an "
        "upgrade or a large import; the audit is right without it, and slow once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--rebuild", action="store_true", help="read every closed code, also those that are kept")
        how.add_argument(
            "--check",
            action="store_true",
            help="read every closed code and compare with what is kept; exit status 1 names those that differ",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = list(rollup.waiting())
        if options["check"]:
            self.check_all(list(closed_codes()), len(waiting))
            return
        codes = list(closed_codes()) if options["rebuild"] else waiting
        progress = Progress("codes read", len(codes))
        try:
            rollup.make(codes, progress.step)
        except KeyboardInterrupt:
            self.give_up("\nStopped; what was read is kept.", 130)
        progress.end()
        self.stdout.write(f"{len(codes)} codes read; {closed_codes().count() - len(codes)} were kept already.")

    def check_all(self, codes: list[Code], waiting: int) -> None:
        """Compare every kept case with its log."""
        progress = Progress("codes compared", len(codes))
        try:
            faults = list(rollup.differing(codes, progress.step))
        except KeyboardInterrupt:
            self.give_up("\nStopped; nothing was changed.", 130)
        progress.end()
        for code in faults:
            self.stderr.write(f"{code}: what is kept is not what its log gives.")
        if faults:
            self.give_up(f"{len(faults)} of {len(codes)} codes differ. manage.py rollup --rebuild makes them anew.", 1)
        self.stdout.write(f"{len(codes) - waiting} kept cases are what their logs give; {waiting} are not kept yet.")

    def give_up(self, sentence: str, status: int) -> NoReturn:
        """End with one line."""
        self.stderr.write(sentence)
        raise SystemExit(status)
