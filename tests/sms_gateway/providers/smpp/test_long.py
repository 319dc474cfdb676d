"""A text as messages: the same parts as are billed, and put together again the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.errors import BadInput
from ringback.messages import Outbound
from ringback.segments import count, split
from sms_gateway.providers.smpp.account import Long, SmppAccount
from sms_gateway.providers.smpp.alphabets import decode, from_gsm7, gsm7
from sms_gateway.providers.smpp.joining import Joining, part_of
from sms_gateway.providers.smpp.long import address, messages, number_of
from sms_gateway.providers.smpp.pdu import Address, ShortMessage, Tag
from tests.clock import FRIDAY_AT_TEN

OURS, CALLER = "+46846500400", "+46701740605"
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà"
    "\f^{}\\[~]|€"
)
texts = st.one_of(
    st.text(st.sampled_from(ALPHABET), min_size=1, max_size=700),
    st.text(st.sampled_from("åä€😀漢 ej"), min_size=1, max_size=400),
)
WAYS: tuple[Long, ...] = ("udh8", "udh16", "sar", "payload")


def account(**more) -> SmppAccount:
    return SmppAccount(name="smsc", host="127.0.0.1", system_id="ringback", password="x", **more)


def cut(text: str, **more) -> list[ShortMessage]:
    return messages(Outbound("token", OURS, CALLER, text), account(**more), reference=0x12345)


def joined(parts: list[ShortMessage], alphabet="gsm7") -> str:
    """What a phone would show; our own reading of parts that a caller sends is as good as any."""
    joining = Joining(alphabet, patience=FRIDAY_AT_TEN - FRIDAY_AT_TEN)
    for part in map(part_of, parts):
        if part.key is None:
            return decode(part.piece.octets, part.piece.data_coding, alphabet)
        joining.add(part, FRIDAY_AT_TEN)
        if joining.is_whole(part.key):
            return joining.text(part.key)
    raise AssertionError("a part is missing")


@given(texts, st.sampled_from(WAYS))
def test_a_text_in_parts_put_together_is_the_same_text(text, long):
    assert joined(cut(text, long=long)) == text


@given(texts, st.sampled_from(WAYS))
def test_a_text_for_an_smsc_with_latin_1_put_together_is_the_same_text(text, long):
    assert joined(cut(text, long=long, alphabet="latin1"), "latin1") == text


@given(texts, st.sampled_from(["udh8", "sar"]))
def test_the_parts_are_those_that_are_billed(text, long):
    assert [joined_alone(part) for part in cut(text, long=long)] == split(text)
    assert len(cut(text, long=long)) == count(text).parts


def joined_alone(part: ShortMessage) -> str:
    piece = part_of(part).piece
    return decode(piece.octets, piece.data_coding, "gsm7")


@given(texts)
def test_no_part_is_too_long_for_its_header(text):
    for long, room in (("udh8", 153), ("udh16", 152), ("sar", 153)):
        parts = cut(text, long=long)
        for part in parts:
            octets = part_of(part).piece.octets
            wide = part.data_coding == 8
            most = (room // 153 * 134 or 132) if wide else room
            alone = 140 if wide else 160
            assert len(octets) <= (most if len(parts) > 1 else alone)


@given(st.text(st.sampled_from(ALPHABET)))
def test_gsm7_written_and_read_is_the_same(text):
    assert from_gsm7(b"".join(gsm7(character) or b"?" for character in text)) == text


@given(st.binary(), st.integers(0, 255), st.sampled_from(["gsm7", "latin1"]))
def test_any_octets_in_any_coding_are_some_text(octets, data_coding, alphabet):
    assert isinstance(decode(octets, data_coding, alphabet), str)


def test_each_way_to_cut_marks_its_parts_as_the_standard_has_it():
    text = "a" * 200
    assert [part.short_message[:6].hex() for part in cut(text)] == ["050003450201", "050003450202"]
    assert [part.short_message[:7].hex() for part in cut(text, long="udh16")] == [
        "06080423450201",
        "06080423450202",
    ]
    by_tlv = cut(text, long="sar")
    assert [part.tlv(Tag.SAR_MSG_REF_NUM) for part in by_tlv] == [b"\x23\x45"] * 2
    assert [part.tlv(Tag.SAR_TOTAL_SEGMENTS) for part in by_tlv] == [b"\2"] * 2
    assert [part.tlv(Tag.SAR_SEGMENT_SEQNUM) for part in by_tlv] == [b"\1", b"\2"]
    assert [part.esm_class for part in (*cut(text), *by_tlv)] == [0x40, 0x40, 0, 0]
    (whole,) = cut(text, long="payload")
    assert (whole.short_message, whole.tlv(Tag.MESSAGE_PAYLOAD)) == (b"", b"a" * 200)


def test_a_euro_sign_goes_wide_where_the_alphabet_is_latin_1():
    (euro,) = cut("5 €", alphabet="latin1")
    (swedish,) = cut("åäö [x]", alphabet="latin1")
    assert (euro.data_coding, euro.short_message) == (8, "5 €".encode("utf-16-be"))
    assert (swedish.data_coding, swedish.short_message) == (0, "åäö [x]".encode("latin-1"))


def test_a_text_of_more_than_255_parts_is_refused():
    with pytest.raises(BadInput, match="255 parts"):
        cut("a" * 153 * 256)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+46846500400", Address(1, 1, "46846500400")),
        ("Salongen", Address(5, 0, "Salongen")),
        ("72456", Address(3, 0, "72456")),
    ],
)
def test_a_sender_is_written_as_what_it_is(number, written):
    assert address(number) == written


@pytest.mark.parametrize("sender", ["Frisör", "", "a" * 21, "a\nb"])
def test_a_sender_that_smpp_can_not_carry_is_refused(sender):
    with pytest.raises(BadInput):
        address(sender)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (Address(1, 1, "46701740605"), "+46701740605"),
        (Address(1, 1, "0046701740605"), "+46701740605"),
        (Address(0, 1, "46701740605"), "+46701740605"),
        (Address(0, 0, "+46701740605"), "+46701740605"),
        (Address(2, 1, "0701740605"), "0701740605"),
        (Address(3, 0, "72456"), "72456"),
        (Address(5, 0, "Banken"), "Banken"),
        (Address(1, 1, ""), ""),
    ],
)
def test_a_number_of_the_smsc_is_read_as_what_it_is(written, number):
    assert number_of(written) == number


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"\x0f \x7b \x7c \x1b\x65", 0, "å ä ö €"),
        (b"Hej {x}", 1, "Hej {x}"),
        (b"\x0f \x7b", 1, "å ä"),  # GSM-7 under the number of IA5
        (b"\xe5\xe4\xf6", 3, "åäö"),
        ("åäö 😀".encode("utf-16-be"), 8, "åäö 😀"),
        (b"\x00h\x00e\x00j\x00", 8, "hej\ufffd"),
        (b"\x0f", 0xF1, "å"),  # with a message class
        (b"\x00h", 0x18, "h"),
        (b"\xe5", 0xF5, "å"),
    ],
)
def test_a_message_is_read_by_its_coding(octets, data_coding, text):
    assert decode(octets, data_coding, "gsm7") == text
