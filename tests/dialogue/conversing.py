"""A made-up company of a trade that is not in the acceptance set, and talking with its assistant."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dialogue.builtin.engine import take_turn
from dialogue.turns import Memory, OwnBooking, Situation, Turn
from ringback.bookings import Taken
from ringback.business import Business
from tests.dialogue.playing import Calendar

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZONE)  # a Tuesday
_LONG = [["07:30", "17:00"]]
GARAGE = Business.model_validate(
    {
        "id": "bil",
        "name": "Nordbil",
        "address": "Industrigatan 4, 123 48 Björkvik",
        "phone": "+46846500455",
        "opening_hours": {
            "mon": _LONG, "tue": _LONG, "wed": _LONG, "thu": _LONG, "fri": [["07:30", "15:00"]],
            "sat": [], "sun": [],
        },
        "exceptions": [{"date": "2026-04-03", "hours": [], "reason": "Långfredagen"}],
        "resources": ["Plats 1", "Plats 2"],
        "services": [
            {"id": "tyres", "names": ["däckbyte", "hjulskifte", "byta däck", "tyre change"],
             "duration_min": 30, "price_sek": 450, "resources": ["Plats 1", "Plats 2"]},
            {"id": "oil", "names": ["oljebyte", "byta olja", "oil change"],
             "duration_min": 60, "price_sek": 1200, "resources": ["Plats 1"]},
            {"id": "service", "names": ["årsservice", "bilservice", "car service"],
             "duration_min": 120, "price_sek": 2900, "resources": ["Plats 1", "Plats 2"]},
            {"id": "brakes", "names": ["bromsbyte", "byta bromsar", "bromsar", "brakes"],
             "duration_min": 120, "price_sek": None, "resources": ["Plats 1"]},
        ],
        "booking_rules": {"min_notice_min": 60, "horizon_days": 60, "slot_step_min": 30},
        "faq": [
            {"id": "lanebil", "question": "Har ni lånebil?",
             "answer": "Ja, lånebil finns för 300 kr per dag."},
            {"id": "betalning", "question": "Hur kan jag betala?", "answer": "Kort eller Swish."},
        ],
        "cancellation_policy": "Avboka senast dagen före.",
    }
)  # fmt: skip


class Talk:
    """A conversation with the garage; keeps calendar and memory, performs the effects."""

    def __init__(self, *own: tuple[str, datetime], taken: tuple[Taken, ...] = (), **given: Any):
        self.calendar = Calendar(GARAGE, taken)
        self.memory, self.language, self.given = Memory(), "", given
        for number, (service, start) in enumerate(own, 1):
            length = timedelta(minutes=GARAGE.service(service).duration_min)
            self.calendar.own[f"A{number}"] = OwnBooking(
                f"A{number}", service, "Plats 1", start, start + length
            )

    def say(self, *texts: str) -> Turn:
        """The turn that answers the last of the texts."""
        for text in texts:
            own = tuple(self.calendar.own.values())
            situation = Situation(
                GARAGE, NOW, self.calendar.taken(), own, self.memory, self.language, **self.given
            )
            turn = take_turn(text, situation)
            self.calendar.perform(turn)
            self.memory, self.language = turn.memory, turn.language
        return turn

    @property
    def booked(self) -> list[str]:
        """What the caller has, like `oil 2026-03-12 10:00`."""
        own = sorted(self.calendar.own.values(), key=lambda one: one.starts_at)
        return [f"{one.service} {one.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}" for one in own]


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)
