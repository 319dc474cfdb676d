"""Items that share an act: in order, none waits for company, none is harmed by another."""

import asyncio
from collections.abc import Sequence

import pytest

from ringback.errors import TryAgain
from ringback.together import Together


class Acts:
    """Doubles numbers, when it is let to; remembers which came together."""

    def __init__(self, most: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.bad: dict[int, Exception] = {}
        self.together = Together(self._act, most)

    async def _act(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.begun.set()
        await self.may_go_on.wait()
        for item in items:
            if item in self.bad:
                raise self.bad[item]
        return [item * 2 for item in items]

    async def ask_during_an_act(self, *items: int) -> list[int | BaseException]:
        """The results for items that all come while the act for 0 is under way."""
        self.may_go_on.clear()
        first = asyncio.create_task(self.together.ask(0))
        await self.begun.wait()
        tasks = [asyncio.create_task(self.together.ask(item)) for item in items]
        await asyncio.sleep(0)  # so that each has asked
        self.may_go_on.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert await first == 0
        return results


async def test_single_item_is_done_at_once() -> None:
    acts = Acts()
    assert await acts.together.ask(4) == 8
    assert await acts.together.ask(5) == 10
    assert acts.batches == [[4], [5]]


async def test_items_that_come_during_an_act_are_done_together_and_get_their_own_results() -> None:
    acts = Acts()
    assert await acts.ask_during_an_act(3, 1, 2) == [6, 2, 4]
    assert acts.batches == [[0], [3, 1, 2]]


async def test_no_act_takes_more_than_the_most() -> None:
    acts = Acts(most=2)
    assert await acts.ask_during_an_act(1, 2, 3, 4, 5) == [2, 4, 6, 8, 10]
    assert acts.batches == [[0], [1, 2], [3, 4], [5]]


async def test_bad_item_alone_gets_what_its_act_raised() -> None:
    acts = Acts()
    fault = acts.bad[2] = ValueError("two")
    assert await acts.ask_during_an_act(1, 2, 3) == [2, fault, 6]
    assert acts.batches == [[0], [1, 2, 3], [1], [2], [3]]


async def test_fault_of_no_item_is_told_to_all_without_a_try_for_each() -> None:
    acts = Acts()
    away = acts.bad[2] = TryAgain("The database is away.")
    assert await acts.ask_during_an_act(1, 2, 3) == [away] * 3
    assert acts.batches == [[0], [1, 2, 3]]


async def test_who_came_while_that_fault_was_found_is_told_too_and_waits_for_no_act_of_its_own() -> (
    None
):
    acts = Acts()
    away = acts.bad[0] = TryAgain("The database is away.")
    acts.may_go_on.clear()
    tasks = [asyncio.create_task(acts.together.ask(item)) for item in (0, 1, 2)]
    await acts.begun.wait()
    late = asyncio.create_task(acts.together.ask(3))
    await asyncio.sleep(0)
    acts.may_go_on.set()
    assert await asyncio.gather(*tasks, late, return_exceptions=True) == [away] * 4
    assert acts.batches == [[0, 1, 2]]
    assert await acts.together.ask(4) == 8


async def test_item_whose_asker_has_gone_is_done_and_the_others_get_theirs() -> None:
    acts = Acts()
    acts.may_go_on.clear()
    gone = asyncio.create_task(acts.together.ask(1))
    await acts.begun.wait()
    gone.cancel()
    stays = asyncio.create_task(acts.together.ask(2))
    await asyncio.sleep(0)
    acts.may_go_on.set()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_asker_who_left_before_a_failing_act_harms_nobody() -> None:
    acts = Acts()
    acts.bad[1] = ValueError("one")
    acts.may_go_on.clear()
    gone = asyncio.create_task(acts.together.ask(1))
    await acts.begun.wait()
    gone.cancel()
    acts.may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await acts.together.ask(2) == 4


async def test_act_that_forgets_a_result_fails_its_askers_and_not_the_next() -> None:
    class Forgetful:
        calls = 0

        async def act(self, items: Sequence[int]) -> list[int]:
            self.calls += 1
            return [] if self.calls == 1 else list(items)

    together = Together(Forgetful().act)
    with pytest.raises(ValueError, match="zip"):
        await together.ask(1)
    assert await together.ask(2) == 2


async def test_end_of_the_work_leaves_no_asker_waiting_for_ever() -> None:
    async def act(items: Sequence[int]) -> list[int]:
        raise asyncio.CancelledError

    together = Together(act)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(together.ask(1), 30)
