"""Datagrams in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_adapter.sip.messages import Message, bye_for, parsed, reply_to, tag_of
from tests.pbx_adapter.sip.bare_pbx import OFFER, request

FOLDED = (
    b"INVITE sip:900@pbx SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;received=192.0.2.9, SIP/2.0/TCP 192.0.2.2\r\n"
    b"f: \"J\xf6rgen\"\r\n <sip:0701740605@pbx>;tag=far;x=y\r\n"
    b"t: <sip:900@pbx>\r\ni: call-1\r\nCseq:  7   INVITE\r\nRecord-Route: <sip:a;lr>\r\n"
    b"record-route: <sip:b;lr>\r\nm: <sip:pbx@192.0.2.1:5080>\r\nl: 3\r\n\r\nabc"
)  # fmt: skip


def read(datagram: bytes) -> Message:
    message = parsed(datagram)
    assert message is not None
    return message


def test_compact_folded_and_repeated_headers_are_read() -> None:
    invite = read(FOLDED)
    assert (invite.method, invite.uri, invite.call_id, invite.cseq) == (
        "INVITE",
        "sip:900@pbx",
        "call-1",
        7,
    )
    assert invite.branch == "z9hG4bKa"
    assert list(invite.every("via"))[1] == "SIP/2.0/TCP 192.0.2.2"
    assert invite.body == "abc"


def test_a_reply_takes_over_the_very_bytes_of_its_request() -> None:
    reply = reply_to(read(FOLDED), "180 Ringing", "us").encoded()
    assert b'From: "J\xf6rgen" <sip:0701740605@pbx>;tag=far;x=y\r\n' in reply
    assert (
        b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa;received=192.0.2.9, SIP/2.0/TCP 192" in reply
    )
    assert b"To: <sip:900@pbx>;tag=us\r\n" in reply
    assert read(reply).status == 180


def test_a_reply_within_a_dialog_keeps_its_tag() -> None:
    bye = read(request("BYE", "c", 2, to="<sip:900@pbx;tag=no>;tag=ours"))
    assert tag_of(reply_to(bye, "200 OK", "other").headers[2][1]) == "ours"


def test_a_bye_goes_to_the_contact_by_the_recorded_route_in_order() -> None:
    bye = read(
        bye_for(read(FOLDED), "us", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKb", "sip:me@x").encoded()
    )
    assert bye.first_line == "BYE sip:pbx@192.0.2.1:5080 SIP/2.0"
    assert list(bye.every("route")) == ["<sip:a;lr>", "<sip:b;lr>"]
    assert (tag_of(bye.first("from")), tag_of(bye.first("to"))) == ("us", "far")
    assert bye.branch == "z9hG4bKb"


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\x00\x00\x00",
        b"\xff" * 300,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 abc What\r\nVia: x\r\nFrom: x\r\nTo: x\r\nCall-ID: x\r\nCSeq: 1 X\r\n\r\n",
        request("INVITE", "c").replace(b"Call-ID: c\r\n", b""),
        request("INVITE", "c").replace(b"CSeq: 1 INVITE", b"CSeq: one INVITE"),
        request("INVITE", "c").replace(b"CSeq: 1 INVITE", b"CSeq: "),
    ],
)
def test_what_is_no_sip_is_passed_over(datagram: bytes) -> None:
    assert parsed(datagram) is None


@given(st.binary(max_size=400), st.integers(0, 600))
def test_no_bytes_raise(noise: bytes, at: int) -> None:
    whole = request("INVITE", "c", body=OFFER)
    message = parsed(whole[:at] + noise + whole[at:])
    if message is not None:
        assert message.method
        assert message.uri or message.status
        assert message.cseq >= 0
        assert isinstance(reply_to(message, "200 OK", "t").encoded(), bytes)


def invite_with(contact: bytes, body: bytes = b"") -> bytes:
    return (
        b"INVITE sip:900@pbx SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
        b"From: <sip:1@pbx>\r\nTo: <sip:900@pbx>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
        b"Contact: " + contact + b"\r\n\r\n" + body
    )


@pytest.mark.parametrize("contact", [b"<sip:a@b\nX-Evil: yes\n>", b"<sip:a\0@b>", b"x" * 2100])
def test_a_contact_that_is_huge_or_torn_is_not_asked_for(contact: bytes) -> None:
    message = parsed(invite_with(contact))
    assert message is not None
    assert bye_for(message, "t", "v", "c").first_line == "BYE sip:900@pbx SIP/2.0"


def test_a_line_feed_in_a_name_begins_no_header_in_our_reply() -> None:
    message = read(request("INVITE", "x", sender=b'From: "Eve\nX-Evil: yes" <sip:1@pbx>;tag=far'))
    assert b'From: "Eve X-Evil: yes" <sip:1@pbx>;tag=far' in reply_to(message, "200 OK").encoded()


def test_a_huge_message_is_passed_over() -> None:
    assert parsed(invite_with(b"<sip:a@b>", b"\n" * 16_000)) is not None
    assert parsed(invite_with(b"<sip:a@b>", b"\n" * 17_000)) is None
