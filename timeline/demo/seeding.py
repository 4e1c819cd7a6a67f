"""Putting the demo on record, through the one writer, as often as wanted with the same result."""

import json
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings

from roles.server_clock import now_ms
from timeline import services
from timeline.core.records import Record
from timeline.demo.drill import HANDS, MINUTES_IN, SAM, Hand, drill_records
from timeline.demo.past import COUNT, DEVICE, past_code_id, past_codes
from timeline.demo.people import seed_people
from timeline.demo.story import MINUTE, Story
from timeline.models import Code, Entry
from timeline.services import Author

DAY = 24 * 60 * MINUTE
# The newest past code lies this long back, so that the running drill is the only thing of today.
NEWEST_AGO = 2 * DAY
# A drill that nobody has touched is begun anew when its arrest is older than this: it would open past its target.
FRESH = 45 * MINUTE
# One that people record on is left to them, until it is this old.
OLDEST = 120 * MINUTE


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is on record after a seeding: the running drill, whether it is new, and how many past codes were added."""

    drill: UUID
    drill_is_new: bool
    added: int


def wanted() -> bool:
    """Whether this installation shows the demo (ECPR_DEMO=0 turns it off)."""
    return bool(settings.DEMO)


def seed(now: int | None = None) -> Seeded:
    """Seed whatever of the demo is missing; `now` in UTC ms. Safe to repeat and to interrupt."""
    now = now_ms() if now is None else now
    seed_people()
    added = seed_past(now)
    drill, is_new = drill_in_progress(now)
    return Seeded(drill, is_new, added)


def seed_past(now: int) -> int:
    """Record the synthetic codes that are missing; returns how many codes were."""
    ids = [past_code_id(index) for index in range(COUNT)]
    there = dict(Entry.objects.filter(code_id__in=ids, kind="code_closed").values_list("code_id", "code_id"))
    if len(there) == COUNT:
        return 0
    codes = past_codes(_newest(ids[0], now))
    missing = [code for code in codes if code.id not in there]
    by = Author(device=DEVICE, label="Demo", person=None)
    for code in missing:
        _record(code.id, code.records, by)
    return len(missing)


def _newest(first: UUID, now: int) -> int:
    """When the newest past code began: as in an earlier, interrupted seeding, so that its records stay the same."""
    start = Entry.objects.filter(code_id=first, kind="code_started").first()
    if start is None:
        return (now - NEWEST_AGO) // 1_000 * 1_000
    oldest_there = _at(start)
    return oldest_there + past_codes(0)[-1].started_at - past_codes(0)[0].started_at


def drill_in_progress(now: int) -> tuple[UUID, bool]:
    """The demo's running drill, begun anew when there is none or it has run out of time.

    Nothing on record is moved: a drill that has run out is closed, and another one begins 24 minutes into its arrest.
    """
    for entry in Entry.objects.filter(kind="code_started", device=SAM.device, code__closed_at=None).order_by(
        "-received"
    ):
        age = now - _at(entry) + (MINUTES_IN // 2) * MINUTE
        others = Entry.objects.filter(code_id=entry.code_id).exclude(device__in=_hands())
        touched = others.exclude(kind__in=("target_passed", "prompt_raised")).exists()
        if age < (OLDEST if touched else FRESH):
            return entry.code_id, False
        _close(entry.code_id, now)
    return _begin(now), True


def _begin(now: int) -> UUID:
    code: Code = services.start_code(
        by=_author(SAM), mode="drill", onset_ago_ms=None, at=now - (MINUTES_IN // 2) * MINUTE
    )
    for hand, records in drill_records(code.id, now):
        _record(code.id, records, _author(hand))
    return code.id


def _close(code: UUID, now: int) -> None:
    """End a demo drill that ran out of time, as started in error: it counts nowhere."""
    story = Story(code, now, DEVICE, lambda _: uuid4())
    ended = story.tell("code_closed", 0, "started_in_error", role="leader", note="the demo began a new drill")
    _record(code, [ended], Author(device=DEVICE, label="Demo", person=None))


def _record(code: UUID, records: list[Record], by: Author) -> None:
    for result in services.record(code, records, by):
        if result.status != "recorded":
            raise NotSeeded(f"the demo's record {result.id} was refused ({result.reason}): {result.detail}")


class NotSeeded(Exception):
    """The writer refused a record of the demo: a fault of the demo's."""


def _author(hand: Hand) -> Author:
    return Author(device=hand.device, label=hand.label, person=hand.person)


def _hands() -> list[UUID]:
    return [DEVICE, *(hand.device for hand in HANDS)]


def _at(entry: Entry) -> int:
    """When the record says that it happened, in UTC ms."""
    return int(json.loads(entry.body)["at"])
