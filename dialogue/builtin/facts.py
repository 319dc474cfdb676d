"""Answers to questions: prices, lengths, opening hours, address, rules, questions and answers. Pure.

In: a reading. Out: the sentences that answer it, all out of the company's document; none when the
document has no answer. The company's own answers are found by topic (`_TOPICS`, general words of
both languages) and by the telling words that question and message share.
"""

import re
from datetime import date, timedelta

from dialogue.builtin.intent import Intent
from dialogue.builtin.reading import Reading
from dialogue.builtin.refuse import hours_text
from dialogue.builtin.replies import capital, day_text, duration_text, weekday_text
from dialogue.builtin.words import SMALL_WORDS, listed, normal, stem, words
from ringback.business import WEEKDAYS, Answer
from ringback.hours import intervals_on, is_open, special_day
from ringback.phone import readable

_LISTED_PRICES = 10
_ENOUGH = 1.0
_NOW = re.compile(r"\b(?:just )?nu\b|\b(?:right )?now\b|\bfortfarande\b|\bstill\b")
_TOPICS = tuple(
    re.compile(pattern)
    for pattern in (
        (
            r"\bbetal(?!ade)\w*|\bpay(?:ing|ment)?\w*|\b(?:med|tar|ta|by|with|take|accept|"
            r"emot) (?:\w+ )?(?:kort|cards?)\b|\bkort(?:betalning|köp)|swish|kontant|faktur|"
            r"\bcash\b|invoice|klarna|delbetal|(?:kredit|bank)kort|credit card|installments"
        ),
        r"parker|\bpark(?:ing)?\b|p-?plats|p-?hus|garage|ställa bilen|leave (?:the|my) car",
        (
            r"rullstol|wheelchair|accessib|tillgänglig|\btrapp|\bhiss\b|rullator|\bstairs|"
            r"\bstep-?free|\bramp\b|handikapp|barnvagn"
        ),
        r"presentkort|gift ?(?:card|voucher)|vouchers?\b|gåvokort",
        (
            r"drop-?in|walk-?in|utan (?:att boka|tid|tidsbokning)|without (?:an )?(?:appointment|"
            r"booking)"
        ),
        r"garanti|warrant|guarantee",
        r"\brot\b|\brotavdrag|\brut\b|\brutavdrag|avdrag|deduct",
        r"rädd\b|rädsla|\w+rädd\b|scared|afraid|nervous|nervös|\bfear|anxi|ångest|orolig",
        (
            r"var jobbar|var kör|kommer ni (?:till|ut)|inom \w+ mil|område|\barea\b|framkörning|"
            r"framkörningsavgift|how far|travel|cover|\båker ni"
        ),
        (
            r"\b(?:gratis|fri|free)\b.*\b(?:barn|unga|ungdom\w*|kids|child\w*|teen\w*)|\b(?:barn|"
            r"unga|ungdom\w*|kids|child\w*)\b.*\b(?:gratis|fri|free|kostar|cost\w*)"
        ),
        r"\bblir? sen\b|försen|\blate\b|för sent",
        r"\bakut|\bemergency|\bjour\b|läcker|\bnöd",
        r"\brabatt|discount|student|pensionär|senior",
        r"\bwi-?fi\b|internet",
        r"\bhund\b|\bhusdjur|\bdjur\b|\bpets?\b|\bdogs?\b",
        r"\bförsäkring|insurance|försäkringskassan",
        r"\bspråk|engelska|language|speak english",
        r"\bboka online|book online|webb|hemsida|website",
        r"\bmedlem|member",
        r"\bgravid|pregnan",
    )
)
_TELLS_NOTHING = frozenset(
    stem(word)
    for word in listed(
        "komma kommer hej hur vad var när vilka vilken vem kan man har ni finns gör går det ja får tar bli "
        "blir någon något nån om och inte jag ska vill skulle behöver erbjuder säljer jobbar tid "
        "tider boka bokar bokning kostar kosta pris er era mycket hos do does you can i is are "
        "there how what where much have a the sell offer get it your any time appointment book "
        "tack please hjälpa hjälp help gäller bra dag vecka så att vara vid upp ut in nu här där "
        "också bara lite gärna undrar fråga"
    )
) | {stem(word) for word in SMALL_WORDS}


def answers(reading: Reading) -> list[str]:
    """The sentences that answer what the message asks; empty when the document holds none."""
    said: list[str] = []
    found = matching_answers(reading)
    said += _money_and_length(reading, bool(found))
    if reading.has(Intent.HOURS):
        said += _hours(reading)
    if (
        reading.has(Intent.ADDRESS)
        and reading.business.address
        and not _other_place(reading, found)
    ):
        business = reading.business
        said.append(reading.say("address", name=business.name, address=business.address))
    if reading.has(Intent.PHONE) and reading.business.phone:
        said.append(reading.say("phone", phone=readable(reading.business.phone)))
    if reading.has(Intent.POLICY) and reading.business.cancellation_policy:
        said.append(quoted(reading, reading.business.cancellation_policy, "policy_quoted"))
    if found:
        said.append(quoted(reading, " ".join(answer.answer for answer in found)))
    return said


def quoted(reading: Reading, text: str, key: str = "quoted") -> str:
    """A text of the document; framed in the caller's language when that is another."""
    written_in = reading.business.locale.split("-")[0]
    return text if written_in == reading.language else reading.say(key, answer=text)


def matching_answers(reading: Reading) -> tuple[Answer, ...]:
    """The company's answers that fit the message: at most two, the best of each topic."""
    asks = reading.asks or reading.has(Intent.QUESTION)
    text = reading.heard.rest or reading.text
    found = []
    for answer in reading.business.faq:
        score = _topic_score(answer, reading.text) + _word_score(answer, text)
        if score >= (_ENOUGH if asks else 2 * _ENOUGH):
            found.append((score, answer))
    found.sort(key=lambda one: -one[0])
    return tuple(answer for score, answer in found[:2] if score >= found[0][0] / 2)


def urgent_answer(reading: Reading) -> Answer | None:
    """The company's answer on emergencies, if it has one."""
    urgent = re.compile(r"\bakut|\bnöd|emergency|läcker|\bjour\b|\burgent")
    about = [
        one for one in reading.business.faq if urgent.search(normal(f"{one.id} {one.question}"))
    ]
    return max(about, key=lambda one: _word_score(one, reading.text), default=None)


def late_answer(reading: Reading) -> Answer | None:
    """The company's answer to those who will be late, if it has one."""
    late = re.compile(r"\bsen(?:a|t)?\b|försen|\blate\b")
    return next((one for one in reading.business.faq if late.search(normal(one.question))), None)


def _topic_score(answer: Answer, text: str) -> float:
    about = normal(f"{answer.id.replace('_', '-')} {answer.question}")
    return sum(1.5 for topic in _TOPICS if topic.search(text) and topic.search(about))


def _word_score(answer: Answer, text: str) -> float:
    """Telling words shared with the question count one, with the answer alone half."""
    asked = _stems(text)
    if _same_question(answer, text):
        return 2 * _ENOUGH
    question, told = (
        _stems(f"{answer.id.replace('_', ' ')} {answer.question}"),
        _stems(answer.answer),
    )
    long_told = {one for one in told if len(one) >= 5}
    return len(asked & question) + 0.5 * len((asked & long_told) - question)


def _same_question(answer: Answer, text: str) -> bool:
    """Whether most words are the same, however little each of them tells."""
    asked, question = set(words(text)), set(words(normal(answer.question)))
    return len(asked & question) >= max(3, 0.6 * len(asked | question))


def _stems(text: str) -> set[str]:
    stems = {stem(word) for word in words(normal(text)) if not word.isdigit()}
    return {one for one in stems if len(one) >= 3} - _TELLS_NOTHING


def _other_place(reading: Reading, found: tuple[Answer, ...]) -> bool:
    """Whether "where" is about parking or the like, so that the address is not asked for."""
    return bool(found) and not re.search(
        r"adress|ligger|address|located|hitta|where are you", reading.text
    )


def _money_and_length(reading: Reading, answered: bool) -> list[str]:
    price = reading.has(Intent.PRICE)
    length = reading.has(Intent.DURATION) and not _VALID.search(reading.text)
    if not (price or length) or reading.has(Intent.POLICY):
        return []
    if not reading.meant.services and _names_other_thing(reading):
        return []
    services = _asked_services(reading)
    if not services:
        return [] if answered else _price_list(reading)
    return [_one_price(reading, service, price, length) for service in services[:4]]


def _names_other_thing(reading: Reading) -> bool:
    """Whether the price or length of something is asked for that the company does not sell.

    Else "vad kostar slingor?" would get the price of what was talked about before.
    """
    things = [match.group("thing") for match in _ASKED_THING.finditer(reading.text)]
    return any(one not in _POINTERS for one in things)


_VALID = re.compile(r"\b(?:gäller|giltig\w*|räcker|håller|valid|lasts?)\b")  # no visit
_ASKED_THING = re.compile(
    r"\b(?:kosta\w*|pris\w* (?:på|för|av)|(?:price|cost)s? (?:of|for)|how (?:much|long) (?:is|are|does|do|"
    r"for|would|will)|hur (?:mycket|mkt|mkte|lång tid|länge) (?:är|tar|blir|gäller|varar|för|räcker))"
    r"(?: (?:en|ett|era|ert|the|a|an|your|då|för|ni|det för|hos er))* (?P<thing>[^\W\d_]{2,})"
)
_POINTERS = frozenset(
    listed(
        "det den detta dessa de ni jag man vi du it that this they these those we you att egentligen "
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
    intervals, special = intervals_on(reading.business, day), special_day(reading.business, day)
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
