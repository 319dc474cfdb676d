"""Which bookings a message gives up, when it also says which to keep. Pure.

In: a reading such as "avboka massagen men behåll återbesöket", "allt utom fredag", "inte skiftet, bara
balanseringen". Out: the caller's bookings that are given up; None when nothing is spared. The message is
parted in clauses: a verb of giving up or of keeping tells which kind a clause is, "inte" turns it over, and
a clause without a verb follows the one before.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from dialogue.builtin.offer import meant_services
from dialogue.builtin.reading import Reading
from dialogue.builtin.staff import named_resource
from dialogue.builtin.when import hear_when
from dialogue.builtin.which import CANCELS, fitting_bookings, own_in_order
from dialogue.turns import OwnBooking

_CLAUSES = re.compile(
    r"[,;!?]|(?<!\d)\.|\.(?!\d)|\b(?:men|och|utan|and)\b|(?<!all )(?<!everything )\bbut\b|"
    r"(?=\b(?:utom|förutom|except|bara|only)\b)|(?<=all )(?=but\b)|(?<=everything )(?=but\b)"
)
_SPARES = re.compile(r"\b(?:utom|förutom|except|(?:all|everything) but)\b|^but\b")
_KEEPS = re.compile(
    r"\b(?:behåll\w*|ha kvar|vara kvar|stå kvar|spara|keep|kommer jag|jag kommer|går bra|är ok\w*|passar|funkar|works)\b"
)
_DOES_NOT = re.compile(
    r"\b(?:kan|hinner|kommer|behöver|vill) (?:\w+ ){0,2}(?:inte|ej)\b|\b(?:can't|cannot|won't|don't (?:need|want))\b|"
    r"\bförhinder\b"
)
_NOT = re.compile(r"\b(?:inte|ej|not|don't)\b")


def given_up(reading: Reading) -> list[OwnBooking] | None:
    """The caller's bookings that are given up, in order; None when the message spares none."""
    named: dict[bool, set[str]] = {True: set(), False: set()}
    for goes, clause in _parted(reading.text):
        named[goes].update(one.id for one in _named(reading, clause))
    if not named[False]:
        return None
    own = own_in_order(reading)
    gone = named[True] or {one.id for one in own}
    return [one for one in own if one.id in gone - named[False]]


def spares(text: str) -> bool:
    """Whether a text excepts something: "allt utom skiftet"."""
    return bool(_SPARES.search(text))


def _parted(text: str) -> Iterator[tuple[bool, str]]:
    """The clauses, each with whether what it names is given up."""
    gives_up = True
    for clause in filter(str.strip, _CLAUSES.split(text)):
        denied = bool(_NOT.search(clause))
        if _SPARES.search(clause):
            yield False, clause
            continue
        if CANCELS.search(clause):
            gives_up = True
        elif _KEEPS.search(clause):
            gives_up = False
        elif _DOES_NOT.search(clause):
            gives_up, denied = True, False
        yield gives_up != denied, clause


def _named(reading: Reading, clause: str) -> list[OwnBooking]:
    """The caller's bookings that a clause names; none where it names nothing."""
    heard = hear_when(clause, reading.situation.now.astimezone(reading.business.zone))
    meant = meant_services(heard.rest, reading.business)
    who = named_resource(clause, reading.business)
    if not (heard.when.days or heard.excepted or heard.when.exact or meant.services or who):
        return []
    if not heard.when.days:  # "inte fredag" excepts it
        heard = replace(heard, when=replace(heard.when, days=heard.excepted))
    return fitting_bookings(replace(reading, meant=meant, resource=who), heard)
