"""manage.py demo: what a trial opens on, however often it is run."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import RequestFactory

from timeline import services
from timeline.core.records import canonical, record_to_json
from timeline.demo.drill import SAM
from timeline.demo.past import COUNT, DAY, DEVICE, OUTCOMES, past_code_id, past_codes
from timeline.demo.people import PEOPLE, logins_file, passwords, seed_people
from timeline.demo.seeding import NEWEST_AGO, drill_in_progress, seed, seed_past
from timeline.demo.story import MINUTE, Story
from timeline.demo.welcome import welcome
from timeline.models import Code, Entry
from timeline.selectors import reading_of
from timeline.services import Author

pytestmark = pytest.mark.django_db(transaction=True)

NOW = 1_772_359_200_000


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.DEMO = True
    return tmp_path


def demo() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def log() -> list[tuple[Any, ...]]:
    return sorted(Entry.objects.values_list("code_id", "seq", "line"), key=str)


def test_seeding_again_changes_nothing() -> None:
    first = seed(NOW)
    before, people = log(), passwords()
    again = seed(NOW + 5 * MINUTE)
    assert (first.added, first.drill_is_new) == (COUNT, True)
    assert (again.added, again.drill_is_new, again.drill) == (0, False, first.drill)
    assert (log(), passwords()) == (before, people)


def test_an_interrupted_seeding_is_completed_as_if_it_had_not_been() -> None:
    codes = past_codes(NOW - NEWEST_AGO)
    for code in codes[:10]:
        services.record(code.id, code.records, Author(device=DEVICE, label="Demo"))
    assert seed_past(NOW + 7 * DAY) == COUNT - 10
    bodies = Entry.objects.filter(code__mode="demo").values_list("body", flat=True)
    assert sorted(bodies) == sorted(
        canonical(record_to_json(record)).decode() for code in codes for record in code.records
    )


def test_the_past_codes_read_as_codes_of_all_outcomes_and_none_is_real() -> None:
    seed_past(NOW)
    past = Code.objects.filter(mode="demo")
    assert {outcome: past.filter(outcome=outcome).count() for outcome in OUTCOMES} == OUTCOMES
    assert Code.objects.filter(mode="real").count() == 0
    statuses = [reading_of(code)["intervals"]["arrest_to_flow"]["status"] for code in past]
    assert (statuses.count("known"), statuses.count("inconsistent")) == (31, 2)
    assert statuses.count("not_applicable") == COUNT - 33


def test_the_drill_is_in_progress_with_36_minutes_left_and_cannulation_next() -> None:
    drill = Code.objects.get(pk=drill_in_progress(NOW)[0])
    read = reading_of(drill, now=NOW)
    assert (drill.mode, read["code"]["state"], read["clock"]["state"]) == ("drill", "open", "running")
    assert read["clock"]["deadline"] - NOW == 36 * MINUTE
    assert read["next"] == "cannulation_start"
    assert sum(bool(role["holders"]) for role in read["roles"]) == 5
    assert [entry["flags"] for entry in read["records"] if entry["flags"]] == []
    assert read["flags"] == []


def test_a_drill_that_nobody_touched_begins_anew_before_it_opens_past_its_target() -> None:
    first, _ = drill_in_progress(NOW)
    later, is_new = drill_in_progress(NOW + 25 * MINUTE)
    assert (is_new, later == first) == (True, False)
    old = Code.objects.get(pk=first)
    assert (old.closed_at is not None, old.outcome) == (True, "started_in_error")


def test_a_drill_that_people_record_on_is_left_to_them_for_two_hours() -> None:
    drill, _ = drill_in_progress(NOW)
    story = Story(drill, NOW, past_code_id(99), lambda _: past_code_id(98))
    story.tell("cannulation_start", 1)
    services.record(drill, story.records, Author(device=past_code_id(99), label="iPad 3", person=None))
    assert drill_in_progress(NOW + 80 * MINUTE) == (drill, False)
    assert drill_in_progress(NOW + 97 * MINUTE)[1]


def test_a_drill_that_has_ended_is_followed_by_a_new_one() -> None:
    drill, _ = drill_in_progress(NOW)
    story = Story(drill, NOW, SAM.device, lambda _: past_code_id(98))
    story.tell("code_closed", 1, "flow")
    services.record(drill, story.records, Author(device=SAM.device, label="Bay tablet", person="sam"))
    assert drill_in_progress(NOW + MINUTE)[1]


def test_the_people_can_sign_in_with_passwords_that_are_printed_once(data_dir: Path) -> None:
    out = demo()
    known = passwords()
    request = RequestFactory().post("/accounts/login/")
    signed_in = [authenticate(request, username=name, password=known[name]) for name in known]
    assert [user and user.get_username() for user in signed_in] == [person.username for person in PEOPLE]
    assert all(password in out for password in known.values())
    assert len(set(known.values())) == 5
    assert (logins_file(), logins_file().stat().st_mode & 0o777) == (data_dir / "demo-logins.txt", 0o600)
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]
    assert demo() == ""


def test_a_person_who_is_there_already_keeps_the_password() -> None:
    User.objects.create_user("lena", password="her own secret words")
    seed_people()
    assert "lena" not in passwords()
    assert User.objects.get(username="lena").check_password("her own secret words")


def test_the_demo_can_be_turned_off(settings: Any) -> None:
    settings.DEMO = False
    assert demo() == "The demo is turned off (ECPR_DEMO=0); nothing was seeded.\n"
    assert (Code.objects.count(), User.objects.count()) == (0, 0)
    assert welcome("http://127.0.0.1:8000") == ""


def test_the_welcome_names_the_logins_and_the_ways_into_the_drill() -> None:
    text = welcome("http://127.0.0.1:8000")
    drill = Code.objects.get(mode="drill")
    assert f"Code {drill.name} (drill, in progress)" in text
    assert all(password in text for password in passwords().values())
    assert text.count("http://127.0.0.1:8000/join#") == 2


def test_every_code_of_the_demo_says_that_it_is_one() -> None:
    seed(NOW)
    bodies = Entry.objects.filter(kind="code_started").values_list("body", flat=True)
    assert {json.loads(body)["payload"]["value"] for body in bodies} == {"demo", "drill"}
