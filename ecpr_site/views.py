"""Answers of the site itself: for monitors, for the service worker, for errors."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def up(request: HttpRequest) -> JsonResponse:
    """Whether this process reaches its database: 200, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"up": False, "version": settings.VERSION}, status=503)
    return JsonResponse({"up": True, "version": settings.VERSION})


@cache
def _worker() -> str | None:
    stored = staticfiles_storage.stored_name("js/service_worker.js")  # type: ignore[attr-defined]  # our own storage
    collected = Path(settings.STATIC_ROOT) / stored
    found = str(collected) if collected.is_file() else finders.find("js/service_worker.js")
    return Path(found).read_text(encoding="utf-8") if found else None


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, from the root, so that its scope is the whole site."""
    text = _worker()
    if text is None:
        raise Http404
    return HttpResponse(text, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: the log-in page again, with a sentence and without a try."""
    from timeline.views.login import locked  # noqa: PLC0415 - axes loads this while the apps are still loading

    return locked(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """403, also for a failed CSRF check."""
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return render(request, "errors/500.html", status=500)
