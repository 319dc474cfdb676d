"""Callbacks of programs as JSON: what may be asked and what is answered, with words for the description.

In: bodies of `/api/v1/callbacks` from programs. Out: frozen values, or a fault that names its field.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from ringback.store.wishes import LONGEST_INPUT

_MOST_WHY = 200
_LONGEST = timedelta(days=31)
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as far:
        raise ValueError("write a time of this century") from far


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WhenToRing(_Value):
    """An interval: a choice, both ends, or nothing for as soon as possible."""

    choice: str = Field(
        default="",
        max_length=40,
        description="`s` for as soon as possible, or times and day on the company's clock: "
        "`1300-1500@261123`. In place of `from_at` and `to_at`.",
        examples=["1300-1500@261123"],
    )
    from_at: Moment | None = Field(default=None, description="Not before; with its zone.")
    to_at: Moment | None = Field(default=None, description="Not after; with its zone.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.from_at is None) != (self.to_at is None):
            raise ValueError("write both from_at and to_at, or neither")
        if self.from_at and self.to_at and self.to_at - self.from_at > _LONGEST:
            raise ValueError("write an interval of at most 31 days")
        if self.choice and self.to_at is not None:
            raise ValueError("write choice, or from_at and to_at, not all of them")
        return self


class CallbackToAsk(WhenToRing):
    """Somebody who is to be rung."""

    number: str = Field(
        max_length=40,
        description="A telephone number, best in E.164; national forms are Swedish.",
        examples=["+46701740605"],
    )
    queue: str = Field(
        default="",
        max_length=80,
        description="Whose list: the queue's id or name; the company's own list when left out.",
        examples=["support"],
    )
    customer_input: str = Field(
        default="",
        max_length=LONGEST_INPUT,
        pattern=_ONE_LINE,
        description="What the customer is known by: a customer number.",
    )
    language: Literal["sv", "en"] | None = Field(
        default=None, description="Of the text that confirms; the company's when left out."
    )
    why: str = Field(
        default="call_back",
        max_length=_MOST_WHY,
        pattern=_ONE_LINE,
        description="For who rings, in your own words.",
        examples=["Frågar om sin order 4711"],
    )


class CallbackAsked(_Value):
    """What has become of a callback; it tells no number."""

    id: UUID
    state: Literal["open", "done"]
    ended_as: (
        Literal["reached", "reached_by_other_call", "cancelled", "settled", "joined", "unreached"]
        | None
    ) = Field(description="How it has ended; null while it is open.")
    from_at: datetime | None = Field(description="null for as soon as possible.")
    to_at: datetime | None
    arrived_at: datetime = Field(description="The place in line.")
    tries: int = Field(description="That did not reach the customer.")
    ended_at: datetime | None
