"""A browser's side of the whole ASGI application, in process: requests and sockets, headers and all."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from ecpr_site.asgi import application


def origin() -> str:
    """Our own origin."""
    return f"http://localhost:{settings.PORT}"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Asgi:
    """Asks the application."""

    seconds: float = 10

    async def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        parts = urlsplit(path)
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        said = {"host": f"localhost:{settings.PORT}", **{k.lower(): v for k, v in (headers or {}).items()}}
        if body is not None:
            said.setdefault("content-type", "application/json")
            said.setdefault("content-length", str(len(sent)))
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in said.items()],
            "client": ("127.0.0.1", 5000),
            "server": ("localhost", settings.PORT),
        }
        talk = ApplicationCommunicator(application, scope)
        await talk.send_input({"type": "http.request", "body": sent, "more_body": False})
        start = await talk.receive_output(self.seconds)
        parts_of_body = []
        while True:
            message = await talk.receive_output(self.seconds)
            parts_of_body.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        await talk.wait(self.seconds)
        found = {k.decode().lower(): v.decode("latin-1") for k, v in start["headers"]}
        return Answer(start["status"], found, b"".join(parts_of_body))

    async def post_records(self, code: Any, token: str, *records: Any, **more: Any) -> Answer:
        body = {"records": list(records), "after": 0, "mono_send": None, "now_est": None, **more}
        return await self.ask("POST", f"/api/codes/{code}/records", body, {"Authorization": f"Bearer {token}"})

    async def pull(self, code: Any, token: str, query: str = "") -> Answer:
        return await self.ask("GET", f"/api/codes/{code}/records?{query}", None, {"Authorization": f"Bearer {token}"})

    def socket(self, code: Any, token: str | None, **how: Any) -> "Socket":
        return Socket(f"/ws/codes/{code}/", token, **how)


@dataclass
class Socket:
    """One WebSocket on the application, with the cookie of a device and an Origin."""

    path: str
    token: str | None
    origin: str | None = field(default_factory=origin)
    extensions: dict[str, Any] = field(default_factory=dict)
    talk: Any = None

    async def connect(self) -> bool:
        """Whether the application accepted."""
        headers = [(b"host", f"localhost:{settings.PORT}".encode())]
        if self.origin is not None:
            headers.append((b"origin", self.origin.encode()))
        if self.token is not None:
            headers.append((b"cookie", f"{settings.DEVICE_COOKIE}={self.token}".encode()))
        scope = {
            "type": "websocket",
            "path": self.path,
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
            "extensions": self.extensions,
        }
        self.talk = ApplicationCommunicator(application, scope)
        await self.talk.send_input({"type": "websocket.connect"})
        answer = await self.talk.receive_output(5)
        return bool(answer["type"] == "websocket.accept")

    async def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.talk.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, kind: str | None = None) -> Any:
        """The next message, or the next of a type."""
        while True:
            answer = await self.talk.receive_output(5)
            if answer["type"] == "websocket.close":
                return {"t": "closed"}
            message = json.loads(answer["text"])
            if kind is None or message["t"] == kind:
                return message

    async def hello(self, epoch: str = "", after: int = 0, hash: str = "") -> Any:
        await self.say({"t": "hello", "epoch": epoch, "after": after, "hash": hash})
        return await self.hear()

    async def close(self) -> None:
        await self.talk.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.talk.wait(5)
