"""What the pages about one conversation show: plain frozen values, like those of `views.py`.

In: `conversation_rows.py` and `ai_log.py` fill them from rows. Out: the templates.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal_api.views import BookingEntry, Wanted

Act = Literal["take", "write", "hand_back"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the assistant took from a message: its name there, and the value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """How a message was understood and what came of it: the AI log of one turn.

    Attributes:
        engine: `built-in` or the model's name.
        understood: What was taken from the text.
        decided: The effects, by name (`Book`, `HandOver`, ...) in `value`; empty when it only
            answered.
        took_ms: In milliseconds.
        dropped: The log's days are over; what is left is how long it took.
    """

    engine: str
    understood: tuple[Fact, ...]
    decided: tuple[Fact, ...]
    took_ms: int
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class TurnLog:
    """One turn of the AI log in full.

    Attributes:
        message_id: The text that was answered.
        at: When that came.
        engine: `builtin`, `model`, or `rules` where neither was asked.
        version: Of the engine, or the model's name.
        understood: What was taken from the text.
        proposed: What the engine asked for: times, its tools' calls.
        decided: As in `Understanding`.
        used: Headings of what the answer rests on; the id of one that is gone.
        refused: What the guards did not let through: the rule, and the words that broke it.
        unanswered: It was asked what the company's information does not answer.
        took_ms: In milliseconds.
        tokens_in: Sent to a model; None when none was asked.
        tokens_out: Received.
        cost_e4: 1/10 000 kr.
        dropped: The log's days are over; what counted and cost is left.
    """

    message_id: str
    at: datetime
    engine: str
    version: str
    understood: tuple[Fact, ...] = ()
    proposed: tuple[Fact, ...] = ()
    decided: tuple[Fact, ...] = ()
    used: tuple[str, ...] = ()
    refused: tuple[Fact, ...] = ()
    unanswered: bool = False
    took_ms: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_e4: int | None = None
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class AiLogView:
    """The AI log of one conversation, oldest turn first.

    Attributes:
        id: The conversation's public id.
        caller: Readable number.
        turns: The last 50, or the 50 before the number that was asked for.
        next: What to ask for as `before` to see those before these, or None.
        texts: Whether the visitor may read the conversation's texts as well.
    """

    id: str
    caller: str
    turns: tuple[TurnLog, ...]
    next: int | None = None
    texts: bool = True


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One text in a conversation.

    Attributes:
        id: Public id.
        at: When it was received, or put in the queue.
        author: `caller`, `assistant`, `person` or `program` (of the company's, by the API).
        text: In full.
        person: Who wrote it, when author is `person`; the key's name when it is `program`.
        state: A `MessageState`; None on what the caller wrote.
        why: A code of `wording.NO_TEXT`, or the operator's own words.
        held_until: When a text that is held will be sent.
        parts: How many parts it is billed as; None when it is not known.
        cost_e4: What it cost, 1/10 000 kr; None when it is not known.
        account: What it was sent through, when the company has several accounts.
        turn: How a received text was understood, once that is done.
    """

    id: str
    at: datetime
    author: Literal["caller", "assistant", "person", "program"]
    text: str
    person: str = ""
    state: str | None = None
    why: str = ""
    held_until: datetime | None = None
    parts: int | None = None
    cost_e4: int | None = None
    account: str = ""
    turn: Understanding | None = None


@dataclass(frozen=True, slots=True)
class CallNote:
    """A missed call as the conversation page tells it; `why` as in `MissedRow.text_why`."""

    at: datetime
    reason: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation, oldest message first.

    Attributes:
        id: Public id.
        caller: Readable number.
        name: The caller's name, when it is known.
        our_number: The number that the texts come from, readable.
        owner: `assistant`, `person` or `nobody`.
        owner_name: Who, when the owner is a person.
        owner_since: Since when, where it was ever taken over.
        acts: What the visitor may do about who answers: take over, write, hand back.
        whole_log: Whether the visitor may read the AI log in full.
        state: See `wording.CONVERSATION`.
        opened_at: When the first text was put in the queue.
        closed_at: When it ended, or None.
        calls: The missed calls it covers, oldest first.
        messages: The last 50, or the 50 before the number that was asked for.
        bookings: The caller's appointments, next first.
        next: What to ask for as `before` to see the texts before these, or None.
        latest: Whether the newest text is among them.
        opted_out: The caller wants no texts.
        opted_out_by: Who told us: `caller`, `provider` or `staff`.
        wanted: What the caller waits for a person to do, oldest first.
    """

    id: str
    caller: str
    our_number: str
    owner: Literal["assistant", "person", "nobody"]
    state: str
    opened_at: datetime
    messages: tuple[ThreadMessage, ...]
    name: str | None = None
    owner_name: str = ""
    owner_since: datetime | None = None
    acts: tuple[Act, ...] = ()
    whole_log: bool = False
    closed_at: datetime | None = None
    calls: tuple[CallNote, ...] = ()
    bookings: tuple[BookingEntry, ...] = ()
    next: int | None = None
    latest: bool = True
    opted_out: bool = False
    opted_out_by: str = ""
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyBox:
    """Where a person writes to the caller.

    Attributes:
        key: Sent with the text, so that pressing twice is one text.
        text: What is typed, as it was sent to us.
        fault: Why it was not accepted, as a msgid or in words; or empty.
        faster: Who took the conversation over before the visitor.
    """

    key: str
    text: str = ""
    fault: str = ""
    faster: str = ""


@dataclass(frozen=True, slots=True)
class TextSize:
    """What a text that is being typed would be billed as; `odd` is what makes it dear."""

    units: int
    parts: int
    most_parts: int
    plain: bool
    odd: tuple[str, ...] = ()
