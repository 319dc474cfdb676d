"""The first text: who writes, that it is automatic, how to stop, and at what length."""

from datetime import UTC, datetime

import pytest

from dialogue.first_text import first_text
from tests.dialogue.reading_replies import GSM7, contains, is_in, parts
from tests.ringback.a_company import a_company

OPEN = datetime(2027, 3, 24, 9, tzinfo=UTC)
AT_NIGHT = datetime(2027, 3, 24, 22, tzinfo=UTC)


@pytest.mark.parametrize("now", [OPEN, AT_NIGHT])
@pytest.mark.parametrize(("language", "stop"), [("sv", "STOPP"), ("en", "STOP")])
def test_it_names_the_company_says_that_it_is_automatic_and_how_to_stop(
    now: datetime, language: str, stop: str
) -> None:
    text = first_text(a_company(), now, language)
    assert contains(text, "Klipp & Co")
    assert contains(text, "automati")
    assert contains(text, stop)
    assert is_in(text, language)


@pytest.mark.parametrize("now", [OPEN, AT_NIGHT])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_even_a_long_name_keeps_it_within_two_plain_parts(now: datetime, language: str) -> None:
    company = a_company(name="Äkta Hälsa & Skönhet i Övre Björkviks Köpcentrum – Salong ”Lugn”" * 2)
    text = first_text(company, now, language)
    assert parts(text) <= 2
    assert set(text) <= GSM7
    assert "STOP" in text


def test_when_closed_it_says_so() -> None:
    assert contains(first_text(a_company(), AT_NIGHT), "stängt")
    assert contains(first_text(a_company(), AT_NIGHT, "en"), "closed")
    assert not contains(first_text(a_company(), OPEN), "stängt")
