"""One transaction for what many ask for at the same moment: a commit costs the same for all.

In: items, each from somebody who waits for its result. Out: the results, when the one act that took
the item is over. Whoever comes while an act is under way is in the next one; nobody waits for
company. Stands before webhooks and the API, where every request must be committed before it is
answered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from ringback.errors import TryAgain

Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """Gathers items for `act`, one act at a time.

    Args:
        act: Does all in one transaction; gives a result for each item, in order. When it raises,
            each item is done alone, so that one bad item harms nobody else; but `TryAgain`, which
            is no item's fault, is told to all of them, and to all that came meanwhile: they would
            wait as long again, one act after the other.
        most: How many items one act takes.
        rest_s: After an act for several, how long the next one waits for those who were just
            answered and ask again: else two halves take turns, each in an act of its own. An item
            that comes alone never waits.
    """

    def __init__(
        self,
        act: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        most: int = 100,
        rest_s: float = 0.0,
    ) -> None:
        self._act = act
        self._most = most
        self._rest_s = rest_s
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._acting: asyncio.Task[None] | None = None

    async def ask(self, item: Item) -> Result:
        """The result for the item; what its act raised."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._acting is None:
            self._acting = asyncio.create_task(self._work(), name="together")
        return await result

    async def _work(self) -> None:
        try:
            while batch := self._waiting[: self._most]:
                del self._waiting[: len(batch)]
                await self._do(batch)
                if self._rest_s and len(batch) > 1:
                    await asyncio.sleep(self._rest_s)
        finally:
            self._acting = None
            for _, result in self._waiting:  # only when the loop is being ended
                result.cancel()

    async def _do(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._act([item for item, _ in batch])
            told = list(zip(batch, results, strict=True))
        except TryAgain as later:
            batch += self._waiting
            self._waiting.clear()
            _tell_all(batch, later)
            return
        except Exception as fault:
            if len(batch) == 1:
                _tell_all(batch, fault)
                return
            for one in batch:
                await self._do([one])
            return
        except BaseException:  # the loop is being ended
            for _, waiting in batch:
                waiting.cancel()
            raise
        for (_, waiting), result in told:
            if not waiting.done():  # who asked may have gone away
                waiting.set_result(result)


def _tell_all(batch: Iterable[tuple[Item, asyncio.Future[Result]]], fault: Exception) -> None:
    for _, waiting in batch:
        if not waiting.done():  # who asked may have gone away
            waiting.set_exception(fault)
