"""manage.py replay: play a file live, through the real doors, from several devices at once."""

import asyncio
import getpass
import os
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand

from roles.invitations import invite
from roles.server_clock import now_ms
from timeline.imports.files import FileCode, read_file
from timeline.imports.text import MOST_BYTES
from timeline.protocols import protocol_named
from timeline.replay.device import Device
from timeline.replay.door import join, start_as
from timeline.replay.play import Summary, play
from timeline.replay.score import Note, score
from timeline.replay.web import Browser, WebFault
from timeline.services import Author, start_code

PROTOCOL = "ecpr-1"
MOST_DEVICES = 100
INVITED_MINUTES = 15


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Play a CSV file live as a drill: several devices join, post each row at its time and hold sockets, while "
        "others watch. At the end all devices' logs are compared. Exit status 1 when they are not the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", metavar="FILE.csv", help="the file to play; its first code, unless --code names one"
        )
        parser.add_argument("--code", help="which of the file's codes to play")
        parser.add_argument("--speed", type=_speed, default=20.0, help="how many times faster than it was (default 20)")
        parser.add_argument("--devices", type=_devices, default=6, help="how many devices play (default 6)")
        parser.add_argument("--url", default=_here(), help="where the server is (default %(default)s)")
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--join", metavar="LETTERS", help="play into a running code, by an invitation to it")
        way.add_argument(
            "--login",
            metavar="USER",
            help="start the drill as this person; the password is asked for, or read from ECPR_PASSWORD",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        code = self.code_of(Path(options["file"]), options["code"])
        owners = {kind.key: kind.owner for kind in protocol_named(PROTOCOL).kinds.values() if kind.owner}
        notes = score(code, speed=options["speed"], devices=options["devices"], now=now_ms(), owners=owners)
        minutes = notes[-1].after / 60 if notes else 0
        summary = Summary()
        try:
            letters = self.letters(options, notes)
            places = [join(Browser(options["url"]), letters) for _ in range(options["devices"])]
            devices = [Device(number, *place) for number, place in enumerate(places, start=1)]
            self.stdout.write(f"{len(notes)} records from {len(devices)} devices in {minutes:.1f} min. Ctrl-C stops.")
            asyncio.run(play(devices, notes, summary, self.say))
        except WebFault as fault:
            self.give_up(str(fault))
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. What was sent so far stays on record.")
            self.stdout.write("\n".join(summary.lines()))
            raise SystemExit(130) from None
        self.stdout.write("\n".join(["", *summary.lines()]))
        if not summary.good:
            raise SystemExit(1)

    def code_of(self, path: Path, wanted: str | None) -> FileCode:
        """The code of the file that is to be played; ends with status 2 when the file has a fault or no such code."""
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            self.give_up(f"{path}: {error.strerror or error}")
        read = read_file(data, frozenset(protocol_named(PROTOCOL).outcomes))
        if read.faults:
            self.give_up("\n".join([f"{path.name} cannot be played.", *map(str, read.faults)]))
        for code in read.codes:
            if wanted is None or code.key == wanted.casefold():
                return code
        names = ", ".join(code.name for code in read.codes)
        self.give_up(f"{path.name} holds no code “{wanted}”; it holds {names}.")

    def letters(self, options: dict[str, Any], notes: Sequence[Note]) -> str:
        """The letters by which the devices join: those given, or those of a drill that is started for them."""
        if options["join"]:
            return str(options["join"])
        if options["login"]:
            password = os.environ.get("ECPR_PASSWORD") or getpass.getpass(f"Password of {options['login']}: ")
            return start_as(Browser(options["url"]), options["login"], password)
        # Neither given: this is the server's own machine, so the drill is started on its database. It begins with the
        # first row, that is in the past, because only the playing is fast and not the times.
        begun = min((note.row.at for note in notes if note.row.at is not None), default=now_ms())
        by = Author(device=uuid4(), label="Replay", person=None)
        drill = start_code(by=by, mode="drill", onset_ago_ms=None, at=min(begun, now_ms()))
        self.stdout.write(f"Code {drill.name} (drill) was started for this replay.")
        return invite(drill.pk, scope="write", minutes=INVITED_MINUTES, by="replay").letters

    def say(self, line: str) -> None:
        """One line of progress, with the time of day."""
        self.stdout.write(f"{time.strftime('%H:%M:%S')}  {line}")

    def give_up(self, sentence: str) -> NoReturn:
        """End with status 2 and the sentence on standard error."""
        self.stderr.write(sentence)
        raise SystemExit(2)


def _here() -> str:
    """The address of the server that these settings would start, as this machine itself calls it."""
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST
    return settings.PUBLIC_URL or f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0.1 <= speed <= 10_000:
        raise ArgumentTypeError("--speed is a number from 0.1 to 10000")
    return speed


def _devices(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_DEVICES:
        raise ArgumentTypeError(f"--devices is a whole number from 1 to {MOST_DEVICES}")
    return int(text)
