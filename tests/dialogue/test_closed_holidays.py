"""A company that closes on public holidays says so, by the holiday's name in the caller's language."""

from datetime import date

import pytest

from tests.dialogue.conversing import NOW, SALON, ZONE, Talk

MAY = NOW.replace(month=5, day=4)  # a Monday; Ascension Day is the 14th
CLOSING = SALON.model_copy(update={"closed_holidays": "SE"})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Har ni öppet den 14 maj?", "Kristi himmelsfärdsdag"),
        ("Are you open on 14 May?", "Ascension Day"),
        ("Boka herrklippning 14 maj kl 11", "Kristi himmelsfärdsdag"),
    ],
)
def test_holiday_is_named_where_closed_days_are_explained(text: str, name: str) -> None:
    turn = Talk(business=CLOSING, now=MAY).say(text)
    assert name in (turn.reply or "")
    assert turn.effects == ()
    assert all(slot.starts_at.astimezone(ZONE).date() != date(2026, 5, 14) for slot in turn.offered)
    assert name not in (Talk(business=SALON, now=MAY).say(text).reply or "")
