"""The import page: looked at first, then all of it or its good rows; nothing for who is not signed in."""

import base64
import zlib
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from timeline.models import Code, Entry

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "code,kind,at,precision,certainty,earliest,latest,source,value,unit,note"
START = "amber,code_started,2026-03-01T10:00:00Z,second,observed,,,import,drill,,"
SHOCK = "amber,shock,T+5,,,,,,200,J,"
BAD = "amber,shock,T+5:99,,,,,,200,J,<script>alert(1)</script>"


@pytest.fixture
def lena() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("lena"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def look(client: Client, *rows: str, data: bytes | None = None) -> Any:
    return client.post("/import/", {"file": SimpleUploadedFile("cases.csv", text(*rows) if data is None else data)})


def confirm(client: Client, answer: Any, take: str) -> Any:
    page = answer.context["page"]
    return client.post("/import/", {"name": page.name, "kept": page.kept, "take": take})


def test_a_stranger_is_sent_to_the_login() -> None:
    for answer in (Client().get("/import/"), look(Client(), START)):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert Entry.objects.count() == 0


def test_looking_at_a_file_says_what_it_would_add_and_changes_nothing(lena: Client) -> None:
    answer = look(lena, START, SHOCK)
    assert answer.status_code == 200
    [line] = answer.context["page"].codes
    assert (line.mode, line.name, line.change, line.id) == ("drill", "amber", "new code, 2 records would be added", "")
    assert "Import all 2 rows" in answer.content.decode()
    assert Entry.objects.count() == 0


def test_confirming_imports_what_was_looked_at_without_sending_the_file_again(lena: Client) -> None:
    answer = confirm(lena, look(lena, START, SHOCK), "all")
    assert answer.status_code == 200
    assert "2 records in 1 code imported." in answer.content.decode()
    assert list(Entry.objects.order_by("seq").values_list("kind", flat=True)) == ["code_started", "shock"]
    assert f"/codes/{Code.objects.get().pk}/debrief/" in answer.content.decode()


def test_confirming_twice_imports_once(lena: Client) -> None:
    looked = look(lena, START, SHOCK)
    confirm(lena, looked, "all")
    answer = confirm(lena, looked, "all")
    assert "Nothing new: all 2 good rows are already here." in answer.content.decode()
    assert Entry.objects.count() == 2


def test_every_bad_row_is_shown_with_its_line_and_its_fault(lena: Client) -> None:
    answer = look(lena, START, BAD, SHOCK, "amber,door,,,,,,,,,")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert [fault.line for fault in answer.context["page"].plan.faults] == [3, 5]
    assert "at “T+5:99” has 99 seconds; seconds run from 00 to 59" in page
    assert "Import the 2 good rows" in page
    assert "Import all" not in page
    assert "<script>alert" not in page


def test_the_good_rows_are_imported_when_asked_and_the_others_stay_on_the_page(lena: Client) -> None:
    answer = confirm(lena, look(lena, START, BAD, SHOCK), "good")
    assert answer.status_code == 200
    assert "Rows that were left out" in answer.content.decode()
    assert Entry.objects.count() == 2


def test_all_of_a_file_with_bad_rows_cannot_be_asked_for(lena: Client) -> None:
    answer = confirm(lena, look(lena, START, BAD), "all")
    assert answer.status_code == 422
    assert "The file has bad rows." in answer.content.decode()
    assert Entry.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04", "this is a spreadsheet or a zip archive, not a CSV file"),
        (b"a" * (5 * 1024 * 1024 + 10), "the file has 5.0 MB; the most is 5 MB"),
        (b"\xff\xfe", "the file is in UTF-16"),
    ],
)
def test_what_is_no_import_file_is_answered_with_its_fault(lena: Client, data: bytes, sentence: str) -> None:
    answer = look(lena, data=data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose a CSV file first."),
        ({"take": "all", "kept": "not base64!"}, "The file was lost on the way. Choose it again."),
        ({"take": "all", "kept": "AAAA"}, "The file was lost on the way. Choose it again."),
    ],
)
def test_a_step_without_its_file_asks_for_it(lena: Client, fields: dict[str, str], sentence: str) -> None:
    answer = lena.post("/import/", fields)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_a_packed_file_that_would_swell_is_cut_at_the_limit(lena: Client) -> None:
    kept = base64.b64encode(zlib.compress(b"a" * (50 * 1024 * 1024))).decode()
    answer = lena.post("/import/", {"take": "all", "kept": kept, "name": "bomb.csv"})
    assert (answer.status_code, "the most is 5 MB" in answer.content.decode()) == (422, True)


def test_who_imported_is_on_the_record(lena: Client) -> None:
    confirm(lena, look(lena, START), "all")
    assert '"person":"lena"' in Entry.objects.get().line.replace(": ", ":")


def test_the_form_is_protected_against_foreign_pages() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("lena"), backend="django.contrib.auth.backends.ModelBackend")
    assert look(client, START).status_code == 403
