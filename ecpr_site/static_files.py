"""Static files, before Django: hashed names may be kept for ever, texts travel compressed."""

from pathlib import Path
from wsgiref.headers import Headers

from django.conf import settings
from servestatic import ServeStaticASGI

from timeline.doors.http import Receive, Scope, Send, not_found, refuse


def static_files() -> ServeStaticASGI:
    """An ASGI application of what was collected and, under plain names, of what lies in the sources."""
    served = ServeStaticASGI(_absent, max_age=0, allow_all_origins=False, add_headers_function=_harden)
    for source in settings.STATICFILES_DIRS:
        prefix, folder = source if isinstance(source, tuple) else ("", source)
        served.add_files(folder, f"{settings.STATIC_URL}{prefix}")
    if Path(settings.STATIC_ROOT).is_dir():
        served.add_files(settings.STATIC_ROOT, settings.STATIC_URL)
    return served


async def _absent(scope: Scope, receive: Receive, send: Send) -> None:
    """There is no such file."""
    await refuse(send, not_found())


def _harden(headers: Headers, path: str, url: str) -> None:
    """The same refusals as on every page: a file opened by itself runs nothing and stands in nobody's frame."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
