"""What of an entry is said: short ones whole, of long ones whole sentences, never more than fits."""

import pytest

from dialogue.answers.index import Entry
from dialogue.answers.passages import MOST_SAID, said

LONG = " ".join(
    [
        "Kliniken startades 2009 av Karin Ek och har sex anställda i dag.",
        "Vi har egen röntgen i huset.",
        "Provsvar från laboratoriet får du oftast samma dag.",
        "Väntrummet har kaffe, te och tidningar för alla åldrar.",
        "Bussen stannar utanför dörren var tionde minut.",
    ]
)


def entry(body: str, heading: str = "Om oss", whole: bool = False) -> Entry:
    return Entry("passage:1", heading, body, whole=whole)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("kan ni röntga?", "Vi har egen röntgen i huset."),
        ("när får jag provsvar", "Provsvar från laboratoriet får du oftast samma dag."),
        ("går det nån buss?", "Bussen stannar utanför dörren var tionde minut."),
    ],
)
def test_the_sentence_that_answers_is_said(question: str, sentence: str) -> None:
    assert said(entry(LONG), question) == sentence


def test_two_sentences_keep_their_order() -> None:
    both = said(entry(LONG), "har ni röntgen och provsvar samma dag?")
    assert both.index("röntgen") < both.index("Provsvar")


def test_a_short_text_is_said_whole_on_one_line() -> None:
    assert said(entry("Ta med:\n- remiss\n- legitimation"), "vad?") == (
        "Ta med: - remiss - legitimation"
    )


def test_an_answer_to_one_question_is_said_whole_while_it_fits() -> None:
    assert said(entry(LONG[:300], "Vad är ni?"), "har ni röntgen?") == LONG[:300].strip()
    assert said(entry(LONG * 2, whole=True), "har ni röntgen?") == (LONG * 2)


def test_a_text_without_the_words_begins_at_its_beginning() -> None:
    assert said(entry(LONG), "berätta").startswith("Kliniken startades 2009")


@pytest.mark.parametrize("body", ["ord " * 300, "x" * 900, (LONG + " ") * 4])
def test_never_more_is_said_than_three_parts_hold(body: str) -> None:
    assert 0 < len(said(entry(body), "har ni röntgen?")) <= MOST_SAID
