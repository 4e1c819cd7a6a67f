"""manage.py restore: put a backup into an empty database."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from timeline.backups import BackupFault, check, restore
from timeline.management.progress import Progress


class Command(BaseCommand):
    requires_system_checks = []
    help = "Restore a backup into an empty database; stop the site first. Devices then bring back what it lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.gz", help="a file that `manage.py backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="SQLite: put the present database aside and begin a new one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            # Before anything is put aside: the file has to be whole.
            found = 0

            def count(more: int) -> None:
                nonlocal found
                found += more

            for bad in check(path, count):
                self.give_up(f"The backup holds a log that is not what was appended: {bad}", 1)
            if options["replace"]:
                self.put_aside()
            progress = Progress("rows restored", found)
            rows = restore(path, progress.step)
            progress.end()
        except (BackupFault, OSError) as fault:
            self.give_up(str(fault))
        except KeyboardInterrupt:
            self.give_up("\nStopped; nothing was restored.", 130)
        self.stdout.write(f"{rows} rows restored; every code has a new epoch. Start the site again.")

    def put_aside(self) -> None:
        """Rename the SQLite file, and make an empty database in its place."""
        if connection.vendor != "sqlite":
            self.give_up("--replace is for SQLite. For PostgreSQL create an empty database and set DATABASE_URL to it.")
        file = Path(str(settings.DATABASES["default"]["NAME"]))
        connection.close()
        if file.exists():
            aside = file.with_name(f"{file.name}.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
            for suffix in ("", "-wal", "-shm"):
                part = file.with_name(file.name + suffix)
                if part.exists():
                    part.rename(aside.with_name(aside.name + suffix))
            self.stdout.write(f"The present database is kept as {aside}.")
        call_command("migrate", verbosity=0)

    def give_up(self, sentence: str, status: int = 2) -> NoReturn:
        """End with one line."""
        self.stderr.write(sentence)
        raise SystemExit(status)
