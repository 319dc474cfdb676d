"""A made-up company for tests of hours and bookings."""

from typing import Any

from ringback.business import Business


def a_company(**changes: Any) -> Business:
    """Open on weekdays with a lunch break; Anna and Bo cut, Anna alone colours."""
    weekdays = {
        day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
    }
    document: dict[str, Any] = {
        "id": "klipp",
        "name": "Klipp & Co",
        "opening_hours": {**weekdays, "sat": [], "sun": []},
        "resources": ["Anna", "Bo"],
        "services": [
            {
                "id": "cut",
                "names": ["klippning"],
                "duration_min": 30,
                "price_sek": 400,
                "resources": ["Anna", "Bo"],
            },
            {
                "id": "colour",
                "names": ["färgning"],
                "duration_min": 120,
                "price_sek": 900,
                "resources": ["Anna"],
            },
        ],
        "booking_rules": {"min_notice_min": 60, "horizon_days": 30, "slot_step_min": 30},
    }
    return Business.model_validate({**document, **changes})


AROUND_THE_CLOCK = {
    day: [["00:00", "00:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
}
