"""Invitations: eight letters to type or a token in a QR code, for minutes, revocable, with counted attempts."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from roles.devices import changed, enrol, grant, hashed
from roles.models import Attempt, Device, Grant, Invitation
from roles.server_clock import now_ms

# Twenty consonants: no vowels, so no words; no letter is taken for another or for a digit (RFC 8628, section 6.1).
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LETTERS = 8
DEFAULT_MINUTES = 15
# A QR code that hangs on a wall is seen from the corridor, and soon worth nothing (ux reference, section 2.2).
WALL_SHOWS_MINUTES = 5
MOST_MINUTES = 24 * 60

# Failed tries within the window. Eight letters are 34.5 bits: with 100 tries a minute over all clients and ten codes
# live, a guess succeeds in ten minutes about four times in ten million (reliability reference, section 5.4).
WINDOW_MS = 60_000
LIMITS = {"ip": 10, "device": 10, "all": 100}


class InvitationRefused(Exception):
    """Why nobody was let in, as a sentence. `retry_seconds` is above zero when tries have to wait."""

    def __init__(self, sentence: str, retry_seconds: int = 0) -> None:
        super().__init__(sentence)
        self.retry_seconds = retry_seconds


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh invitation with its secrets, which are kept nowhere else."""

    letters: str
    token: str
    invitation: Invitation


def invite(subject: UUID, scope: str = Grant.Scope.WRITE, minutes: int = DEFAULT_MINUTES, by: str = "") -> Issued:
    """Make an invitation to a subject; `by` names who invites."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    token = secrets.token_urlsafe(16)
    now = now_ms()
    made = Invitation.objects.create(
        subject=subject,
        scope=scope,
        letters_hash=hashed(letters),
        token_hash=hashed(token),
        made_by=by[:210],
        created_at=now,
        expires_at=now + min(max(minutes, 1), MOST_MINUTES) * 60_000,
    )
    return Issued(letters, token, made)


def invite_across(subject: UUID, across: UUID, minutes: int = DEFAULT_MINUTES, by: str = "") -> Invitation:
    """Invite to a subject the devices that stand on another one now, as they stand there; nobody sees its letters.

    Once for the two: a second call lets in nobody who came since, and undoes no revocation.
    """
    there = Invitation.objects.filter(subject=subject, across=across).first()
    if there is not None:
        return there
    made = invite(subject, Grant.Scope.WRITE, minutes, by).invitation
    made.across = across
    made.save(update_fields=["across"])
    return made


def invite_on_wall(subject: UUID, screen: UUID, by: str = "") -> Issued:
    """The next invitation that a wall screen shows. The one before it holds for its last minutes, for whoever is just
    typing its letters; those before that have ended by themselves or end now, so that a screen has two at most.
    """
    shown = Invitation.objects.filter(subject=subject, shown_on=screen)
    kept = shown.order_by("-created_at", "-pk").values_list("pk", flat=True)[:1]
    shown.filter(revoked_at=None).exclude(pk__in=list(kept)).update(revoked_at=now_ms())
    issued = invite(subject, Grant.Scope.WRITE, WALL_SHOWS_MINUTES, by)
    issued.invitation.shown_on = screen
    issued.invitation.save(update_fields=["shown_on"])
    return issued


def accept_across(across: UUID, device: Device) -> Grant | None:
    """Let a device of `across` come over by the invitation made last; None when there is none that holds for it.

    It is for those who stood there when it was made, so that nobody slips in through the old subject afterwards, and
    gives nobody more than they had there: a wall screen goes on reading only.
    """
    found = (
        Invitation.objects.filter(across=across, revoked_at=None, expires_at__gt=now_ms())
        .order_by("-created_at")
        .first()
    )
    if found is None:
        return None
    there = Grant.objects.filter(
        device=device,
        subject=across,
        revoked_at=None,
        expires_at__gt=now_ms(),
        created_at__lte=found.created_at,
        device__revoked_at=None,
    ).first()
    if there is None:
        return None
    standing = grant(device, found.subject, there.scope, person=there.person)
    Invitation.objects.filter(pk=found.pk).update(accepted=F("accepted") + 1)
    return standing


def revoke(invitation: Invitation) -> None:
    """Nobody else comes in by it; who is in stays in."""
    Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=now_ms())


def revoke_all(subject: UUID) -> int:
    """End all invitations to a subject; how many there were."""
    return Invitation.objects.filter(subject=subject, revoked_at=None).update(revoked_at=now_ms())


def tidy_letters(typed: str) -> str:
    """Letters as typed, spaces and hyphens aside, in capitals."""
    return "".join(c for c in typed.upper() if c.isalnum())


def accept(
    letters_or_token: str, device: Device | None, *, label: str = "", ip: str = ""
) -> tuple[Device, str | None, Grant]:
    """Let a device in: the device, its token if it is new to us (None otherwise), and its standing.

    Raises InvitationRefused when the invitation is unknown, expired or revoked, or tries come too fast. A device that
    is in already is never kept waiting by the limit on others.
    """
    keys = [f"ip:{ip}"] if ip else []
    keys += [f"device:{device.id}"] if device else []
    keys.append("all")
    _check_limits(keys)
    found = _find(letters_or_token)
    if found is None:
        now = now_ms()
        Attempt.objects.bulk_create([Attempt(key=key, at=now) for key in keys])
        Attempt.objects.filter(at__lt=now - 60 * WINDOW_MS).delete()
        raise InvitationRefused("This invitation is not valid. It may have expired: ask for a new one.")
    if found.shown_on is not None and device is not None and _is_wall(device, found.subject):
        raise InvitationRefused("A wall screen only shows this code. Join with another device.")
    token = None
    if device is None:
        kind = Device.Kind.WALL if found.scope == Grant.Scope.WALL else Device.Kind.JOINED
        device, token = enrol(label or ("Wall" if kind == Device.Kind.WALL else "Device"), kind, found.made_by[:150])
    standing = grant(device, found.subject, found.scope, person=_person_of(device, found.subject))
    Invitation.objects.filter(pk=found.pk).update(accepted=F("accepted") + 1)
    changed(device.id)
    return device, token, standing


def _find(said: str) -> Invitation | None:
    # Both forms are looked up by their hash, so how long the answer takes says nothing about near misses.
    letters = hashed(tidy_letters(said))
    valid = Invitation.objects.filter(revoked_at=None, expires_at__gt=now_ms())
    return valid.filter(token_hash=hashed(said.strip())).first() or valid.filter(letters_hash=letters).first()


def _is_wall(device: Device, subject: UUID) -> bool:
    """Whether a device is a wall screen, or only watches this subject: what it shows to others gives it nothing."""
    watches = Grant.objects.filter(device=device, subject=subject, scope=Grant.Scope.WALL, revoked_at=None)
    return device.kind == Device.Kind.WALL or watches.filter(expires_at__gt=now_ms()).exists()


def _person_of(device: Device, subject: UUID) -> str:
    there = Grant.objects.filter(device=device, subject=subject, revoked_at=None).first()
    return there.person if there else ""


def _check_limits(keys: list[str]) -> None:
    now = now_ms()
    for key in keys:
        limit = LIMITS[key.split(":", 1)[0]]
        recent = list(
            Attempt.objects.filter(key=key, at__gt=now - WINDOW_MS).order_by("-at").values_list("at", flat=True)[:limit]
        )
        if len(recent) >= limit:
            wait = max(1, -(-(recent[-1] + WINDOW_MS - now) // 1000))
            raise InvitationRefused(f"Too many wrong invitations. Try again in {wait} s.", wait)
