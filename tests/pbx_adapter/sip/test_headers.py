"""Who called, for whom and why, from INVITEs as PBXs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_adapter.sip.headers import Caller, address, caller_of, dialled_of, digit_of, reason_of
from pbx_adapter.sip.messages import Message, parsed
from ringback.calls import Reason

OWN = "900"


def invite(
    *lines: str | bytes, sender: str | bytes = "From: <sip:0701740605@pbx>;tag=1"
) -> Message:
    raw = [
        b"INVITE sip:900@192.0.2.1 SIP/2.0",
        b"Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1",
        b"To: <sip:900@pbx>",
        b"Call-ID: 1",
        b"CSeq: 1 INVITE",
        *(line if isinstance(line, bytes) else line.encode() for line in (sender, *lines)),
    ]
    message = parsed(b"\r\n".join(raw) + b"\r\n\r\n")
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("sender", "number", "name"),
    [
        ("From: <sip:0701740605@pbx>;tag=1", "0701740605", ""),
        ("f: sip:0701740605@pbx;tag=1", "0701740605", ""),
        ('FROM : "Anna \\"A\\" <x>" <sip:+46701740605@pbx:5060;user=phone>;tag=1', "+46701740605", 'Anna "A" <x>'),
        ("From: Anna Berg <sips:0701740605@pbx>;tag=1", "0701740605", "Anna Berg"),
        ("From: <tel:+46-70-174-06-05>;tag=1", "+46701740605", ""),
        ("From: <tel:70(174)06.05;phone-context=+46>;tag=1", "+46701740605", ""),
        ("From: <sip:0701740605;phone-context=+46@pbx>;tag=1", "0701740605", ""),
        ("From: <sip:%2B46701740605@pbx>;tag=1", "+46701740605", ""),
        ("From: <sip:0701740605:secret@pbx>;tag=1", "0701740605", ""),
        (b'From: "J\xf6rgen" <sip:0701740605@pbx>;tag=1', "0701740605", "Jörgen"),
        ('From: "Jörgen" <sip:0701740605@pbx>;tag=1', "0701740605", "Jörgen"),
        ("From: <sip:anna@pbx>;tag=1", "anna", ""),
        ("From: <sip:pbx>;tag=1", "", ""),
    ],
)  # fmt: skip
def test_from_in_every_form_gives_number_and_name(
    sender: str | bytes, number: str, name: str
) -> None:
    assert caller_of(invite(sender=sender)) == Caller(number, name, withheld=False)


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["P-Asserted-Identity: <sip:+46846500411@pbx>"], "+46846500411"),
        (["P-Asserted-Identity: <sip:anna@pbx>, <tel:+46846500411>"], "+46846500411"),
        (["P-Asserted-Identity: <sip:anna@pbx>", "P-Asserted-Identity: <tel:+46846500411>"], "+46846500411"),
        (["Remote-Party-ID: <sip:0846500411@pbx>;party=calling;privacy=off"], "0846500411"),
        (["P-Asserted-Identity: <sip:anna@pbx>"], "0701740605"),
        (["Privacy: none", "P-Asserted-Identity: <sip:+46846500411@pbx>"], "+46846500411"),
        (["Privacy: history"], "0701740605"),
    ],
)  # fmt: skip
def test_what_the_network_asserts_goes_before_from(lines: list[str], number: str) -> None:
    assert caller_of(invite(*lines)).number == number


@pytest.mark.parametrize(
    ("sender", "lines"),
    [
        ('From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', []),
        ("From: <sip:+46701740605@anonymous.invalid>;tag=1", []),
        ("From: <sip:0701740605@pbx>;tag=1", ["Privacy: id"]),
        ("From: <sip:0701740605@pbx>;tag=1", ["Privacy: user;critical"]),
        ("From: <sip:0701740605@pbx>;tag=1", ["Remote-Party-ID: <sip:0701740605@pbx>;privacy=full"]),
        ("From: <sip:anonymous@pbx>;tag=1", ["P-Asserted-Identity: <sip:0701740605@pbx>"]),
    ],
)  # fmt: skip
def test_a_hidden_number_is_not_passed_on(sender: str, lines: list[str]) -> None:
    assert caller_of(invite(*lines, sender=sender)) == Caller("anonymous", "", withheld=True)


@pytest.mark.parametrize(
    ("lines", "dialled", "reason"),
    [
        ([], None, Reason.NO_ANSWER),
        (["Diversion: <sip:0846500401@pbx>;reason=no-answer;counter=1"], "0846500401", Reason.NO_ANSWER),
        (["diversion: <tel:+46-8-46500401>;Reason=User-Busy"], "+46846500401", Reason.BUSY),
        (
            ["Diversion: <sip:101@pbx>;reason=user-busy", "Diversion: <sip:0846500401@pbx>;reason=time-of-day"],
            "0846500401",
            Reason.BUSY,
        ),
        (
            ['Diversion: "A, B" <sip:101@pbx>;reason=unknown, <sip:0846500401@pbx>;reason="time-of-day"'],
            "0846500401",
            Reason.AFTER_HOURS,
        ),
        (["Diversion: <sip:0846500401@pbx>;reason=unconditional"], "0846500401", Reason.UNAVAILABLE),
        (["Diversion: <sip:0846500401@pbx>;reason=do-not-disturb"], "0846500401", Reason.BUSY),
        (
            [
                "History-Info: <sip:101@pbx;cause=302>;index=1.1,<sip:900@pbx;cause=408>;index=1.1.1",
                "History-Info: <sip:0846500401@pbx>;index=1",
            ],
            "0846500401",
            Reason.NO_ANSWER,
        ),
        (
            ["History-Info: <sip:0846500401@pbx?Reason=SIP%3Bcause%3D486>;index=1, <sip:900@pbx>;index=1.1"],
            "0846500401",
            Reason.BUSY,
        ),
        (
            ["Diversion: <sip:0846500401@pbx>", "History-Info: <sip:0846500402@pbx?Reason=SIP%3Bcause%3D404>;index=1"],
            "0846500401",
            Reason.UNAVAILABLE,
        ),
    ],
)  # fmt: skip
def test_diversions_tell_the_number_dialled_first_and_the_latest_reason(
    lines: list[str], dialled: str | None, reason: Reason
) -> None:
    message = invite(*lines)
    assert (dialled_of(message, OWN), reason_of(message)) == (dialled, reason)


def test_to_names_the_number_dialled_when_the_pbx_left_it_there() -> None:
    message = invite()
    kept = tuple(
        ("to", "<sip:0846500401@pbx>") if n == "to" else (n, v) for n, v in message.headers
    )
    assert dialled_of(Message(message.first_line, kept), OWN) == "0846500401"


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", "Signal=1\r\nDuration=160\r\n", "1"),
        ("application/dtmf-relay; charset=utf-8", "Duration=160\nsignal= *", "*"),
        ("application/dtmf", "1", "1"),
        ("application/dtmf", "b\r\n", "B"),
        ("application/dtmf", "11", ""),
        ("text/plain", "1", ""),
        ("", "", ""),
    ],
)
def test_info_in_both_forms_gives_the_digit(kind: str, body: str, digit: str) -> None:
    info = Message("INFO sip:x SIP/2.0", (("content-type", kind),), body)
    assert digit_of(info) == digit


@given(st.text(max_size=60), st.sampled_from(["", "sip:", "tel:", '"', "<sip:", "%00", ";"]))
def test_no_header_raises_or_lets_control_characters_through(noise: str, start: str) -> None:
    value = (start + noise).replace("\r", "").replace("\n", "")
    lines = [f"{name}: {value}" for name in ("Diversion", "History-Info", "Privacy")]
    identities = [f"{name}: {value}" for name in ("P-Asserted-Identity", "Remote-Party-ID")]
    message = invite(*lines, *identities, sender=f"From: x{value}")
    caller, dialled = caller_of(message), dialled_of(message, OWN) or ""
    assert (caller.number + caller.name + dialled).isprintable()
    assert reason_of(message) in Reason


def test_parameters_after_the_address_are_read_whatever_their_case() -> None:
    found = address('"X" <sip:101@pbx;lr>;Reason="no-answer" ; COUNTER=1;flag')
    assert found.params == {"reason": "no-answer", "counter": "1", "flag": ""}
