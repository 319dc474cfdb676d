"""Which numbers may be rung back. Pure.

In: a number as it was keyed, spoken of by a program or shown by the PBX. Out: E.164, or why not: a
wish to be rung at a premium or foreign number is how fraudsters are paid (toll fraud).
Source: Google's numbering data through `phonenumbers`; Swedish series after PTS's numbering plan.
"""

from collections.abc import Collection
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType as Type

from ringback.phone import country, to_e164

_SUBSCRIBERS = frozenset(
    {Type.FIXED_LINE, Type.MOBILE, Type.FIXED_LINE_OR_MOBILE, Type.VOIP, Type.UAN, Type.TOLL_FREE}
)
_COSTLY = frozenset({Type.PREMIUM_RATE, Type.SHARED_COST})


class NotCallable(StrEnum):
    """Why a number is not rung; the value is the sentence."""

    NO_NUMBER = "That is no telephone number; write it with its area code, like 070-174 06 05."
    PREMIUM = "Numbers that cost extra are not rung back."
    FOREIGN = "Numbers in that country are not rung back."
    FORBIDDEN = "Numbers of that kind are not rung back."
    OWN = "The company's own numbers are not rung back."


def callable_number(
    number: str, countries: Collection[str], home: str = "SE", own: Collection[str] = ()
) -> tuple[str, None] | tuple[None, NotCallable]:
    """The number in E.164 when it may be rung, else why not.

    Args:
        number: As `ringback.phone.to_e164` takes it.
        countries: ISO 3166 codes of countries whose numbers may be rung.
        home: The country that national forms belong to.
        own: The company's numbers, E.164: a call to one would come back as a caller.
    """
    e164 = to_e164(number, home)
    if e164 is None:
        return None, NotCallable.NO_NUMBER
    if e164 in own:
        return None, NotCallable.OWN
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    if kind in _COSTLY:
        return None, NotCallable.PREMIUM
    if country(e164) not in countries:
        return None, NotCallable.FOREIGN
    if kind not in _SUBSCRIBERS:
        return None, NotCallable.FORBIDDEN
    return e164, None
