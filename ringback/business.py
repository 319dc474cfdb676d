"""A company's own information: hours, services, staff, rules, questions and answers. Pure.

In: the document that the company edits (YAML or JSON of the shape below). Out: one frozen value,
or an error that names every fault. The dialogue answers from this and from nothing else.
"""

import re
from datetime import date, time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ringback.errors import BadInput
from ringback.public_holidays import is_known

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone_exists(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as unknown:
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Stockholm") from unknown
    return name


def _country_known(code: str) -> str:
    if code and not is_known(code):
        raise ValueError(
            f"the public holidays of {code!r} are not known; write a country's two letters, like SE, "
            "or leave it empty and list the days under exceptions"
        )
    return code


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_written(value: object) -> object:
    """A time as a document has it; YAML reads 10:00 without quotes as the number 600."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return value
    raise ValueError(f"{value} is no time of day; write it in quotes, like '09:00'")


def _day_as_written(value: object) -> object:
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError(f"{value} is no date; write it like 2027-03-01")


_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")  # with seconds in what was kept before
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WallTime = Annotated[time, BeforeValidator(_as_written)]
Interval = tuple[WallTime, WallTime]
"""From and to, local wall-clock times of one day; the end is not included."""


class SpecialDay(_Value):
    """Hours that replace the weekday's on one date."""

    date: Annotated[date, BeforeValidator(_day_as_written)]
    hours: tuple[Interval, ...]
    reason: str = ""


class Service(_Value):
    """Something that can be booked."""

    id: str
    names: tuple[str, ...] = Field(min_length=1)  # the first is the one that is shown
    duration_min: int = Field(gt=0, le=24 * 60)
    price_sek: int | None = Field(default=None, ge=0)
    resources: tuple[str, ...] = Field(min_length=1)


class Rules(_Value):
    """When a booking may start."""

    min_notice_min: int = Field(default=60, ge=0, le=90 * 24 * 60)
    horizon_days: int = Field(default=60, ge=0, le=2 * 366)
    slot_step_min: int = Field(default=15, gt=0, le=24 * 60)
    hold_min: int = Field(
        default=10, ge=0, le=120
    )  # a proposed time is kept so long for the caller
    reminders_h: tuple[Annotated[int, Field(gt=0, le=14 * 24)], ...] = (24, 2)  # before the start


class Answer(_Value):
    """A question that customers ask, and the company's answer."""

    id: str
    question: str
    answer: str


class Business(_Value):
    """All that the assistant may say about a company."""

    id: str
    name: str
    timezone: Annotated[str, AfterValidator(_zone_exists)] = "Europe/Stockholm"
    locale: str = "sv-SE"
    address: str = ""
    phone: str = ""
    opening_hours: dict[Weekday, tuple[Interval, ...]]
    exceptions: tuple[SpecialDay, ...] = ()
    closed_holidays: Annotated[str, AfterValidator(_country_known)] = ""
    """A country, like SE: the company is closed on its public holidays (`ringback.public_holidays`)."""
    resources: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    booking_rules: Rules = Rules()
    faq: tuple[Answer, ...] = ()
    cancellation_policy: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.timezone)

    @classmethod
    def from_document(cls, document: object) -> Self:
        """The value of a parsed YAML or JSON document.

        Raises:
            BadInput: A line for every fault, with where it stands.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as wrong:
            raise BadInput("\n".join(_fault(fault) for fault in wrong.errors())) from wrong

    def sold(self, service_id: str) -> Service | None:
        """The service with this id; None when it is not sold, or not any more."""
        return next((service for service in self.services if service.id == service_id), None)

    def service(self, service_id: str) -> Service:
        """The service with this id; KeyError when there is none: ask `sold` about a booking's."""
        if service := self.sold(service_id):
            return service
        raise KeyError(service_id)

    def name_of(self, service_id: str) -> str:
        """What a service is called; its id when it is not sold any more, though it was booked."""
        service = self.sold(service_id)
        return service.names[0] if service else service_id

    @model_validator(mode="after")
    def _resources_exist(self) -> "Business":
        for service in self.services:
            unknown = set(service.resources) - set(self.resources)
            if unknown:
                raise ValueError(
                    f"service {service.id!r} names unknown resources {sorted(unknown)}"
                )
        return self


def _fault(fault: Any) -> str:
    """One line: `services, 1, price_sek: Input should be greater than or equal to 0.`."""
    where = ", ".join(map(str, fault["loc"])) or "the document"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
