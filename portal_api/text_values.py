"""Texts of programs as JSON: what may be asked and what is answered, with words for the description.

In: bodies of `/api/v1/texts`. Out: frozen values, or a fault that names its field.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ringback.messages import MessageState
from ringback.segments import Encoding

_MOST_CHARACTERS = 4_000  # more than twenty parts of any encoding


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextToSend(_Value):
    """A text to one recipient."""

    to: str = Field(
        max_length=40,
        description="A telephone number, best in E.164; national forms are Swedish.",
        examples=["+46701740605"],
    )
    text: str = Field(
        max_length=_MOST_CHARACTERS,
        description="Sent exactly as it is written here.",
        examples=["Din tid i morgon kl 10.00 är bokad. /Salong Saxen"],
    )
    language: Literal["sv", "en"] | None = Field(
        default=None,
        description="In which the assistant answers, if this opens a conversation; "
        "the company's when left out.",
    )


class TextToCount(_Value):
    """Words whose size and price are asked for."""

    text: str = Field(
        max_length=_MOST_CHARACTERS, examples=["Din tid i morgon kl 10.00 – välkommen!"]
    )
    to: str = Field(
        default="",
        max_length=40,
        description="Its country decides the price; the company's own when left out.",
    )


class TextSize(_Value):
    """What a text would be billed as."""

    encoding: Encoding = Field(description="gsm7, or ucs2 when a character is not in GSM-7.")
    units: int = Field(description="Septets in gsm7, UTF-16 code units in ucs2.")
    parts: int
    price_kr: float = Field(description="Of all parts, VAT excluded.")


class TextTaken(TextSize):
    """A text that is kept and in line to be sent."""

    id: UUID
    state: MessageState


class TextState(_Value):
    """What has become of a text."""

    id: UUID
    state: MessageState
    why: str | None = Field(description="Of the state: a code of ours, or the provider's words.")
    parts: int | None = Field(description="As billed; null until it is sent.")
    cost_kr: float | None = Field(description="As the provider tells it; null until it does.")
    created_at: datetime
    held_until: datetime | None = Field(description="Not sent before, because of quiet hours.")
    submitted_at: datetime | None
    settled_at: datetime | None = Field(description="When the state became final.")


class TextStates(_Value):
    """A page of texts, newest first; `next` is the `before` of the page that follows."""

    items: list[TextState]
    next: UUID | None


class Problem(_Value):
    """What is wrong and how to mend it (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    status: int
    detail: str = Field(default="", examples=["The text is empty; write something to send."])
