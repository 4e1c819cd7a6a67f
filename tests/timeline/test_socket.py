"""The socket and the hub: every device hears everything once, in order, whatever is lost on the way."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from roles.devices import revoke_grant
from roles.server_clock import now_ms
from tests.asgi import Asgi, origin
from tests.cast import OMAR, PRIYA
from tests.factories import a_code, a_record, author, joined
from timeline import services
from timeline.hub import hub
from timeline.models import Code
from timeline.sink import MOST_BUFFERED, Sink
from timeline.writer import writer

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def begun(**how):
    code = a_code()
    return code, joined(code, **how), joined(code, OMAR, **how)


async def tap(code: Code):
    record = await sync_to_async(a_record)(code.id)
    await services.record_async(code.id, [record], author(PRIYA))
    return record.id


async def test_both_devices_hear_a_record_as_the_same_bytes(asgi: Asgi) -> None:
    code, lena, omar = await begun()
    sockets = [asgi.socket(code.id, lena.token), asgi.socket(code.id, omar.token)]
    for socket in sockets:
        assert await socket.connect()
        welcome = await socket.hello()
        assert (welcome["t"], welcome["head"], welcome["epoch"]) == ("welcome", 3, code.epoch)
        assert [entry["seq"] for entry in (await socket.hear())["entries"]] == [1, 2, 3]
    id = await tap(code)
    first, second = [await socket.hear() for socket in sockets]
    assert first == second
    assert (first["from"], first["to"], first["entries"][0]["record"]["id"]) == (4, 4, id)
    for socket in sockets:
        await socket.close()
    assert hub.rooms == {}


async def test_a_device_that_was_away_gets_exactly_what_it_missed(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    ids = [await tap(code) for _ in range(3)]
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    await socket.hello(code.epoch, 4)
    batch = await socket.hear("batch")
    assert [entry["record"]["id"] for entry in batch["entries"]] == ids[1:]
    await socket.close()


async def test_a_cursor_of_another_log_is_told_so(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    assert await socket.hello(code.epoch, 99) == {"t": "reset", "why": "truncated", "epoch": code.epoch, "head": 3}
    assert (await socket.hello())["t"] == "welcome"
    await socket.close()


async def test_a_lost_poke_is_healed_by_the_heartbeat(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    await socket.hello(code.epoch, 3)
    listeners, writer._listeners = writer._listeners, []
    id = await tap(code)
    writer._listeners = listeners
    await hub.heartbeat()
    head = await socket.hear()
    assert (head["t"], head["head"]) == ("head", 4)
    batch = await socket.hear("batch")
    assert [entry["record"]["id"] for entry in batch["entries"]] == [id]
    await socket.close()


async def test_a_poke_of_another_process_makes_the_room_read(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    await socket.hello(code.epoch, 3)
    listeners, writer._listeners = writer._listeners, []
    id = await tap(code)
    writer._listeners = listeners
    hub.heard({"what": "head", "code": str(code.id), "epoch": code.epoch, "head": 4})
    assert (await socket.hear("batch"))["entries"][0]["record"]["id"] == id
    await socket.close()


class SlowTransport:
    """A connection whose other side has stopped reading."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.written: list[bytes] = []
        self.aborted = False

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, frame: bytes) -> None:
        self.written.append(frame)

    def abort(self) -> None:
        self.aborted = True


async def test_a_slow_device_is_cut_and_the_room_goes_on(asgi: Asgi) -> None:
    code, lena, omar = await begun()
    hub.bind()
    slow, quick = SlowTransport(MOST_BUFFERED + 1), SlowTransport(0)

    async def nowhere(message) -> None: ...

    for device, transport in ((lena, slow), (omar, quick)):
        sink = Sink(code.id, device.device.id, device.device.label, nowhere, transport)
        sink.cursor = 3
        hub.room(code.id).sinks.add(sink)
    socket = asgi.socket(code.id, omar.token)
    assert await socket.connect()
    await socket.hello(code.epoch, 3)
    await tap(code)
    assert (await socket.hear("batch"))["to"] == 4
    assert (slow.aborted, slow.written) == (True, [])
    assert (quick.aborted, len(quick.written)) == (False, 1)
    assert quick.written[0][0] == 0x81
    await socket.close()


async def test_presence_is_told_to_the_room_and_kept_nowhere(asgi: Asgi) -> None:
    code, lena, omar = await begun()
    one, two = asgi.socket(code.id, lena.token), asgi.socket(code.id, omar.token)
    assert await one.connect()
    assert await two.connect()
    await one.hello(code.epoch, 3)
    await two.hello(code.epoch, 3)
    await one.say({"t": "presence", "role": "leader", "pending": 2, "label": "Lena"})
    told = await two.hear("presence")
    assert told["devices"] == [
        {"id": str(lena.device.id), "label": "Lena", "role": "leader", "pending": 2, "clock_off": 0}
    ]
    assert (await Code.objects.aget(pk=code.id)).head == 3
    await one.close()
    await two.close()


@pytest.mark.parametrize(
    ("aparts", "doubt", "off"),
    [
        ((7000, 9000), 100, 7),
        ((-7000, -7000), 100, -7),
        ((7000, 1000), 100, 0),
        ((7000,), 100, 0),
        ((7000, 7000), 6000, 0),
    ],
    ids=["ahead", "behind", "held up once", "said once", "in doubt itself"],
)
async def test_a_device_whose_shown_time_is_off_is_told_to_all(
    asgi: Asgi, aparts: tuple[int, ...], doubt: int, off: int
) -> None:
    code, lena, omar = await begun()
    one, two = asgi.socket(code.id, lena.token), asgi.socket(code.id, omar.token)
    assert await one.connect()
    assert await two.connect()
    await one.hello(code.epoch, 3)
    await two.hello(code.epoch, 3)
    for number, apart in enumerate(aparts, start=1):
        await one.say({"t": "presence", "role": None, "pending": number, "now": now_ms() + apart, "doubt": doubt})
        [told] = (await two.hear("presence"))["devices"]
        while told["pending"] != number:
            [told] = (await two.hear("presence"))["devices"]
    assert told["clock_off"] == off
    await one.close()
    await two.close()


async def test_the_clock_is_answered_over_the_socket(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    await socket.say({"t": "time", "t0": 7.25})
    answer = await socket.hear()
    assert (answer["t"], answer["t0"]) == ("time", 7.25)
    await socket.close()


@pytest.mark.parametrize("said", ["{", "[]", '{"t":"records"}', '{"t":"hello","after":-1}', "x" * 5000, '{"t":"time"}'])
async def test_nothing_a_device_says_ends_its_connection(asgi: Asgi, said: str) -> None:
    code, lena, _ = await begun()
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    await socket.say(said)
    assert await socket.hear() == {"t": "error", "why": "malformed"}
    assert (await socket.hello())["t"] == "welcome"
    await socket.close()


@pytest.mark.parametrize(
    "foreign", [None, "null", "https://evil.example", "http://localhost", "http://localhost.evil.example:8000", ""]
)
async def test_only_our_own_pages_open_sockets(asgi: Asgi, foreign: str | None) -> None:
    code, lena, _ = await begun()
    assert not await asgi.socket(code.id, lena.token, origin=foreign).connect()
    assert not await asgi.socket(code.id, lena.token, origin=origin().replace("http:", "https:")).connect()
    socket = asgi.socket(code.id, lena.token, origin=origin())
    assert await socket.connect()
    await socket.close()


async def test_nobody_without_standing_opens_a_socket(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    other, *_ = await begun()
    assert not await asgi.socket(code.id, None).connect()
    assert not await asgi.socket(code.id, "nonsense").connect()
    assert not await asgi.socket(other.id, lena.token).connect()


async def test_a_revoked_device_is_told_and_cut_at_once(asgi: Asgi) -> None:
    code, lena, _ = await begun()
    socket = asgi.socket(code.id, lena.token)
    assert await socket.connect()
    await socket.hello(code.epoch, 3)
    await sync_to_async(revoke_grant)(lena.grant)
    assert await socket.hear() == {"t": "notice", "why": "revoked"}
    assert (await socket.hear())["t"] == "closed"
    await socket.close()
    assert not await asgi.socket(code.id, lena.token).connect()


async def test_a_herd_that_comes_back_at_once_has_the_same_log_byte_for_byte(asgi: Asgi) -> None:
    code, lena, omar = await begun()
    sockets = [asgi.socket(code.id, device.token) for device in (lena, omar) * 10]
    assert await asyncio.gather(*(socket.connect() for socket in sockets)) == [True] * 20
    assert {welcome["head"] for welcome in await asyncio.gather(*(socket.hello() for socket in sockets))} == {3}
    batches = [await socket.hear() for socket in sockets]
    assert batches == [batches[0]] * 20
    id = await tap(code)
    assert [(await socket.hear())["entries"][0]["record"]["id"] for socket in sockets] == [id] * 20
    for socket in sockets:
        await socket.close()


async def test_of_many_who_ask_at_once_only_those_who_stand_are_let_in(asgi: Asgi) -> None:
    code, lena, omar = await begun()
    await sync_to_async(revoke_grant)(omar.grant)
    forged = f"{lena.token.partition('.')[0]}.of-my-own-making"
    tokens = [lena.token, omar.token, forged, "", "no.token", lena.token]
    sockets = [asgi.socket(code.id, token) for token in tokens]
    assert await asyncio.gather(*(socket.connect() for socket in sockets)) == [True, False, False, False, False, True]
    for socket in (sockets[0], sockets[-1]):
        await socket.close()
