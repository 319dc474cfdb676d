"""Clients that ask again as soon as they are answered share each act, when it is told to rest."""

import asyncio
from collections.abc import Sequence

import pytest

from ringback.together import Together


@pytest.mark.parametrize(("rest_s", "shared"), [(1.0, True), (0.0, False)])
async def test_those_who_were_answered_together_ask_together_again(
    rest_s: float, shared: bool
) -> None:
    sizes: list[int] = []

    async def act(items: Sequence[int]) -> Sequence[int]:
        sizes.append(len(items))
        return items

    together = Together(act, rest_s=rest_s)

    async def client(number: int) -> None:
        await together.ask(number)
        for _ in range(3 * number):  # some are slower to ask again
            await asyncio.sleep(0)
        await together.ask(number)

    await asyncio.gather(*(client(number) for number in range(4)))
    assert sizes[0] == 4
    assert (sizes[1:] == [4]) == shared


async def test_who_comes_alone_is_not_made_to_wait() -> None:
    async def act(items: Sequence[int]) -> Sequence[int]:
        return items

    together = Together(act, rest_s=3600.0)
    async with asyncio.timeout(30):
        assert [await together.ask(number) for number in range(3)] == [0, 1, 2]
