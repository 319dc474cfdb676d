"""Whether an installer is told that callers hear the offer in another language than the menu."""

from pathlib import Path

import pytest

from asterisk_conf.languages import unheard
from asterisk_conf.places import Places
from asterisk_conf.values import Plan
from tests.asterisk_conf.etc import install, write_etc
from tests.asterisk_conf.house import PLAN, SALES, SUPPORT

SWEDISH = Plan(queues=(SUPPORT,))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return write_etc(tmp_path)


def test_swedish_menu_on_an_asterisk_that_speaks_english_is_told(places: Places) -> None:
    install(PLAN, places)
    (advice,) = unheard(SWEDISH, places.etc)
    assert "hear the offer in 'en'" in advice
    assert "language=sv in the trunk's section" in advice


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("asterisk.conf", "[options]\ndefaultlanguage = sv ; Swedish\n"),
        ("asterisk.conf", "[options]\ndefaultlanguage = de\n"),
        ("pjsip.conf", "[operator]\ntype = endpoint\n language=sv\n"),
        ("pjsip.d/trunk.conf", "[operator]\nlanguage => sv_SE\n"),
        ("extensions.conf", "[in]\nexten => s,1,Set(CHANNEL(language)=sv)\n"),
    ],
)
def test_language_that_is_given_somewhere_needs_no_advice(
    places: Places, file: str, text: str
) -> None:
    (places.etc / "users.conf").write_text('#include "pjsip.d/*.conf"\n')
    path = places.etc / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert list(unheard(SWEDISH, places.etc)) == []


@pytest.mark.parametrize("text", [";language=sv\n", "language=fi\n"])
def test_comments_and_other_languages_do_not_count(places: Places, text: str) -> None:
    (places.etc / "pjsip.conf").write_text(f"[operator]\n{text}")
    assert len(list(unheard(SWEDISH, places.etc))) == 1


def test_menu_that_speaks_as_asterisk_does_needs_no_advice(places: Places) -> None:
    assert list(unheard(Plan(queues=(SALES,)), places.etc)) == []
