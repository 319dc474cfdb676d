"""Whose turn it is to write on SQLite."""

import asyncio

import pytest

from ringback import one_writer
from ringback.errors import TryAgain
from ringback.one_writer import OneWriter


async def settled() -> None:
    """Everything that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


class Writers:
    """Units of work that write when they are let, and what they did, in order."""

    def __init__(self, one: OneWriter) -> None:
        self._one = one
        self.done: list[str] = []
        self.may_end: dict[str, asyncio.Event] = {}

    def begin(self, name: str, *, patient: bool = False) -> asyncio.Task[None]:
        """Ask for a turn."""
        self.may_end[name] = asyncio.Event()
        return asyncio.create_task(self._write(name, patient=patient))

    async def _write(self, name: str, *, patient: bool) -> None:
        if patient:
            await self._one.let_others_first()
        async with self._one.turn():
            self.done.append(name)
            await self.may_end[name].wait()

    async def end(self, name: str) -> None:
        """Let it end; what comes next begins."""
        self.may_end[name].set()
        await settled()


async def test_writers_get_their_turns_in_the_order_in_which_they_asked() -> None:
    writers = Writers(OneWriter(30))
    for name in "abc":
        writers.begin(name)
    await settled()
    assert writers.done == ["a"]
    await writers.end("a")
    assert writers.done == ["a", "b"]
    await writers.end("b")
    assert writers.done == ["a", "b", "c"]


async def test_work_that_nobody_waits_for_lets_those_go_first_who_ask_later() -> None:
    writers = Writers(OneWriter(30))
    writers.begin("turn")
    await settled()
    for name in ("receipt", "another receipt"):
        writers.begin(name, patient=True)
    await settled()
    writers.begin("text")
    await settled()
    await writers.end("turn")
    assert writers.done == ["turn", "text"]
    await writers.end("text")
    assert writers.done == ["turn", "text", "receipt"]
    await writers.end("receipt")
    assert writers.done == ["turn", "text", "receipt", "another receipt"]


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_writer, "PATIENCE_S", 0.05)
    writers = Writers(OneWriter(30))
    writers.begin("turn")
    await settled()
    writers.begin("receipt", patient=True)
    await asyncio.sleep(0.1)
    writers.begin("text")  # asks after the receipt's patience has ended
    await settled()
    await writers.end("turn")
    assert writers.done == ["turn", "receipt"]


async def test_who_waits_too_long_is_told_to_try_again() -> None:
    one = OneWriter(0.01)
    async with one.turn():
        with pytest.raises(TryAgain, match="busy"):
            async with one.turn():
                pass
    async with one.turn():
        pass


async def test_cancelled_writers_keep_nobody_waiting() -> None:
    writers = Writers(OneWriter(30))
    writing, waiting = writers.begin("turn"), writers.begin("text")
    patient = writers.begin("receipt", patient=True)
    await settled()
    for one in (patient, waiting, writing):
        one.cancel()
    await asyncio.gather(patient, waiting, writing, return_exceptions=True)
    writers.begin("next receipt", patient=True)
    await settled()
    assert writers.done == ["turn", "next receipt"]
