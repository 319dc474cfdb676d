"""The form by which a handler puts a customer on the list: what it shows, and what was typed into it.

In: the form's fields; the company's queues with their intervals. Out: `AddingView`, which the template
`callback_adding.html` takes. It is posted to `adding.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.panel import choices_of
from portal_api.callbacks.views import Choice
from portal_api.visitors import Visitor
from portal_api.wording import N_
from ringback.errors import BadInput
from ringback.queues import SOONEST, Input, Rules
from ringback.store.companies import business
from ringback.store.queues import queues, shown_name, taken
from ringback.store.staffing import staffed_by
from ringback.store.wishes import LONGEST_INPUT
from ringback.tables import QueueRow

LONGEST_NOTE = 200
_LINE = Annotated[str, Field(max_length=40)]
_TOO_LONG = N_("The note is too long; write at most 200 characters.")
_SOONEST = Choice(SOONEST, None, None)


class Typed(BaseModel):
    """The form as it was filled in; a new one has a key of its own, by which it counts once."""

    model_config = ConfigDict(frozen=True)

    number: _LINE = ""
    queue: _LINE = ""
    interval: _LINE = SOONEST
    customer: Annotated[str, Field(max_length=LONGEST_INPUT)] = ""
    why: Annotated[str, Field(max_length=4 * LONGEST_NOTE)] = ""
    key: UUID = Field(default_factory=uuid4)

    @property
    def queue_id(self) -> UUID | None:
        """The queue; None for the company's own list.

        Raises:
            BadInput: It is none.
        """
        try:
            return UUID(self.queue) if self.queue else None
        except ValueError:
            raise BadInput("That queue no longer exists; choose again.", "queue") from None

    @property
    def note(self) -> str:
        """For who rings, in one line.

        Raises:
            BadInput: It is too long.
        """
        line = " ".join(self.why.split())
        if len(line) > LONGEST_NOTE:
            raise BadInput(_TOO_LONG, "why")
        return line


@dataclass(frozen=True, slots=True)
class AddingView:
    """The form.

    Attributes:
        typed: What stands in it.
        queues: Ids and names to choose from; empty for a company without any.
        choices: Intervals of the chosen queue that are not full; as soon as possible is the first.
        asks: What the chosen queue knows its customers by.
        faults: What is wrong, by field (msgids).
    """

    typed: Typed
    queues: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    asks: Input = Input.CUSTOMER_NUMBER
    faults: Mapping[str, str] = field(default_factory=dict)


async def new_form(session: AsyncSession, visitor: Visitor) -> Typed:
    """Empty, at the first queue that the visitor staffs, else at the first of all."""
    known = await queues(session)
    staffed = await staffed_by(session, visitor.signed_in.user_id)
    first = next((row for row in known if row.id in staffed), known[0] if known else None)
    return Typed(queue=str(first.id) if first else "")


async def adding_of(
    session: AsyncSession, typed: Typed, now: datetime, faults: Mapping[str, str] | None = None
) -> AddingView:
    """The form with what was typed, and the intervals of the queue that is chosen in it."""
    known = await queues(session)
    chosen = next((row for row in known if str(row.id) == typed.queue), None)
    rules = Rules.kept(chosen.rules) if chosen else Rules()
    return AddingView(
        typed=typed,
        queues=tuple((str(row.id), shown_name(row)) for row in known),
        choices=await _choices(session, chosen, rules, now),
        asks=rules.asks or Input.CUSTOMER_NUMBER,
        faults=faults or {},
    )


async def _choices(
    session: AsyncSession, queue: QueueRow | None, rules: Rules, now: datetime
) -> tuple[Choice, ...]:
    """As soon as possible may be promised at any time by who rings himself."""
    full = await taken(session, queue.id) if queue else None
    offered = choices_of(rules, await business(session), now, full)
    return (_SOONEST, *(one for one in offered if one.value != SOONEST))
