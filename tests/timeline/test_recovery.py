"""What a restore forgot comes back from the devices; what a device may no longer write is set aside, not lost."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.management import call_command

from roles.devices import revoke_grant
from tests.asgi import Asgi
from tests.cast import OMAR
from tests.factories import a_code, a_person, a_record, author, joined, raw
from timeline import services
from timeline.backups import backup, restore
from timeline.core.chain import verify
from timeline.models import Code, Entry, Refusal
from timeline.selectors import entries_of, lines_after
from timeline.wire import lines_to_entries
from timeline.writer import writer

pytestmark = pytest.mark.django_db(transaction=True)


async def repair(asgi: Asgi, code: Any, token: str, *entries: Any) -> Any:
    path = f"/api/codes/{code}/repair"
    return await asgi.ask("POST", path, {"entries": list(entries)}, {"Authorization": f"Bearer {token}"})


@sync_to_async
def forgotten() -> tuple[Code, Any, list[dict[str, Any]]]:
    """A code whose last two entries a restore forgot, a device on it, and those entries as every device holds them."""
    code = a_code()
    device = joined(code)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backup.gz"
        backup(file)
        services.record(code.id, [a_record(code.id), a_record(code.id, "rosc")], author(OMAR))
        lines = list(lines_to_entries(lines_after(code.id, 3)))
        writer.stop()
        call_command("flush", "--no-input", verbosity=0)
        restore(file)
    code.refresh_from_db()
    return code, device, lines


async def test_entries_that_another_device_brings_back_keep_author_times_and_bytes(asgi: Asgi) -> None:
    code, device, lost = await forgotten()
    answer = await repair(asgi, code.id, device.token, *lost)
    assert [(result["status"], result["seq"]) for result in answer.json()["results"]] == [
        ("recorded", 4),
        ("recorded", 5),
    ]
    again = await sync_to_async(lambda: list(entries_of(code)))()
    assert [(entry.by.label, entry.received, entry.flags, entry.record.id) for entry in again[3:]] == [
        (OMAR.label, line["received"], ("recovered",), line["record"]["id"]) for line in lost
    ]
    assert verify(again, code.epoch) is None
    assert code.epoch != lost[0]["epoch"]
    assert [entry.epoch for entry in again] == [lost[0]["epoch"]] * 3 + [code.epoch] * 2


async def test_two_devices_that_bring_the_same_back_leave_it_there_once(asgi: Asgi) -> None:
    code, device, lost = await forgotten()
    await repair(asgi, code.id, device.token, *lost)
    answer = await repair(asgi, code.id, device.token, *reversed(lost))
    assert [(result["seq"], result["replay"]) for result in answer.json()["results"]] == [(5, True), (4, True)]
    assert await Entry.objects.filter(code=code).acount() == 5


@pytest.mark.parametrize(
    "forged",
    [
        {"mac": "0" * 32},
        {"mac": ""},
        {"mac": "٣" * 32},
        {"received": 5},
        {"flags": ["future"]},
        {"epoch": "other"},
        {"by": {"device": str(OMAR.device), "label": "Somebody else", "person": None}},
    ],
)
async def test_what_this_server_never_appended_is_refused_and_its_neighbour_taken(asgi: Asgi, forged: Any) -> None:
    code, device, lost = await forgotten()
    answer = await repair(asgi, code.id, device.token, lost[0] | forged, lost[1])
    assert [(result["status"], result.get("reason")) for result in answer.json()["results"]] == [
        ("refused", "unproven"),
        ("recorded", None),
    ]
    assert await Entry.objects.filter(code=code).acount() == 4


async def test_an_entry_of_another_code_or_of_no_form_is_refused(asgi: Asgi) -> None:
    code, device, lost = await forgotten()
    foreign = await sync_to_async(a_code)()
    stray = await sync_to_async(joined)(foreign)
    answers = [
        await repair(asgi, foreign.id, stray.token, lost[0]),
        await repair(asgi, code.id, device.token, {}),
        await repair(asgi, code.id, device.token, {**lost[0], "more": 1}),
    ]
    assert [answer.json()["results"][0]["detail"].split(":")[0] for answer in answers] == ["code", "by", "more"]


async def test_what_a_revoked_device_still_held_is_set_aside_once_and_a_person_takes_it_in(asgi: Asgi) -> None:
    code = await sync_to_async(a_code)()
    device = await sync_to_async(joined)(code, OMAR)
    await sync_to_async(revoke_grant)(device.grant)
    taps = [raw(code.id, member=OMAR), raw(code.id, "rosc", OMAR)]
    for _ in range(2):
        answer = await asgi.post_records(code.id, device.token, *taps, {"id": "x"})
        assert (answer.status, [result["status"] for result in answer.json()["results"]]) == (
            202,
            ["quarantined", "quarantined", "refused"],
        )
    assert await Refusal.objects.acount() == 2
    assert await Entry.objects.filter(code=code).acount() == 3
    taken = await sync_to_async(services.take_in)(code.id, "lena")
    assert [(result.status, result.seq) for result in taken] == [("recorded", 4), ("recorded", 5)]
    late = (await sync_to_async(entries_of)(code))[3:]
    assert [(entry.record.id, entry.by.label, entry.by.person, entry.flags) for entry in late] == [
        (tap["id"], OMAR.label, "lena", ("quarantined",)) for tap in taps
    ]
    assert await sync_to_async(services.take_in)(code.id, "lena") == []


async def test_a_lost_tablet_cannot_fill_the_disk(asgi: Asgi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_ASIDE", 2)
    code = await sync_to_async(a_code)()
    device = await sync_to_async(joined)(code, OMAR)
    await sync_to_async(revoke_grant)(device.grant)
    answers = [await asgi.post_records(code.id, device.token, raw(code.id)) for _ in range(3)]
    assert [answer.status for answer in answers] == [202, 202, 404]


def test_the_admin_takes_in_what_was_set_aside(client) -> None:
    code = a_code()
    services.set_aside(code.id, [a_record(code.id)], author(OMAR))
    User.objects.create_superuser("root")
    client.force_login(User.objects.get(username="root"), backend="django.contrib.auth.backends.ModelBackend")
    row = Refusal.objects.get()
    client.post("/admin/timeline/refusal/", {"action": "take_in", "_selected_action": [row.pk]})
    assert Entry.objects.filter(pk=row.record).count() == 1
    client.force_login(a_person(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/timeline/refusal/").status_code == 302
