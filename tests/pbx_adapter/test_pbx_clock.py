"""What is taken for a PBX whose clock is wrong, and what for an answer that took long."""

from datetime import datetime, timedelta

import pytest

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.pbx_clock import clock_ahead_s
from pbx_adapter.player import AmiPlayer
from tests.fakes.ami_server import SECRET, address
from tests.pbx_adapter.following import NOON


@pytest.mark.parametrize(
    ("there_s", "read_after_s", "ahead_s"),
    [
        (0, 0, 0),
        (1.9, 0, 0),
        (5 * 3600, 0, 5 * 3600),
        (-60, 0, -60),
        (0, 30, 0),  # answered at once, and read late
        (30, 30, 0),  # answered late, and read at once
        (3600, 30, 3585),
        (400 * 86_400, 0, 0),  # it has none
    ],
)
async def test_clock_is_wrong_when_it_was_never_so_late_while_we_waited_for_the_answer(
    there_s: float, read_after_s: float, ahead_s: float
) -> None:
    ours = iter((NOON, NOON + timedelta(seconds=read_after_s)))

    def clock() -> datetime:
        return next(ours)

    there = NOON + timedelta(seconds=there_s)
    async with AmiPlayer("ringback", SECRET, clock=lambda: there) as player:
        connection = AmiConnection(address(player.port))
        await connection.connect()
        assert await clock_ahead_s(connection, clock) == ahead_s
        await connection.close()
