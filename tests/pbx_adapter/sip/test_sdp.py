"""Offers as phones make them, and our answers."""

import pytest

from pbx_adapter.sip import sdp
from pbx_adapter.sip.sdp import PCMA, PCMU, audio_offer

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
EVENTS = "a=rtpmap:101 telephone-event/8000\r\n"


def test_the_first_g711_codec_and_the_digits_are_chosen() -> None:
    offer = audio_offer(HEAD + "m=audio 4000 RTP/AVP 9 0 8 101\r\n" + EVENTS)
    assert offer is not None
    assert (offer.host, offer.port, offer.codec, offer.digits) == ("192.0.2.1", 4000, PCMU, 101)


def test_an_address_of_the_sound_itself_goes_before_that_of_the_session() -> None:
    offer = audio_offer(HEAD + "m=audio 4000 RTP/AVPF 8\r\nc=IN IP4 192.0.2.7\r\n")
    assert offer is not None
    assert (offer.host, offer.codec, offer.digits) == ("192.0.2.7", PCMA, None)


@pytest.mark.parametrize(
    "media",
    [
        "",
        "m=audio 4000 RTP/AVP 3 18 101\r\n" + EVENTS,
        "m=audio 4000 RTP/SAVP 8\r\n",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 8\r\n",
        "m=audio 0 RTP/AVP 8\r\n",
        "m=audio 99999 RTP/AVP 8\r\n",
        "m=video 4000 RTP/AVP 8\r\n",
        "m=audio x RTP/AVP 8\r\n",
        "m=audio 4000 RTP/AVP 8\r\nm=video\r\n",
    ],
)
def test_what_we_do_not_speak_is_no_offer(media: str) -> None:
    assert audio_offer(HEAD + media) is None


def test_ipv6_alone_is_no_offer() -> None:
    assert audio_offer("v=0\r\nc=IN IP6 2001:db8::1\r\nm=audio 4000 RTP/AVP 8\r\n") is None


def test_the_answer_has_every_line_of_the_offer_and_refuses_the_others() -> None:
    offer = audio_offer(
        HEAD
        + "m=video 5000 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\n"
        + "m=audio 4000 RTP/AVPF 8 101\r\n"
        + EVENTS
    )
    assert offer is not None
    answer = sdp.answer(offer, "192.0.2.9", 6000)
    lines = [line for line in answer.split("\r\n") if line.startswith("m=")]
    assert lines == ["m=video 0 RTP/AVP 96 97", "m=audio 6000 RTP/AVPF 8 101"]
    assert "c=IN IP4 192.0.2.9" in answer
    assert "a=rtpmap:101 telephone-event/8000" in answer


def test_our_own_offer_names_every_codec_that_the_ack_may_choose() -> None:
    lines = sdp.answer(sdp.UNKNOWN_YET, "192.0.2.9", 6000).split("\r\n")
    assert "m=audio 6000 RTP/AVP 8 0 101" in lines
    assert {"a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000"} <= set(lines)
