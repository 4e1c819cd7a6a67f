"""The whole application: lifespan, static files, the live code's two doors, and Django for every page."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

from ecpr_site.lifespan import Lifespan
from ecpr_site.static_files import static_files
from timeline.doors import records
from timeline.doors.http import Receive, Scope, Send, header
from timeline.routing import websocket_urlpatterns

_static = static_files()
_sockets = URLRouter(websocket_urlpatterns)


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """The live door and the static files do without Django; everything else is a page."""
    path = scope["path"]
    if records.serves(path):
        await records.door(scope, receive, send)
    elif path.startswith(settings.STATIC_URL):
        await _static(scope, receive, send)
    else:
        await django_application(scope, receive, send)  # type: ignore[arg-type]  # looser message types than asgiref's


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """Sockets of our own pages only: the Origin has to be one of ours, to the letter, scheme and port included."""
    if header(scope, b"origin") not in settings.ORIGINS:
        await _deny(receive, send)
        return
    try:
        await _sockets(scope, receive, send)  # type: ignore[arg-type]  # looser message types than Channels'
    except ValueError as fault:
        if "No route found" not in str(fault):
            raise
        await _deny(receive, send)


async def _deny(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4403})


_lifespan = Lifespan()
_protocols: Any = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": _lifespan})


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The entry point for any ASGI server."""
    await _protocols(scope, receive, send)
