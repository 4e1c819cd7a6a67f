"""Who is asking for a page: the signed-in person, the browser's device, and the device's standing on a code."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse

from roles.devices import clean_label, device_of_token, enrol, grant
from roles.models import Device
from roles.server_clock import now_ms
from timeline import access
from timeline.core.protocol import Protocol
from timeline.models import Code
from timeline.writer import Author

COOKIE_SECONDS = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person (empty when nobody is signed in) and the device (None for a browser we do not know)."""

    person: str
    device: Device | None
    token: str

    @property
    def may_start(self) -> bool:
        """Staff, and bay devices."""
        return bool(self.person) or (self.device is not None and self.device.kind == Device.Kind.BAY)


def visitor_of(request: HttpRequest) -> Visitor:
    """Who asks."""
    user = request.user
    token = request.COOKIES.get(settings.DEVICE_COOKIE, "")
    person = user.get_username() if isinstance(user, User) and user.is_active else ""
    return Visitor(person, device_of_token(token) if token else None, token)


def with_device(request: HttpRequest, visitor: Visitor) -> tuple[Visitor, str | None]:
    """The visitor with a device: a signed-in person's browser becomes one when it is not. The new token, or None."""
    if visitor.device is not None:
        return visitor, None
    device, token = enrol(browser_label(request, visitor.person), Device.Kind.STAFF, visitor.person)
    return Visitor(visitor.person, device, token), token


def remember(response: HttpResponse, token: str | None) -> HttpResponse:
    """Keep the device's token in the browser, out of reach of scripts."""
    if token is not None:
        response.set_cookie(
            settings.DEVICE_COOKIE,
            token,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.DEVICE_COOKIE_SECURE,
        )
    return response


def browser_label(request: HttpRequest, person: str = "") -> str:
    """A first label for a browser: whose, or what kind of machine it says it is."""
    agent = request.headers.get("User-Agent", "")
    kinds = (("iPad", "iPad"), ("iPhone", "iPhone"), ("Android", "Android"), ("Macintosh", "Mac"), ("Windows", "PC"))
    kind = next((name for mark, name in kinds if mark in agent), "Browser")
    return clean_label(f"{person.capitalize()}’s {kind}" if person else f"{kind} {now_ms() % 900 + 100}")


def code_for(request: HttpRequest, id: UUID, want: str = "read") -> tuple[Code, access.Standing, str | None]:
    """The code, the visitor's standing on it, and a new device token to keep if one was made. Raises Http404.

    Signed-in staff who open a code that runs are let onto it, their device with them.
    """
    visitor = visitor_of(request)
    code = Code.objects.filter(pk=id).first()
    if code is None:
        raise Http404
    token = None
    standing = _standing(visitor.token, id, want)
    if visitor.person and code.closed_at is None and (standing is None or standing.person != visitor.person):
        visitor, token = with_device(request, visitor)
        assert visitor.device is not None
        grant(visitor.device, id, person=visitor.person)
        standing = _standing(visitor.token, id, want)
    if standing is None and visitor.person and want == "read":
        # A past code: staff may look, and looking is logged; their device does not come to stand on it.
        visitor, token = with_device(request, visitor)
        assert visitor.device is not None
        standing = access.Standing(
            visitor.device.id, visitor.device.label, visitor.device.kind, id, "wall", visitor.person, 0
        )
    if standing is None:
        raise Http404
    if code.closed_at is not None:
        access.log_view(code, visitor.person or f"device {standing.label}", "board")
    return code, standing, token


def _standing(token: str, id: UUID, want: str) -> access.Standing | None:
    try:
        return access.standing_of_token(token, id, want)
    except (access.NoToken, access.NotStanding):
        return None


def author_of(visitor: Visitor) -> Author:
    """Who writes when this visitor writes."""
    assert visitor.device is not None
    return Author(visitor.device.id, visitor.device.label, visitor.person or None)


def protocol_json(protocol: Protocol) -> Any:
    """The protocol as the file has it, for the browser's twin of the core."""
    return protocol.raw
