"""What the conversation knows once a message is added: which services, who, and when. Pure.

In: a reading. Out: the new memory. Pointers back ("samma tid", "på torsdag" in the week that was
talked about) are resolved here.
"""

import re
from dataclasses import replace
from datetime import date, timedelta

from dialogue.builtin.assent import denies
from dialogue.builtin.calendar_words import NUMBER, NUMBERS
from dialogue.builtin.intent import Intent
from dialogue.builtin.offer import meant_services, one_apart
from dialogue.builtin.propose import local_start, moved_booking
from dialogue.builtin.reading import Reading
from dialogue.builtin.spans import monday
from dialogue.builtin.when import ONE_MATTER, PARTY, Heard
from dialogue.builtin.words import normal, words
from dialogue.turns import Memory, Pending, Situation, When
from ringback.bookings import Slot, last_bookable_day

_FAR = timedelta(days=14)
_PEOPLE = re.compile(
    r"\bsamtidigt\b|\bat the same time\b|\b(?:båda|bägge|both)\b|\bbåde (?:min|mitt|mig|mej|jag|vår) (?:och|o)\b|"
    r"\b(?:två|2|two|tre|3|three) (?:personer|people|pers)\b|\b(?:vi är|we are|we're) (?:två|2|two)\b|"
    r"\b(?:för två|for two)\b|"
    r"\b(?:jag|mig|me|i|min \w+|en \w+|one \w+|an? \w+) (?:och|o|and|\+) (?:min|mitt|my|en|ett|"
    r"one|an?) \w+"
)
_GROUP = re.compile(
    rf"\b(?P<n>{NUMBER}) ?(?:st |stycken )?(?:pers(?:oner)?\b|people\b|persons\b|vuxna\b|gäster\b|guests\b|barn\b|kids\b|"
    rf"children\b|ungar\b|söner\b|döttrar\b|killar\b|tjejer\b|vänner\b|kompisar\b|(?:el)?cyklar\b|bikes\b|mopeder\b|motorcyklar\b|"
    rf"valpar\b|kaniner\b|hästar\b|hundar\b|katter\b|dogs\b|cats\b|bilar\b|cars\b|st\b|stycken\b)|"
    rf"\b(?:vi är|vi blir|vi kommer|we are|we're) (?P<n2>{NUMBER})\b{ONE_MATTER}"
)
_AND_MINE = re.compile(rf"\b(?:och|o|and|\+|plus) (?:mina|våra|my|our) (?P<n>{NUMBER}) ")
_ME_AND_MINE = re.compile(
    r"\b(?:jag|mig|mej|me|myself|i) (?:och|o|and|\+) (?:min|mitt|my|en|ett|an?) \w+"
)
_TOGETHER = ("samtidigt", "at the same time")  # of things too: "service och däckbyte samtidigt"
_SOMEBODY = re.compile(r"\b(?:jag|mig|mej|vi|oss|min|mina|vår|våra|we|us|me|my|our)\b")
_SEVERAL_IN_NAME = re.compile(
    r"\b(?:par(?:terapi|samtal|massage|kurs|behandling|rådgivning|foto\w*|bild\w*|träning|lektion\w*)?\b|familj|syskon|grupp|duo\b|"
    r"bröllop|vigsel|förlovning|couple|famil|group|wedding|engagement|bouppteckning|bodelning|samäganderätt)"
)
_PARTY_IN_NAME = re.compile(
    rf"\b(?:för|for) (?P<n>{NUMBER})\b|\b(?P<n2>{NUMBER}) ?-?(?:pers|people|guests|gäster|manna)"
)
_BRACKETED = re.compile(r" ?\([^()]*\)")  # "mig (dam) och min dotter"
_TWO_OF = re.compile(r"\b(?:två|2|two) (?P<what>[^\W\d_]+)")


def known_so_far(reading: Reading) -> Memory:
    """The memory with what this message adds: service, resource and when."""
    memory = reading.memory
    services, unsure = memory.services, memory.unsure_services
    name = memory.service_name
    found = reading.meant
    booking_id = memory.booking_id if _still_moving(reading) else ""
    if booking_id:
        one = len(found.services) == 1 and bool(unsure)
        services, unsure = (found.services, ()) if one else (services, () if services else unsure)
    elif found.each and _PEOPLE.search(_BRACKETED.sub("", reading.heard.rest)):
        services, unsure = found.each, ()
    elif (
        len(found.services) == 1
        and not (_sold_by_party(reading) or _sold_to_several(reading))
        and (mine := _ME_AND_MINE.search(reading.heard.rest))
    ):
        # "mig och min son" says what the son is to have, and not what the caller is
        others = reading.heard.rest.replace(mine.group(), " ")
        told = meant_services(others, reading.business).services
        same = told == found.services
        services, unsure = (found.services * 2, ()) if same else ((), told)
    elif len(found.services) == 1:
        people = 2 if _for_two(reading) else 1
        services, unsure, name = found.services * people, (), found.name
    elif (
        len(memory.services) == 1
        and not (found.services or _sold_to_several(reading))
        and PARTY.search(reading.heard.rest)
    ):
        services = memory.services * 2
    elif found.services:
        asked = (*memory.services, *memory.unsure_services)
        narrowed = tuple(one for one in found.services if one in asked)
        services, unsure = (narrowed, ()) if len(narrowed) == 1 else ((), found.services)
    elif len(reading.business.services) == 1:
        services = (reading.business.services[0].id,)
    if unsure and reading.resource:
        doing = tuple(one for one in unsure if _does(reading, one))
        services, unsure = (doing, ()) if len(doing) == 1 else (services, doing or unsure)
    changed = services != memory.services
    return replace(
        memory,
        booking_id=booking_id,
        services=services,
        unsure_services=unsure,
        service_name=name,
        resource=reading.resource or ("" if changed and memory.services else memory.resource),
        when=_when_so_far(reading, memory),
    )


def _does(reading: Reading, service: str) -> bool:
    return reading.resource in reading.business.service(service).resources


def _still_moving(reading: Reading) -> bool:
    """Whether the booking that was being moved still is: no other service is named."""
    memory = reading.memory
    moving = moved_booking(reading, memory)
    return moving is not None and (
        not reading.meant.services
        or not {*memory.services, *memory.unsure_services}.isdisjoint(reading.meant.services)
    )


def group_size(reading: Reading) -> int:
    """For how many people it is, where that is said: "för 3 pers", "mig och mina två barn"."""
    if _sold_to_several(reading):
        return 1
    text = reading.heard.rest
    counted = [_count(match.group("n") or match.group("n2")) for match in _GROUP.finditer(text)]
    counted += [1 + _count(match.group("n")) for match in _AND_MINE.finditer(text)]
    sold = _sold_by_party(reading)
    return max((n for n in counted if n not in sold), default=1)


def _sold_by_party(reading: Reading) -> frozenset[int]:
    """The numbers of people in the names of what is meant: one "bord för fyra" is for four, and is one."""
    if len(reading.meant.services) != 1:
        return frozenset()
    names = reading.business.service(reading.meant.services[0]).names
    found = [match for name in names for match in _PARTY_IN_NAME.finditer(normal(name))]
    return frozenset(_count(match["n"] or match["n2"]) for match in found)


def _sold_to_several(reading: Reading) -> bool:
    """Whether what is meant is for several people at once: one "parterapi" is for both."""
    meant = reading.meant.services or reading.memory.services
    if len(meant) != 1:
        return False
    names = reading.business.service(meant[0]).names
    return any(_SEVERAL_IN_NAME.search(normal(name)) for name in names)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS.get(word, 1)


def _for_two(reading: Reading) -> bool:
    """Whether it is for two: "jag och min bror", "två herrklippningar"."""
    text = _BRACKETED.sub("", reading.heard.rest)  # without dates, whose numbers are no people
    if group_size(reading) == 2:  # "två cyklar"
        return True
    people = _PEOPLE.search(text)
    alone = people and people.group() in _TOGETHER and not _SOMEBODY.search(text)
    if people and not alone and not _sold_by_party(reading) and not _sold_to_several(reading):
        return True
    two = _TWO_OF.search(text)
    return two is not None and bool(meant_services(two.group("what"), reading.business).services)


def _when_so_far(reading: Reading, memory: Memory) -> When:
    """The earlier wish, changed by what this message says; pointers are resolved."""
    heard, old = reading.heard, _but_named(memory.when, reading.heard.when)
    new = heard.when
    pointed = memory.offered[0] if len(memory.offered) == 1 else memory.booked
    days = new.days
    if heard.by_weekday:
        days = _weekdays_meant(new.days, memory, reading.situation)
    if heard.same_day or not days:
        days = old.days or _day_pointed_at(reading, pointed)
    base = old.days or _local_days(reading, pointed)
    if heard.shift_days:
        days = tuple(day + timedelta(days=heard.shift_days) for day in base)
    if heard.weeks_on and base:
        days = _in_week_on(heard, base[0])
    if heard.days_on:
        days = _day_on(heard.days_on, base)
    exact = new.exact
    if heard.same_time and not exact:
        local = [local_start(reading, pointed).time()] if pointed else []
        exact = old.exact or tuple(local)
    if (
        heard.shift_min and pointed and not new.has_clock
    ):  # "en timme senare" than what was proposed
        at = local_start(reading, pointed) + timedelta(minutes=heard.shift_min)
        return When(days or (at.date(),), (at.time(),), not_on=old.not_on, not_at=old.not_at)
    not_on, not_at = (*old.not_on, *new.not_on), (*old.not_at, *new.not_at)
    if heard.shift_days or heard.weeks_on or heard.days_on:
        not_on = tuple(
            day for day in not_on if day not in days
        )  # "tisdag går inte, en vecka senare"
    days = tuple(day for day in days if day not in not_on)
    if new.has_clock or heard.same_time:
        return When(days, exact, new.not_before, new.not_after, new.soonest, not_on, not_at)
    other_day = bool(new.days and old.days) and not puts_day_right(reading, memory)
    keep_exact = not other_day and not set(old.exact) & set(new.not_at)
    return When(
        days,
        old.exact if keep_exact else (),
        old.not_before,
        old.not_after,
        new.soonest or (old.soonest and not new.days),
        not_on,
        not_at,
    )


def puts_day_right(reading: Reading, memory: Memory) -> bool:
    """Whether only the day of what was proposed is put right: "nej fredag menar jag"."""
    proposed = memory.pending is Pending.CONFIRM and len(memory.offered) == 1
    heard = reading.heard
    only_day = len(heard.when.days) == 1 and not (heard.when.has_clock or heard.same_time)
    return proposed and only_day and reading.has(Intent.CORRECTION)


def _day_on(ahead: int, days: tuple[date, ...]) -> tuple[date, ...]:
    """For "dagen efter", the day beside those that were talked about."""
    if not days:
        return ()
    return ((days[-1] if ahead > 0 else days[0]) + timedelta(days=ahead),)


def _in_week_on(heard: Heard, base: date) -> tuple[date, ...]:
    """The days of the week after (or before) that of a day: those named with it, else its own or all."""
    first = monday(base) + timedelta(days=7 * heard.weeks_on)
    named = {day.weekday() for day in heard.when.days}
    if len(named) in (0, 7):
        named = {base.weekday()} if heard.same_time or heard.same_day else set(range(7))
    return tuple(first + timedelta(days=n) for n in sorted(named))


def _but_named(old: When, new: When) -> When:
    """The earlier wish; what was refused and is now named is refused no longer.

    "Nästa vecka" does not name the Monday that was refused before.
    """
    named = new.days if set(new.days) <= set(old.not_on) else ()
    return replace(
        old,
        not_on=tuple(day for day in old.not_on if day not in named),
        not_at=tuple(one for one in old.not_at if one not in new.exact),
    )


def _weekdays_meant(
    days: tuple[date, ...], memory: Memory, situation: Situation
) -> tuple[date, ...]:
    """A bare weekday is looked for in the days talked about before the nearest one is taken."""
    zone = situation.business.zone
    talked = {
        *memory.when.days,
        *(slot.starts_at.astimezone(zone).date() for slot in memory.offered),
    }
    today = today_of(situation)
    if far := _in_far_week(days, talked, situation):
        return far
    if len(talked) < 2:
        return days
    found = sorted(
        one for one in talked if one > today and one.weekday() in {day.weekday() for day in days}
    )
    return tuple(found[: len(days)]) or days


def _day_pointed_at(reading: Reading, slot: Slot | None) -> tuple[date, ...]:
    """The day of "samma dag" and "samma tid": of the time talked about, else of the only own booking."""
    heard, own = reading.heard, reading.situation.own
    if not (heard.same_day or heard.same_time):
        return ()
    if slot is None and heard.same_day and len(own) == 1:
        return (own[0].starts_at.astimezone(reading.business.zone).date(),)
    return _local_days(reading, slot)


def today_of(situation: Situation) -> date:
    """The local date of the present moment."""
    return situation.now.astimezone(situation.business.zone).date()


def _in_far_week(
    days: tuple[date, ...], talked: set[date], situation: Situation
) -> tuple[date, ...]:
    """The weekdays in the week that is talked about, where that is none of the next two; else ()."""
    weeks = {monday(one) for one in talked}
    if len(weeks) != 1 or any(one - monday(today_of(situation)) < _FAR for one in weeks):
        return ()
    last = last_bookable_day(situation.business, situation.now)
    first = weeks.pop()
    found = tuple(first + timedelta(days=day.weekday()) for day in days)
    return found if all(day <= last for day in found) else ()


def _local_days(reading: Reading, slot: Slot | None) -> tuple[date, ...]:
    return (local_start(reading, slot).date(),) if slot else ()


def picks_service(reading: Reading) -> str | None:
    """The service that an ordinal, a number or a word of its name picks of those asked between."""
    unsure = reading.memory.unsure_services
    said = words(reading.text)
    if len(said) > 4 or denies(reading.text):
        return None
    for index, names in enumerate(
        (("1", "första", "first"), ("2", "andra", "second"), ("3", "tredje", "third"))
    ):
        if index < len(unsure) and any(word in names for word in said):
            return unsure[index]
    if {"man", "mannen"} & set(said):
        return _by_person(reading, unsure)
    apart = one_apart(reading.text, unsure, reading.business)  # "den lilla"
    return apart or _by_measure(reading, unsure)


def _by_measure(reading: Reading, unsure: tuple[str, ...]) -> str | None:
    """The only one that is the shortest, longest, cheapest or dearest: "den korta", "den billigaste"."""
    sold = [reading.business.service(one) for one in unsure]
    lengths = {one.id: one.duration_min for one in sold}
    prices = {one.id: one.price_sek for one in sold if one.price_sek is not None}
    for pattern, measures, most in (
        (_SHORT, lengths, min),
        (_LONG, lengths, max),
        (_CHEAP, prices, min),
        (_DEAR, prices, max),
    ):
        if measures and pattern.search(reading.text):
            found = [one for one, much in measures.items() if much == most(measures.values())]
            return found[0] if len(found) == 1 < len(measures) else None
    return None


_SHORT = re.compile(r"\b(?:kort(?:a|are|ast|aste)?|short(?:er|est)?|quick(?:er|est)?)\b")
_LONG = re.compile(r"\b(?:lång(?:a)?|läng(?:re|st|sta)|long(?:er|est)?)\b")
_CHEAP = re.compile(r"\b(?:billig(?:a|are|ast|aste)?|cheap(?:er|est)?)\b")
_DEAR = re.compile(r"\b(?:dyr(?:a|are|ast|aste)?|(?:most )?expensive|dearest)\b")


def _by_person(reading: Reading, unsure: tuple[str, ...]) -> str | None:
    """For the answer "man", which elsewhere is the pronoun."""
    found = [one for one in meant_services("herr", reading.business).services if one in unsure]
    return found[0] if len(found) == 1 else None
