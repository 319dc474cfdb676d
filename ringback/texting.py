"""How a company wants its texts to be sent: its rules, changed in the portal. Pure.

In: the JSON of `company.texting` (empty for a new company). Out: one frozen value; every field has a
default that suits a small Swedish company. What the rules lead to is decided in `ringback.policy`.
"""

import re
from collections.abc import Collection
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from ringback.errors import BadInput

_MOST_URL_SIGNS = 100  # it stands in every first text


def _whole_minute(wall: time) -> time:
    if wall.tzinfo is not None:
        raise ValueError("Write a time of day without a zone, like 21:00")
    return wall.replace(second=0, microsecond=0)


def _web_address(url: str) -> str:
    if url and not re.fullmatch(r"https?://[!-~]+\.[!-~]+", url):
        raise ValueError("Write a web address that begins with https://, or leave it empty")
    return url


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
WallTime = Annotated[time, AfterValidator(_whole_minute)]
WebAddress = Annotated[str, Field(max_length=_MOST_URL_SIGNS), AfterValidator(_web_address)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QuietHours(_Value):
    """Local wall-clock times between which nothing is sent unasked; may pass midnight.

    Attributes:
        begins: The first quiet minute.
        ends: The first minute that is not quiet any more; the same as `begins` for none at all.
        then: `hold` until they end, or `send` at once all the same.
    """

    begins: WallTime = time(21)
    ends: WallTime = time(8)
    then: Literal["hold", "send"] = "send"

    def at(self, wall: time) -> bool:
        """Whether this wall-clock time is quiet."""
        if self.begins <= self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


class Limits(_Value):
    """Bounds on texts and money; 0 means nothing at all may be sent. Money in öre, VAT excluded."""

    number_hour_texts: int = Field(default=20, ge=0)
    number_day_texts: int = Field(default=60, ge=0)
    number_day_ore: int = Field(default=3_000, ge=0)
    company_day_ore: int = Field(default=50_000, ge=0)
    company_month_ore: int = Field(default=500_000, ge=0)
    most_parts: int = Field(default=6, ge=1, le=20)


class Texting(_Value):
    """A company's rules for texts.

    Attributes:
        missed_calls: Whether missed callers are texted at all; else they go to the callback list.
        cool_down_h: A caller who was texted less than so many hours ago and rings again gets no new
            text; the call is noted in the conversation.
        countries: ISO 3166 codes of countries that texts may go to.
        quiet: Quiet hours.
        limits: Bounds.
        privacy_url: The company's own privacy notice; empty for the one that Ringback shows.
    """

    missed_calls: bool = True
    cool_down_h: float = Field(default=12, ge=0, le=24 * 30)
    countries: tuple[Country, ...] = ("SE",)
    quiet: QuietHours = QuietHours()
    limits: Limits = Limits()
    privacy_url: WebAddress = ""

    @classmethod
    def from_document(cls, document: object) -> Self:
        """The value of `company.texting`.

        Raises:
            BadInput: A line for every fault, with where it stands.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as wrong:
            raise BadInput("\n".join(map(_line, wrong.errors()))) from wrong

    @classmethod
    def kept(cls, document: object) -> Self:
        """The same for what a database holds, which a newer version may have written.

        What this version does not know is passed over, so that going back a version stops no text.

        Raises:
            BadInput: What it does know is wrong.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as wrong:
            unknown = {
                fault["loc"] for fault in wrong.errors() if fault["type"] == "extra_forbidden"
            }
        return cls.from_document(_without(document, unknown))


def _without(value: object, places: Collection[tuple[int | str, ...]]) -> object:
    """The same document without what stands at these places."""
    if not isinstance(value, dict):
        return value
    here = {place[0] for place in places if len(place) == 1}
    return {
        name: _without(inner, [place[1:] for place in places if place[0] == name])
        for name, inner in value.items()
        if name not in here
    }


def _line(fault: Any) -> str:
    """One line: `limits, most_parts: Input should be greater than or equal to 1`, and a stop."""
    where = ", ".join(map(str, fault["loc"])) or "the rules"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
