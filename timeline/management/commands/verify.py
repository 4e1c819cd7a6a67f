"""manage.py verify: whether every log is what was appended."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from timeline.management.progress import Progress
from timeline.models import Code
from timeline.proof import Heads, read_heads, verify_codes
from timeline.selectors import NoSuchCode, find_code


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Check the hash chain, the server's mark and the columns of every entry, and name the first bad entry of each "
        "code. Exit status 1 when one is bad."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", nargs="?", help="only this code, by its name or id")
        parser.add_argument(
            "--heads",
            metavar="FILE",
            help="compare with the heads noted in FILE, then note the present ones there; keep it on another machine",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        codes = Code.objects.order_by("opened_at", "id")
        if options["code"]:
            try:
                codes = codes.filter(pk=find_code(options["code"]).pk)
            except NoSuchCode as fault:
                self.give_up(str(fault))
        path = Path(options["heads"]) if options["heads"] else None
        progress = Progress("codes verified", codes.count())
        entries = 0

        def tell(chain: Any) -> None:
            nonlocal entries
            entries += chain.seq
            progress.step()

        try:
            faults = list(verify_codes(codes, self.noted(path), tell))
        except KeyboardInterrupt:
            self.give_up("\nStopped; nothing was changed.", 130)
        progress.end()
        for bad in faults:
            self.stderr.write(str(bad))
        if faults:
            self.give_up(f"{len(faults)} of {codes.count()} codes are not what was appended.", 1)
        if path is not None:
            self.note(path, codes)
        self.stdout.write(f"{codes.count()} codes with {entries} entries are what was appended.")

    def noted(self, path: Path | None) -> Heads | None:
        """The heads noted in a file so far."""
        if path is None or not path.exists():
            return None
        try:
            return read_heads(path.read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError) as fault:
            self.give_up(f"{path}: {fault}")

    def note(self, path: Path, codes: Any) -> None:
        """Add where every log ends now."""
        with path.open("a", encoding="utf-8") as file:
            for id, epoch, seq, digest in codes.values_list("id", "epoch", "head", "head_hash"):
                file.write(json.dumps({"code": str(id), "epoch": epoch, "seq": seq, "hash": digest}) + "\n")

    def give_up(self, sentence: str, status: int = 2) -> NoReturn:
        """End with one line."""
        self.stderr.write(sentence)
        raise SystemExit(status)
