"""A person takes over while the model thinks: what it comes back with is neither sent nor done."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from dialogue.model.endpoint import Endpoint
from dialogue.model.wire import Answered
from dialogue.turn import Turns
from ringback.store.ownership import take_over
from ringback.tables import CallbackRow, ConversationRow, TurnRow
from tests.dialogue.model.house import House
from tests.fakes.model import Says, in_turn, reply
from tests.flow import jobs_of, rows, run_due


class TakenMeanwhile:
    """The endpoint, asked at the very moment when somebody takes the conversation over."""

    def __init__(self, house: House, endpoint: Endpoint) -> None:
        self._house, self._endpoint = house, endpoint
        self.settings = endpoint.settings

    async def ask(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]]
    ) -> Answered:
        (talk,) = await rows(self._house.db, self._house.company, ConversationRow)
        async with self._house.db.begin(self._house.company) as session:
            await take_over(session, talk.id, uuid4(), self._house.clock.now())
        return await self._endpoint.ask(messages, tools)


async def test_answer_of_a_model_is_dropped_when_a_person_took_over_while_it_was_asked(
    house: House,
) -> None:
    house.fake.script = in_turn(Says([reply("Hej! Vad kan jag hjälpa till med?")]))
    await house.write("Hej!")
    models = {"scripted": TakenMeanwhile(house, house.endpoint)}
    turns = Turns(house.db, house.clock.now, models=models)
    await run_due(house.db, house.clock, {"turn": turns.turn})
    assert house.fake.requests != []
    assert [text.direction for text in await house.texts()] == ["in"]
    assert await rows(house.db, house.company, TurnRow) == []
    assert await rows(house.db, house.company, CallbackRow) == []
    assert [job.state for job in await jobs_of(house.db, "turn")] == ["done"]
