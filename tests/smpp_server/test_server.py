"""The SMPP server's own ways: its port, and how it is told that it has ended."""

import socket
from pathlib import Path

import pytest

from tests.smpp_server.server import SmppServer, packages


async def test_port_stays_ours_and_refuses_while_the_server_is_down(tmp_path: Path) -> None:
    async with SmppServer(packages(), tmp_path) as smsc:
        await smsc.stop(kill=True)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", smsc.port))
        with socket.socket() as caller, pytest.raises(ConnectionRefusedError):
            caller.connect(("127.0.0.1", smsc.port))
        await smsc.start()


async def test_what_a_server_that_has_ended_will_never_say_is_not_waited_for(
    tmp_path: Path,
) -> None:
    async with SmppServer(packages(), tmp_path) as smsc:
        await smsc.stop(kill=True)
        with pytest.raises(AssertionError, match="has ended"):
            await smsc.event("bind")
