"""Codes, records and devices for tests. Codes are made by recording, so none is impossible."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User

from roles.devices import enrol, grant
from roles.models import Device, Grant
from roles.server_clock import now_ms
from tests.cast import LENA, PASSWORD, Member
from timeline import services
from timeline.core.records import Record, read_record
from timeline.models import Code
from timeline.writer import Author


def author(member: Member = LENA) -> Author:
    return Author(member.device, member.label, None)


def a_code(member: Member = LENA, **how: Any) -> Code:
    """A code whose arrest and first compression are recorded: three entries. `onset_ago_ms=None` leaves both out."""
    code = services.start_code(by=author(member), **how)
    if code.head > 1:
        services.record(code.id, [a_record(code.id, "cpr_start", member, at=code.opened_at)], author(member))
        code.refresh_from_db()
    return code


def raw(code: UUID | str, kind: str = "shock", member: Member = LENA, **changes: Any) -> dict[str, Any]:
    """A record as a device writes it."""
    return {
        "v": 1,
        "id": str(uuid4()),
        "code": str(code),
        "kind": kind,
        "at": now_ms(),
        "precision": "second",
        "certainty": "observed",
        "earliest": None,
        "latest": None,
        "source": "tap",
        "null_reason": None,
        "payload": {"value": 200, "unit": "J"} if kind == "shock" else {},
        "target": None,
        "device": str(member.device),
        "n": 1,
        "role": None,
        "seen": 0,
        "when": None,
        **changes,
    }


def a_record(code: UUID | str, kind: str = "shock", member: Member = LENA, **changes: Any) -> Record:
    return read_record(raw(code, kind, member, **changes))


def closed_code(outcome: str = "flow", **how: Any) -> Code:
    code = a_code(**how)
    services.record(code.id, [a_record(code.id, "code_closed", payload={"value": outcome})], author())
    code.refresh_from_db()
    return code


@dataclass(frozen=True)
class Joined:
    """A stored device with its token and its standing."""

    device: Device
    token: str
    grant: Grant

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def joined(code: Code, member: Member = LENA, scope: str = "write", **how: Any) -> Joined:
    device, token = enrol(member.label, Device.Kind.JOINED)
    return Joined(device, token, grant(device, code.id, scope, **how))


def a_person(member: Member = LENA, **how: Any) -> User:
    return User.objects.create_user(member.name, password=PASSWORD, **how)
