"""A text, in or out, and what can happen to it. Pure values.

In: nothing. Out: the words that the outbox, the inbox and every SMS provider share. A text goes out
as `Outbound` and comes back as one `Outcome` at once and any number of `Receipt`s later, in any
order, each perhaps twice; `may_follow` says which of them still change anything. What a provider
posts to us arrives as a `WebhookRequest`, so that providers know no web framework and the portal
knows no provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ringback.errors import BadInput


class MessageState(StrEnum):
    """Where a text is, and who moves it there.

    queued → submitting → accepted → delivered, or rejected, failed, unknown. Inbound texts begin
    and end as received.
    """

    QUEUED = "queued"  # by the step that wants the text; by the outbox again after NotAccepted
    SUBMITTING = "submitting"  # by the outbox, committed before the provider is asked
    UNKNOWN = "unknown"  # by the outbox after Unknown, or when it finds `submitting` after a crash
    ACCEPTED = "accepted"  # by the outbox after Accepted, by a receipt, or by a look-up
    DELIVERED = "delivered"  # by a receipt or a look-up; final
    REJECTED = "rejected"  # by the outbox: Rejected, or we may not text (opt-out, budget); final
    FAILED = "failed"  # by a receipt, a look-up, or the outbox when it gives up; final
    RECEIVED = "received"  # by the inbox, for texts from callers; final

    @property
    def rank(self) -> int:
        """How far along the text is; all final states share the highest rank."""
        return _RANK[self]

    @property
    def final(self) -> bool:
        """Whether nothing can change the state any more."""
        return self.rank == _FINAL


_FINAL = 4
_RANK = {
    MessageState.QUEUED: 0,
    MessageState.SUBMITTING: 1,
    MessageState.UNKNOWN: 2,
    MessageState.ACCEPTED: 3,
    MessageState.DELIVERED: _FINAL,
    MessageState.REJECTED: _FINAL,
    MessageState.FAILED: _FINAL,
    MessageState.RECEIVED: _FINAL,
}


def may_follow(old: MessageState, new: MessageState) -> bool:
    """Whether a text in `old` may be moved to `new`.

    States only go forward, so a receipt that comes late, twice or out of order changes nothing. The
    one way back is to queued, when the provider certainly does not have the text: it said so when it
    was asked (from submitting), or a look-up some minutes later showed it (from unknown).

    A provider's id, parts and cost are worth recording even when the state is past accepted: a
    receipt may overtake the answer to the send.
    """
    if new is MessageState.RECEIVED:
        return False
    if new is MessageState.UNKNOWN:
        return old is MessageState.SUBMITTING
    if new is MessageState.QUEUED:
        return old in (MessageState.SUBMITTING, MessageState.UNKNOWN)
    return new.rank > old.rank


@dataclass(frozen=True, slots=True)
class Outbound:
    """A text to send.

    Attributes:
        token: Our own unguessable id of this text; it travels in the receipt URL.
        sender: E.164 when replies are wanted, else a text of 3 to 11 letters and digits.
        recipient: E.164.
        text: As it shall be read; the provider cuts it into parts.

    Raises:
        BadInput: The text is empty or is no valid Unicode (half a surrogate pair).
    """

    token: str
    sender: str
    recipient: str
    text: str

    def __post_init__(self) -> None:
        if not self.text:
            raise BadInput("The text is empty; write something to send.", "text")
        try:
            self.text.encode()
        except UnicodeEncodeError:
            raise BadInput(
                "The text holds half a character (a lone surrogate); write it again.", "text"
            ) from None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from a caller; (provider, provider_id) is the same each time it is delivered to us.

    `sender` is as delivered: mostly E.164, but also a short code or a name, which can't be answered.
    """

    provider: str
    provider_id: str
    sender: str
    recipient: str
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says later about a text; found by our token or by the provider's id.

    Attributes:
        provider: The account that it came from.
        token: Our id of the text, or None when the receipt did not carry it.
        provider_id: The provider's id of the text, or of one part of it; None when it is not told.
        state: Accepted, delivered or failed.
        raw_code: The provider's own word or code, for the record.
        at: When it happened by the provider's clock, else when we heard of it; aware.
        other_ids: Other readings of the id (hexadecimal for decimal), tried in this order.
        cost_e4: What the text cost in all, when the provider tells it only now; as in `Accepted`.
        opted_out: It failed because the recipient has told the provider to stop.
    """

    provider: str
    token: str | None
    provider_id: str | None
    state: MessageState
    raw_code: str
    at: datetime
    other_ids: tuple[str, ...] = ()
    cost_e4: int | None = None
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the text.

    Attributes:
        provider_id: The provider's id of the text.
        parts: What the operator bills, or None when the provider does not say.
        cost_e4: 1/10 000 of the account's currency (5000 is 0.50 kr), or None when not yet known.
        part_ids: The provider's ids of all parts, in order, when it reports on each by itself;
            `provider_id` is the first of them.
    """

    provider_id: str
    parts: int | None
    cost_e4: int | None
    part_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """The provider certainly does not have the text; sending it again is safe after the wait.

    `busy` when it asks us to slow down: it is well, so nobody else is asked meanwhile.
    """

    reason: str
    retry_after_s: float
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused this text for good; `code` is its own, for the record.

    `opted_out` when it did so because the recipient has told the provider to stop.
    """

    code: str
    reason: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class AccountFault:
    """The provider refused us, not the text: stop sending through it and tell the staff.

    The text was not accepted and may be sent when the account works again. `of_sender` when it is only
    the number that it goes out from that the account may not use: texts from others are taken.
    """

    reason: str
    of_sender: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may or may not have the text: never send it again by itself, reconcile."""

    reason: str


Outcome = Accepted | NotAccepted | Rejected | AccountFault | Unknown
"""What one attempt to send led to."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What a provider posted to us, taken out of the web framework.

    Attributes:
        method: In capitals.
        path: Decoded, without the query.
        query: Decoded; the last value of a repeated name.
        headers: Names in small letters.
        form: The decoded form body, empty when the body is none; the last value of a repeated name.
        body: The raw body, for signatures and the record.
        remote_ip: The peer's address, from the trusted proxy when there is one; "" when not known.
        raw_query: The query as it came, for signatures and for what is not UTF-8.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes
    remote_ip: str
    raw_query: str = ""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a provider wants to hear when its webhook was taken; most want nothing at all."""

    status: int = 204
    media_type: str | None = None
    body: bytes = b""
