"""Listeners work beside the recorder, and harm neither it nor each other."""

import asyncio
from typing import NoReturn

import pytest
import structlog

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.listening import beside

CONNECTION = AmiConnection(PbxAddress("127.0.0.1", 5038, "ringback", "only-for-tests"))


class Works:
    """A listener that runs until it is cancelled."""

    def __init__(self) -> None:
        self.began, self.cancelled = asyncio.Event(), False

    def take(self, frame: Frame, at_s: float) -> None:
        """Nothing."""

    async def run(self, connection: AmiConnection) -> NoReturn:
        self.began.set()
        try:
            while True:
                await asyncio.sleep(60)
        finally:
            self.cancelled = True


class Fails(Works):
    """One that does not."""

    async def run(self, connection: AmiConnection) -> NoReturn:
        self.began.set()
        raise ZeroDivisionError


async def test_listener_that_fails_is_logged_and_the_others_go_on() -> None:
    works, fails = Works(), Fails()
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(20), beside([fails, works], CONNECTION):
            await works.began.wait()
            await fails.began.wait()
            await asyncio.sleep(0)
            assert not works.cancelled
    assert [entry["listener"] for entry in logs] == ["Fails"]


async def test_listeners_end_with_the_connection_however_it_ends() -> None:
    works = Works()

    async def lose_the_link() -> None:
        async with asyncio.timeout(20), beside([works], CONNECTION):
            await works.began.wait()
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await lose_the_link()
    assert works.cancelled
