"""A company's words: which are taken, what stands in them, what is wrong with them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.evaluation.reading import contains, is_in, segments
from ringback.errors import BadInput
from ringback.policy import Situation
from ringback.segments import count
from ringback.templates import (
    BUILT_IN,
    LANGUAGES,
    NEEDED,
    PLACEHOLDERS,
    Template,
    Wrong,
    check,
    chosen,
    faults,
    filled,
    words,
)
from tests.ringback.a_company import a_company

FRIDAY = datetime(2027, 3, 26, 17, tzinfo=UTC)  # 18:00 in Stockholm; closed since 17:00
NOTICE = "https://ringback.example.com/i/1a2b3c4d"
LONG_NAME = "Äkta Hälsa & Skönhet i Övre Björkviks Köpcentrum – Salong ”Lugn”" * 2
MISSED, AFTER_HOURS, SECOND = Situation.MISSED, Situation.AFTER_HOURS, Situation.SECOND_CALL
FIRST = (MISSED, AFTER_HOURS)
ALL = sorted(BUILT_IN)
WHEN = {"what": "klippning", "when": "torsdag 25 mars kl 14:30"}


def built_in(situation: Situation, language: str, **company: str) -> str:
    known = words(a_company(**company), FRIDAY, language, NOTICE) | WHEN
    return filled(BUILT_IN[situation, language], known)


def test_every_situation_that_nobody_writes_by_hand_has_words_in_every_language() -> None:
    by_hand = {Situation.REPLY, Situation.STAFF, Situation.PROGRAM}
    assert set(BUILT_IN) == {
        (s, language) for s in set(Situation) - by_hand for language in LANGUAGES
    }


@pytest.mark.parametrize(("situation", "language"), ALL)
def test_built_in_text_names_the_company_and_how_to_stop_in_its_language(
    situation: Situation, language: str
) -> None:
    text = built_in(situation, language)
    assert contains(text, "Klipp & Co")
    assert contains(text, {"sv": "STOPP", "en": "STOP"}[language])
    assert is_in(text, language)
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", [*FIRST, SECOND])
def test_built_in_text_to_a_missed_caller_is_said_to_be_automatic_and_offers_a_call(
    situation: Situation, language: str
) -> None:
    text = built_in(situation, language)
    assert contains(text, "automati")
    assert contains(text, {"sv": "RING MIG", "en": "CALL ME"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", FIRST)
def test_built_in_first_text_tells_where_the_privacy_notice_is(
    situation: Situation, language: str
) -> None:
    assert built_in(situation, language).endswith(NOTICE)


@pytest.mark.parametrize(("situation", "language"), ALL)
def test_even_a_long_name_keeps_a_built_in_text_within_two_plain_parts(
    situation: Situation, language: str
) -> None:
    text = built_in(situation, language, name=LONG_NAME)
    assert segments(text) <= 2
    assert count(text).encoding == "gsm7"
    assert "STOP" in text


@pytest.mark.parametrize(("situation", "language"), ALL)
def test_built_in_texts_are_templates_without_fault(situation: Situation, language: str) -> None:
    check(situation, BUILT_IN[situation, language])


def test_text_after_hours_says_so() -> None:
    assert contains(built_in(AFTER_HOURS, "sv"), "stängt")
    assert contains(built_in(AFTER_HOURS, "en"), "closed")
    assert not contains(built_in(MISSED, "sv"), "stängt")


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_for_what_the_law_asks_are_there_for_any_company(language: str) -> None:
    known = words(a_company(), FRIDAY, language, NOTICE)
    assert all(known[name] for name in NEEDED[MISSED])
    assert known.keys() <= PLACEHOLDERS.keys()


def test_next_opening_is_told_by_weekday_and_clock() -> None:
    company = a_company(phone="08-465 004 10")
    assert words(company, FRIDAY, "sv", NOTICE)["opens"] == "måndag kl 09:00"
    assert words(company, FRIDAY, "en", NOTICE)["opens"] == "Monday at 09:00"
    assert words(company, FRIDAY, "sv", NOTICE)["phone"] == "08-465 004 10"
    closed = a_company(opening_hours={})
    assert words(closed, FRIDAY, "sv", NOTICE)["opens"] == ""


def test_unknown_language_gets_swedish_words() -> None:
    assert words(a_company(), FRIDAY, "no", NOTICE) == words(a_company(), FRIDAY, "sv", NOTICE)
    assert chosen([], MISSED, "no").text == BUILT_IN[MISSED, "sv"]


DID, OTHER_DID = "+46846500410", "+46846500411"
OWN = [
    Template(MISSED, "sv", "neither"),
    Template(MISSED, "sv", "did", did=DID),
    Template(MISSED, "sv", "queue", queue="bokning"),
    Template(MISSED, "sv", "both", did=DID, queue="bokning"),
    Template(MISSED, "en", "english"),
    Template(AFTER_HOURS, "sv", "closed"),
]


@pytest.mark.parametrize(
    ("did", "queue", "text"),
    [
        (DID, "bokning", "both"),
        (OTHER_DID, "bokning", "queue"),
        (DID, "frågor", "did"),
        (OTHER_DID, "frågor", "neither"),
        ("", "", "neither"),
    ],
)
@pytest.mark.parametrize("own", [OWN, OWN[::-1]])
def test_most_particular_template_is_taken(
    own: list[Template], did: str, queue: str, text: str
) -> None:
    assert chosen(own, MISSED, "sv", did, queue).text == text


def test_template_of_the_queue_goes_before_that_of_the_did() -> None:
    assert chosen(OWN[:3], MISSED, "sv", DID, "bokning").text == "queue"


def test_without_an_own_template_that_fits_the_built_in_words_are_taken() -> None:
    assert chosen(OWN[1:4], MISSED, "sv").text == BUILT_IN[MISSED, "sv"]
    assert chosen(OWN[:4], MISSED, "en").text == BUILT_IN[MISSED, "en"]
    assert chosen(OWN, SECOND, "sv").text == BUILT_IN[SECOND, "sv"]


def test_placeholder_without_a_word_goes_with_its_space() -> None:
    assert filled("Vi ringer dig {when}. {stop}", {"stop": "STOPP"}) == "Vi ringer dig. STOPP"
    assert filled("{company} här {opens}", {"company": "", "opens": ""}) == "här"


def test_word_that_looks_like_a_placeholder_is_said_as_it_is() -> None:
    assert filled("{company} {stop}", {"company": "{stop}", "stop": "x"}) == "{stop} x"


def test_typographic_signs_are_made_plain_only_where_that_makes_the_text_plain() -> None:
    assert filled("”{company}” – hej…", {"company": "Klipp"}) == '"Klipp" - hej...'
    assert filled("”{company}” – hej 🙂", {"company": "Klipp"}) == "”Klipp” – hej 🙂"


@given(st.text(max_size=400), st.text(max_size=80))
def test_filling_never_adds_parts(text: str, name: str) -> None:
    plain = text.replace("{", "").replace("}", "")
    told = filled(f"a{plain}{{company}}b", {"company": name})
    assert count(told).parts <= count(f"a{plain}{name}b").parts


NEEDS = "{company} {assistant} {stop} {privacy}"


@pytest.mark.parametrize(
    ("situation", "text", "expected"),
    [
        (MISSED, NEEDS, ()),
        (SECOND, "Hej!", ()),
        (SECOND, " \n ", ((Wrong.EMPTY, ""),)),
        (SECOND, "a" * 1000, ()),
        (SECOND, "a" * 1001, ((Wrong.TOO_LONG, ""),)),
        (SECOND, "a\x00", ((Wrong.UNPRINTABLE, ""),)),
        (SECOND, "a\ud83d", ((Wrong.UNPRINTABLE, ""),)),
        (SECOND, "rad\nrad 🙂", ()),
        (SECOND, "{company", ((Wrong.BRACE, ""),)),
        (SECOND, "company}", ((Wrong.BRACE, ""),)),
        (SECOND, "{{company}}", ((Wrong.BRACE, ""),)),
        (SECOND, "{klinik} {}", ((Wrong.UNKNOWN, ""), (Wrong.UNKNOWN, "klinik"))),
        (
            AFTER_HOURS,
            "{company} {namn} {",
            (
                (Wrong.BRACE, ""),
                (Wrong.UNKNOWN, "namn"),
                (Wrong.MISSING, "assistant"),
                (Wrong.MISSING, "privacy"),
                (Wrong.MISSING, "stop"),
            ),
        ),
    ],
)
def test_all_faults_are_told_at_once(
    situation: Situation, text: str, expected: tuple[tuple[Wrong, str], ...]
) -> None:
    assert faults(situation, text) == expected


def test_faults_are_told_in_plain_words_at_the_field() -> None:
    with pytest.raises(BadInput) as wrong:
        check(MISSED, "{company} {namn} {assistant} {privacy}")
    assert str(wrong.value).splitlines() == [
        "There is no placeholder {namn}.",
        "The placeholder {stop} is missing; the first text to a caller must have it.",
    ]
    assert wrong.value.field == "text"
