"""What Celery carries: thin, repeatable, and found by query, so that a lost broker loses nothing."""

import logging

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from roles.server_clock import now_ms
from timeline import rollup
from timeline import sweep as sweeping
from timeline.debrief.make import make_debrief
from timeline.models import Code, Debrief

log = logging.getLogger("ecpr.tasks")

# A claim of a worker that died is free again after this long.
CLAIM_MS = 2 * 60 * 1000
AT_A_TIME = 20


@shared_task(name="timeline.tasks.sweep")
def sweep() -> int:
    """The sweep once more, for when a serving process is stuck."""
    return sweeping.sweep()


@shared_task(name="timeline.tasks.make_debriefs")
def make_debriefs() -> int:
    """Make the debriefs that closed codes lack; how many were made."""
    made = 0
    for code in waiting_codes()[:AT_A_TIME]:
        if not claim(code):
            continue
        try:
            make_debrief(code)
            made += 1
        except Exception as fault:
            log.exception("the debrief of %s could not be made", code.id)
            Debrief.objects.filter(code=code, head=code.head, state=Debrief.State.CLAIMED).update(
                state=Debrief.State.FAILED, fault=repr(fault)[:500]
            )
    return made


@shared_task(name="timeline.tasks.roll_up")
def roll_up() -> int:
    """Keep the cases of closed codes that the audit would have to read; how many were read. Twice does no harm."""
    return len(rollup.make(list(rollup.waiting()[: rollup.AT_ONCE])))


def waiting_codes() -> list[Code]:
    """Closed codes whose newest entries no debrief tells of, the newest first; claims that lapsed count as none."""
    at_head = Debrief.objects.filter(code=OuterRef("pk"), head=OuterRef("head"))
    done = at_head.exclude(state=Debrief.State.CLAIMED, claimed_at__lte=now_ms() - CLAIM_MS)
    codes = Code.objects.exclude(closed_at=None).filter(~Exists(done)).order_by(F("closed_at").desc())
    return list(codes[:AT_A_TIME])


def claim(code: Code) -> bool:
    """Claim a code's debrief at its head; False when another worker has it."""
    now = now_ms()
    with transaction.atomic():
        _, fresh = Debrief.objects.get_or_create(
            code=code, head=code.head, defaults={"state": Debrief.State.CLAIMED, "claimed_at": now}
        )
        lapsed = Debrief.objects.filter(
            code=code, head=code.head, state=Debrief.State.CLAIMED, claimed_at__lte=now - CLAIM_MS
        )
        return fresh or lapsed.update(claimed_at=now) == 1
