"""Making a code's debrief as PDF and keeping it: one per head, so a code that moved on gets another."""

import logging
import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from roles.server_clock import now_ms
from timeline.models import Code, Debrief
from timeline.protocols import protocol_named
from timeline.selectors import reading_of

from .document import document_of
from .pdf import pages_of, render
from .picture import timeline_svg

log = logging.getLogger("ecpr.debrief")


def zone() -> ZoneInfo:
    """The site's zone: times are stored as UTC and shown in it."""
    return ZoneInfo(settings.ZONE)


def make_debrief(code: Code) -> bytes:
    """Make the PDF of a code as its log stands, keep it, and return it. Made twice at one head, the later stays."""
    begun = time.perf_counter()
    code.refresh_from_db()
    now = now_ms()
    reading = reading_of(code, now)
    protocol = protocol_named(code.protocol)
    document = document_of(reading, protocol, zone())
    pdf = render(document, timeline_svg(reading, protocol, zone()))
    pages = pages_of(pdf)
    with transaction.atomic():
        kept, _ = Debrief.objects.get_or_create(
            code=code, head=reading["code"]["head"], defaults={"state": Debrief.State.CLAIMED, "claimed_at": now}
        )
        Debrief.objects.filter(pk=kept.pk).update(
            state=Debrief.State.MADE, pdf=pdf, pages=pages, made_at=now_ms(), fault=""
        )
    log.info("debrief of %s: %s pages in %.2f s", code.id, pages, time.perf_counter() - begun)
    return pdf


def current_debrief(code: Code) -> bytes:
    """The PDF of a code as it stands: the kept one, or one made on the spot. An open code's is always made anew."""
    if code.closed_at is not None:
        kept = (
            Debrief.objects.filter(code=code, head=code.head, state=Debrief.State.MADE)
            .values_list("pdf", flat=True)
            .first()
        )
        if kept:
            return bytes(kept)
    return make_debrief(code)
