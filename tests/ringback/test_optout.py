"""Whole messages that say stop or start, and sentences that only hold the word."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.optout import opts

WORDS = [
    "STOP",
    "STOPP",
    "SLUTA",
    "AVSLUTA",
    "AVREGISTRERA",
    "STOPALL",
    "UNSUBSCRIBE",
    "END",
    "QUIT",
    "OPTOUT",
    "REVOKE",
]
SIGNS = st.text(st.sampled_from(" .,!?\"'()-_*\n\t:;…”’🙏🏽❤️\u200d\ufe0f\u00a0"), max_size=6)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "form", ["{}", " {}. ", "{}!!!", '"{}"', "{} 🙏🏽", "{}\n", "*{}*", "{} tack"]
)
def test_word_alone_stops_however_it_is_dressed(word: str, form: str) -> None:
    for written in (word, word.lower(), word.capitalize()):
        assert opts(form.format(written)) == "stop"


@given(st.sampled_from(WORDS), SIGNS, SIGNS)
def test_signs_around_a_stop_change_nothing(word: str, before: str, after: str) -> None:
    assert opts(before + word + after) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "Stopp tack",
        "stop please",
        "Snälla sluta",
        "Hej, sluta sms:a mig",
        "sluta smsa",
        "Sluta skicka sms till mig!",
        "stop sending me texts",
        "stopppp",
        "S T O P P",
        "s.t.o.p",
        "ＳＴＯＰＰ",
        "STO\u200bPP",
        "stopp sms",
        "STOP STOP",
        "Stoppa alla sms tack",
        "avregistrera mig",
        "Avregistrera mitt nummer, tack!",
        "unsubscribe me",
        "Opt out",
    ],
)
def test_near_form_that_is_clear_stops(text: str) -> None:
    assert opts(text) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "stoppa inte",
        "STOPP inte",
        "sluta inte skicka sms",
        "kan vi stoppa in en tid",
        "END of message",
        "Stopp i avloppet",
        "Stoppar ni strumpor?",
        "När slutar ni?",
        "slut",
        "the end",
        "weekend",
        "Jag slutar kl 15",
        "avsluta min bokning",
        "quit smoking course",
        "bus stop",
        "nonstop",
        "stopp 2 ggr",
        "Jag vill avregistrera min son från kursen",
        "sluta ringa mig",  # about calls
        "Cancel",  # a booking, see the module
        "CANCEL",
        "avboka",
        "stop" * 40,
        "",
        " ",
        "🛑",
        "?!",
        "\x00",
        "\ud800",
    ],
)
def test_text_that_is_about_anything_else_does_not(text: str) -> None:
    assert opts(text) is None


@pytest.mark.parametrize(
    "text", ["START", "start!", "Starta", "UNSTOP", "börja igen", "Start tack", "starta sms igen"]
)
def test_start_starts(text: str) -> None:
    assert opts(text) == "start"
    assert opts(unicodedata.normalize("NFD", text)) == "start"


@pytest.mark.parametrize("text", ["starta inte", "Kan vi starta kl 9?", "startar", "ja", "yes"])
def test_text_about_beginning_something_does_not_start(text: str) -> None:
    assert opts(text) is None


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert opts(text) in ("stop", "start", None)
