"""manage.py backup: everything that cannot be made anew, into one file, while the site goes on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from timeline.backups import KEPT, BackupFault, backup, check
from timeline.management.progress import Progress


class Command(BaseCommand):
    requires_system_checks = []
    help = "Write a backup of one moment to FILE, verified; the site may go on meanwhile. `--check` only reads one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.gz", help="the file to write; it is replaced when it is there")
        parser.add_argument("--check", action="store_true", help="read FILE and verify it, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        progress = Progress("rows", sum(model._default_manager.count() for model, _ in KEPT))
        try:
            if options["check"]:
                faults = list(check(path, progress.step))
            else:
                faults, rows = [], backup(path, progress.step)
        except (BackupFault, OSError) as fault:
            self.give_up(str(fault))
        except KeyboardInterrupt:
            self.give_up("\nStopped; no backup was written.", 130)
        progress.end()
        for bad in faults:
            self.stderr.write(str(bad))
        if faults:
            self.give_up(f"{path}: {len(faults)} codes are not what was appended.", 1)
        done = (
            "is whole, and every log in it is sound" if options["check"] else f"holds {rows} rows, read again and sound"
        )
        self.stdout.write(f"{path} {done}.")
        if not options["check"]:
            self.stdout.write("Keep secret.key with it: by that key the server knows what devices bring back.")

    def give_up(self, sentence: str, status: int = 2) -> NoReturn:
        """End with one line."""
        self.stderr.write(sentence)
        raise SystemExit(status)
