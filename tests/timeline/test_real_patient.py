"""From a drill to a real patient: one code, whoever presses, and nobody in it whom the gate did not let in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from roles.devices import enrol, grant
from roles.models import Device, Invitation
from roles.server_clock import now_ms
from tests.cast import LENA, OMAR, PRIYA, SAM, VIC, Member
from tests.factories import a_code, author, joined
from timeline import access, services
from timeline.models import Code
from timeline.selectors import reading_of

pytestmark = pytest.mark.django_db(transaction=True)


def a_drill() -> Code:
    return a_code(mode="drill")


def of_the_bay(drill: Code, member: Member = LENA) -> Client:
    """A device of the bay that stands on the drill: it may start codes."""
    device, token = enrol(member.label, Device.Kind.BAY)
    grant(device, drill.id)
    return holding(token)


def holding(token: str) -> Client:
    client = Client()
    client.cookies["ecpr_device"] = token
    return client


def press(client: Client, drill: Code) -> int:
    return int(client.post(f"/codes/{drill.id}/real").status_code)


def real_codes() -> list[Code]:
    return list(Code.objects.filter(mode="real"))


def test_one_tap_starts_a_real_code_with_the_role_and_breaks_the_drill_off() -> None:
    drill = a_drill()
    device, token = enrol(LENA.label, Device.Kind.BAY)
    grant(device, drill.id)
    by = access.standing_of_token(token, drill.id).author
    services.take_role(drill, "leader", by)
    answer = holding(token).post(f"/codes/{drill.id}/real")
    [code] = real_codes()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/codes/{code.id}/")
    reading, was = reading_of(code), reading_of(drill)
    assert [each["kind"] for each in reading["records"]] == ["code_started", "arrest_onset", "role_taken"]
    assert [each["key"] for each in reading["roles"] if each["holders"]] == ["leader"]
    assert (code.protocol, reading["code"]["state"]) == (drill.protocol, "open")
    assert (was["code"]["state"], was["code"]["outcome"]) == ("closed", "stopped")
    assert [each["payload"] for each in was["records"][-2:]] == [
        {"value": f"Real patient: broken off for code {code.name}"},
        {"value": "stopped", "reason": "real patient", "code": str(code.id)},
    ]


def test_two_devices_that_press_at_once_start_one_code() -> None:
    drill = a_drill()
    clients = [of_the_bay(drill), of_the_bay(drill, SAM)]

    def one(client: Client) -> int:
        try:
            return press(client, drill)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(one, clients)) == [302, 302]
    [code] = real_codes()
    assert [each["kind"] for each in reading_of(code)["records"]] == ["code_started", "arrest_onset"]


def test_who_stood_on_the_drill_comes_over_in_one_tap_and_may_record() -> None:
    drill = a_drill()
    phone = joined(drill, OMAR)
    assert press(of_the_bay(drill), drill) == 302
    assert press(holding(phone.token), drill) == 302
    [code] = real_codes()
    assert access.standing_of_token(phone.token, code.id, "write").label == OMAR.label


def test_a_joined_device_does_not_start_a_real_code() -> None:
    drill = a_drill()
    assert press(holding(joined(drill, OMAR).token), drill) == 403
    drill.refresh_from_db()
    assert (real_codes(), drill.closed_at) == ([], None)


def test_a_wall_a_stranger_and_nobody_start_nothing_and_come_nowhere() -> None:
    drill = a_drill()
    wall = joined(drill, PRIYA, "wall")
    others = [wall.token, joined(a_code(SAM), VIC).token, ""]
    assert [press(holding(token), drill) for token in others] == [404] * 3
    assert press(of_the_bay(drill), drill) == 302
    assert [press(holding(token), drill) for token in others] == [404] * 3
    code = Code.objects.get(pk=Invitation.objects.get(across=drill.id).subject)
    with pytest.raises(access.NotStanding):
        access.standing_of_token(wall.token, code.id)


@pytest.mark.parametrize("how", ["came afterwards", "too late", "revoked"])
def test_the_way_over_is_for_those_who_were_there_for_minutes_and_can_be_closed(how: str) -> None:
    drill = a_drill()
    phone = joined(drill, OMAR)
    assert press(of_the_bay(drill), drill) == 302
    if how == "came afterwards":
        type(phone.grant).objects.filter(pk=phone.grant.pk).update(created_at=now_ms() + 1)
    elif how == "too late":
        Invitation.objects.update(expires_at=now_ms() - 1)
    else:
        Invitation.objects.update(revoked_at=now_ms())
    assert press(holding(phone.token), drill) == 403
    [code] = real_codes()
    with pytest.raises(access.NotStanding):
        access.standing_of_token(phone.token, code.id)


def test_a_real_code_has_no_such_door() -> None:
    code = a_code()
    assert press(of_the_bay(code), code) == 404
    assert real_codes() == [code]


def test_a_drill_that_goes_on_can_be_turned_again_once_the_real_code_has_ended() -> None:
    drill = a_drill()
    bay = of_the_bay(drill)
    assert [press(bay, drill), press(bay, drill)] == [302, 302]
    [first] = real_codes()
    ended = services.make_record(
        first.id, "code_closed", device=LENA.device, at=now_ms(), payload={"value": "started_in_error"}
    )
    services.record(first.id, [ended], author())
    assert press(bay, drill) == 302
    assert len(real_codes()) == 2
