"""Pokes between processes: "look again", over the channel layer, at most once, with nothing of the log in them.

Redis may die and come back: a poke that is lost costs one heartbeat.
"""

import asyncio
import logging
import os
import secrets
from typing import Any

from channels.layers import get_channel_layer

from timeline.hub import hub

log = logging.getLogger("ecpr.pokes")

GROUP = "ecpr.pokes"
RETRY_SECONDS = 1.0
SEND_SECONDS = 2.0
# What comes within so long after a message goes as one, longer the more there is: a busy process saves work for both,
# and a tap on its own waits for nothing.
FOLD_SECONDS = 0.001
FOLD_AT_MOST = 0.010


class Pokes:
    """One subscription for the whole process, and one sender that folds pokes of the same code together."""

    def __init__(self) -> None:
        self._me = f"{os.getpid()}.{secrets.token_hex(4)}"
        self._waiting: dict[tuple[str, ...], dict[str, Any]] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen and to send."""
        hub.tell_others = self._tell
        self._tasks = [asyncio.create_task(self._listening()), asyncio.create_task(self._sending())]

    async def stop(self) -> None:
        """End both."""
        hub.tell_others = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell(self, message: dict[str, Any]) -> None:
        key = (message["what"], message.get("code", ""), message.get("device", ""))
        self._waiting[key] = message
        self._news.set()

    async def _sending(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        down = False
        while True:
            await self._news.wait()
            self._news.clear()
            # While one round is on its way, newer pokes of a code take the place of older ones.
            waiting, self._waiting = self._waiting, {}
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await layer.group_send(
                        GROUP, {"type": "ecpr.poke", "from": self._me, "pokes": list(waiting.values())}
                    )
                down = False
                await asyncio.sleep(min(FOLD_AT_MOST, FOLD_SECONDS * len(waiting)))
            except Exception as fault:
                if not down:
                    log.warning("other processes cannot be told (%s); the heartbeat makes up for it", fault)
                down = True

    async def _listening(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    message = await layer.receive(channel)
                    if message.get("from") == self._me:
                        continue
                    for poke in message["pokes"]:
                        hub.heard(poke)
            except Exception as fault:
                log.warning("other processes cannot be heard (%s); trying again", fault)
                await asyncio.sleep(RETRY_SECONDS)
