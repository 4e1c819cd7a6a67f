"""The rollup: what the audit reads from it is what the logs give, whatever happened to them."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.logs import IDS, logs
from tests.core.short import uuid
from tests.examples import examples
from tests.factories import a_record, closed_code
from timeline import publishing, rollup, services
from timeline.core.records import Record, read_record
from timeline.models import Code, Rollup
from timeline.protocols import protocol_named
from timeline.quality.cases import Case, case_of
from timeline.selectors import closed_codes, reading_of
from timeline.tasks import roll_up
from timeline.writer import Author

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What is published in one test is not known in the next, whose versions have the same keys."""
    yield
    protocol_named.cache_clear()
    rollup.rules_of.cache_clear()


def recomputed() -> list[Case]:
    """Every closed code's case, from its log."""
    return [case_of(reading_of(code)) for code in closed_codes()]


def told() -> list[Case]:
    """The same as the audit gets it: kept as far as it is."""
    return rollup.cases(closed_codes())


def of_random_log(code: UUID, lines: list[dict[str, Any]]) -> Iterator[Record]:
    """The records of a random log, with ids of their own, as records of this code."""
    text = json.dumps([line["record"] for line in lines]).replace(uuid("code"), str(code))
    for name in IDS:
        text = text.replace(uuid(name), str(uuid4()))
    return (read_record(raw, str(code)) for raw in json.loads(text))


def put(code: Code, *records: Record) -> None:
    for record in records:
        services.record(code.id, [record], Author(UUID(record.device), "iPad 3"))
    code.refresh_from_db()


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    stories=st.lists(logs(), min_size=1, max_size=3), last=st.sampled_from(["corrected", "reopened", "late", "version"])
)
def test_whatever_is_recorded_the_rollup_gives_what_the_logs_give(
    stories: list[list[dict[str, Any]]], last: str
) -> None:
    for story in stories:
        code = closed_code()
        put(code, *of_random_log(code.id, story))
        assert (told(), told()) == (recomputed(), recomputed())
    if last == "corrected":
        onset = next(each for each in reading_of(code)["records"] if each["kind"] == "arrest_onset")
        changes = {"at": onset["at"] - 600_000}
        put(code, a_record(code.id, "correction", target=onset["id"], payload={"changes": changes, "reason": "tape"}))
    elif last == "reopened":
        put(code, a_record(code.id, "code_reopened"), a_record(code.id, "flow_established"))
        assert told() == recomputed()
        put(code, a_record(code.id, "code_closed", payload={"value": "flow"}))
    elif last == "late":
        put(code, a_record(code.id, "cannulation_start"))
    else:
        draft = publishing.draft_from("ecpr-1", "lena")
        key = publishing.publish(draft.pk, "lena")
        closed_code(protocol=key)
    assert (told(), told()) == (recomputed(), recomputed())
    assert list(rollup.differing(list(closed_codes()))) == []


def test_a_case_is_kept_by_the_first_who_asks_or_by_celery_and_not_read_again() -> None:
    code = closed_code()
    assert list(rollup.waiting()) == [code]
    told()
    assert (list(rollup.waiting()), roll_up()) == ([], 0)
    closed_code()
    assert (roll_up(), roll_up(), Rollup.objects.count()) == (1, 0, 2)


def test_an_open_code_is_not_kept() -> None:
    code = closed_code()
    roll_up()
    put(code, a_record(code.id, "code_reopened"))
    assert (told(), roll_up()) == ([], 0)


@pytest.mark.parametrize(
    ("column", "other"),
    [("epoch", "another"), ("head", 99), ("head_hash", "0" * 64), ("protocol", "ihca-1"), ("rules", "0" * 64)],
)
def test_a_row_that_was_made_from_anything_else_is_not_believed(column: str, other: Any) -> None:
    code = closed_code()
    [true] = told()
    Rollup.objects.update(**{column: other, "body": Rollup.objects.get().body.replace('"flow"', '"rosc"')})
    assert list(rollup.waiting()) == [code]
    assert (told(), list(rollup.waiting()), told()) == ([true], [], [true])


def test_the_rules_are_others_under_another_protocol() -> None:
    assert rollup.rules_of("ecpr-1") != rollup.rules_of("ihca-1")
    draft = publishing.draft_from("ecpr-1", "lena")
    assert rollup.rules_of(publishing.publish(draft.pk, "lena")) != rollup.rules_of("ecpr-1")


def test_what_was_read_before_an_interruption_is_kept() -> None:
    codes = [closed_code() for _ in range(3)]

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rollup.make(codes, stop)
    assert list(rollup.waiting()) == []


def test_the_command_keeps_what_is_missing_and_checks_what_is_kept(capsys: Any) -> None:
    first, _ = closed_code(), closed_code()
    call_command("rollup")
    assert capsys.readouterr().out == "2 codes read; 0 were kept already.\n"
    call_command("rollup")
    assert capsys.readouterr().out == "0 codes read; 2 were kept already.\n"
    closed_code()
    call_command("rollup", "--check")
    assert capsys.readouterr().out == "2 kept cases are what their logs give; 1 are not kept yet.\n"
    row = Rollup.objects.get(code=first)
    Rollup.objects.filter(code=first).update(body=row.body.replace('"flow"', '"rosc"'))
    with pytest.raises(SystemExit) as ended:
        call_command("rollup", "--check")
    assert (ended.value.code, capsys.readouterr().err) == (
        1,
        f"Code {first.name}: what is kept is not what its log gives.\n"
        "1 of 3 codes differ. manage.py rollup --rebuild makes them anew.\n",
    )
    call_command("rollup", "--rebuild")
    assert capsys.readouterr().out == "3 codes read; 0 were kept already.\n"
    call_command("rollup", "--check")
    assert capsys.readouterr().out == "3 kept cases are what their logs give; 0 are not kept yet.\n"


def test_the_page_says_the_same_before_and_after_its_codes_are_kept(client: Any) -> None:
    closed_code()
    closed_code("declined")
    client.force_login(User.objects.create_user("lena"), backend="django.contrib.auth.backends.ModelBackend")
    before = client.get("/audit.csv").content
    assert Rollup.objects.count() == 2
    assert client.get("/audit.csv").content == before
