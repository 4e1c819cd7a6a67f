"""The floor: a bare ASGI application that takes the same POST, commits the record and sends it to the code's sockets.

No framework, no checks, no hash, no roles: what remains is HTTP parsing, one durable commit per tap and one send per
socket, on the same uvicorn with the same settings. The product is measured against it in the same run. With a REDIS_URL
it is one of several processes: what it committed goes through Redis or Valkey to the others, ready to be sent.

    python -m tests.bench.floor PORT DATABASE [REDIS_URL]        DATABASE is a file (SQLite) or postgresql://…
"""

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
import uvicorn
from redis.asyncio import Redis

TABLE = "CREATE TABLE IF NOT EXISTS entry (code TEXT, seq INTEGER, id TEXT UNIQUE, body TEXT)"
HEADS = "CREATE TABLE IF NOT EXISTS head (code TEXT PRIMARY KEY, seq INTEGER)"
NEXT = """
WITH next AS (INSERT INTO head VALUES (%s, 1) ON CONFLICT (code) DO UPDATE SET seq = head.seq + 1 RETURNING code, seq)
INSERT INTO entry SELECT code, seq, %s::text, %s::text FROM next RETURNING seq
"""
CHANNEL = "floor"
# Commits one record of a code and returns its number.
Store = Callable[[str, str, str], int]


def sqlite_store(path: str) -> Store:
    """Commits one record inline, WAL with synchronous=FULL, as the product does."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(TABLE)

    heads: dict[str, int] = {}

    def store(code: str, id: str, body: str) -> int:
        seq = heads[code] = heads.get(code, 0) + 1
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (code, seq, id, body))
        connection.execute("COMMIT")
        return seq

    return store


def postgresql_store(url: str) -> Store:
    """The same on PostgreSQL, in one statement; the number comes from the database, which others write to as well."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(TABLE)
    connection.execute(HEADS)

    def store(code: str, id: str, body: str) -> int:
        [seq] = connection.execute(NEXT, (code, id, body)).fetchone() or (0,)
        return int(seq)

    return store


class Floor:
    """The application."""

    def __init__(self, database: str, redis: str | None) -> None:
        self.store = postgresql_store(database) if database.startswith("postgresql") else sqlite_store(database)
        self.rooms: dict[str, set[Any]] = {}
        self.redis = Redis.from_url(redis) if redis else None
        self.me = str(os.getpid())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request or one socket."""
        if scope["type"] == "lifespan":
            await receive()
            listening = asyncio.create_task(self.listen())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
            await send({"type": "lifespan.shutdown.complete"})
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

    async def tell(self, code: str, text: str) -> None:
        """Send to everybody who is here."""
        for other in list(self.rooms.get(code, ())):
            await other({"type": "websocket.send", "text": text})

    async def listen(self) -> None:
        """Send on what other processes committed."""
        if self.redis is None:
            return
        async with self.redis.pubsub() as heard:
            await heard.subscribe(CHANNEL)
            async for message in heard.listen():
                if message["type"] == "message":
                    sender, code, text = message["data"].decode().split(" ", 2)
                    if sender != self.me:
                        await self.tell(code, text)

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
            received = time.time_ns() // 1_000_000
            line = json.dumps({"received": received, "record": record}, separators=(",", ":"))
            seq = self.store(code, record["id"], line)
            results.append({"id": record["id"], "status": "recorded", "seq": seq})
            text = f'{{"t":"batch","from":{seq},"to":{seq},"entries":[{line}]}}'
            await self.tell(code, text)
            if self.redis is not None:
                await self.redis.publish(CHANNEL, f"{self.me} {code} {text}")
        answer = json.dumps({"results": results}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def serve(application: Any, port: int) -> None:
    """Serve an application as the product is served."""
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
        backlog=2048,
    )


if __name__ == "__main__":
    serve(Floor(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None), int(sys.argv[1]))
