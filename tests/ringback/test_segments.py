import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.errors import BadInput
from ringback.segments import count, split, to_gsm7

VECTORS = json.loads((Path(__file__).parents[1] / "data/sms/segments.json").read_text("utf-8"))
# Texts near the limits are what goes wrong: few kinds of characters, many of them.
texts = st.text(
    st.one_of(st.sampled_from("aå€[\n”–…😀"), st.characters(codec="utf-8")),
    min_size=1,
    max_size=400,
)


def septets(part: str) -> int:
    return sum(2 if character in "\f^{}\\[~]|€" else 1 for character in part)


def utf16_units(part: str) -> int:
    return len(part.encode("utf-16-be")) // 2


def test_all_vectors_are_here() -> None:
    assert len(VECTORS) == 91


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: ascii(vector["text"][:20]))
def test_vector_is_counted_as_expected(vector: dict[str, Any]) -> None:
    counted = count(vector["text"])
    assert counted.encoding == vector["encoding"]
    assert counted.units == vector["septets_or_units"]
    assert counted.parts == vector["segments"]


def test_euro_sign_at_the_edge_moves_whole_to_the_next_part() -> None:
    assert split("a" * 152 + "€" + "b" * 152) == ["a" * 152, "€" + "b" * 151, "b"]


@pytest.mark.parametrize("size", [count, split])
def test_empty_text_is_refused(size: Callable[[str], object]) -> None:
    with pytest.raises(BadInput):
        size("")


@given(texts)
def test_parts_joined_are_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(texts)
def test_no_part_is_over_its_size(text: str) -> None:
    counted, parts = count(text), split(text)
    measure = septets if counted.encoding == "gsm7" else utf16_units
    alone, joined = (160, 153) if counted.encoding == "gsm7" else (70, 67)
    limit = alone if len(parts) == 1 else joined
    assert counted.parts == len(parts)
    assert counted.units == sum(map(measure, parts))
    assert all(0 < measure(part) <= limit for part in parts)


@pytest.mark.parametrize(
    ("typographic", "plain"),
    [
        ("kl 9–12", "kl 9-12"),
        ("”Hej” — välkommen…", '"Hej" - välkommen...'),
        ("d’accord", "d'accord"),
        ("1\u00a0200\u202fkr", "1 200 kr"),
        ("a\u030angra\u00adba\u200br", "ångrabar"),
    ],
)
def test_typographic_characters_become_plain(typographic: str, plain: str) -> None:
    assert to_gsm7(typographic) == plain
    assert count(plain).encoding == "gsm7"


def test_text_that_needs_ucs2_anyway_is_left_alone() -> None:
    assert to_gsm7("Tack – vi ses 😀") == "Tack – vi ses 😀"


def test_text_that_would_get_more_parts_is_left_alone() -> None:
    assert to_gsm7("…" * 70) == "…" * 70


@given(texts)
def test_plain_text_is_never_dearer_and_stays_plain(text: str) -> None:
    plain = to_gsm7(text)
    assert count(plain).parts <= count(text).parts
    assert to_gsm7(plain) == plain
