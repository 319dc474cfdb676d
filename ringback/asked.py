"""What a program of the company's asks for: one text to one number, and whether it can be sent at all.

In: the request's parts, checked as far as that goes without the database; the company's terms. Out:
nothing, or why not in plain words. Pure; asked by `store.outgoing` in the transaction that keeps the
text. What may change until the text goes out (opt-outs, budgets, hours) is asked then, by the policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ringback.errors import BadInput
from ringback.phone import country, is_mobile
from ringback.policy import NumberRule
from ringback.prices import Price, part_e4
from ringback.segments import Parts
from ringback.texting import Texting


class AnotherBody(BadInput):
    """The same idempotency key came with another request before."""


class NotSendable(BadInput):
    """The request is well formed, but such a text is not sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that a program asks for.

    Attributes:
        author: `api:` and the key's id.
        recipient: E.164.
        text: As it shall be read.
        size: Of the text.
        language: Of a conversation that must be opened; "" for the company's.
        key: What makes the same request twice one text, in the program's words; "" for none.
    """

    author: str
    recipient: str
    text: str
    size: Parts
    language: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a company's texts to new recipients.

    Attributes:
        our_number: E.164 that they are sent from; "" when the company has none.
        provider: The account that it is at.
        language: Of conversations.
        rules: The company's own.
        prices: All that are entered.
        day: In the company's zone, for the prices.
        own: The company's own numbers, E.164.
    """

    our_number: str
    provider: str
    language: str
    rules: Texting
    prices: Sequence[Price]
    day: date
    own: frozenset[str] = frozenset()

    def part_e4(self, recipient: str = "") -> int:
        """The price of a part to a number, without one to the company's first country."""
        land = country(recipient) if recipient else self.rules.countries[0]
        return part_e4(self.prices, self.provider, land, self.day)


def against(one: Asked, terms: Terms, rule: NumberRule | None) -> BadInput | None:
    """What will be no better when the text is about to go out, so that it is told at once."""
    land = country(one.recipient)
    if rule is NumberRule.OWN or one.recipient in terms.own:
        return NotSendable("to: this is the company's own number; write the recipient's.", "to")
    if land not in terms.rules.countries:
        return NotSendable(
            f"to: the company sends no texts to {land or 'such numbers'}. "
            "Allow the country in the portal under Settings, or write another number.",
            "to",
        )
    if rule is not NumberRule.TEXTABLE and not is_mobile(one.recipient):
        return NotSendable(
            "to: this is no mobile number. If it takes texts all the same, put it on the list of "
            "fixed lines that do, in the portal under Settings, Numbers.",
            "to",
        )
    return _too_long(one, terms)


def _too_long(one: Asked, terms: Terms) -> BadInput | None:
    most = terms.rules.limits.most_parts
    if one.size.parts <= most:
        return None
    return NotSendable(
        f"The text needs {one.size.parts} parts ({one.size.encoding}); the company's limit is {most}. "
        "Shorten it, or raise the limit in the portal under Settings."
    )


def another_body() -> BadInput:
    """What who uses a key twice is told."""
    return AnotherBody(
        "This Idempotency-Key came with another text or number before. Use a new key for each text."
    )
