"""A question of ours is open only while it is our latest word: an old one is not answered by a yes."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dialogue.turn import Turns
from ringback.db import Database
from ringback.policy import Situation
from ringback.store.conversations import ASSISTANT, open_conversation_with, queue_text
from ringback.store.ownership import PERSON_AUTHOR
from ringback.tables import BookingRow, CallbackRow, MessageRow
from tests.clock import HandClock
from tests.dialogue.test_turn import write
from tests.flow import CALLER, rows, run_due

EVA = f"{PERSON_AUTHOR}{uuid4()}"
WISH, PROPOSED = "Har ni herrklippning fredag kl 13:00?", "Ska jag boka?"
REMINDED = "Påminnelse: din tid för herrklippning är fredag 27 november kl 13:00."


@dataclass
class Talk:
    """One caller and the salon, on rows."""

    db: Database
    company: UUID
    clock: HandClock

    async def say(self, text: str, after: timedelta = timedelta(minutes=1)) -> str:
        """What the assistant answers; empty when it says nothing."""
        self.clock.advance(after.total_seconds())
        before = len(await self._ours())
        await write(self.db, self.company, self.clock, text)
        turns = Turns(self.db, self.clock.now)
        await run_due(self.db, self.clock, {"turn": turns.turn})
        return " ".join((await self._ours())[before:])

    async def is_told(
        self, text: str, situation: Situation, author: str = ASSISTANT, hours: float = 1
    ) -> None:
        """Another text goes out to the caller."""
        self.clock.advance(hours=hours)
        async with self.db.begin(self.company) as session:
            talk = await open_conversation_with(session, CALLER)
            assert talk is not None
            now = self.clock.now()
            await queue_text(
                session, talk, str(uuid4()), text, now, situation=situation, author=author
            )

    async def booked(self) -> int:
        found = await rows(self.db, self.company, BookingRow)
        return sum(row.state == "confirmed" for row in found)

    async def _ours(self) -> list[str]:
        texts = sorted(await rows(self.db, self.company, MessageRow), key=lambda one: one.number)
        return [one.text for one in texts if one.direction == "out"]


@pytest.fixture
def talk(db: Database, company: UUID, clock: HandClock) -> Talk:
    return Talk(db, company, clock)


OTHER_TEXTS = [
    (REMINDED, Situation.REMINDER, ASSISTANT),
    ("Vi såg att du ringde igen. Ska vi ringa upp?", Situation.SECOND_CALL, ASSISTANT),
    ("Vi ligger 15 minuter efter, är det ok? Svara JA.", Situation.PROGRAM, f"api:{uuid4()}"),
    ("Hej, Eva här! Vill du ta med en bild på frisyren?", Situation.REPLY, EVA),
]


@pytest.mark.parametrize("other", OTHER_TEXTS, ids=lambda one: str(one[1]))
@pytest.mark.parametrize("yes", ["Ja", "Ok", "👍", "Ja tack, jag kommer!"])
async def test_yes_to_another_text_of_ours_cancels_nothing(
    talk: Talk, other: tuple[str, Situation, str], yes: str
) -> None:
    await talk.say("Boka herrklippning fredag kl 13:00 tack")
    assert "Ska jag avboka" in await talk.say("avboka")
    await talk.is_told(*other)
    assert await talk.say(yes) == ""
    assert await talk.booked() == 1


@pytest.mark.parametrize("other", OTHER_TEXTS, ids=lambda one: str(one[1]))
async def test_yes_to_another_text_of_ours_books_nothing(
    talk: Talk, other: tuple[str, Situation, str]
) -> None:
    assert PROPOSED in await talk.say(WISH)
    await talk.is_told(*other)
    await talk.say("Ja")
    assert await talk.booked() == 0


async def test_yes_to_another_text_of_ours_moves_nothing(talk: Talk) -> None:
    await talk.say("Boka herrklippning fredag kl 13:00 tack")
    assert "Ska jag flytta" in await talk.say("Kan jag flytta min tid till torsdag kl 10?")
    await talk.is_told(*OTHER_TEXTS[0])
    await talk.say("Ja")
    (row,) = [one for one in await rows(talk.db, talk.company, BookingRow) if one.state != "held"]
    assert row.starts_at.day == 27


@pytest.mark.parametrize("yes", ["Ja", "Ja tack", "Nej tack"])
async def test_answer_to_what_a_person_asked_goes_to_a_person(talk: Talk, yes: str) -> None:
    assert PROPOSED in await talk.say(WISH)
    await talk.is_told("Eva här! Ska jag skicka ett presentkort?", Situation.REPLY, EVA)
    assert await talk.say(yes) == ""
    (row,) = await rows(talk.db, talk.company, CallbackRow)
    assert row.why == "answered_person"


@pytest.mark.parametrize("text", ["Vi ses på fredag!", "Då är det ordnat."])
async def test_courtesy_to_what_a_person_said_is_left_alone(talk: Talk, text: str) -> None:
    await talk.say("Boka herrklippning fredag kl 13:00 tack")
    await talk.is_told(text, Situation.REPLY, EVA)
    assert await talk.say("Ok, tack!") == ""
    assert await rows(talk.db, talk.company, CallbackRow) == []


async def test_yes_after_two_days_cancels_nothing(talk: Talk) -> None:
    await talk.say("Boka herrklippning fredag kl 13:00 tack")
    await talk.say("avboka")
    await talk.say("Ja", after=timedelta(hours=40))
    assert await talk.booked() == 1


async def test_yes_the_morning_after_still_answers_the_question(talk: Talk) -> None:
    assert PROPOSED in await talk.say(WISH)
    assert (await talk.say("Ja", after=timedelta(hours=15))).startswith("Bokat")
    await talk.say("avboka")
    assert "avbokad" in await talk.say("Ja", after=timedelta(hours=15))
    assert await talk.booked() == 0


async def test_wish_after_another_text_of_ours_is_heard_with_what_was_said_before(
    talk: Talk,
) -> None:
    assert "Vilken dag" in await talk.say("Jag vill boka herrklippning")
    await talk.is_told(*OTHER_TEXTS[1])
    assert "herrklippning fredag 27 november kl 13:00" in await talk.say("fredag kl 13 tack")


async def test_question_that_was_never_sent_is_not_answered(talk: Talk) -> None:
    await talk.say("Boka herrklippning fredag kl 13:00 tack")
    await talk.say("avboka")
    async with talk.db.begin(talk.company) as session:
        texts = await rows(talk.db, talk.company, MessageRow)
        last = await session.get_one(MessageRow, max(texts, key=lambda one: one.number).id)
        last.state = "failed"
    await talk.say("Ja")
    assert await talk.booked() == 1
