"""What came from outside, made fit to be kept: nothing that a database or a page chokes on. Pure.

In: strings as providers deliver them. Out: strings without halves of characters and without NUL; ids
of a bounded length. What is well formed, which is nearly all, is left as it is.
"""

from dataclasses import replace
from hashlib import sha256

from ringback.messages import Inbound, Receipt

_LONGEST_ID = 200
"""Letters; the longest of any provider that we know has 64, and an index takes no novels."""
_MISSING = "\ufffd"


def storable_inbound(inbound: Inbound) -> Inbound:
    """The same text, with all its strings fit to be kept."""
    return replace(
        inbound,
        provider_id=storable_id(inbound.provider_id),
        sender=storable_text(inbound.sender),
        recipient=storable_text(inbound.recipient),
        text=storable_text(inbound.text),
    )


def storable_receipt(receipt: Receipt) -> Receipt:
    """The same receipt, with all its strings fit to be kept."""
    return replace(
        receipt,
        token=storable_id(receipt.token) if receipt.token else None,
        provider_id=storable_id(receipt.provider_id) if receipt.provider_id else None,
        other_ids=tuple(storable_id(one) for one in receipt.other_ids if one),
        raw_code=storable_text(receipt.raw_code)[:_LONGEST_ID],
    )


def storable_text(text: str) -> str:
    """A sign that says so stands where half a character or a NUL was; the rest is kept."""
    whole = "".join(_MISSING if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    return whole.replace("\0", _MISSING)


def storable_id(given: str) -> str:
    """An id as it is, or a fingerprint of one that can't be kept: still the same each time."""
    if len(given) <= _LONGEST_ID and given == storable_text(given):
        return given
    return sha256(given.encode("utf-8", "surrogatepass")).hexdigest()
