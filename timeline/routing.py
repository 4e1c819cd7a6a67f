"""The socket addresses."""

from typing import Any

from django.urls import path

from timeline.doors.socket import CodeSocket

# Django's types know views only; Channels routes ASGI applications by the same patterns.
_socket: Any = CodeSocket.as_asgi()
websocket_urlpatterns: list[Any] = [path("ws/codes/<uuid:code>/", _socket)]
