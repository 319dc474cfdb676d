"""The further sets of conversations (two companies, and four) demand nothing that the rules of booking
forbid: what their scenarios expect to be booked or offered is free."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ringback.bookings import Taken, free_slots, is_free
from ringback.business import Business

DATA = Path(__file__).parents[1] / "data"


def read(name: str, folder: str) -> list[dict[str, Any]]:
    paths = sorted((DATA / name / folder).glob("*"))
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]


SCENARIOS, MORE = read("dialogue_own", "scenarios"), read("dialogue_more", "scenarios")
DOCUMENTS = {
    document["id"]: document
    for name in ("dialogue_own", "dialogue_more")
    for document in read(name, "businesses")
}


class Diary:
    """A company with all its taken times, and those the caller has."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        document = dict(DOCUMENTS[scenario["business"]])
        others = document.pop("bookings")
        self.business = Business.from_document(document)
        self.own = scenario["context"].get("caller_bookings", [])
        self.taken = [self.entry(b["resource"], b["start"], b["end"]) for b in others]

    def local(self, written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=self.business.zone)

    def entry(self, resource: str, start: str, end: str) -> Taken:
        return Taken(resource, self.local(start), self.local(end))

    def is_free(self, wanted: dict[str, Any], now: datetime) -> bool:
        start = self.local(wanted["start"])
        return is_free(
            self.business, wanted["service"], start, self.taken, now, wanted.get("resource")
        )

    def offers(self, wanted: dict[str, Any], now: datetime) -> int:
        """How many starts lie in the demanded range."""
        horizon = now + timedelta(days=self.business.booking_rules.horizon_days + 1)
        first, last = wanted.get("from", wanted.get("date")), wanted.get("to", wanted.get("date"))
        start = self.local(first) if first else now
        end = self.local(last if "T" in last else f"{last}T23:59") if last else horizon
        slots = free_slots(
            self.business,
            wanted["service"],
            self.taken,
            now,
            start,
            end + timedelta(minutes=1),
            wanted.get("resource"),
            limit=5000,
        )
        clocks = [slot.starts_at.astimezone(self.business.zone).strftime("%H:%M") for slot in slots]
        low, high = wanted.get("time_from", "00:00"), wanted.get("time_to", "23:59")
        return sum(low <= clock <= high for clock in clocks)


def alternatives(expect: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**expect, **one} for one in expect.get("any_of", [{}])]


def starts_named(expect: dict[str, Any], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bookings that an expectation says are made, but for those the caller already has."""
    made = expect.get("booking", [])
    made = (made if isinstance(made, list) else [made]) + expect.get("bookings_after", [])
    had = {(booking["service"], booking["start"]) for booking in own}
    return [b for b in made if "start" in b and (b["service"], b["start"]) not in had]


@pytest.mark.parametrize("scenario", [*SCENARIOS, *MORE], ids=lambda scenario: scenario["id"])
def test_what_a_scenario_expects_is_free(scenario: dict[str, Any]) -> None:
    diary, now = Diary(scenario), scenario["now"]
    for turn in scenario["turns"]:
        now = turn.get("at", now)
        moment = datetime.fromisoformat(now)
        for expect in alternatives(turn["expect"]):
            for booking in starts_named(expect, diary.own):
                assert diary.is_free(booking, moment), (turn["user"], booking)
            if wanted := expect.get("offers_slots"):
                assert diary.offers(wanted, moment) >= wanted.get("min", 1), (turn["user"], wanted)


def test_the_set_is_whole() -> None:
    languages = [scenario["lang"] for scenario in SCENARIOS]
    assert len(SCENARIOS) == 40
    assert len({scenario["category"] for scenario in SCENARIOS}) == 14
    assert (languages.count("sv"), languages.count("en")) == (29, 9)
    assert all(2 <= len(scenario["turns"]) <= 5 for scenario in SCENARIOS)
