"""Whatever was recorded and whatever a form is sent, every page, picture, PDF and file opens, and runs nothing."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import LENA
from tests.examples import examples
from tests.factories import a_code, a_person, author, joined, raw
from tests.fuzz.values import ANYTHING, HOSTILE, KINDS, WORDS, changed
from timeline import services
from timeline.core.records import InvalidRecord, Record, read_record
from timeline.protocols import protocol_named

pytestmark = pytest.mark.django_db(transaction=True)

FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
EVERY_KIND = st.one_of(KINDS, st.sampled_from(sorted(protocol_named("ecpr-1").kinds)))
# What a record may say in its payload, as the app itself writes it and as it would never do.
PAYLOADS = st.dictionaries(
    st.sampled_from(
        ["value", "unit", "note", "name", "role", "item", "reason", "label", "dose", "choice", "records", "changes"]
    ),
    ANYTHING,
    max_size=5,
)
# In a page, any of these would be markup of the user's making.
MARKUP = ("<script>alert", "<img src=x", "{{ 7*7 }}{% debug %}</td><script")
FORMS: dict[str, tuple[str, ...]] = {
    "/start": ("mode", "ago", "time", "label"),
    "/enrol": ("label",),
    "/join": ("token", "letters", "label"),
    "/codes/{id}/invite": ("scope", "minutes"),
    "/codes/{id}/role": ("role", "mode"),
    "/import/": ("kept", "name", "take"),
    "/accounts/login/": ("username", "password", "next"),
}


def browser() -> Client:
    """A signed-in person's."""
    client = Client()
    client.force_login(User.objects.filter(username=LENA.name).first() or a_person())
    return client


def readable(sent: list[Any]) -> list[Record]:
    found = []
    for one in sent:
        try:
            found.append(read_record(one))
        except InvalidRecord:
            continue
    return found


@settings(FUZZ, max_examples=examples(25))
@given(data=st.data())
def test_whatever_was_recorded_every_screen_opens_and_runs_nothing(data: Any) -> None:
    code = a_code()
    ids = [str(uuid4()) for _ in range(6)]
    sent = [
        {
            **raw(code.id, data.draw(EVERY_KIND)),
            "id": id,
            "payload": data.draw(PAYLOADS),
            "at": data.draw(st.sampled_from([code.opened_at, 0, code.opened_at + 60_000, 253_402_300_799_999])),
            "target": data.draw(st.sampled_from([None, *ids, str(uuid4())])),
            "role": data.draw(st.one_of(st.none(), WORDS)),
        }
        for id in ids
    ]
    sent += data.draw(st.lists(changed(raw(code.id)), max_size=3))
    told = readable(sent)
    if told:
        services.record(code.id, told, author())
    client = browser()
    device = joined(code)
    client.cookies["ecpr_device"] = device.token
    paths = ["", "wall/", "role", "debrief/"]
    for path in [*(f"/codes/{code.id}/{path}" for path in paths), f"/codes/{code.id}/timeline.svg", "/", "/audit/"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = answer.content.decode()
        assert [markup for markup in MARKUP if markup in page] == [], path
    assert client.get(f"/api/codes/{code.id}/reading").status_code == 200
    rows = list(csv.reader(io.StringIO(client.get(f"/codes/{code.id}/records.csv").content.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1
    assert [cell for row in rows for cell in row if cell[:1] in ("=", "@", "+")] == []


@pytest.mark.paper
@settings(FUZZ, max_examples=examples(6))
@given(data=st.data())
def test_whatever_was_recorded_the_pdf_is_made(data: Any) -> None:
    code = a_code(
        name=data.draw(st.sampled_from([word[:100] for word in HOSTILE if word.strip() and word.isprintable()]))
    )
    told = readable([{**raw(code.id, data.draw(EVERY_KIND)), "payload": data.draw(PAYLOADS)} for _ in range(5)])
    services.record(code.id, told, author())
    made = browser().get(f"/codes/{code.id}/debrief.pdf")
    assert (made.status_code, made.content[:5]) == (200, b"%PDF-")


@settings(FUZZ, max_examples=examples(60))
@given(path=st.sampled_from(sorted(FORMS)), data=st.data())
def test_whatever_a_form_is_sent_it_answers_in_words(path: str, data: Any) -> None:
    code = a_code()
    client = browser()
    client.cookies["ecpr_device"] = joined(code).token
    # A browser cannot send half a character.
    said = {
        name: data.draw(WORDS).encode("utf-8", "replace").decode()
        for name in data.draw(st.lists(st.sampled_from(FORMS[path]), unique=True))
    }
    if path == "/import/" and data.draw(st.booleans()):
        said["file"] = io.BytesIO(data.draw(st.binary(max_size=200)))
    answer = client.post(path.format(id=code.id), said)
    assert answer.status_code < 500
    page = answer.content.decode()
    assert [markup for markup in MARKUP if markup in page] == []
