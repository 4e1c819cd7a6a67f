"""A running code in one look, as the start page and the role page show it."""

import pytest
from django.urls import reverse

from tests.cast import LENA
from tests.factories import a_code, a_person, a_record, author, joined
from timeline import services
from timeline.selectors import reading_of
from timeline.views.lines import Glance, glance_of

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = 60_000


def test_a_code_says_how_much_is_left_and_how_much_is_past() -> None:
    code = a_code(onset_ago_ms=10 * MINUTE)
    onset = reading_of(code)["anchors"]["arrest_onset"]["at"]
    deadline = onset + 60 * MINUTE
    left = glance_of(reading_of(code, onset + 14 * MINUTE + 30_000))
    past = glance_of(reading_of(code, deadline + 3 * MINUTE + 59_000))
    assert left == Glance("left", 45, deadline, onset, None, 14, 0, len(reading_of(code)["roles"]))
    assert (past.state, past.minutes, past.elapsed_minutes) == ("past", 3, 63)
    assert glance_of(reading_of(code, deadline)).state == "left"


def test_a_code_without_an_arrest_time_says_so_and_counts_from_its_start() -> None:
    code = a_code(onset_ago_ms=None)
    glance = glance_of(reading_of(code, code.opened_at + 2 * MINUTE))
    assert (glance.state, glance.deadline, glance.since, glance.elapsed_minutes) == (
        "no_onset",
        None,
        code.opened_at,
        2,
    )


def test_a_stopped_clock_stands_where_it_stopped() -> None:
    code = a_code(onset_ago_ms=40 * MINUTE)
    flow = code.opened_at - 5 * MINUTE
    services.record(code.id, [a_record(code.id, "flow_established", at=flow, payload={})], author())
    glance = glance_of(reading_of(code, code.opened_at + 30 * MINUTE))
    assert (glance.state, glance.until, glance.elapsed_minutes) == ("stopped", flow, 35)


def test_roles_that_somebody_holds_are_counted() -> None:
    code = a_code()
    taken = a_record(code.id, "role_taken", payload={"value": "recorder", "mode": "take", "label": "iPad 3"})
    services.record(code.id, [taken], author())
    assert glance_of(reading_of(code)).roles_held == 1


def test_the_start_page_lists_running_codes_with_clock_and_roles(client) -> None:
    client.force_login(a_person(LENA))
    code = a_code(name="Amber 7", onset_ago_ms=70 * MINUTE, mode="drill")
    page = client.get("/").content.decode()
    assert 'data-glance="past"' in page
    assert "PAST TARGET" in page
    assert ">DRILL<" in page
    assert reverse("board", args=[code.id]) in page


def test_nobody_without_standing_sees_that_a_code_is_running(client) -> None:
    a_code(name="Amber 7")
    assert "Amber 7" not in client.get("/").content.decode()
    client.cookies["ecpr_device"] = joined(a_code(name="Jade 2")).token
    page = client.get("/").content.decode()
    assert ("Jade 2" in page, "Amber 7" in page) == (True, False)


def test_a_held_role_offers_both_ways_in_and_a_free_one_itself(client) -> None:
    client.force_login(a_person(LENA))
    code = a_code()
    taken = a_record(code.id, "role_taken", payload={"value": "recorder", "mode": "take", "label": "iPad 3"})
    services.record(code.id, [taken], author())
    page = client.get(reverse("role", args=[code.id])).content.decode()
    roles = len(reading_of(code)["roles"])
    assert page.count("<details") == 1
    assert page.count('name="mode" value="take">') == roles
    assert page.count('name="mode" value="join">') == 1
    assert "iPad 3" in page
