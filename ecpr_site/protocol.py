"""uvicorn's WebSocket protocol, which also shows the connection's transport to the application, so that the hub can
write one ready frame to many sockets.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request


class ReadyFrameProtocol(WebSocketsSansIOProtocol):
    """Adds the extension `ecpr.transport`; frames written to it have to be whole, and compression has to be off."""

    def handle_connect(self, event: Request) -> None:
        """Begin the application's run, with the transport in its scope."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        # The application's task was made above and first runs after this.
        if scope is not None:
            scope["extensions"]["ecpr.transport"] = self.transport
