"""Callers' long texts: in any order, twice, with parts that never come."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.providers.smpp.joining import Joining, part_of
from sms_gateway.providers.smpp.pdu import Address, Esm, ShortMessage, Tag
from tests.clock import FRIDAY_AT_TEN

CALLER, OURS = Address(1, 1, "46701740605"), Address(1, 1, "46846500400")
TEN_MINUTES = timedelta(minutes=10)


def part(number: int, words: bytes, total: int = 3, reference: int = 7, data_coding: int = 0):
    header = bytes((5, 0, 3, reference, total, number))
    return part_of(ShortMessage(CALLER, OURS, header + words, Esm.UDHI, data_coding))


@pytest.fixture
def joining() -> Joining:
    return Joining("gsm7", TEN_MINUTES)


@pytest.mark.parametrize("order", [*itertools.permutations((1, 2, 3))])
def test_parts_in_any_order_give_the_text(joining, order):
    for number in order:
        one = part(number, b"abc"[number - 1 : number])
        text = joining.add(one, FRIDAY_AT_TEN)
    assert text.is_closed
    assert joining.words(text) == "abc"


@given(st.text(st.sampled_from("aå😀漢"), min_size=2, max_size=50), st.integers(1, 60))
def test_a_character_cut_in_two_by_the_phone_is_whole_again(text, at):
    raw = text.encode("utf-16-be")
    at = min(at, len(raw) - 1)
    joining = Joining("gsm7", TEN_MINUTES)
    for number, piece in enumerate((raw[:at], raw[at:]), start=1):
        one = part(number, piece, total=2, data_coding=8)
        joined = joining.add(one, FRIDAY_AT_TEN)
    assert joining.words(joined) == text


def test_parts_by_parameters_and_by_a_16_bit_header_are_joined_too(joining):
    for number, words in ((1, b"a"), (2, b"b")):
        tlvs = (
            (Tag.SAR_MSG_REF_NUM, b"\1\2"),
            (Tag.SAR_TOTAL_SEGMENTS, b"\2"),
            (Tag.SAR_SEGMENT_SEQNUM, bytes((number,))),
        )
        by_tlv = part_of(ShortMessage(CALLER, OURS, words, tlvs=tlvs))
        header = bytes((6, 8, 4, 1, 3, 2, number))
        by_header = part_of(ShortMessage(CALLER, OURS, header + words, Esm.UDHI))
        one = joining.add(by_tlv, FRIDAY_AT_TEN)
        other = joining.add(by_header, FRIDAY_AT_TEN)
    assert one is not other
    assert joining.words(one) == joining.words(other) == "ab"


def test_texts_of_two_callers_with_one_reference_are_two(joining):
    one = part(1, b"a")
    other = part_of(
        ShortMessage(Address(1, 1, "46701740606"), OURS, b"\5\0\3\7\3\2" + b"b", Esm.UDHI)
    )
    joining.add(one, FRIDAY_AT_TEN)
    joining.add(other, FRIDAY_AT_TEN)
    assert len(joining.all()) == 2


def test_a_text_that_lacks_parts_is_overdue_after_ten_minutes_and_says_so(joining):
    text = joining.add(part(2, b"b"), FRIDAY_AT_TEN)
    assert joining.overdue(FRIDAY_AT_TEN + timedelta(minutes=9)) == []
    assert joining.overdue(FRIDAY_AT_TEN + TEN_MINUTES) == [text]
    assert joining.words(text) == "[…]b[…]"


def test_a_part_that_comes_again_after_its_text_was_stored_begins_no_new_text(joining):
    joining.add(first := part(1, b"a", total=2), FRIDAY_AT_TEN)
    text = joining.add(part(2, b"b", total=2), FRIDAY_AT_TEN)
    joining.stored(text, FRIDAY_AT_TEN)
    assert joining.add(first, FRIDAY_AT_TEN) is text
    assert joining.all() == []
    joining.overdue(FRIDAY_AT_TEN + TEN_MINUTES)  # by then the reference may be used again
    assert joining.add(first, FRIDAY_AT_TEN + TEN_MINUTES) is not text


@pytest.mark.parametrize("order", [*itertools.permutations((1, 2, 3))])
def test_a_phone_with_one_reference_may_begin_two_texts_in_the_same_words(joining, order):
    for number, words in enumerate((b"Hej! ", b"Kan jag ", b"boka?"), start=1):
        first = joining.add(part(number, words), FRIDAY_AT_TEN)
    joining.stored(first, FRIDAY_AT_TEN)
    second = {1: b"Hej! ", 2: b"Kan jag ", 3: b"avboka?"}
    later = FRIDAY_AT_TEN + timedelta(minutes=5)
    joined = {joining.add(part(number, second[number]), later) for number in order}
    (text,) = joined - {first}
    assert joining.words(text) == "Hej! Kan jag avboka?"
    assert text.is_closed
    assert joining.words(first) == "Hej! Kan jag boka?"


def test_a_new_text_with_an_old_reference_pushes_the_old_one_out_and_loses_neither(joining):
    joining.add(part(1, b"old", total=2), FRIDAY_AT_TEN)
    joining.add(part(1, b"new", total=2), FRIDAY_AT_TEN)
    new = joining.add(part(2, b"er", total=2), FRIDAY_AT_TEN)
    assert joining.words(new) == "newer"
    pushed_out, whole = joining.overdue(FRIDAY_AT_TEN)
    assert (joining.words(pushed_out), whole) == ("old[…]", new)


def test_a_text_that_is_being_stored_takes_no_part_and_the_part_is_kept(joining):
    incomplete = joining.add(first := part(1, b"a", total=2), FRIDAY_AT_TEN)
    joining.close(incomplete)
    late = joining.add(part(2, b"b", total=2), FRIDAY_AT_TEN)
    assert joining.add(first, FRIDAY_AT_TEN) is incomplete
    joining.stored(incomplete, FRIDAY_AT_TEN)
    assert joining.all() == [late]
    assert joining.words(late) == "[…]b"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"\5\0\3\7\1\1Hej", b"Hej"),  # one of one
        (b"\5\0\3\7\2\0Hej", b"Hej"),  # part 0
        (b"\5\0\3\7\2\3Hej", b"Hej"),  # part 3 of 2
        (b"\3\x24\1\1Hej", b"Hej"),  # a header about something else
        (b"\2\0\3Hej", b"Hej"),  # a header that ends too early
        (b"\xffHej", b"\xffHej"),  # a header longer than the message
        (b"", b""),
    ],
)
def test_a_header_that_makes_no_sense_leaves_a_text(octets, words):
    read = part_of(ShortMessage(CALLER, OURS, octets, Esm.UDHI))
    assert (read.key, read.piece.octets) == (None, words)


@given(st.binary(max_size=160), st.integers(0, 255), st.integers(0, 255))
def test_any_message_is_a_part_or_a_text(octets, esm_class, data_coding):
    one = part_of(ShortMessage(CALLER, OURS, octets, esm_class, data_coding))
    joining = Joining("gsm7", TEN_MINUTES)
    if one.key is not None:
        assert joining.words(joining.add(one, FRIDAY_AT_TEN))
