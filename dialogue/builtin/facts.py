"""Answers to questions: prices, lengths, opening hours, address, rules, questions and answers. Pure.

In: a reading. Out: `Fact`s, the sentences that answer it with what they rest on, all out of the
company's information; none when it has no answer. Prices, lengths, hours and address are told from
the document; the company's own questions, answers and texts are found by `dialogue.answers`.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dialogue.answers.asking import SURE, Found, find_in, index_of
from dialogue.answers.index import ENOUGH, Index
from dialogue.answers.lexicon import SMALL
from dialogue.builtin.assent import asks
from dialogue.builtin.intent import Intent, shows
from dialogue.builtin.offer import tells_offer
from dialogue.builtin.reading import Reading
from dialogue.builtin.refuse import hours_text
from dialogue.builtin.replies import capital, day_text, duration_text, fitted, weekday_text
from dialogue.builtin.words import SMALL_WORDS, listed, normal, plain, stem, words
from ringback.business import WEEKDAYS, Answer
from ringback.hours import intervals_on, is_open, special_day
from ringback.phone import readable

_LISTED_PRICES = 10
_ASKS_THE_SAME = 0.5  # of a heading, where the question shares only what is sold with it
_LONG_STEM = 4
_SHORTENED = 5  # letters of a name that stand for it: "flyttstäd"
_NOW = re.compile(r"\b(?:just )?nu\b|\b(?:right )?now\b|\bfortfarande\b|\bstill\b")
_ASKS_HOURS = re.compile(
    r"\bnär\b|\btid(?:er|erna)?\b|(?<!utanför )\böppettid|\bhur (?:länge|dags)\b|\bhar ni (?:öppet|stängt)\b|"
    r"\bär ni öppna\b|\bwhen\b|\bwhat time\b|(?<!outside )\b(?:opening|business|your) hours\b|"
    r"\bare you (?:open|closed)\b|\bdo you (?:open|close)\b"
)
_URGENT = re.compile(r"\bakut|\bnöd|emergency|läcker|\bjour\b|\burgent")
_AT_ANY_HOUR = re.compile(r"dygnet runt|\bjour|\bakut|\b112\b|\b1177\b|around the clock|24 hours")
_WISHES = re.compile(
    r"\bbok|\btid(?:er)?\b|\bledig|\bkomma\b|\bbook|\bappointment|\bavailab|\bslots?\b|\btimes?\b|\bcome\b"
)
_VERB_FIRST = re.compile(  # a Swedish question without its sign: "samarbetar ni med ..."
    r"^(?:(?:hej\w*|tja|tjena|hallå|och|men|samt|sen|sedan|förresten|jo)[ ,!.]+)*(?:[^\W\d_]+(?:r|s|te|de)|ska|skall|vill|kan) (?:ni|du|man|jag|vi|han|hon|den|det|de|dom)\b|"
    r"^(?:hej\w*[ ,!.]+)?(?:funkar|gäller|ingår|betalar|täcker|räcker|krävs|behövs|fungerar|accepterar|inkluderar|godtar) "
    r"(?!(?:bra|fint|toppen|kanon|perfekt|utmärkt|super\w*|jätte\w*|alldeles|för mig|mig|inte|ej|tyvärr|så|nog)\b)"
)
_TELLS_OF_SELF = re.compile(  # what the company may have an answer to, unasked: "jag är jätterädd för sprutor"
    r"\b(?:jag|hon|han|min [^\W\d_]+|i'?m|i am|he is|she is|my [^\W\d_]+ is)\b(?: [^\W\d_]+){0,4} "
    r"(?:[^\W\d_]*rädd|nervös|skraj|allergisk|allergiker|gravid|ammar|diabetiker|scared|afraid|nervous|anxious|terrified|allergic|"
    r"pregnant|diabetic)\b"
)
_SETTLED = {  # what is answered from the document's own figures, as terms of dialogue.answers
    Intent.PRICE: "#cost",
    Intent.DURATION: "#time_needed",
    Intent.HOURS: "#open",
    Intent.POLICY: "#cancel",
}
_MONEY = re.compile(
    r"\bkr\b|\d ?:-|kron(?:or|a)\b|gratis|\bfria?\b|\bfritt\b|kost|avgift|pris|ingår|%|procent|rabatt|deposition|betal|"
    r"\bfree\b|\bcosts?\b|\bfees?\b|\bincluded\b|\bsek\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A text that answers, and the ids of what it rests on: `faq:<id>`, `hours`, `services`, ..."""

    text: str
    used: tuple[str, ...]


def answers(reading: Reading) -> list[str]:
    """The sentences that answer what the message asks; empty when the company has told none."""
    return [fact.text for fact in facts(reading)]


def facts(reading: Reading) -> list[Fact]:
    """The answers to what the message asks, with what they rest on."""
    found = matching_answers(reading)
    if reading.has(Intent.PRICE) and not reading.meant.services and _names_other_thing(reading):
        found = [one for one in found if _MONEY.search(one.text)]  # "vad kostar bågarna?"
    told = [Fact(text, ("services",)) for text in _money_and_length(reading, bool(found))]
    if not found and not told and reading.has(Intent.PRICE, Intent.DURATION):
        found = matching_answers(reading, by_figures=False)  # "hur länge får man vänta på svar?"
        found = [one for one in found if _MONEY.search(one.text) or not reading.has(Intent.PRICE)]
    if reading.has(Intent.HOURS) and (not found or _ASKS_HOURS.search(reading.text)):
        told += [Fact(text, ("hours",)) for text in _hours(reading)]
    business = reading.business
    if reading.has(Intent.ADDRESS) and business.address and not _other_place(reading, found):
        address = reading.say("address", name=business.name, address=business.address)
        told.append(Fact(address, ("address",)))
    if reading.has(Intent.PHONE) and business.phone:
        told.append(Fact(reading.say("phone", phone=readable(business.phone)), ("phone",)))
    if _asks_rule(reading) and business.cancellation_policy:
        rule = quoted(reading, business.cancellation_policy, "policy_quoted")
        told.append(Fact(rule, ("policy",)))
    own = [one for one in found if all(one.id not in fact.used for fact in told)]
    if own:  # together, since the frame of another language stands around all of it
        text = quoted(reading, " ".join(one.text for one in own))
        told.append(Fact(text, tuple(one.id for one in own)))
    return told


def _asks_rule(reading: Reading) -> bool:
    """Whether the rule of cancelling is asked for; right after one, any price is that of it."""
    memory = reading.memory
    just_cancelled = memory.cancelled and not (memory.services or memory.unsure_services)
    about_that = reading.has(Intent.PRICE) and not reading.meant.services
    return reading.has(Intent.POLICY) or (
        just_cancelled and about_that and not _names_other_thing(reading)
    )


def rested_on(reading: Reading, reply: str | None) -> tuple[str, ...]:
    """The ids of all that a reply says out of the company's information."""
    if not reply:
        return ()
    told = [one for fact in facts(reading) if fitted(fact.text) in reply for one in fact.used]
    told += [f"faq:{one.id}" for one in reading.business.faq if fitted(one.answer) in reply]
    policy = reading.business.cancellation_policy
    told += ["policy"] if policy and fitted(policy) in reply else []
    return tuple(dict.fromkeys(told))


def quoted(reading: Reading, text: str, key: str = "quoted") -> str:
    """A text of the company's; framed in the caller's language when that is another."""
    return reading.say(key, answer=text) if _foreign(reading) else text


def matching_answers(reading: Reading, by_figures: bool = True) -> list[Found]:
    """The company's own answers that fit the message: at most two, one of each question.

    Args:
        reading: Of the message.
        by_figures: Whether the document's own figures answer what they can.
    """
    if _names_only_what_is_sold(reading):
        return []  # "massage imorgon?"
    settled = frozenset(
        term for intent, term in _SETTLED.items() if by_figures and reading.has(intent)
    )
    if reading.has(Intent.HOURS) and not reading.has(Intent.LATE):
        settled |= {"#late"}  # "hur sent har ni öppet?"
    sold = bool(reading.meant.services)

    business = reading.business
    index = index_of(business.faq, business.cancellation_policy, reading.situation.passages)

    def found(text: str) -> tuple[Found, ...]:
        return _found(index, text, _foreign(reading), settled, by_figures and sold)

    told = list(found(reading.text))
    wished = reading.heard.anything or reading.has(Intent.PRICE, Intent.DURATION)
    wished = wished or not asks_something(reading.text)
    if not told or not sold:
        return told
    besides = {one.id for one in found(_without_offer(reading))}

    def fits(one: Found) -> bool:  # "flyttstäd den 29" asks nothing of what tells of flyttstäd
        if one.id in besides:
            return True
        return not wished and (one.near >= _ASKS_THE_SAME or not one.id.startswith("faq:"))

    return [one for one in told if fits(one)]


@lru_cache(maxsize=8)  # a turn asks the same twice, for what it says and for what that rests on
def _found(
    index: Index, text: str, foreign: bool, settled: frozenset[str], sold: bool
) -> tuple[Found, ...]:
    def needed(piece: str) -> float:
        figures = sold and shows(piece, Intent.PRICE, Intent.DURATION)
        wishes = _WISHES.search(piece) and shows(piece, Intent.BOOK, Intent.AVAILABILITY)
        return SURE if figures or wishes or not asks_something(piece) else ENOUGH

    asked = find_in(
        index, text, asks=asks_something, foreign=foreign, settled=settled, needed=needed
    )
    return tuple(asked)


def _without_offer(reading: Reading) -> str:
    """The message without the words for what is sold; "däckhotell" is not däck alone."""

    def left(found: re.Match[str]) -> str:
        word = plain(found.group())
        if word in SMALL:
            return found.group()  # the "up" of "touch up" is also that of "up front"
        short = len(word) >= _SHORTENED and any(name.startswith(word) for name in reading.names)
        cut = stem(word)
        verb = len(cut) >= _LONG_STEM and any(cut in name for name in reading.names)  # "städa"
        return " " if short or verb or cut in sold else found.group()

    sold = {stem(name) for name in reading.names}

    return re.sub(r"[^\W\d_]+", left, reading.text)


def _names_only_what_is_sold(reading: Reading) -> bool:
    """Whether a message says nothing but a service, beside when and words of wishing."""
    if not reading.meant.services:
        return False
    left = (one for one in words(reading.heard.rest) if one not in SMALL_WORDS)
    return all(
        one.isdigit() or _WISHES.search(one) or tells_offer(one, reading.business) for one in left
    )


def _foreign(reading: Reading) -> bool:
    return reading.business.locale.split("-")[0] != reading.language


_AND = re.compile(r"^(?:(?:och|o|å|samt|sen|plus|ok\w*|jaha|men|and|also|but)\b[ ,]*)+")


def asks_something(text: str) -> bool:
    """Whether a text in normal form is put as a question, be it without its sign."""
    text = _AND.sub("", text)  # "och kan man ..." asks, with or without its sign
    if _TELLS_OF_SELF.search(text):
        return True
    return asks(text) or bool(_VERB_FIRST.search(text)) or shows(text, Intent.QUESTION)


def urgent_answer(reading: Reading) -> Answer | None:
    """The company's answer on emergencies, if it has one.

    That is one whose question is about them; else one that tells whom to ring at any hour, when it
    shares anything with the message.
    """
    faq = reading.business.faq
    about = tuple(one for one in faq if _URGENT.search(normal(f"{one.id} {one.question}")))
    helping = about or tuple(one for one in faq if _AT_ANY_HOUR.search(normal(one.answer)))
    hits = index_of(helping, "", ()).search(reading.text, _foreign(reading))
    best = hits[0].entry.id if hits else f"faq:{about[0].id}" if about else ""
    return next((one for one in helping if f"faq:{one.id}" == best), None)


def late_answer(reading: Reading) -> Answer | None:
    """The company's answer to those who will be late, if it has one."""
    late = re.compile(r"\bsen(?:a|t)?\b|försen|\blate\b")
    return next((one for one in reading.business.faq if late.search(normal(one.question))), None)


def _other_place(reading: Reading, found: list[Found]) -> bool:
    """Whether "where" is about parking or the like, so that the address is not asked for."""
    return bool(found) and not re.search(
        r"adress|ligger|address|located|hitta|where are you|"
        r"\bvar (?:\w+ )?(?:håller|finns|sitter|är) (?:ni|du|er|ert|era)\b|"
        r"\bwhere(?:'s| is) (?:your|the) (?:office|shop|store|salon|clinic|studio|place|workshop)\b",
        reading.text,
    )


def _money_and_length(reading: Reading, answered: bool) -> list[str]:
    price = reading.has(Intent.PRICE)
    length = reading.has(Intent.DURATION) and not _VALID.search(reading.text)
    if not (price or length) or _asks_rule(reading) or _only_compares(reading):
        return []
    if not reading.meant.services and _names_other_thing(reading):
        return []
    services = _asked_services(reading)
    if not services:
        return _price_list(reading) if price and not answered else []
    return [_one_price(reading, service, price, length) for service in services[:4]]


def _only_compares(reading: Reading) -> bool:
    """Whether it asks what makes it dearer or cheaper, which no price list tells."""
    left = _COMPARES.sub(" ", reading.text)
    return left != reading.text and not shows(left, Intent.PRICE, Intent.DURATION)


def _names_other_thing(reading: Reading) -> bool:
    """Whether the price or length of something is asked for that the company does not sell.

    Else "vad kostar slingor?" would get the price of what was talked about before.
    """
    things = [match.group("thing") for match in _ASKED_THING.finditer(reading.text)]
    return any(one not in _POINTERS for one in things)


_COMPARES = re.compile(
    r"\b(?:kostar|är|blir) det (?:mer|extra|mindre|dyrare|billigare)\b|\bdoes it cost (?:more|extra|less)\b|"
    r"\bis it (?:cheaper|more expensive|dearer)\b"
)
_VALID = re.compile(  # no visit
    r"\b(?:gäller|giltig\w*|räcker|håller|valid|lasts?|dröjer|väntetid\w*|vänta|leveranstid\w*|sparar|sparas)\b|"
    r"\bhur (?:länge|lång tid) (?:[^\W\d_]+ ){0,6}(?:tills|innan|efteråt|före|klar\w*|färdig\w*)\b|"
    r"\bhow long (?:[^\W\d_]+ ){0,6}(?:until|till|before|after|ready|wait)\b|"
    r"\bhur länge (?:ska|får|kan|måste|bör|behöver|brukar) (?!det ta|besöket|behandlingen|man räkna|jag räkna|en )|"
    r"\bhow long (?:should|must|may|can|do i have to|do i need to|will i have to) (?!it\b|the (?:visit|appointment))"
)
_ASKED_THING = re.compile(
    r"\b(?:kosta\w*|pris\w* (?:på|för|av)|(?:price|cost)s? (?:of|for)|how (?:much|long) (?:is|are|does|do|"
    r"for|would|will)|hur (?:mycket|mkt|mkte|lång tid|länge) (?:är|tar|blir|gäller|varar|för|räcker))"
    r"(?: (?:en|ett|era|ert|the|a|an|your|då|för|ni|det för|hos er))* (?P<thing>[^\W\d_]{2,})"
)
_POINTERS = frozenset(
    listed(
        "nåt något någonting nånting anything something det den detta dessa de ni jag man vi du it that this they these those we you att egentligen "
        "ungefär ca cirka tiden besöket behandlingen bokningen första andra tredje sista first second "
        "third last one ones appointment allt alltihop en ett sån sådan sånt och and hos så per tack "
        "please roughly usually normally tar take cost kostar be mig me my min idag nu today now om if"
    )
)


def _asked_services(reading: Reading) -> tuple[str, ...]:
    memory = reading.memory
    booked = (memory.booked.service,) if memory.booked else ()
    services = reading.meant.services or memory.services or memory.unsure_services or booked
    return tuple(dict.fromkeys(services))


def lacks_price(reading: Reading) -> bool:
    """Whether the price of a service is asked for that the document does not hold."""
    asked = _asked_services(reading) if reading.has(Intent.PRICE) else ()
    return any(reading.business.service(service).price_sek is None for service in asked)


def _one_price(reading: Reading, service_id: str, price: bool, length: bool) -> str:
    service = reading.business.service(service_id)
    key = "price_duration" if price and length else "price" if price else "duration"
    if price and service.price_sek is None:
        key = "no_price"
    return reading.say(
        key,
        service=reading.name_of(service_id),
        price=service.price_sek,
        duration=duration_text(reading.language, service.duration_min),
    )


def _price_list(reading: Reading) -> list[str]:
    priced = [one for one in reading.business.services if one.price_sek is not None]
    if not priced or len(priced) > _LISTED_PRICES:
        return []
    listed = ", ".join(f"{one.names[0]} {one.price_sek} kr" for one in priced)
    return [reading.say("prices", prices=listed)]


def _hours(reading: Reading) -> list[str]:
    days = reading.heard.when.days
    if days and len(days) <= 3:
        return [_hours_of_day(reading, day) for day in days]
    said = []
    if _NOW.search(reading.text):
        open_now = is_open(reading.business, reading.situation.now)
        said.append(reading.say("hours_now" if open_now else "hours_closed_now"))
    said.append(reading.say("hours_week", hours=_week(reading)))
    return said + _special_soon(reading)


def _hours_of_day(reading: Reading, day: date) -> str:
    intervals = intervals_on(reading.business, day)
    special = special_day(reading.business, day, reading.language)
    named = capital(day_text(reading.language, day))
    if intervals:
        return reading.say("hours_day", day=named, hours=hours_text(intervals))
    reason = f" ({special.reason})" if special and special.reason else ""
    return reading.say("closed_day", day=day_text(reading.language, day), reason=reason)


def _week(reading: Reading) -> str:
    """The ordinary week; neighbouring days with the same hours together."""
    hours = [tuple(reading.business.opening_hours.get(day, ())) for day in WEEKDAYS]
    said, start = [], 0
    for day in range(1, 8):
        if day == 7 or hours[day] != hours[start]:
            first = weekday_text(reading.language, start)
            last = weekday_text(reading.language, day - 1)
            span = first if start == day - 1 else f"{first}-{last}"
            closed = "closed" if reading.language == "en" else "stängt"
            said.append(f"{span} {hours_text(hours[start]) or closed}")
            start = day
    return "; ".join(said)


def _special_soon(reading: Reading) -> list[str]:
    """The days of the coming week whose hours differ."""
    today = reading.situation.now.astimezone(reading.business.zone).date()
    week = (today + timedelta(days=n) for n in range(8))
    return [_hours_of_day(reading, day) for day in week if special_day(reading.business, day)]
