"""Reads that many share: each asker has what was there after it asked, and nobody's trouble is another's."""

import asyncio
from collections.abc import Collection, Iterator
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.reader import Shared, reader


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    yield
    reader.stop()


class Shelf:
    """Something to read: how many reads there were, and what was asked for in each."""

    def __init__(self) -> None:
        self.reads: list[list[str]] = []
        self.free = Event()
        self.free.set()

    def ask(self, keys: Collection[str]) -> dict[str, int]:
        self.reads.append(list(keys))
        number = len(self.reads)
        assert self.free.wait(10)
        if "broken" in keys:
            raise OSError("the shelf broke")
        return {key: number for key in keys if key != "absent"}


async def test_a_hundred_who_ask_at_once_cost_one_read() -> None:
    shelf = Shelf()
    shared = Shared(shelf.ask, 200)
    assert await asyncio.gather(*(shared.get(f"key {n % 50}") for n in range(100))) == [1] * 100
    assert shelf.reads == [[f"key {n}" for n in range(50)]]


async def test_whoever_comes_during_a_read_waits_for_the_next_and_never_has_what_was_read_before_it_asked() -> None:
    shelf = Shelf()
    shared = Shared(shelf.ask, 200)
    shelf.free.clear()
    first = asyncio.create_task(shared.get("a"))
    while not shelf.reads:
        await asyncio.sleep(0)
    late = [asyncio.create_task(shared.get(key)) for key in ("a", "b", "a")]
    await asyncio.sleep(0)
    shelf.free.set()
    assert await asyncio.gather(first, *late) == [1, 2, 2, 2]
    assert shelf.reads == [["a"], ["a", "b"]]


async def test_a_read_takes_no_more_keys_than_it_may_and_the_rest_follows() -> None:
    shelf = Shelf()
    shared = Shared(shelf.ask, 3)
    assert await asyncio.gather(*(shared.get(str(n)) for n in range(7))) == [1, 1, 1, 2, 2, 2, 3]
    assert shelf.reads == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


async def test_what_is_not_there_is_none() -> None:
    assert await Shared(Shelf().ask, 10).get("absent") is None


async def test_a_read_that_fails_fails_for_those_it_was_for_and_for_nobody_later() -> None:
    shared = Shared(Shelf().ask, 1)
    found = await asyncio.gather(*(shared.get(key) for key in ("a", "broken", "b")), return_exceptions=True)
    assert [str(one) for one in found] == ["1", "the shelf broke", "3"]
    assert await shared.get("c") == 4


async def test_one_who_goes_away_takes_nobody_along() -> None:
    shelf = Shelf()
    shared = Shared(shelf.ask, 10)
    shelf.free.clear()
    leaving, staying = asyncio.create_task(shared.get("a")), asyncio.create_task(shared.get("a"))
    while not shelf.reads:
        await asyncio.sleep(0)
    leaving.cancel()
    shelf.free.set()
    assert await staying == 1
    with pytest.raises(asyncio.CancelledError):
        await leaving


def test_another_loop_starts_from_nothing() -> None:
    shared = Shared(Shelf().ask, 10)
    assert [asyncio.run(_bounded(shared)) for _ in range(2)] == [1, 2]


async def _bounded(shared: Shared[str, int]) -> int | None:
    return await asyncio.wait_for(shared.get("a"), 10)


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=6), max_size=6), st.integers(1, 4))
def test_everybody_is_answered_with_their_own_key(waves: list[list[str]], most: int) -> None:
    def own(keys: Collection[str]) -> dict[str, str]:
        assert len(keys) <= most
        return {key: key.upper() for key in keys}

    async def ask() -> list[list[str | None]]:
        shared: Shared[str, str] = Shared(own, most)
        return [await asyncio.gather(*(shared.get(key) for key in wave)) for wave in waves]

    assert asyncio.run(ask()) == [[key.upper() for key in wave] for wave in waves]
