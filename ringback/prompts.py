"""What the voice menu says: each prompt's name, and its words in each language. Pure.

In: the rules of the queues. Out: the words that are spoken where the company has no sound of its own. A prompt NAME
is the file `sounds/LANGUAGE/ringback/NAME.wav`; the offer that waiting callers hear is in
`sounds/LANGUAGE_offer`, beside a moment of silence of the same name in `sounds/LANGUAGE`.
"""

from collections.abc import Iterable, Mapping
from datetime import time
from types import MappingProxyType
from typing import Literal

from ringback.queues import Rules

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")

BEEP = "beep"
OFFER = "offer"
_NUMBERS = 60
"""From 0: the digits of a number, and the hours and minutes of an interval."""

_SV = {
    "choose": "Du kan bli uppringd i stället för att vänta. Välj när.",
    "soonest": "Så snart som möjligt",
    "press": "tryck",
    "stay": "Tryck noll för att vänta kvar i kön.",
    "today": "Idag",
    "week-after": "veckan därpå",
    "between": "mellan klockan",
    "and": "och",
    "wrong": "Det valet finns inte.",
    "not-now": "Just nu kan vi inte erbjuda återuppringning. Du får tillbaka din plats i kön.",
    "number-shown": "Vi ringer dig på det nummer som du ringer från.",
    "number-keep": "Tryck ett om det är rätt. Tryck två för att ange ett annat nummer.",
    "number-ask": "Knappa in numret med riktnummer, och avsluta med fyrkant.",
    "number-refused": "Det numret kan vi inte ringa. Ange ett annat.",
    "number-kept": "Vi ringer på det nummer som du ringer från.",
    "number-none": "Vi har inget nummer att ringa dig på. Du får tillbaka din plats i kön.",
    "you-keyed": "Du knappade in",
    "is-it-right": "Tryck ett om det är rätt. Tryck två för att göra om.",
    "ask-customer_number": "Knappa in ditt kundnummer, och avsluta med fyrkant. Har du inget, tryck fyrkant.",
    "ask-personal_number": "Knappa in ditt personnummer, tio eller tolv siffror, och avsluta med fyrkant. "
    "Vill du inte, tryck fyrkant.",
    "thanks": "Tack. Vi ringer upp dig.",
    "goodbye": "Hej då.",
    "weekday-1": "På måndag",
    "weekday-2": "På tisdag",
    "weekday-3": "På onsdag",
    "weekday-4": "På torsdag",
    "weekday-5": "På fredag",
    "weekday-6": "På lördag",
    "weekday-7": "På söndag",
    "rec-language": "Tryck ett för svenska.",
    "rec-pin": "Ange koden, och avsluta med fyrkant.",
    "rec-choose": "Ange ljudets nummer, och avsluta med fyrkant.",
    "rec-now": "Så här låter det nu.",
    "rec-speak": "Tala efter tonen, och avsluta med fyrkant.",
    "rec-menu": "Tryck ett för att spara, två för att lyssna, tre för att tala in igen.",
    "rec-kept": "Sparat.",
    "rec-failed": "Det gick inte att spara.",
}

_EN = {
    "choose": "We can call you back, instead of you waiting. Choose when.",
    "soonest": "As soon as possible",
    "press": "press",
    "stay": "Press zero to stay in the queue.",
    "today": "Today",
    "week-after": "of the week after",
    "between": "between",
    "and": "and",
    "wrong": "There is no such choice.",
    "not-now": "We cannot offer to call you back just now. You get your place in the queue back.",
    "number-shown": "We will call the number that you are calling from.",
    "number-keep": "Press one if that is right. Press two for another number.",
    "number-ask": "Key in the number with its area code, and end with the hash key.",
    "number-refused": "We cannot call that number. Choose another.",
    "number-kept": "We will call the number that you are calling from.",
    "number-none": "We have no number to call. You get your place in the queue back.",
    "you-keyed": "You keyed in",
    "is-it-right": "Press one if that is right. Press two to do it again.",
    "ask-customer_number": "Key in your customer number, and end with the hash key. "
    "If you have none, press the hash key.",
    "ask-personal_number": "Key in your personal identity number, ten or twelve digits, and end with the "
    "hash key. If you would rather not, press the hash key.",
    "thanks": "Thank you. We will call you.",
    "goodbye": "Goodbye.",
    "weekday-1": "On Monday",
    "weekday-2": "On Tuesday",
    "weekday-3": "On Wednesday",
    "weekday-4": "On Thursday",
    "weekday-5": "On Friday",
    "weekday-6": "On Saturday",
    "weekday-7": "On Sunday",
    "rec-language": "Press two for English.",
    "rec-pin": "Key in the code, and end with the hash key.",
    "rec-choose": "Key in the number of the sound, and end with the hash key.",
    "rec-now": "This is what it says now.",
    "rec-speak": "Speak after the tone, and end with the hash key.",
    "rec-menu": "Press one to keep it, two to listen, three to speak again.",
    "rec-kept": "It is kept.",
    "rec-failed": "It could not be kept.",
}

_WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType({"sv": _SV, "en": _EN})
_OFFERS: Mapping[Language, str] = MappingProxyType(
    {
        "sv": "Vill du bli uppringd i stället för att vänta? Tryck {digit}.",
        "en": "Would you like us to call you back? Press {digit}.",
    }
)
_BETWEEN: Mapping[Language, str] = MappingProxyType(
    {"sv": "mellan klockan {begins} och {ends}", "en": "between {begins} and {ends}"}
)


def offer_name(digit: str) -> str:
    """The prompt that tells waiting callers which digit to press."""
    return OFFER if digit == "1" else f"{OFFER}-{digit}"


def interval_name(begins: time, ends: time) -> str:
    """The prompt of an interval: `interval-1300-1500`."""
    return f"interval-{begins:%H%M}-{ends:%H%M}"


def spoken(queues: Iterable[Rules], language: Language) -> dict[str, str]:
    """The words of every prompt that these queues need, by name; the beep has none."""
    said = dict(_WORDS[language])
    said |= {f"number-{number}": f"{number}" for number in range(_NUMBERS)}
    for rules in queues:
        said[offer_name(rules.digit)] = _OFFERS[language].format(digit=rules.digit)
        for begins, ends in rules.intervals:
            said[interval_name(begins, ends)] = _BETWEEN[language].format(
                begins=_clock(begins), ends=_clock(ends)
            )
    return said


def recordable(queues: Iterable[Rules]) -> tuple[str, ...]:
    """What a company may want to say in its own voice, in the order of the numbers to key.

    The intervals are last, so that the others keep their numbers when the rules change.
    """
    names = spoken(queues, LANGUAGES[0])
    own = [name for name in _SV if not name.startswith(("rec-", "weekday-"))]
    offers = sorted(name for name in names if name.startswith(OFFER))
    weekdays = [name for name in _SV if name.startswith("weekday-")]
    intervals = sorted(name for name in names if name.startswith("interval-"))
    return (*offers, *own, *weekdays, *intervals)


def folder_of(language: Language, name: str) -> str:
    """The folder of a prompt: the offer is heard only while the language ends in `_offer`."""
    return f"{language}_offer/ringback" if name.startswith(OFFER) else f"{language}/ringback"


def _clock(wall: time) -> str:
    return f"{wall.hour}" if not wall.minute else f"{wall.hour} {wall.minute:02}"
