"""Which texts that come in are the same one, delivered again. Pure.

In: texts as they come, and how each was answered. Out: an id for each, the same for a repeat. Stands
before `receive`, which takes each id once.

SMPP gives a caller's text no id. An id made of its words and the minute would drop the second of two
texts that say "Ja", each to another question; an id that is always new would take one text twice
when our answer was lost and the SMSC delivers it again. So a text counts as a repeat only when the
SMSC has reason to repeat one with the same words, namely when our answer to that one

- was never sent, or was "later"; or
- came so late that the SMSC may have given up waiting; or
- was written to a line that ended before the SMSC had shown, by answering what we wrote after it,
  that it had read so far,

and only for a quarter of an hour. What this can't know: a process that was killed between storing a
text and answering it forgets that it owes an answer; that text is taken twice, not lost. So is one
that is delivered again on another process's line.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_OWED_FOR = timedelta(minutes=15)
_SOON = timedelta(seconds=5)  # SMSCs wait longer than this for an answer
_MOST = 10_000

Words = tuple[str, str, str]
"""Sender, recipient and text."""


@dataclass(slots=True, eq=False)
class Delivery:
    """A text that is being taken in.

    Attributes:
        id: To dedupe on.
        words: Whose text it is, and what it says.
        line: The line that it came on.
        began: When it came.
        order: Place of our answer among all that we wrote on the line; 0 until it is written.
    """

    id: str
    words: Words
    line: object
    began: datetime
    order: int = 0


class Repeats:
    """What the SMSC may deliver again."""

    def __init__(self, new_id: Callable[[], str] = lambda: uuid.uuid4().hex) -> None:
        self._new_id = new_id
        self._owed: dict[Words, tuple[str, datetime]] = {}
        self._under_way: list[Delivery] = []
        self._unproven: list[Delivery] = []

    def begin(self, words: Words, line: object, now: datetime) -> Delivery:
        """A text has come; its id is an earlier one's if it is a repeat."""
        owed_id, owed_at = self._owed.pop(words, (None, now))
        known = owed_id if owed_at > now - _OWED_FOR else None
        delivery = Delivery(known or self._unanswered(words, line, now), words, line, now)
        self._under_way.append(delivery)
        return delivery

    def answered(self, delivery: Delivery, order: int, taken: bool, now: datetime) -> None:
        """Our answer was written; `order` is 0 when the line had ended before."""
        self._under_way.remove(delivery)
        delivery.order = order
        if taken and order and now - delivery.began <= _SOON:
            self._unproven.append(delivery)
        else:
            self._owe(delivery, now)

    def proven(self, line: object, order: int) -> None:
        """The SMSC has read all that we wrote on the line up to this place."""
        self._unproven = [
            one for one in self._unproven if one.line is not line or one.order > order
        ]

    def ended(self, line: object, now: datetime) -> None:
        """The line is gone: what was answered on it without proof may come again."""
        for one in self._unproven:
            if one.line is line:
                self._owe(one, now)
        self._unproven = [one for one in self._unproven if one.line is not line]

    def _unanswered(self, words: Words, line: object, now: datetime) -> str:
        """The id of the same words under way, if the SMSC may be repeating them; else a new one."""
        for one in self._under_way:
            if one.words == words and (one.line is not line or now - one.began > _SOON):
                return one.id
        return self._new_id()

    def _owe(self, delivery: Delivery, now: datetime) -> None:
        self._owed.pop(delivery.words, None)
        self._owed[delivery.words] = (delivery.id, now)
        if len(self._owed) > _MOST:
            del self._owed[next(iter(self._owed))]
