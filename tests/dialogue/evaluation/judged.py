"""A company with a calendar, a caller, and turns of theirs to judge."""

from typing import Any

from dialogue.evaluation.judging import Judge
from dialogue.evaluation.scenarios import Busy, Company, Opening, Step
from dialogue.evaluation.seen import Appointment, OfferedTime, Seen
from tests.ringback.a_company import a_company

CALLER, STRANGER = "+46701740605", "+46701740675"
COMPANY = Company(
    a_company(),
    (
        Busy.model_validate(
            {
                "resource": "Anna",
                "start": "2026-03-11T09:00",
                "end": "2026-03-11T09:30",
                "service": "cut",
                "customer": {"name": "Birgitta Nordkvist", "phone": STRANGER},
            }
        ),
        Busy.model_validate(
            {
                "resource": "Bo",
                "start": "2026-03-11T00:00",
                "end": "2026-03-11T23:59",
                "kind": "absence",
            }
        ),
    ),
)
"""Anna has a customer at nine on Wednesday 11 March, and Bo is away all day."""
THEIRS = Appointment(service="cut", resource="Anna", start="2026-03-11T09:00", customer=STRANGER)


def mine(start: str, resource: str = "Anna", service: str = "cut") -> Appointment:
    """A booking of the caller's."""
    return Appointment(service=service, resource=resource, start=start, customer=CALLER)


def offer(start: str, resource: str | None = "Anna", service: str = "cut") -> OfferedTime:
    """A time that was proposed."""
    return OfferedTime(service=service, start=start, resource=resource)


def judge(*own: str) -> Judge:
    """Of a conversation on Tuesday 10 March at ten, with the caller's cuts with Anna at these starts."""
    bookings = [
        {"id": start, "service": "cut", "resource": "Anna", "start": start} for start in own
    ]
    opening = {
        "now": "2026-03-10T10:00:00+01:00",
        "caller": CALLER,
        "context": {"caller_bookings": bookings},
    }
    return Judge(COMPANY, Opening.read(opening))


def step(user: str = "hej", at: str | None = None, **expect: Any) -> Step:
    """A turn of the caller's."""
    return Step.model_validate({"user": user, "expect": expect, "at": at})


def seen(reply: str | None = "Hej!", *own: Appointment, **more: Any) -> Seen:
    """What stands after it; the stranger's booking as it was."""
    return Seen.model_validate({"reply": reply, "calendar": (THEIRS, *own), **more})
