"""What the callback list and the call panel show: plain frozen values, like those of `portal_api.views`.

In: `rows.py`, `panel.py` and `staffing.py` fill them from rows. Out: the templates, and the JSON API.
"""

from dataclasses import dataclass
from datetime import datetime

from portal_api.callbacks.timing import Span, Timing
from portal_api.views import BookingEntry


@dataclass(frozen=True, slots=True)
class TryView:
    """One try to ring the caller.

    Attributes:
        id: Public id of the try.
        at: When it began.
        person: Who rings, by name.
        phase: An `attempts.Phase`.
        since: When that phase began.
        outcome: An `attempts.Outcome`, when it is known.
        note: What was written about it.
        fault: What went wrong, in words for people (msgid).
        outside_why: Why it was rung outside the interval or the hours.
        noted: Whether it is over for the handler, too.
    """

    id: str
    at: datetime
    person: str
    phase: str
    since: datetime
    outcome: str | None = None
    note: str = ""
    fault: str = ""
    outside_why: str = ""
    noted: bool = False


@dataclass(frozen=True, slots=True)
class CallbackLine:
    """One wish to be rung.

    Attributes:
        id: The callback's public id.
        number: Readable; "" when none is known.
        queue_id: "" for a wish of no queue.
        queue: The queue's label.
        why: A code of `wording.WANTED`.
        customer_input: What the caller keyed, masked when it is a personal number.
        input_kind: A `queues.Input`.
        handler: Who tried last.
        status: A code of `words.STATUS`.
        holder: Id of the user who has it in hand, or "".
        holder_name: The same by name.
        held_since: From when.
        timing: How it stands to the clock; None when it has ended.
        rings: Whether somebody may claim it: open, with a number, in nobody's hands.
        attempt: The try that is under way, or awaits its note.
        last: The latest try, when nobody has the wish in hand.
    """

    id: str
    span: Span
    number: str
    queue_id: str
    queue: str
    why: str
    customer_input: str
    input_kind: str
    handler: str
    status: str
    note: str
    calls: int
    last_call_at: datetime | None
    tries: int
    timing: Timing | None
    rings: bool
    holder: str = ""
    holder_name: str = ""
    held_since: datetime | None = None
    ended_at: datetime | None = None
    conversation_id: str | None = None
    attempt: TryView | None = None
    last: TryView | None = None

    @property
    def place(self) -> str:
        """Which filter of `words.FILTERS` an open row stands under, whatever else is told of it."""
        if self.holder:
            return "in_hand"
        return "requeued" if self.tries or self.note else "new"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many wishes wait, in one queue or in all that are shown."""

    waiting: int = 0
    requeued: int = 0
    in_hand: int = 0
    due: int = 0
    overdue: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.waiting + other.waiting,
            self.requeued + other.requeued,
            self.in_hand + other.in_hand,
            self.due + other.due,
            self.overdue + other.overdue,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A filter to choose."""

    value: str
    text: str
    address: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A sortable heading: `sorted` is `ascending`, `descending` or ""."""

    key: str
    address: str
    sorted: str


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue on the page: staffed by the visitor or not, with what waits on the line."""

    id: str
    label: str
    staffed: bool
    waiting: int
    offered: bool


@dataclass(frozen=True, slots=True)
class StaffingView:
    """What the visitor staffs, and the phone that rings first.

    Attributes:
        queues: All that there are.
        phone: As the PBX names it, or "".
        fault: What is wrong with the phone that was `typed` (msgid); the queues were `ticked` with it.
        typed: As it came.
        ticked: Ids, as they came.
    """

    queues: tuple[QueueLine, ...]
    phone: str
    fault: str = ""
    typed: str = ""
    ticked: tuple[str, ...] = ()

    @property
    def staffed(self) -> tuple[QueueLine, ...]:
        """Only those that the visitor staffs."""
        return tuple(queue for queue in self.queues if queue.staffed)


@dataclass(frozen=True, slots=True)
class ListView:
    """The list as this visitor asked for it.

    Attributes:
        rows: In their order.
        total: How many there are in all.
        tally: The figures of the queues that are shown, by the queue's id ("" for none).
        shown: Ids of the queues that are shown, or None for all.
        columns: The headings.
        statuses: The filter on status.
        scopes: Mine, or all.
        due: Switches the filter on what may be rung now.
        sort: Key of the column sorted by.
        descending: Which way.
        status: Key of the status filter.
        due_now: Whether that filter is on.
        searched: What was searched for, as typed.
        more: Address of the same list with more rows, or None.
        whole: Address of all that wait, in the same order.
        now: The moment that all this is true of.
    """

    rows: tuple[CallbackLine, ...]
    total: int
    tally: dict[str, Tally]
    shown: tuple[str, ...] | None
    columns: tuple[Column, ...]
    statuses: tuple[Option, ...]
    scopes: tuple[Option, ...]
    due: Option
    sort: str
    descending: bool
    status: str
    due_now: bool
    now: datetime
    searched: str = ""
    more: str | None = None
    whole: str = ""

    @property
    def narrowed(self) -> tuple[str, ...]:
        """The filters that leave something out of what waits, in words (msgids)."""
        options = (*self.scopes, *self.statuses, self.due)
        return tuple(one.text for one in options if one.chosen and one.value not in ("all", "open"))

    @property
    def waiting(self) -> int:
        """How many wait in all queues; under an empty list so many are left out by its filters."""
        return sum(one.waiting for one in self.tally.values())

    @property
    def figures(self) -> Tally:
        """The sum over the queues that are shown."""
        chosen = [one for id_, one in self.tally.items() if self.shown is None or id_ in self.shown]
        return sum(chosen, Tally())


@dataclass(frozen=True, slots=True)
class CallLine:
    """An earlier call of the same number."""

    at: datetime
    reason: str  # of `wording.WHY_MISSED`; "" when it was answered
    direction: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """A text of the conversation with the same number; `ours` is what we sent."""

    at: datetime
    ours: bool
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An interval that a wish may be moved to: the choice as `queues` writes it, and what it means."""

    value: str
    from_at: datetime | None
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """What the panel tells above all else: something was refused, or must be done first.

    Attributes:
        text: msgid.
        name: Of the person it speaks of (`{name}` in the text).
        since: From when (`{time}` in the text).
        link: Where to go on, or "".
        kind: `outside` asks for a reason, `phone` for a phone, `number` and `note` mark a field; `done`
            is no refusal.
    """

    text: str
    name: str = ""
    since: datetime | None = None
    link: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PanelView:
    """The call panel of one wish.

    Attributes:
        line: The wish.
        mine: Whether the visitor has it in hand.
        attempt: The try whose note the visitor may write; None when there is none.
        tries: All tries, newest first.
        calls: Earlier calls of the number, newest first.
        texts: The latest texts with it, oldest first.
        bookings: What it has booked.
        choices: Intervals that a requeued wish may get.
        note: What was typed.
        said: A refusal, or None.
        revealed: The whole input when it was asked for, else "".
        outside: Why it may not be rung now without a reason (msgid), or "".
        phone: The visitor's own phone; "" when none is set.
    """

    line: CallbackLine
    mine: bool
    attempt: TryView | None
    tries: tuple[TryView, ...]
    calls: tuple[CallLine, ...]
    texts: tuple[TextLine, ...]
    bookings: tuple[BookingEntry, ...]
    choices: tuple[Choice, ...]
    phone: str
    note: str = ""
    said: Said | None = None
    revealed: str = ""
    outside: str = ""
