"""The one gate: who stands on a code, and as what. An absent code answers like one that is closed to the asker."""

import hashlib
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from roles.devices import device_id_of, device_of_token, on_change, proves
from roles.models import Device, Grant
from roles.server_clock import now_ms
from timeline.columns import key_of, uuid_of
from timeline.models import Code, CodeView
from timeline.writer import Author

# How long a standing is believed without asking the database again; a revocation in this process ends it at once. Each
# heartbeat that finds the device of an open socket still standing prolongs it, up to so long since it was looked up.
BELIEVED_SECONDS = 10.0
MOST_SECONDS = 60.0
MOST_BELIEVED = 20_000
# The row of a device without a standing: no secret has an empty hash.
_NOBODY = ("", "", "", "", "", 0)


class NoToken(Exception):
    """The caller has shown no valid token: 401."""


class NotStanding(Exception):
    """The caller does not stand on this code, or there is none: 404, and both look the same."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A device on a code. `expires_at` in UTC ms."""

    device: UUID
    label: str
    kind: str
    code: UUID
    scope: str
    person: str | None
    expires_at: int

    @property
    def author(self) -> Author:
        """Who writes, as it will stand in the log."""
        return Author(self.device, self.label, self.person)

    def may(self, want: str) -> bool:
        """Whether this standing allows "read" or "write"."""
        return want == "read" or self.scope == Grant.Scope.WRITE


class _Believed:
    """Standings that were looked up a moment ago."""

    def __init__(self) -> None:
        # When it was looked up (monotonic), and the standing.
        self._by_key: dict[tuple[bytes, UUID], tuple[float, Standing]] = {}
        # Devices on codes that stood when last looked at, and until when (monotonic) that is believed.
        self._prolonged: tuple[float, Collection[tuple[UUID, UUID]]] = (0.0, ())
        self._by_device: dict[UUID, set[tuple[bytes, UUID]]] = {}
        self._revision = 0
        self._lock = threading.Lock()

    def get(self, token: str, code: UUID) -> Standing | None:
        found = self._by_key.get((_digest(token), code))
        if found is None:
            return None
        looked, standing = found
        now = time.monotonic()
        if now >= looked + BELIEVED_SECONDS:
            until, pairs = self._prolonged
            if now >= until or now >= looked + MOST_SECONDS or (standing.device, code) not in pairs:
                return None
        return None if standing.expires_at <= now_ms() else standing

    @property
    def revision(self) -> int:
        return self._revision

    def put(self, token: str, standing: Standing, revision: int) -> None:
        key = (_digest(token), standing.code)
        with self._lock:
            # What was read before a revocation must not be believed after it.
            if revision != self._revision:
                return
            if len(self._by_key) >= MOST_BELIEVED:
                self._by_key.clear()
                self._by_device.clear()
            self._by_key[key] = (time.monotonic(), standing)
            self._by_device.setdefault(standing.device, set()).add(key)

    def prolong(self, pairs: Collection[tuple[UUID, UUID]]) -> None:
        # Thousands of standings, on the loop that carries the taps: kept as they come, looked at when one is asked for.
        self._prolonged = (time.monotonic() + BELIEVED_SECONDS, pairs)

    def forget(self, device: UUID) -> None:
        with self._lock:
            self._revision += 1
            for key in self._by_device.pop(device, ()):
                self._by_key.pop(key, None)

    def clear(self) -> None:
        self._prolonged = (0.0, ())
        with self._lock:
            self._revision += 1
            self._by_key.clear()
            self._by_device.clear()


_believed = _Believed()
on_change(_believed.forget)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def forget_all() -> None:
    """Believe nothing any longer."""
    _believed.clear()


def believed(token: str, code_id: UUID) -> Standing | None:
    """The standing that was looked up seconds ago, without touching the database; None says nothing."""
    return _believed.get(token, code_id)


def standing_of_token(token: str | None, code_id: UUID, want: str = "read") -> Standing:
    """The standing that a device token gives on a code. Raises NoToken or NotStanding."""
    if not token:
        raise NoToken
    standing = _believed.get(token, code_id) or look_up([(token, code_id)]).get((token, code_id))
    if standing is None:
        raise NoToken if device_of_token(token) is None else NotStanding
    if not standing.may(want):
        raise NotStanding
    return standing


_STANDINGS = """
WITH asked (device, subject) AS (VALUES {marks})
SELECT held.device_id, held.subject, device.secret_hash, device.label, device.kind, held.scope, held.person,
  held.expires_at
FROM asked
JOIN roles_grant held ON held.device_id = asked.device AND held.subject = asked.subject
JOIN roles_device device ON device.id = held.device_id
WHERE held.revoked_at IS NULL AND held.expires_at > %s AND device.revoked_at IS NULL
  AND EXISTS (SELECT 1 FROM timeline_code code WHERE code.id = held.subject)
  AND (held.person = '' OR EXISTS (
    SELECT 1 FROM auth_user person WHERE person.username = held.person AND person.is_active))
"""


def look_up(asked: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], Standing]:
    """The standings that there are of these (token, code), which are believed from now on. One statement, written out:
    the tap of a device that rested waits for it, and after a restart all of them do.
    """
    revision = _believed.revision
    named = {(token, code): id for token, code in asked if (id := device_id_of(token)) is not None}
    if not named:
        return {}
    values = [value for (_, code), id in named.items() for value in (key_of(id), key_of(code))]
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS.format(marks=", ".join(["(%s, %s)"] * len(named))), [*values, now_ms()])
        rows = {(uuid_of(device), uuid_of(code)): row for device, code, *row in cursor.fetchall()}
    found = {}
    for (token, code), id in named.items():
        secret_hash, label, kind, scope, person, expires_at = rows.get((id, code), _NOBODY)
        if proves(token, secret_hash):
            found[token, code] = Standing(id, label, kind, code, scope, person or None, expires_at)
    for (token, _), standing in found.items():
        _believed.put(token, standing, revision)
    return found


def starter_of_token(token: str | None, code_id: UUID) -> Author | None:
    """Who may begin a code that is not there yet: a bay device, or a signed-in person's browser."""
    if not token or Code.objects.filter(pk=code_id).exists():
        return None
    device = device_of_token(token)
    if device is None or device.kind not in (Device.Kind.BAY, Device.Kind.STAFF):
        return None
    if (
        device.kind == Device.Kind.STAFF
        and not User.objects.filter(username=device.created_by, is_active=True).exists()
    ):
        return None
    return Author(device.id, device.label, device.created_by if device.kind == Device.Kind.STAFF else None)


def strayed(token: str | None, code_id: UUID) -> Author | None:
    """Who writes with the token of a device that could write to this code once and may no longer, being revoked or out
    of time; None for everyone else. What it brings is set aside, not lost.
    """
    id = device_id_of(token) if token else None
    held = Grant.objects.select_related("device").filter(device=id, subject=code_id, scope=Grant.Scope.WRITE).first()
    if token is None or held is None or not proves(token, held.device.secret_hash):
        return None
    return Author(held.device_id, held.device.label, held.person or None)


_FALLEN = """
SELECT held.device_id, held.subject
FROM roles_grant held JOIN roles_device device ON device.id = held.device_id
WHERE held.subject IN ({marks}) AND (
  held.revoked_at IS NOT NULL OR held.expires_at <= %s OR device.revoked_at IS NOT NULL
  OR (held.person <> '' AND NOT EXISTS (
    SELECT 1 FROM auth_user person WHERE person.username = held.person AND person.is_active)))
"""


def fallen(pairs: set[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Which of these (device, code) pairs stood once and stand no longer, asked of the database at once: for sockets
    that stay open. Asks for the few that fell, not for the thousands that stand; grants and devices are never deleted.
    """
    codes = [key_of(code) for code in {code for _, code in pairs}]
    if not codes:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_FALLEN.format(marks=", ".join(["%s"] * len(codes))), [*codes, now_ms()])
        return {(uuid_of(device), uuid_of(code)) for device, code in cursor.fetchall()} & pairs


def still_standing(pairs: set[tuple[UUID, UUID]]) -> None:
    """Go on believing what is believed of these (device, code) pairs, whose ends `fallen` has just looked for."""
    _believed.prolong(pairs)


def past_code_for(user: User | AnonymousUser, code_id: UUID, what: str) -> Code:
    """A code for a signed-in reader, the look logged. Raises NotStanding for strangers and for absent codes."""
    code = Code.objects.filter(pk=code_id).first() if _signed_in(user) else None
    if code is None:
        raise NotStanding
    log_view(code, user.get_username(), what)
    return code


def may_take_in(user: User | AnonymousUser) -> bool:
    """Whether a person may judge what devices brought after their standing had ended."""
    return _signed_in(user) and user.has_perm("timeline.change_refusal")


def may_lead(user: User | AnonymousUser) -> bool:
    """Whether a person may change the site's protocols: its clinical lead."""
    return _signed_in(user) and user.has_perm("timeline.change_protocolversion")


def past_codes_for(user: User | AnonymousUser, what: str) -> None:
    """The same for whoever looks at all codes at once: the audit and its file. Raises NotStanding for strangers."""
    if not _signed_in(user):
        raise NotStanding
    log_view(None, user.get_username(), what)


def log_view(code: Code | None, person: str, what: str) -> None:
    """Note that somebody looked at a past code, or at all of them (None)."""
    CodeView.objects.create(code=code, person=person[:150], what=what[:40], at=now_ms())


def _signed_in(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active
