"""What every answer carries and every write has to show."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

Handler = Callable[[HttpRequest], HttpResponseBase]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def content_security_policy(host: str, *, framed: bool = False) -> str:
    """Own files only, nothing inline; sockets by this host's name, as older Safari does not take 'self' for them.
    `framed`: a page of this site may show it in a frame.
    """
    own = "'self'" if framed else "'none'"
    sockets = f"wss://{host}" if settings.TLS else f"ws://{host}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {sockets}; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
        f"base-uri 'none'; object-src 'none'; frame-src 'self'; frame-ancestors {own}"
    )


class SecurityHeaders:
    """Sets the policy on every answer; a view that set its own stricter one keeps it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers."""
        response = self.get_response(request)
        if "Content-Security-Policy" not in response:
            # The host was checked against ALLOWED_HOSTS by now, or this is an error page, which opens no socket.
            host = request.META.get("HTTP_HOST", "")
            known = response.status_code != 400 and all(c.isalnum() or c in ".-:[]" for c in host)
            response["Content-Security-Policy"] = content_security_policy(
                host if known and host else "localhost", framed=response.get("X-Frame-Options") == "SAMEORIGIN"
            )
        response.setdefault("X-Frame-Options", "DENY")
        response.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response


class SameOriginWrites:
    """A write that names another origin is refused before anything is looked at; Django's CSRF check stays."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse a foreign page."""
        origin = request.headers.get("Origin")
        if request.method not in SAFE and origin is not None and origin not in settings.ORIGINS:
            return refused(request, 403)
        return self.get_response(request)


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """The friendly page of an error."""
    return render(request, f"errors/{status}.html", status=status)
