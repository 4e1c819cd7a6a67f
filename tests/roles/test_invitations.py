"""Invitations: let the right device in, for minutes, and nobody by guessing."""

from uuid import uuid4

import pytest

from roles.devices import device_of_token, enrol, revoke_device
from roles.invitations import ALPHABET, LIMITS, InvitationRefused, accept, invite, revoke, revoke_all
from roles.models import Attempt, Grant, Invitation
from roles.server_clock import now_ms

pytestmark = pytest.mark.django_db(transaction=True)


def test_letters_and_token_each_let_a_device_in() -> None:
    subject = uuid4()
    issued = invite(subject)
    assert (len(issued.letters), set(issued.letters) <= set(ALPHABET), len(ALPHABET)) == (8, True, 20)
    device, token, standing = accept(f" {issued.letters[:4].lower()}-{issued.letters[4:]} ", None, label="iPad 3")
    assert (device.label, standing.subject, standing.scope) == ("iPad 3", subject, "write")
    assert token is not None
    assert device_of_token(token) == device
    again, no_token, same = accept(issued.token, device)
    assert (again, no_token, same.pk) == (device, None, standing.pk)


def test_no_secret_is_kept() -> None:
    issued = invite(uuid4())
    kept = str(list(Invitation.objects.values()))
    assert issued.letters not in kept
    assert issued.token not in kept


@pytest.mark.parametrize("how", ["expired", "revoked", "unknown", "empty"])
def test_an_invitation_that_does_not_hold_lets_nobody_in(how: str) -> None:
    issued = invite(uuid4())
    said = {"unknown": "BBBBBBBB", "empty": "  "}.get(how, issued.letters)
    if how == "expired":
        Invitation.objects.update(expires_at=now_ms() - 1)
    elif how == "revoked":
        revoke(issued.invitation)
    with pytest.raises(InvitationRefused, match="not valid"):
        accept(said, None)
    assert Grant.objects.count() == 0


def test_revoking_all_leaves_those_inside_in_peace() -> None:
    subject = uuid4()
    issued = invite(subject)
    _, _, standing = accept(issued.letters, None)
    assert revoke_all(subject) == 1
    with pytest.raises(InvitationRefused):
        accept(issued.letters, None)
    standing.refresh_from_db()
    assert standing.revoked_at is None


def test_guesses_are_counted_by_address_in_the_database() -> None:
    issued = invite(uuid4())
    for _ in range(LIMITS["ip"]):
        with pytest.raises(InvitationRefused, match="not valid"):
            accept("BBBBBBBB", None, ip="10.0.0.9")
    with pytest.raises(InvitationRefused, match="Too many") as refused:
        accept(issued.letters, None, ip="10.0.0.9")
    assert 0 < refused.value.retry_seconds <= 60
    assert accept(issued.letters, None, ip="10.0.0.8")[2].scope == "write"
    Attempt.objects.update(at=now_ms() - 61_000)
    assert accept(issued.letters, None, ip="10.0.0.9")[2].scope == "write"


def test_guesses_over_all_addresses_are_counted_too() -> None:
    Attempt.objects.bulk_create([Attempt(key="all", at=now_ms()) for _ in range(LIMITS["all"])])
    with pytest.raises(InvitationRefused, match="Too many"):
        accept(invite(uuid4()).letters, None, ip="10.0.0.1")


def test_a_wall_invitation_never_narrows_a_standing_that_writes() -> None:
    subject = uuid4()
    device, _, _ = accept(invite(subject).letters, None)
    assert accept(invite(subject, "wall").letters, device)[2].scope == "write"


def test_a_lost_tablet_proves_nothing_any_more() -> None:
    device, token = enrol("iPad 9", "joined")
    assert device_of_token(token) == device
    assert device_of_token(f"{device.id.hex}.other") is None
    assert device_of_token("x" * 500) is None
    revoke_device(device)
    assert device_of_token(token) is None
