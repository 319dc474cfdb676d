"""The codec: round trips, strict lengths, forgiving fields, and anything at all over the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.providers.smpp.pdu import (
    MOST_OCTETS,
    Address,
    Bind,
    Command,
    Garbage,
    Pdu,
    ShortMessage,
    Tag,
    c_string,
    read_c_string,
    take,
)

ascii_words = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=20)
octets = st.integers(0, 255)
addresses = st.builds(Address, octets, octets, ascii_words)
tlvs = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4).map(tuple)
short_messages = st.builds(
    ShortMessage,
    addresses,
    addresses,
    st.binary(max_size=254),
    octets,
    octets,
    octets,
    ascii_words,
    tlvs,
)
numbers = st.integers(0, 0xFFFFFFFF)
pdus = st.builds(Pdu, numbers, numbers, numbers, st.binary(max_size=500))


def header(length: int) -> bytes:
    return length.to_bytes(4, "big") + Command.ENQUIRE_LINK.to_bytes(4, "big") + bytes(8)


@given(short_messages)
def test_a_message_written_and_read_is_the_same(message):
    assert ShortMessage.decode(message.encode()) == message


@given(st.lists(pdus, max_size=5), st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_pdus_cut_anywhere_on_the_way_come_out_whole_and_in_order(sent, cuts):
    stream = b"".join(pdu.encode() for pdu in sent)
    buffer, heard, at = bytearray(), list[Pdu](), 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        buffer += stream[at : at + size]
        heard += take(buffer)
        at += size
    assert heard == sent
    assert not buffer


@given(st.binary(max_size=2000))
def test_any_octets_as_a_body_give_some_message(body):
    message = ShortMessage.decode(body)
    assert len(message.content) <= len(body)
    assert len(message.tlvs) <= len(body) // 4


@given(st.binary(max_size=3000))
def test_any_octets_on_the_line_give_pdus_or_garbage_and_never_hang(stream):
    buffer = bytearray(stream)
    try:
        heard = list(take(buffer))
    except Garbage:
        return
    assert sum(16 + len(pdu.body) for pdu in heard) + len(buffer) == len(stream)


@pytest.mark.parametrize("length", [0, 15, MOST_OCTETS + 1, 0x80000000])
def test_a_length_that_can_not_be_is_garbage(length):
    with pytest.raises(Garbage):
        list(take(bytearray(header(length))))


def test_what_came_before_garbage_is_heard():
    answer = Pdu(0x80000004, 0, 7, b"id1\0")
    heard = take(bytearray(answer.encode() + b"\xff" * 20))
    assert next(heard) == answer
    with pytest.raises(Garbage):
        next(heard)


@pytest.mark.parametrize("length", [17, MOST_OCTETS])
def test_a_pdu_that_has_not_come_whole_is_waited_for(length):
    buffer = bytearray(header(length))
    assert list(take(buffer)) == []
    buffer += bytes(length - 16)
    assert [len(pdu.body) for pdu in take(buffer)] == [length - 16]


def test_a_message_that_lies_about_its_length_gives_what_is_there():
    whole = ShortMessage(Address(1, 1, "46701740605"), Address(1, 1, "1"), b"Hej").encode()
    at = len(whole) - 4  # sm_length stands before the message
    message = ShortMessage.decode(whole[:at] + b"\xff" + whole[at + 1 :])
    assert message.short_message == b"Hej"


def test_a_cut_parameter_leaves_the_ones_before_it():
    message = ShortMessage(
        Address(1, 1, "1"), Address(1, 1, "2"), b"", tlvs=((Tag.MESSAGE_STATE, b"\2"),)
    )
    read = ShortMessage.decode(message.encode() + b"\x00\x1e\x00\x50ab")
    assert read.tlv(Tag.MESSAGE_STATE) == b"\2"
    assert read.tlv(Tag.RECEIPTED_MESSAGE_ID) == b"ab"


def test_a_message_of_255_octets_is_not_written():
    with pytest.raises(ValueError, match="255"):
        ShortMessage(Address(1, 1, "1"), Address(1, 1, "2"), bytes(255)).encode()


def test_an_answer_has_the_sequence_number_of_what_it_answers():
    answer = Pdu(Command.DELIVER_SM, 0, 77).answer(0x64, b"\0")
    assert answer == Pdu(0x80000005, 0x64, 77, b"\0")


def test_a_bind_is_written_as_the_standard_has_it():
    assert Bind("ringback", "secret").encode() == b"ringback\0secret\0\0\x34\0\0\0"


@pytest.mark.parametrize("word", ["å", "a\0b"])
def test_a_string_that_smpp_can_not_carry_is_refused(word):
    with pytest.raises(ValueError, match=r"ascii|NUL"):
        c_string(word)


def test_a_message_id_without_an_end_is_read_to_the_end():
    assert read_c_string(b"abc") == "abc"
    assert read_c_string(b"") == ""
