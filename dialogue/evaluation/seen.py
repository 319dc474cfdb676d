"""What can be seen of the assistant after a turn. Pure values.

In: rows (`stage`), or a line of JSON that somebody else's assistant wrote. Out: the same value, which
the judge looks at and `lines` writes. Times are local minutes of the company's zone.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dialogue.evaluation.expecting import Minute


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Appointment(_Seen):
    """An active booking; `customer` is the number that it was made for."""

    service: str | None = None
    resource: str
    start: Minute
    customer: str | None = None


class OfferedTime(_Seen):
    """A concrete time that a reply proposed."""

    service: str
    start: Minute
    resource: str | None = None


def _named(name: str) -> Any:
    """A field that goes by another name outside, which Python keeps for itself."""
    return Field(None, validation_alias=name, serialization_alias=name)


class Window(_Seen):
    """Between which moments somebody is to ring; None where that was left open."""

    starts_at: Minute | None = _named("from")
    ends_at: Minute | None = _named("to")


def _texts(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


class Seen(_Seen):
    """What stands after a turn.

    Attributes:
        reply: The texts that this turn sent, in order.
        calendar: All active bookings, of all customers.
        offered: The times that this turn proposed, in the order shown.
        handoff: A hand-over to a person is open that came of this conversation.
        callback: When somebody is to ring, if that was asked for in this conversation.
        opted_out: The caller gets no texts.
    """

    reply: Annotated[tuple[str, ...], BeforeValidator(_texts)] = ()
    calendar: tuple[Appointment, ...] = ()
    offered: tuple[OfferedTime, ...] = ()
    handoff: bool = False
    callback: Window | None = None
    opted_out: bool = False

    @property
    def text(self) -> str | None:
        """The reply as one text; None when nothing was sent."""
        return "\n".join(self.reply) if self.reply else None

    def to_json(self) -> dict[str, Any]:
        """A dict that `json.dumps` takes; `reply` is a text, a list of several, or None."""
        written = self.model_dump(mode="json", by_alias=True)
        window = self.callback and self.callback.model_dump(by_alias=True, exclude_none=True)
        reply = self.reply[0] if len(self.reply) == 1 else list(self.reply) or None
        return {**written, "reply": reply, "callback": window}
