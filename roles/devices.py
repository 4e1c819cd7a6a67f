"""Devices: how they come to be, how they prove themselves, how they are turned away."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from roles.models import Device, Grant
from roles.server_clock import now_ms

HOUR = 60 * 60 * 1000
# How long a standing lasts at most; opening the code again as staff or by invitation renews it.
GRANT_MS = 12 * HOUR

_forgetters: list[Callable[[UUID], None]] = []


def hashed(secret: str) -> str:
    """What is kept of a secret: its SHA-256. Secrets here are 128 bits and more, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def on_change(forget: Callable[[UUID], None]) -> None:
    """Have `forget` called with a device's id as soon as what it may do has changed in this process."""
    _forgetters.append(forget)


def changed(device: UUID) -> None:
    """Tell whoever remembers what a device may do that it is no longer so."""
    for forget in _forgetters:
        forget(device)


def enrol(label: str, kind: str, by: str = "") -> tuple[Device, str]:
    """A new device and its token, which is shown this once."""
    secret = secrets.token_urlsafe(24)
    device = Device.objects.create(
        label=clean_label(label), kind=kind, secret_hash=hashed(secret), created_at=now_ms(), created_by=by
    )
    return device, f"{device.id.hex}.{secret}"


def clean_label(label: str) -> str:
    """A label for the feed: printable, on one line, never empty, at most 60 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in label).split())[:60] or "Device"


def device_id_of(token: str) -> UUID | None:
    """Which device a token names, proven or not; None when it has no token's form."""
    name, _, secret = token.partition(".")
    if len(name) != 32 or not secret or len(token) > 200:
        return None
    try:
        return UUID(hex=name)
    except ValueError:
        return None


def proves(token: str, secret_hash: str) -> bool:
    """Whether a token that names a device also holds the secret of which this is the hash."""
    return hmac.compare_digest(secret_hash, hashed(token.partition(".")[2]))


def device_of_token(token: str) -> Device | None:
    """The device that this token proves, unless it is unknown, wrong or revoked."""
    id = device_id_of(token)
    device = Device.objects.filter(pk=id, revoked_at=None).first() if id is not None else None
    return device if device is not None and proves(token, device.secret_hash) else None


def grant(
    device: Device, subject: UUID, scope: str = Grant.Scope.WRITE, *, person: str = "", minutes: int | None = None
) -> Grant:
    """Let a device onto a subject, or renew its standing; never narrows a standing that still holds."""
    now = now_ms()
    expires = now + (GRANT_MS if minutes is None else minutes * 60_000)
    with transaction.atomic():
        there = Grant.objects.select_for_update().filter(device=device, subject=subject).first()
        if there is None:
            there = Grant(device=device, subject=subject, created_at=now, scope=scope, expires_at=expires)
        elif there.revoked_at is None and there.expires_at > now:
            there.scope = Grant.Scope.WRITE if Grant.Scope.WRITE in (scope, there.scope) else scope
            there.expires_at = max(there.expires_at, expires)
        else:
            there.scope, there.expires_at, there.revoked_at = scope, expires, None
        there.person = person
        there.save()
    changed(device.id)
    return there


def revoke_grant(grant: Grant) -> None:
    """End one standing, at once in this process and within seconds in others."""
    Grant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=now_ms())
    changed(grant.device_id)


def revoke_device(device: Device) -> None:
    """End everything a device may do: for a tablet that was lost."""
    Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now_ms())
    changed(device.id)


def revoke_person(device: Device, person: str) -> None:
    """End what a device may do in a person's name: they signed out of it."""
    Grant.objects.filter(device=device, person=person, revoked_at=None).update(revoked_at=now_ms())
    changed(device.id)
