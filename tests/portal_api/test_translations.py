"""Nothing on a Swedish page is left in English."""

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from dialogue.builtin.engine import _STEPS
from dialogue.builtin.intent import Intent
from dialogue.guards.reasons import Reason as GuardReason
from dialogue.model.faults import Fault
from portal_api.log_wording import MEANING, REFUSED, RULE
from portal_api.render import render
from portal_api.settings.faults import KNOWN
from portal_api.wording import (
    ACCOUNT,
    BOOKING,
    CONVERSATION,
    NO_TEXT,
    NUMBER_RULE,
    PLACEHOLDER,
    REASON,
    SITUATION,
    TEXT,
    TEXT_LANGUAGE,
    WANTED,
)
from ringback.bookings import BookingState
from ringback.calls import Reason
from ringback.conversations import Standing
from ringback.messages import MessageState
from ringback.policy import NumberRule, Why
from ringback.sms_account import AccountState
from ringback.templates import BUILT_IN, LANGUAGES, PLACEHOLDERS, Wrong
from ringback.words import choose_language, translations
from tests.portal_api.sample_frame import ZONE
from tests.portal_api.samples import PAGES

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "ringback/locale/sv/LC_MESSAGES/ringback.po"

SAME_IN_BOTH = {
    *("English", "Svenska"),  # each language is called by its own name
    *("Kim", "Robin", "Karin Holm", "J", "K", "Enter", "?", "Esc"),
}


def extracted() -> set[str]:
    """Every text that the code and the templates want translated, as `babel.cfg` finds them."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    found: set[str] = set()
    for package in ("ringback", "portal_api"):
        rows = extract_from_dir(
            ROOT / package, method_map=methods, options_map=options, keywords=keywords
        )
        found |= {row[2] if isinstance(row[2], str) else row[2][0] for row in rows}
    return found


def test_every_text_has_a_swedish_form():
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()), locale="sv")
    done = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id
        and all([message.string] if isinstance(message.string, str) else message.string)
    }
    wanted = extracted()
    assert len(wanted) > 100
    assert sorted(wanted - done) == []
    assert sorted(done - wanted) == []


def test_placeholders_are_the_same_in_both_languages():
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()), locale="sv")
    places = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message in catalogue:
        ids = [message.id] if isinstance(message.id, str) else message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        for one, other in zip(ids, strings, strict=True):
            assert sorted(places.findall(one)) == sorted(places.findall(other)), one


class Controls(HTMLParser):
    """Collects what buttons, links, labels and headings say, aloud and in writing."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._open: list[list[str]] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.texts |= {given[a] for a in ("aria-label", "placeholder", "title") if given.get(a)}
        if tag in ("button", "label", "h1", "h2", "summary"):
            self._open.append([])

    def handle_data(self, data):
        for parts in self._open:
            parts.append(data)

    def handle_endtag(self, tag):
        if tag in ("button", "label", "h1", "h2", "summary"):
            self.texts.add(" ".join("".join(self._open.pop()).split()))


def controls(name: str, language: str) -> set[str]:
    template, view = PAGES[name]
    reader = Controls()
    reader.feed(render(template, language, ZONE, **view))
    return {text for text in reader.texts if any(map(str.isalpha, text))}


@pytest.mark.parametrize("name", PAGES)
def test_no_button_or_heading_says_the_same_in_both_languages(name):
    swedish, english = controls(name, "sv"), controls(name, "en")
    same = {text for text in swedish & english - SAME_IN_BOTH if "Anna Lind" not in text}
    assert {text for text in same if not text.startswith("070-174")} == set()


@pytest.mark.parametrize(
    ("codes", "words"),
    [(Reason, REASON), (MessageState, TEXT), (Standing, CONVERSATION), (BookingState, BOOKING)],
)
def test_every_state_has_a_word(codes, words):
    assert {code.value for code in codes} == set(words)


def test_every_reason_to_send_no_text_has_words():
    assert {code.value for code in Why} | {"outcome_unknown"} == set(NO_TEXT)


def test_every_reason_to_ring_instead_of_texting_has_words():
    ringing = {Why.NOT_MOBILE, Why.WITHHELD, Why.COUNTRY, Why.OPTED_OUT, Why.SWITCHED_OFF}
    ringing |= {Why.COOL_DOWN, Why.OFF, Why.FOUND_LATE, Why.FOUND_IN_RECORDS}
    told = {why.value for why in ringing} | {"text_not_sent", "text_not_delivered", "robot_loop"}
    assert told - set(WANTED) == set()


def test_every_fault_of_a_template_and_every_placeholder_has_words():
    assert {wrong.value for wrong in Wrong} - set(KNOWN) == set()
    assert PLACEHOLDERS == PLACEHOLDER


def test_all_that_the_settings_choose_from_has_words():
    assert {situation.value for situation, _ in BUILT_IN} == set(SITUATION)
    assert set(LANGUAGES) == set(TEXT_LANGUAGE)
    assert {rule.value for rule in NumberRule} == set(NUMBER_RULE)
    assert {state.value for state in AccountState} - {"up"} == set(ACCOUNT)


def test_every_intent_has_words():
    assert {str(intent) for intent in Intent} - set(MEANING) == set()


def test_every_rule_of_the_built_in_engine_has_words():
    rules = {step.__name__.lstrip("_") for step in _STEPS} | {"not_understood"}
    assert rules - set(RULE) == set()


def test_every_refusal_of_the_guards_and_every_fault_of_a_model_has_words():
    assert {str(code) for code in (*GuardReason, *Fault)} - set(REFUSED) == set()


def test_english_is_the_text_itself_with_its_plural():
    say = translations("en").ngettext
    assert [say("%(count)s call", "%(count)s calls", n) for n in (1, 2)] == [
        "%(count)s call",
        "%(count)s calls",
    ]
    assert translations("sv").gettext("Missed calls") == "Missade samtal"


@pytest.mark.parametrize(
    ("chosen", "accept", "spoken"),
    [
        ("en", "sv", "en"),
        (None, "en-GB,en;q=0.8", "en"),
        (None, "da,en;q=0.5,sv;q=0.9", "sv"),
        (None, "de", "sv"),
        ("xx", "", "sv"),
        (None, "en;q=0", "sv"),
        (None, "en;q=much,*", "sv"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers_else_swedish(chosen, accept, spoken):
    assert choose_language(chosen, accept) == spoken
