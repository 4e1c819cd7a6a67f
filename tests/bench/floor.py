"""The floor: a bare ASGI application that takes the same POST, commits the record and sends it to the code's sockets.

No framework, no checks, no hash, no roles: what remains is HTTP parsing, one durable commit per tap and one send per
socket, on the same uvicorn with the same settings. The product is measured against it in the same run.

    python -m tests.bench.floor PORT DATABASE        DATABASE is a file (SQLite) or postgresql://…
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
import uvicorn

TABLE = "CREATE TABLE IF NOT EXISTS entry (code TEXT, seq INTEGER, id TEXT UNIQUE, body TEXT)"


def sqlite_store(path: str) -> Callable[[str, int, str, str], None]:
    """Commits one record inline, WAL with synchronous=FULL, as the product does."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(TABLE)

    def store(code: str, seq: int, id: str, body: str) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (code, seq, id, body))
        connection.execute("COMMIT")

    return store


def postgresql_store(url: str) -> Callable[[str, int, str, str], None]:
    """The same on PostgreSQL, over one connection."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(TABLE)

    def store(code: str, seq: int, id: str, body: str) -> None:
        connection.execute("INSERT INTO entry VALUES (%s, %s, %s, %s)", (code, seq, id, body))

    return store


class Floor:
    """The application."""

    def __init__(self, database: str) -> None:
        self.store = postgresql_store(database) if database.startswith("postgresql") else sqlite_store(database)
        self.rooms: dict[str, set[Any]] = {}
        self.heads: dict[str, int] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request or one socket."""
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
                if kind == "lifespan.shutdown":
                    return
        elif scope["type"] == "websocket":
            await self.socket(scope["path"].split("/")[3], receive, send)
        elif scope["path"] == "/up":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.tap(scope["path"].split("/")[3], receive, send)

    async def socket(self, code: str, receive: Any, send: Any) -> None:
        """A device that listens."""
        await receive()
        await send({"type": "websocket.accept"})
        room = self.rooms.setdefault(code, set())
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                if '"hello"' in (message.get("text") or ""):
                    room.add(send)
                    await send({"type": "websocket.send", "text": '{"t":"welcome"}'})
        finally:
            room.discard(send)

    async def tap(self, code: str, receive: Any, send: Any) -> None:
        """A record: parsed, numbered, committed, sent to everybody, answered."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        results = []
        for record in json.loads(body)["records"] if body else ():
            seq = self.heads[code] = self.heads.get(code, 0) + 1
            received = time.time_ns() // 1_000_000
            line = json.dumps({"seq": seq, "received": received, "record": record}, separators=(",", ":"))
            self.store(code, seq, record["id"], line)
            results.append({"id": record["id"], "status": "recorded", "seq": seq})
            text = f'{{"t":"batch","from":{seq},"to":{seq},"entries":[{line}]}}'
            for other in list(self.rooms.get(code, ())):
                await other({"type": "websocket.send", "text": text})
        answer = json.dumps({"results": results}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    uvicorn.run(
        Floor(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
        backlog=2048,
    )
