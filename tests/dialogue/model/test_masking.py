"""What identifies a person is masked before a model sees it; dates and times stay."""

import pytest

from dialogue.model.masking import masked_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("jag är 121212-1212", "jag är [personal number]"),
        ("19121212-1212", "[personal number]"),
        ("1212121212 hej", "[personal number] hej"),
        ("121212 1212", "[personal number]"),
        ("ring 070-174 06 22", "ring [telephone number]"),
        ("ring 0701740622!", "ring [personal number]!"),  # ten figures may be either
        ("+46 70 174 06 22", "[telephone number]"),
        ("0046701740622", "[telephone number]"),
        ("08-465 004 11", "[telephone number]"),
        ("kort 4111 1111 1111 1111", "kort [card number]"),
        ("4111-1111-1111-1111", "[card number]"),
        ("kim.ek@exempel.se", "[mail address]"),
        ("se https://exempel.se/hej?x=1", "se [link]"),
        ("１２１２１２-１２１２", "[personal number]"),  # full-width figures
        ("121212\u200b-1212", "[personal number]"),
    ],
)
def test_what_identifies_a_person_is_named_and_not_shown(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "torsdag 12/3 kl 14:30",
        "den 26 mars 2026 kl 9.15",
        "2026-03-26 kl 10:00",
        "2026-03-26 10:00",
        "mellan 9 och 10, eller 11-12",
        "10:00, 11:00 eller 12:30",
        "v 14, 450 kr, 3 personer",
    ],
)
def test_dates_and_clock_times_stay(text: str) -> None:
    assert masked_text(text) == text
