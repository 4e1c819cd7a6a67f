"""Debriefs: found by query, claimed once, made by the embedded Celery without anybody asking."""

import threading

import pytest

from ecpr_site.embedded import EmbeddedCelery
from tests.factories import a_code, a_record, author, closed_code
from timeline import services
from timeline.models import Debrief
from timeline.tasks import CLAIM_MS, claim, make_debriefs, waiting_codes

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_closed_code_waits_for_its_debrief_and_no_open_one() -> None:
    a_code()
    code = closed_code()
    assert waiting_codes() == [code]
    assert make_debriefs() == 1
    assert (waiting_codes(), make_debriefs()) == ([], 0)
    made = Debrief.objects.get(code=code)
    assert (made.state, made.head, bytes(made.pdf or b"")[:5]) == ("made", code.head, b"%PDF-")


def test_a_record_after_the_closing_asks_for_another_debrief() -> None:
    code = closed_code()
    make_debriefs()
    services.record(code.id, [a_record(code.id, "note", payload={"value": "late"})], author())
    code.refresh_from_db()
    assert waiting_codes() == [code]


def test_two_workers_do_not_make_the_same_debrief_and_a_dead_ones_claim_lapses() -> None:
    code = closed_code()
    assert (claim(code), claim(code)) == (True, False)
    assert waiting_codes() == []
    Debrief.objects.update(claimed_at=Debrief.objects.get().claimed_at - CLAIM_MS)
    assert waiting_codes() == [code]
    assert (claim(code), claim(code)) == (True, False)


def test_the_embedded_celery_makes_a_debrief(settings) -> None:
    code = closed_code()
    embedded = EmbeddedCelery()
    embedded.start()
    try:
        make_debriefs.delay()
        pause = threading.Event()
        for _ in range(200):
            if Debrief.objects.filter(code=code, state="made").exists():
                break
            pause.wait(0.1)
    finally:
        embedded.stop()
    assert Debrief.objects.get(code=code).state == "made"
