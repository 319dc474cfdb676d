"""How a template would look and what it would cost, with sample words.

In: a template's text, the company's facts, prices and rules. Out: `views.Preview`. Nothing is stored.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from babel.dates import format_datetime
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.settings.views import Preview
from portal_api.visitors import address_of, portal_of
from ringback.business import Business
from ringback.prices import part_e4
from ringback.segments import count, to_gsm7
from ringback.store.companies import business, sms_numbers
from ringback.store.prices import prices
from ringback.store.texting import privacy_url, texting
from ringback.templates import filled, words

_IN_TWO_DAYS = timedelta(days=2)
_SAMPLE_HOUR = 10
_NOTHING_BOOKED = {"sv": "klippning", "en": "haircut"}


async def preview_of(request: Request, session: AsyncSession, text: str, language: str) -> Preview:
    """The text filled with sample words, counted and priced.

    The price is that of the account whose number is taken first, in the first country that the
    company texts to. A text that can't be counted yet comes back without figures.
    """
    company, now = await business(session), portal_of(request).clock()
    rules = await texting(session)
    samples = words(company, now, language, await privacy_url(session, address_of(request)))
    shown = filled(text, samples | _sample_booking(company, now, language))
    if not shown or not _is_sound(shown):
        return Preview(shown.encode(errors="replace").decode())
    size = count(shown)
    numbers = await sms_numbers(session)
    account = numbers[0].provider if numbers else ""
    country = rules.countries[0] if rules.countries else ""
    today = now.astimezone(company.zone).date()
    price_e4 = part_e4(await prices(session), account, country, today)
    odd = _unique(sign for sign in shown if count(sign).encoding == "ucs2")
    return Preview(
        text=shown,
        encoding=size.encoding,
        units=size.units,
        parts=size.parts,
        cost_e4=size.parts * price_e4,
        part_e4=price_e4,
        odd=odd if size.encoding == "ucs2" else (),
        typographic=typographic(text),
        too_long=size.parts > rules.limits.most_parts,
    )


def typographic(text: str) -> tuple[str, ...]:
    """The characters that word processors write for plain ones, named where they can't be seen."""
    return _unique(sign for sign in unicodedata.normalize("NFC", text) if _plain_of(sign) != sign)


def made_plain(text: str) -> str:
    """The text with each of them made plain; emoji and other scripts stay."""
    return "".join(map(_plain_of, unicodedata.normalize("NFC", text)))


def _plain_of(sign: str) -> str:
    """The same after a full stop: alone, a sign that nobody sees would leave nothing to send."""
    return to_gsm7("." + sign)[1:]


def _unique(signs: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order; spaces and signs that take no room by their names."""
    return tuple(
        sign if sign.isprintable() and not sign.isspace() else unicodedata.name(sign, "?").lower()
        for sign in dict.fromkeys(signs)
    )


def _is_sound(text: str) -> bool:
    """Whether it can be counted: no half of a surrogate pair."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _sample_booking(company: Business, now: datetime, language: str) -> dict[str, str]:
    local = (now + _IN_TWO_DAYS).astimezone(company.zone).replace(hour=_SAMPLE_HOUR, minute=0)
    pattern = "EEEE d MMMM 'kl' HH:mm" if language == "sv" else "EEEE d MMMM 'at' HH:mm"
    day = format_datetime(local, "EEEE d MMMM", company.zone, language)
    return {
        "what": company.services[0].names[0] if company.services else _NOTHING_BOOKED[language],
        "when": format_datetime(local, pattern, company.zone, language),
        "choices": f"1) {day} 13:00-15:00, 2) {day} 15:00-17:00.",
    }
