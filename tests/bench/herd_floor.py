"""The floor of a herd: a bare ASGI application that checks one signed token and sends bytes that it holds ready.

No database, no framework, no cursor, no encoding; the same uvicorn with the same settings as the product.

    python -m tests.bench.herd_floor PORT FILE        FILE holds the message that every socket is sent
"""

import hmac
import sys
from pathlib import Path
from typing import Any

from tests.bench.floor import serve

KEY = b"the key of a bare server"


def signed(device: str) -> str:
    """A token that the floor accepts."""
    return f"{device}.{hmac.digest(KEY, device.encode(), 'sha256').hex()}"


def application(snapshot: str) -> Any:
    """The application around the message."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await socket(scope, receive, send)

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        bearer = next(value for key, value in scope["headers"] if key == b"authorization").decode()
        token = bearer.removeprefix("Bearer ")
        if not hmac.compare_digest(token, signed(token.partition(".")[0])):
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            if '"hello"' in (message.get("text") or ""):
                await send({"type": "websocket.send", "text": '{"t":"welcome"}'})
                await send({"type": "websocket.send", "text": snapshot})

    return answer


if __name__ == "__main__":
    serve(application(Path(sys.argv[2]).read_text(encoding="utf-8")), int(sys.argv[1]))
