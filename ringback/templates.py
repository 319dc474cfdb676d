"""A company's words for each situation: chosen, filled in, checked. Pure.

In: the company's own templates (`template` rows), the situation, language, DID and queue. Out: the
text to send. Without a template of its own a company uses `BUILT_IN`. Placeholders are `{company}`
and so on, see `PLACEHOLDERS`; the first text to a caller must name the company, say that an automatic
assistant writes (EU 2024/1689, Article 50), how to stop, and where the privacy notice is.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringback.business import Business
from ringback.errors import BadInput
from ringback.hours import next_opening
from ringback.policy import Situation
from ringback.segments import to_gsm7

LANGUAGES = ("sv", "en")
"""What there are built-in words in; callers of other languages get the first."""

PLACEHOLDERS: Mapping[str, str] = {
    "company": "The company's name",
    "phone": "The company's telephone number",
    "opens": "When the company opens next",
    "assistant": "Says that it is an automatic assistant",
    "stop": "How to get no more texts",
    "privacy": "Address of the privacy notice",
    "what": "What is booked",
    "when": "When: the booked time, or when somebody will ring",
    "choices": "Times to choose from, numbered",
}
"""Name of each placeholder, and in plain English what stands there."""

_FIRST = frozenset({"company", "assistant", "stop", "privacy"})
NEEDED: Mapping[Situation, frozenset[str]] = {
    Situation.MISSED: _FIRST,
    Situation.AFTER_HOURS: _FIRST,
    Situation.CALLBACK_CONFIRMED: _FIRST | {"when"},  # in place of the first text
}
"""Placeholders that a template for a situation must have."""

# The texts of missed calls may be held until morning, so none of them says "just now".
_SWEDISH = {
    Situation.MISSED: (
        "Hej! {company} här, vi kunde inte svara när du ringde. Jag är en {assistant}: svara här "
        "så hjälper jag dig boka eller svarar på frågor. Bli uppringd: skriv RING MIG. {stop}. "
        "Dina uppgifter: {privacy}"
    ),
    Situation.AFTER_HOURS: (
        "Hej! {company} här, vi hade stängt när du ringde. Jag är en {assistant}: svara här så "
        "hjälper jag dig boka eller svarar på frågor. Bli uppringd: skriv RING MIG. {stop}. "
        "Dina uppgifter: {privacy}"
    ),
    Situation.SECOND_CALL: (
        "Hej igen! {company} här, vi missade ditt samtal. Jag är en {assistant}: svara här så "
        "hjälper jag dig boka eller svarar på frågor. Bli uppringd: skriv RING MIG. {stop}"
    ),
    Situation.REMINDER: (
        "Påminnelse från {company}: din tid för {what} är {when}. Svara här om du vill ändra eller "
        "avboka. Välkommen! {stop}"
    ),
    Situation.CALLBACK_NOTICE: (
        "Hej! {company} här. Vi ringer dig {when}. Passar det inte? Svara här så hittar vi en "
        "annan tid. {stop}"
    ),
    Situation.CALLBACK_CONFIRMED: (
        "Hej! {company} här. Vi ringer dig {when}. Jag är en {assistant}: svara här om du vill ändra "
        "tiden eller avboka samtalet. {stop}. Dina uppgifter: {privacy}"
    ),
    Situation.CALLBACK_EXPIRED: (
        "Hej! {company} här. Vi hann tyvärr inte ringa dig som vi lovade. När passar det i stället? "
        "{choices} Svara här, eller AVBOKA om du inte vill att vi ringer. {stop}"
    ),
    Situation.CALLBACK_UNREACHED: (
        "Hej! {company} här. Vi har försökt ringa dig utan att nå dig. När passar det? {choices} "
        "Svara här, eller AVBOKA om du inte vill att vi ringer. {stop}"
    ),
}
_ENGLISH = {
    Situation.MISSED: (
        "Hi! This is {company}, sorry we missed your call. I am an {assistant}: answer here and "
        "I will help you book or answer questions. To be called back, write CALL ME. {stop}. "
        "Your data: {privacy}"
    ),
    Situation.AFTER_HOURS: (
        "Hi! This is {company}, we were closed when you called. I am an {assistant}: answer here "
        "and I will help you book or answer questions. To be called back, write CALL ME. {stop}. "
        "Your data: {privacy}"
    ),
    Situation.SECOND_CALL: (
        "Hi again! This is {company}, sorry we missed your call. I am an {assistant}: answer "
        "here and I will help you book or answer questions. To be called back, write CALL ME. "
        "{stop}"
    ),
    Situation.REMINDER: (
        "Reminder from {company}: your {what} is on {when}. Answer here if you would like to "
        "change or cancel. Welcome! {stop}"
    ),
    Situation.CALLBACK_NOTICE: (
        "Hi! This is {company}. We will call you {when}. If that does not suit you, answer here "
        "and we will find another time. {stop}"
    ),
    Situation.CALLBACK_CONFIRMED: (
        "Hi! This is {company}. We will call you {when}. I am an {assistant}: answer here to change "
        "the time or to cancel the call. {stop}. Your data: {privacy}"
    ),
    Situation.CALLBACK_EXPIRED: (
        "Hi! This is {company}. Sorry, we did not manage to call you as promised. When would suit you "
        "instead? {choices} Answer here, or CANCEL if you do not want us to call. {stop}"
    ),
    Situation.CALLBACK_UNREACHED: (
        "Hi! This is {company}. We have tried to call you without reaching you. When would suit you? "
        "{choices} Answer here, or CANCEL if you do not want us to call. {stop}"
    ),
}
BUILT_IN: Mapping[tuple[Situation, str], str] = {
    (situation, language): text
    for language, texts in zip(LANGUAGES, (_SWEDISH, _ENGLISH), strict=True)
    for situation, text in texts.items()
}
"""By situation and language (`sv`, `en`)."""

_MOST_NAME_SIGNS = 60  # leaves a built-in text and a privacy notice's address room in two parts
_MOST_SIGNS = 1000
_PLACEHOLDER = re.compile(r"( ?)\{([^{}]*)\}")
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
_ASSISTANT = {"sv": "automatisk assistent", "en": "automatic assistant"}
_STOP = {"sv": "Inga fler sms: STOPP", "en": "No more texts: STOP"}
_AT = {"sv": "kl", "en": "at"}
_WEEKDAYS = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


@dataclass(frozen=True, slots=True)
class Template:
    """Words for a situation; an empty `did` or `queue` means any. `did` is E.164."""

    situation: Situation
    language: str
    text: str
    did: str = ""
    queue: str = ""


class Wrong(StrEnum):
    """What can be wrong with a template; the value is the sentence, and `%s` what it is about."""

    EMPTY = "The text is empty; write something to send."
    TOO_LONG = "The text is too long; write at most 1000 characters."
    UNPRINTABLE = "The text holds characters that can't be shown; write it again."
    BRACE = "A curly bracket is not closed, or not opened; write placeholders like {company}."
    UNKNOWN = "There is no placeholder {%s}."
    MISSING = "The placeholder {%s} is missing; the first text to a caller must have it."


def chosen(
    own: Collection[Template], situation: Situation, language: str, did: str = "", queue: str = ""
) -> Template:
    """The most particular template that fits: DID and queue, queue, DID, neither, built in.

    Args:
        own: All templates of the company.
        situation: One that has built-in words.
        language: `sv`, `en`; any other is taken for the first of `LANGUAGES`.
        did: The number that was called, E.164; "" when it is not known.
        queue: The queue that the caller waited in; "" when there was none.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]
    fitting = [
        template
        for template in own
        if (template.situation, template.language) == (situation, language)
        and template.did in ("", did)
        and template.queue in ("", queue)
    ]
    built_in = Template(situation, language, BUILT_IN[situation, language])
    return max(fitting, key=lambda fits: (bool(fits.queue), bool(fits.did)), default=built_in)


def words(business: Business, at: datetime, language: str, privacy_url: str) -> dict[str, str]:
    """What stands for the placeholders that need no more than the company.

    Args:
        business: The company.
        at: When the text will be read, aware; the next opening is counted from there.
        language: As in `chosen`.
        privacy_url: Address of the privacy notice.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]
    return {
        "company": " ".join(business.name.split())[:_MOST_NAME_SIGNS].strip(),
        "phone": business.phone,
        "opens": _opens(business, at, language),
        "assistant": _ASSISTANT[language],
        "stop": _STOP[language],
        "privacy": privacy_url,
    }


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text to send: placeholders replaced, made GSM-7 where nothing is lost.

    Args:
        text: Of a template that `check` has passed.
        words: By placeholder's name; one that has no word is left out with its space.
    """

    def word(found: re.Match[str]) -> str:
        said = words.get(found[2], "")
        return f"{found[1]}{said}" if said else ""

    return to_gsm7(_PLACEHOLDER.sub(word, text).strip())


def faults(situation: Situation, text: str) -> tuple[tuple[Wrong, str], ...]:
    """Everything that is wrong with the text as a template, and what it is about, `""` if nothing."""
    return tuple(_faults(situation, text))


def check(situation: Situation, text: str) -> None:
    """Whether the text can be a template.

    Raises:
        BadInput: A line for every fault: an unknown placeholder, a brace that is not closed, one
            that the law asks for and that is missing, nothing at all.
    """
    lines = [wrong.replace("%s", about) for wrong, about in _faults(situation, text)]
    if lines:
        raise BadInput("\n".join(lines), "text")


def _faults(situation: Situation, text: str) -> Iterator[tuple[Wrong, str]]:
    if not text.strip():
        yield Wrong.EMPTY, ""
        return
    if len(text) > _MOST_SIGNS:
        yield Wrong.TOO_LONG, ""
    if _UNPRINTABLE.search(text):
        yield Wrong.UNPRINTABLE, ""
    named = {name for _, name in _PLACEHOLDER.findall(text)}
    if set("{}") & set(_PLACEHOLDER.sub("", text)):
        yield Wrong.BRACE, ""
    for name in sorted(named - PLACEHOLDERS.keys()):
        yield Wrong.UNKNOWN, name
    for name in sorted(NEEDED.get(situation, frozenset()) - named):
        yield Wrong.MISSING, name


def _opens(business: Business, at: datetime, language: str) -> str:
    """`måndag kl 09:00`, or nothing when no opening is known."""
    opening = next_opening(business, at)
    if opening is None:
        return ""
    local = opening.opens_at.astimezone(business.zone)
    return f"{_WEEKDAYS[language][local.weekday()]} {_AT[language]} {local:%H:%M}"
