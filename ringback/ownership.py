"""Who answers in a conversation: the assistant, one person, or nobody. Pure.

In: how a conversation is owned, and who wants to do what. Out: nothing, or why not. Asked by
`store.ownership` under the conversation's lock; what the assistant may still send is asked by the
outbox (`ringback.policy`), for it may have been put in line before somebody took over.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ringback.errors import RingbackError


class Owner(StrEnum):
    """Who answers what the caller writes."""

    ASSISTANT = "assistant"
    PERSON = "person"
    NOBODY = "nobody"


class No(StrEnum):
    """Why somebody may not do what they asked for."""

    ANOTHER = "another"  # person has it
    NOT_YOURS = "not_yours"  # no person has it: it must be taken over first
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Owned:
    """How a conversation is owned.

    Attributes:
        owner: Who answers.
        person: The user's id when that is a person.
        since: From when; None when nobody ever took it over. Aware.
        closed: The conversation has ended.
    """

    owner: Owner
    person: UUID | None = None
    since: datetime | None = None
    closed: bool = False

    def is_of(self, user: UUID) -> bool:
        """Whether this person has it."""
        return self.owner is Owner.PERSON and self.person == user

    def is_of_another(self, user: UUID) -> bool:
        """Whether some other person has it."""
        return self.owner is Owner.PERSON and self.person != user


class NotYours(RingbackError):
    """Somebody may not write, take or hand back now; carries who may.

    Attributes:
        why: The rule.
        name: Who has the conversation, when that is another person.
        since: From when.
    """

    def __init__(self, why: No, name: str = "", since: datetime | None = None):
        super().__init__(_SENTENCES[why] % (name or "Somebody else"))
        self.why = why
        self.name = name
        self.since = since


_SENTENCES = {
    No.ANOTHER: "%s has this conversation; ask for it to be handed back, then take it over.",
    No.NOT_YOURS: "Take the conversation over first, then write.%.0s",
    No.CLOSED: "The conversation is closed; call the caller instead.%.0s",
}


def against_taking(talk: Owned, user: UUID) -> No | None:
    """Why a person may not take a conversation over; one who has it already may."""
    if talk.closed:
        return No.CLOSED
    return No.ANOTHER if talk.is_of_another(user) else None


def against_writing(talk: Owned, user: UUID) -> No | None:
    """Why a person may not text the caller: only who has taken over does."""
    if talk.closed:
        return No.CLOSED
    if talk.is_of_another(user):
        return No.ANOTHER
    return None if talk.is_of(user) else No.NOT_YOURS


def against_handing_back(talk: Owned, user: UUID, *, for_others: bool) -> No | None:
    """Why a person may not give a conversation back to the assistant.

    Args:
        talk: The conversation.
        user: Who wants to.
        for_others: Whether the role lets them do so for who has gone home.
    """
    if talk.closed:
        return No.CLOSED
    return No.ANOTHER if talk.is_of_another(user) and not for_others else None


def is_passed_over(talk: Owned, written_at: datetime) -> bool:
    """Whether an answer of the assistant's that waits to be sent must not be sent any more.

    A person has the conversation by now, or had it since the answer was written.
    """
    if talk.owner is not Owner.ASSISTANT:
        return True
    return talk.since is not None and written_at < talk.since
