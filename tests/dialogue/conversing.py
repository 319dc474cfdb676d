"""Two made-up companies that are not in the acceptance set, and talking with their assistant."""

from datetime import datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from dialogue.builtin.engine import take_turn
from dialogue.engines import by_builtin
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


SALON_NOW = datetime(2026, 11, 21, 11, 0, tzinfo=ZONE)  # a Saturday, open until 15
SALON = Business.model_validate(
    yaml.safe_load(resources.files("ringback.sample").joinpath("salon.yaml").read_text("utf-8"))
)


class Talk:
    """A conversation; keeps calendar and memory, performs the effects. With the garage if not told."""

    def __init__(
        self,
        *own: tuple[str, datetime],
        taken: tuple[Taken, ...] = (),
        business: Business = GARAGE,
        now: datetime = NOW,
        **given: Any,
    ):
        self.business, self.now = business, now
        self.calendar = Calendar(business, taken)
        self.memory, self.language, self.given = Memory(), "", given
        for number, (service, start) in enumerate(own, 1):
            sold = business.service(service)
            self.calendar.own[f"A{number}"] = OwnBooking(
                f"A{number}",
                service,
                sold.resources[0],
                start,
                start + timedelta(minutes=sold.duration_min),
            )

    def say(self, *texts: str) -> Turn:
        """The turn that answers the last of the texts."""
        for text in texts:
            own = tuple(self.calendar.own.values())
            situation = Situation(
                self.business,
                self.now,
                self.calendar.taken(),
                own,
                self.memory,
                self.language,
                **self.given,
            )
            decided = by_builtin(take_turn, text, situation)
            assert decided.refused == (), (text, decided.refused)
            turn = decided.turn
            self.calendar.perform(turn)
            self.memory, self.language = turn.memory, turn.language
        return turn

    @property
    def booked(self) -> list[str]:
        """What the caller has, like `oil 2026-03-12 10:00`."""
        own = sorted(self.calendar.own.values(), key=lambda one: one.starts_at)
        return [f"{one.service} {one.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}" for one in own]


def salon(*own: tuple[str, datetime]) -> Talk:
    """A conversation with the hairdresser of the sample company."""
    return Talk(*own, business=SALON, now=SALON_NOW)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)
