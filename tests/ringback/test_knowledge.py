"""How pasted texts are split."""

import pytest

from ringback.errors import BadInput
from ringback.knowledge import MOST_PART, MOST_TEXT, Part, sentences, split_text


def titles(text: str) -> list[str]:
    return [part.title for part in split_text(text, "Texten")]


def test_headings_of_every_kind_begin_a_part() -> None:
    text = "# Ett\nA.\n\nTvå\n---\nB.\n\nTre och mer\nC är så här.\n\nHar ni fyra?\nJa, d."
    assert titles(text) == ["Ett", "Två", "Tre och mer", "Har ni fyra?"]


def test_questions_and_answers_are_pairs() -> None:
    text = "Fråga: Har ni wifi?\nSvar: Ja, fråga i kassan.\n\nQ: Any parking?\nA: Yes, behind the house."
    assert split_text(text) == [
        Part("Har ni wifi?", "Ja, fråga i kassan."),
        Part("Any parking?", "Yes, behind the house."),
    ]


def test_what_stands_before_the_first_heading_gets_the_texts_name() -> None:
    assert split_text("Vi finns sedan 2009.\n\n# Mer\nB.", "Om oss")[0] == Part(
        "Om oss", "Vi finns sedan 2009."
    )


def test_lists_and_short_sentences_are_no_headings() -> None:
    text = "# Ta med\n- Legitimation\n- Remiss\n\n1. Kort\n\nVälkommen!\n\nRing oss sedan."
    assert titles(text) == ["Ta med"]


def test_a_heading_without_text_is_left_out() -> None:
    assert titles("# Tom\n# Full\nText.") == ["Full"]


def test_a_long_part_is_cut_between_sentences_and_loses_nothing() -> None:
    body = " ".join(f"Mening nummer {n} handlar om något." for n in range(200))
    parts = split_text(f"# Långt\n{body}")
    assert {part.title for part in parts} == {"Långt"}
    assert all(len(part.text) <= MOST_PART for part in parts)
    assert " ".join(" ".join(part.text for part in parts).split()) == body


def test_a_web_pages_odd_characters_are_made_plain() -> None:
    (part,) = split_text("Öppet\u00a0hela\u200b dagen,\r\nvälkommen.")
    assert part.text == "Öppet hela dagen,\nvälkommen."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("x" * (MOST_TEXT + 1), "too long"),
        ("# A\n# B", "only headings"),
        ("\n\n".join(f"# R{n}\nText." for n in range(201)), "too many parts"),
    ],
)
def test_what_cant_be_split_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        split_text(text)


def test_sentences_end_where_they_end() -> None:
    assert sentences("Det kostar 1.500 kr, ca. en timme. Ring 08-465 004 10! Välkommen.") == [
        "Det kostar 1.500 kr, ca. en timme.",
        "Ring 08-465 004 10!",
        "Välkommen.",
    ]
