"""What counts as being in a reply."""

from datetime import datetime

import pytest

from dialogue.evaluation.reading import contains, is_in, segments, shows_time


@pytest.mark.parametrize(
    ("text", "needle", "there"),
    [
        ("Det kostar 1 850 kr.", "1850", True),
        ("Det kostar 1.850 kr.", "1850", True),
        ("1395 kr", "395", False),
        ("395 kr", "39", False),
        ("1 200 000 kr", "1200000", True),
        ("Ring 08-465 004 12", "0846500412", True),
        ("Kl 9–12", "9-12", True),
        ("HEJ DÅ", "hej då", True),
        ("Hej\nigen", "hej igen", True),
        ("Hej", "", False),
    ],
)
def test_a_needle_occurs(text: str, needle: str, there: bool) -> None:
    assert contains(text, needle) is there


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("å" * 160, 1),
        ("å" * 161, 2),
        ("å" * 306, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
    ],
)
def test_a_text_takes_so_many_segments(text: str, count: int) -> None:
    assert segments(text) == count


def test_a_text_is_in_a_language_when_the_other_has_no_more_words() -> None:
    assert is_in("Hej! Vilken tid passar dig?", "sv")
    assert not is_in("Hej! Vilken tid passar dig?", "en")
    assert is_in("Which time would you like?", "en")
    assert is_in("OK", "sv")
    assert is_in("OK", "en")
    assert is_in("Hello", ["sv", "en"])
    assert not is_in("OK", ["sv", "en"])


@pytest.mark.parametrize(
    ("text", "clock", "seen"),
    [
        ("kl 14", "14:00", True),
        ("14.00", "14:00", True),
        ("kl 9", "09:00", True),
        ("2 pm", "14:00", True),
        ("2.30 pm", "14:30", True),
        ("1:00, 1:15 or 1:30 PM", "13:00", True),
        ("1 or 2 pm", "13:00", True),
        ("Herr 14.00 450 kr", "14:00", True),
        ("14:30", "14:00", False),
        ("lördag 14 mars kl 15", "14:00", False),
        ("9 am", "21:00", False),
        ("14/3", "14:00", False),
        ("kl 14", "14:30", False),
    ],
)
def test_a_clock_time_can_be_read(text: str, clock: str, seen: bool) -> None:
    assert shows_time(text, datetime.fromisoformat(f"2026-03-14T{clock}")) is seen
