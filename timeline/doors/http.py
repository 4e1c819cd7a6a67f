"""What both live doors need of a request: headers, cookies, the Origin rule, answers and problems."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from django.conf import settings

from timeline import access
from timeline.reader import Shared, reader
from timeline.wire import encode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Problem(Exception):
    """An answer that is not the one asked for: status, a word for programs and a sentence for people."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail

    def as_json(self) -> dict[str, Any]:
        """As application/problem+json (RFC 9457)."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
        }


def no_token() -> Problem:
    """Nobody proved who they are."""
    return Problem(401, "unauthenticated", "This device has not joined. Join by an invitation or sign in.")


def not_found() -> Problem:
    """Absent or not theirs: both look the same."""
    return Problem(404, "not_found", "There is no such code, or this device has not joined it.")


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def token_and_origin(scope: Scope, *, need_origin: bool) -> str:
    """The device token, after the Origin rule: a foreign page may never use this browser's cookie.

    Raises Problem. With the cookie a write needs a matching Origin; with Bearer none is needed, but a foreign one is
    refused as well.
    """
    origin = header(scope, b"origin")
    if origin is not None and origin not in settings.ORIGINS:
        raise Problem(403, "foreign_origin", "This page belongs to another site and may not use this one.")
    bearer = header(scope, b"authorization") or ""
    if bearer[:7].lower() == "bearer ":
        return bearer[7:].strip()
    token = _cookie(scope)
    if not token:
        raise no_token()
    if need_origin and origin is None:
        raise Problem(403, "no_origin", "A request with this device's cookie has to say which page it comes from.")
    return token


def _cookie(scope: Scope) -> str:
    for key, value in scope["headers"]:
        if key == b"cookie" and settings.DEVICE_COOKIE.encode() in value:
            try:
                found = SimpleCookie(value.decode("latin-1")).get(settings.DEVICE_COOKIE)
            except CookieError:
                continue
            if found is not None:
                return found.value
    return ""


# After a restart all devices ask at once; so many share one statement.
_standings = Shared(access.look_up, 100)


async def standing_of(token: str, code: UUID, want: str) -> access.Standing:
    """The standing of a token on a code, from memory when it was looked up seconds ago. Raises as the gate does."""
    known = access.believed(token, code)
    if known is not None and known.may(want):
        return known
    found = await _standings.get((token, code))
    if found is None or not found.may(want):
        # Refused; the gate itself says as what.
        return await reader.run(lambda: access.standing_of_token(token, code, want))
    return found


async def body_of(receive: Receive, most: int, length: str | None) -> bytes:
    """The request's body; raises Problem 413 as soon as it is larger than `most` bytes."""
    too_large = Problem(413, "too_large", f"A request may hold at most {most} bytes.")
    if length is not None and length.isdecimal() and int(length) > most:
        raise too_large
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "cut_short", "The request was cut short.")
        body += message.get("body", b"")
        if len(body) > most:
            raise too_large
        if not message.get("more_body"):
            return bytes(body)


async def answer(send: Send, status: int, value: Any, content_type: bytes = b"application/json") -> None:
    """Send a JSON answer that nobody may keep; bytes are JSON already."""
    payload = value if isinstance(value, bytes) else encode(value).encode()
    headers: Iterable[tuple[bytes, bytes]] = [
        (b"content-type", content_type),
        (b"content-length", str(len(payload)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
        *([(b"strict-transport-security", b"max-age=31536000")] if settings.HSTS else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": payload})


async def refuse(send: Send, problem: Problem) -> None:
    """Send a problem."""
    await answer(send, problem.status, problem.as_json(), b"application/problem+json")
