"""One message, read: everything that was understood of it before anything is decided. Pure.

In: the message and its situation. Out: a `Reading`, which each step of engine.py looks at.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from dialogue.builtin.assent import Answer, answer, asks
from dialogue.builtin.choose import only_picks, with_ordinals
from dialogue.builtin.denied import Parted, hear_parted
from dialogue.builtin.intent import Intent, intents
from dialogue.builtin.language import language_of, shows_norse
from dialogue.builtin.offer import EVERYDAY, Meant, meant_services
from dialogue.builtin.replies import fitted, say
from dialogue.builtin.staff import denied_resource, named_resource, names_stranger
from dialogue.builtin.when import Heard
from dialogue.builtin.words import has_link, names_number, normal, plain, stem, with_dots, words
from dialogue.turns import Effect, Memory, Pending, Situation, Turn
from ringback.bookings import Slot, Taken
from ringback.business import Business, Service


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says, beside the situation it came in."""

    text: str  # in normal form
    situation: Situation
    memory: Memory
    language: str  # of the reply: sv or en
    foreign: bool  # written in a language that we don't answer in
    intents: frozenset[Intent]
    heard: Heard  # without what it denies
    parted: Parted  # beside it, the times that it denies
    meant: Meant
    resource: str
    stranger: bool  # asks for somebody who does not work there
    answer: Answer
    number: bool = False  # names a telephone number
    link: bool = False  # holds an address on the web

    @property
    def business(self) -> Business:
        """The company that was written to."""
        return self.situation.business

    @property
    def asks(self) -> bool:
        """Whether it is put as a question, so that nothing may be booked on it without a yes."""
        return asks(self.text)

    @property
    def names(self) -> frozenset[str]:
        """The words of what the company sells and of who works there, without dots."""
        return names_of(self.business.resources, self.business.services)

    @property
    def booking_is_open(self) -> bool:
        """Whether the conversation is on its way to a booking."""
        pending = self.memory.pending
        return pending in (Pending.DAY, Pending.PICK, Pending.CONFIRM, Pending.SERVICE)

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
        memory = replace(memory or self.memory, language=self.language, misses=0, asked=())
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
        return self.business.name_of(service_id)


def read_message(text: str, situation: Situation) -> Reading:
    """Everything that can be understood of a message by itself."""
    told = normal(text)
    memory, business = _still_sold(situation.memory, situation.business), situation.business
    language = language_of(told, memory.language or situation.language)
    if language == "sv":
        told = with_dots(told)
    if memory.offered:
        told = with_ordinals(told)
    parted = hear_parted(told, situation.now.astimezone(business.zone))
    heard, meant = _heard_and_meant(told, parted.heard, business)
    if memory.offered and only_picks(told):
        meant = Meant()  # "den första" is no "första besök" now
    foreign = language == "other"
    if foreign:
        language = "sv" if shows_norse(told) else "en"
    avoided, resource = denied_resource(told, business), named_resource(told, business)
    if avoided:
        memory, resource = replace(memory, avoided=avoided), ""
        if memory.resource == avoided:
            memory = replace(memory, resource="")
    elif resource == memory.avoided:
        memory = replace(memory, avoided="")
    stranger = names_stranger(text, told, business)
    said = answer(told, heard.rest, names_of(business.resources, business.services))
    if heard.vague:  # "gärna en annan dag" is no yes to what was proposed
        said = replace(said, yes=False, cancels=False)
    return Reading(
        text=told,
        situation=_without(memory.avoided, situation),
        memory=memory,
        language=language,
        foreign=foreign,
        intents=_intents(told, business),
        heard=heard,
        parted=parted,
        meant=meant,
        resource=resource,
        stranger=stranger,
        answer=replace(said, yes=False, doubt=True) if stranger or avoided else said,
        number=names_number(text),
        link=has_link(text),
    )


def _intents(told: str, business: Business) -> frozenset[Intent]:
    """What the text is about; a sign inside the name of what is sold is none: "boka prisbedömning"."""
    found = intents(told)
    names = {w for one in business.services for name in one.names for w in words(normal(name))}
    if found.isdisjoint(_IN_NAMES) or names.isdisjoint(words(told)):
        return found
    nameless = " ".join(word for word in told.split() if word.strip("?!.,") not in names)
    return found - (_IN_NAMES - intents(nameless))


_IN_NAMES = frozenset({Intent.PRICE, Intent.ADDRESS, Intent.PHONE})


def _still_sold(memory: Memory, business: Business) -> Memory:
    """The memory without services, and times of them, that are not sold any more."""
    gone = {slot.service for slot in memory.offered} | {*memory.services, *memory.unsure_services}
    if not (gone := {one for one in gone if not business.sold(one)}):
        return memory
    offered = tuple(slot for slot in memory.offered if slot.service not in gone)
    asked = memory.pending in (Pending.PICK, Pending.CONFIRM, Pending.DAY, Pending.SERVICE)
    return replace(
        memory,
        services=tuple(one for one in memory.services if one not in gone),
        unsure_services=tuple(one for one in memory.unsure_services if one not in gone),
        offered=offered,
        pending=Pending.SERVICE if asked and not offered else memory.pending,
    )


def _heard_and_meant(told: str, heard: Heard, business: Business) -> tuple[Heard, Meant]:
    """When, and which service; a bare number may be part of its name ("risk 1") and no clock time."""
    meant = _about(heard.rest or _NUMBERS.sub(" ", told), business)  # "fredag 14.30" is no "30 min"
    if heard.bare_clock:
        whole = meant_services(told, business)
        if len(whole.services) == 1 and _numbered(told, whole, len(meant.services), business):
            return replace(heard, when=replace(heard.when, exact=()), bare_clock=False), whole
    return heard, meant


def _numbered(told: str, meant: Meant, without: int, business: Business) -> bool:
    """Whether a number of the text stands in the name of the service: "dos 2", but "fredag 15" is no "15 min"."""
    names = " , ".join(normal(name) for name in business.service(meant.services[0]).names)
    numbers = set(_NUMBERS.findall(told))
    return bool(numbers & set(_NUMBERED.findall(names))) or (not numbers and without != 1)


_NUMBERS = re.compile(r"\d+")
_NUMBERED = re.compile(
    r"\b\d+\b(?! ?-?(?:min|tim|h\b|hour|minut))"
)  # "risk 1", not "massage 30 min"


def _about(told: str, business: Business) -> Meant:
    """Which service; of "en konsultation om avtalsgranskning" what it is about, where that is told."""
    meant = meant_services(told, business)
    found = _REGARDING.search(told)
    if len(meant.services) < 2 or not found or _AND.search(told[: found.start()]):
        return meant
    about = meant_services(told[found.end() :], business)
    return about if len(about.services) == 1 else meant


_REGARDING = re.compile(r"\b(?:om|angående|gällande|rörande|ang|regarding|about|concerning)\b")
_AND = re.compile(r"\b(?:och|o|and|plus|samt)\b|[+&]")


def _without(avoided: str, situation: Situation) -> Situation:
    """The situation with all the time taken of somebody whom the caller doesn't want."""
    if not avoided:
        return situation
    end = situation.now + timedelta(days=situation.business.booking_rules.horizon_days + 2)
    busy = Taken(avoided, situation.now, end)
    return replace(situation, taken=(*situation.taken, busy))


@lru_cache(maxsize=256)
def names_of(resources: tuple[str, ...], services: tuple[Service, ...]) -> frozenset[str]:
    """The telling words of the names of services and people, without dots."""
    named = (*resources, *(name for one in services for name in one.names))
    found = {word for name in named for word in words(plain(normal(name)))}
    return frozenset(one for one in found if one.isalpha() and stem(one) not in EVERYDAY)
