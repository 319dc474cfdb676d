"""One message, read: everything that was understood of it before anything is decided. Pure.

In: the message and its situation. Out: a `Reading`, which each step of engine.py looks at.
"""

import re
from dataclasses import dataclass, replace

from dialogue.builtin.choose import Answer, answer
from dialogue.builtin.intent import Intent, intents
from dialogue.builtin.language import language_of, shows_norse
from dialogue.builtin.offer import Meant, meant_services, named_resource
from dialogue.builtin.replies import fitted, say
from dialogue.builtin.when import Heard, hear_when
from dialogue.builtin.words import normal, with_dots
from dialogue.turns import Effect, Memory, Situation, Turn
from ringback.bookings import Slot
from ringback.business import Business

_ASKS = re.compile(
    r"\?|^(?:(?:hej\w*|hi|hello|hey|tja|tjena)[ ,!.]+)?(?:kan|går|finns|har|skulle ni|får|can|could|"
    r"is|are|do|does|would it|any|när|vilka|vad|what|when|which)\b|\bgår det\b|\bfinns det\b"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says, beside the situation it came in."""

    text: str  # in normal form
    situation: Situation
    memory: Memory
    language: str  # of the reply: sv or en
    foreign: bool  # written in a language that we don't answer in
    intents: frozenset[Intent]
    heard: Heard
    meant: Meant
    resource: str
    answer: Answer

    @property
    def business(self) -> Business:
        """The company that was written to."""
        return self.situation.business

    @property
    def asks(self) -> bool:
        """Whether it is put as a question, so that nothing may be booked on it without a yes."""
        return bool(_ASKS.search(self.text))

    def has(self, *wanted: Intent) -> bool:
        """Whether it shows one of these intents."""
        return not self.intents.isdisjoint(wanted)

    def turn(
        self,
        reply: str | None,
        memory: Memory | None = None,
        effects: tuple[Effect, ...] = (),
        offered: tuple[Slot, ...] = (),
    ) -> Turn:
        """A turn with this reply; slots that are offered now replace those in the memory."""
        memory = replace(memory or self.memory, language=self.language, misses=0)
        if offered:
            memory = replace(memory, offered=offered)
        text = fitted(reply) if reply else None
        return Turn(text, memory, effects, offered, language=self.language)

    def say(self, key: str, **values: object) -> str:
        """A text of replies.py in the language of the reply."""
        return say(self.language, key, **values)

    def name_of(self, service_id: str) -> str:
        """What to call a service: as the caller did, in English; else its first name."""
        booked = self.memory.booked.service if self.memory.booked else ""
        remembered = service_id in (*self.memory.services, booked)
        memory_name = self.memory.service_name if remembered else ""
        own = self.meant.name if self.meant.services[:1] == (service_id,) else memory_name
        if self.language == "en" and own:
            return own
        return self.business.service(service_id).names[0]


def read_message(text: str, situation: Situation) -> Reading:
    """Everything that can be understood of a message by itself."""
    told = normal(text)
    memory, business = situation.memory, situation.business
    language = language_of(told, memory.language or situation.language)
    if language == "sv":
        told = with_dots(told)
    heard = hear_when(told, situation.now.astimezone(business.zone))
    foreign = language == "other"
    if foreign:
        language = "sv" if shows_norse(told) else "en"
    return Reading(
        text=told,
        situation=situation,
        memory=memory,
        language=language,
        foreign=foreign,
        intents=intents(told),
        heard=heard,
        meant=meant_services(heard.rest or told, business),
        resource=named_resource(told, business),
        answer=answer(told),
    )
