"""What came from outside, made fit to be kept: nothing that a database or a page chokes on. Pure.

In: strings and numbers as providers deliver them, in texts, receipts and answers. Out: strings without
halves of characters and without NUL; ids of a bounded length; numbers that a column holds, or none.
What is well formed, which is nearly all, is left as it is. An answer and a receipt that name the same
odd id still do so afterwards.
"""

import re
from dataclasses import replace
from hashlib import sha256

from ringback.messages import Accepted, Inbound, Outcome, Receipt
from sms_gateway.provider import Found

_LONGEST_ID = 200
"""Letters; the longest of any provider that we know has 64, and an index takes no novels."""
_LONGEST_REASON = 1_000
_LARGEST = 2**31 - 1
"""Of a column of whole numbers. A text that cost more, 200 000 kr, is a mistake of the provider's:
to count it would stop all other texts of its company for a month."""
_MISSING = "\ufffd"
_UNFIT = re.compile("[\0\ud800-\udfff]")


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
        cost_e4=_storable_number(receipt.cost_e4),
    )


def storable_outcome(outcome: Outcome) -> Outcome:
    """The same answer to a send: whatever stands in it, it can be written down."""
    if not isinstance(outcome, Accepted):
        return replace(outcome, reason=storable_text(outcome.reason)[:_LONGEST_REASON])
    return replace(
        outcome,
        provider_id=storable_id(outcome.provider_id),
        parts=_storable_number(outcome.parts),
        cost_e4=_storable_number(outcome.cost_e4),
        part_ids=tuple(map(storable_id, outcome.part_ids)),
    )


def storable_found(found: Found) -> Found:
    """The same find of a look-up."""
    return replace(
        found,
        provider_id=storable_id(found.provider_id),
        parts=_storable_number(found.parts),
        cost_e4=_storable_number(found.cost_e4),
    )


def storable_text(text: str) -> str:
    """A sign that says so stands where half a character or a NUL was; the rest is kept."""
    return _UNFIT.sub(_MISSING, text)


def storable_id(given: str) -> str:
    """An id as it is, or a fingerprint of one that can't be kept: still the same each time."""
    if len(given) <= _LONGEST_ID and given == storable_text(given):
        return given
    return sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def _storable_number(told: int | None) -> int | None:
    """A count or a price as it is; one that can't be true was not told."""
    return told if told is not None and 0 <= told <= _LARGEST else None
