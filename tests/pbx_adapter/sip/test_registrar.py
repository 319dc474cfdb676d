"""What replies to REGISTER mean, and how long is waited."""

import hashlib
import threading

import pytest

from pbx_adapter.link import Backoff, LinkKind
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.digest import authorization
from pbx_adapter.sip.messages import Message, parsed
from pbx_adapter.sip.peers import Peers
from pbx_adapter.sip.registrar import Registrar, Rhythm, Standing

ACCOUNT = SipAccount("pbx.example", "900", "secret")
RHYTHM = Rhythm(unreachable=Backoff(1, 4), refused=Backoff(30, 60))
CHALLENGE = ("www-authenticate", 'Digest realm="pbx", nonce="n1", qop="auth,auth-int", opaque="o"')


def reply(status: str, *headers: tuple[str, str]) -> Message:
    return Message(f"SIP/2.0 {status}", headers)


class Pbx:
    """Gives the replies in turn, the last one for ever."""

    def __init__(self, *replies: Message | OSError | None) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[int, Message | None]] = []
        self.told: list[Standing] = []
        self.registrar = Registrar(ACCOUNT, self.ask, self.told.append, RHYTHM)

    def ask(self, expires_s: int, challenge: Message | None) -> Message | None:
        self.asked.append((expires_s, challenge))
        answer = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


def test_a_challenge_is_answered_once_and_then_we_are_up() -> None:
    challenge = reply("401 Unauthorized", CHALLENGE)
    pbx = Pbx(challenge, reply("200 OK", ("expires", "60")))
    assert pbx.registrar.try_once().kind is LinkKind.UP
    assert pbx.asked == [(120, None), (120, challenge)]


def test_a_wrong_secret_is_refused_after_one_answer() -> None:
    pbx = Pbx(reply("401 Unauthorized", CHALLENGE))
    standing = pbx.registrar.try_once()
    assert standing.kind is LinkKind.REFUSED
    assert "user name and secret" in standing.text
    assert len(pbx.asked) == 2


def test_a_stale_nonce_is_answered_again() -> None:
    stale = reply("401 Unauthorized", (CHALLENGE[0], CHALLENGE[1] + ", stale=true"))
    pbx = Pbx(reply("401 Unauthorized", CHALLENGE), stale, reply("200 OK"))
    assert pbx.registrar.try_once().kind is LinkKind.UP


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (None, LinkKind.UNREACHABLE, "does not answer"),
        (OSError("no such host"), LinkKind.UNREACHABLE, "no such host"),
        (reply("503 Service Unavailable"), LinkKind.UNREACHABLE, "503 Service Unavailable"),
        (reply("403 Forbidden"), LinkKind.REFUSED, "secret"),
        (reply("404 Not Found"), LinkKind.REFUSED, "no extension 900"),
        (reply("606 Not Acceptable"), LinkKind.REFUSED, "606 Not Acceptable"),
    ],
)
def test_each_failure_is_told_in_a_sentence(
    answer: Message | OSError | None, kind: LinkKind, words: str
) -> None:
    standing = Pbx(answer).registrar.try_once()
    assert standing.kind is kind
    assert words in standing.text


def test_a_pbx_that_goes_away_is_lost_and_comes_back() -> None:
    pbx = Pbx(reply("200 OK"), None, None, reply("200 OK"))
    kinds = [pbx.registrar.try_once().kind for _ in range(4)]
    assert kinds == [LinkKind.UP, LinkKind.LOST, LinkKind.LOST, LinkKind.UP]


def test_an_interval_too_brief_is_lengthened() -> None:
    pbx = Pbx(reply("423 Interval Too Brief", ("min-expires", "600")), reply("200 OK"))
    pbx.registrar.try_once()
    pbx.registrar.try_once()
    assert [expires_s for expires_s, _ in pbx.asked] == [120, 600]


def test_the_registration_is_given_back_when_we_stop() -> None:
    pbx = Pbx(reply("200 OK"))
    stopping = threading.Event()
    thread = threading.Thread(target=pbx.registrar.run, args=(stopping,))
    thread.start()
    stopping.set()
    thread.join(20)
    assert not thread.is_alive()
    assert [expires_s for expires_s, _ in pbx.asked] in ([120, 0], [])


def test_the_digest_is_that_of_the_standard() -> None:
    """RFC 7616 3.9.1, both algorithms."""
    asked = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    found = {}
    for algorithm in ("MD5", "SHA-256"):
        challenge = reply("407 Asked", ("proxy-authenticate", asked.format(algorithm)))
        proof = authorization(
            challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", cnonce
        )
        assert proof is not None
        assert proof[0] == "Proxy-Authorization"
        found[algorithm] = proof[1].partition('response="')[2].partition('"')[0]
    assert found == {
        "MD5": "8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }


def test_a_digest_that_we_do_not_know_is_not_guessed() -> None:
    challenge = reply("401 Asked", ("www-authenticate", 'Digest nonce="n", algorithm=SHA-512-256'))
    assert authorization(challenge, "u", "s", "REGISTER", "sip:x") is None


def test_a_realm_in_latin_1_is_hashed_and_given_back_as_it_came() -> None:
    datagram = (
        b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
        b"From: <sip:900@pbx>\r\nTo: <sip:900@pbx>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n"
        b'WWW-Authenticate: Digest realm="V\xe4xel", nonce="abc"\r\n\r\n'
    )
    challenge = parsed(datagram)
    assert challenge is not None
    proof = authorization(challenge, "900", "secret", "REGISTER", "sip:pbx")
    assert proof is not None
    assert b'realm="V\xe4xel"' in Message("REGISTER sip:pbx SIP/2.0", (proof,)).encoded()
    who = hashlib.md5(b"900:V\xe4xel:secret", usedforsecurity=False).hexdigest()
    what = hashlib.md5(b"REGISTER:sip:pbx", usedforsecurity=False).hexdigest()
    response = hashlib.md5(f"{who}:abc:{what}".encode(), usedforsecurity=False).hexdigest()
    assert f'response="{response}"' in proof[1]


def test_a_fault_that_quotes_the_secret_is_told_by_its_kind_alone() -> None:
    stopping = threading.Event()
    told: list[str] = []

    def ask(expires_s: int, challenge: Message | None) -> Message | None:
        raise ValueError("900:pbx:secret")

    def tell(standing: Standing) -> None:
        told.append(standing.text)
        stopping.set()

    Registrar(ACCOUNT, ask, tell, RHYTHM).run(stopping)
    assert len(told) == 1
    assert "ValueError" in told[0]
    assert "secret" not in told[0]


@pytest.mark.parametrize("status", ["503", "606"])
def test_a_reason_that_is_long_and_no_text_is_cut_and_cleaned(status: str) -> None:
    standing = Pbx(reply(f"{status} \udce5{'x' * 70_000}\x1b")).registrar.try_once()
    assert "å" in standing.text
    assert len(standing.text) < 200
    assert standing.text.isprintable()


def waits(*statuses: str, rhythm: Rhythm) -> list[float]:
    """How long is waited after each of these replies to REGISTER."""
    left = list(statuses)
    stopping = Waited(len(left))
    registrar = Registrar(ACCOUNT, lambda *_: reply(left.pop(0)), lambda _: None, rhythm)
    registrar.run(stopping)
    return stopping.seconds


class Waited(threading.Event):
    """Notes how long is waited, and is set after so many times; leave is refused at the end."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        if len(self.seconds) == self.times:
            self.set()
        return self.is_set()


RARELY = Backoff(300, 600)


def test_a_403_after_an_earlier_registration_is_retried_when_that_has_run_out() -> None:
    assert waits("403 No", rhythm=Rhythm(refused=RARELY, was_registered=True)) == [120]


@pytest.mark.parametrize(("status", "before"), [("403 No", False), ("404 Not Found", True)])
def test_other_refusals_are_retried_rarely(status: str, before: bool) -> None:
    assert waits(status, rhythm=Rhythm(refused=RARELY, was_registered=before))[0] >= 300


def test_a_former_address_of_the_pbx_is_heard_for_a_while() -> None:
    peers = Peers(["192.0.2.9"], keep_s=120)
    peers.found(frozenset({"192.0.2.1"}), 0)
    peers.found(frozenset({"192.0.2.2"}), 60)
    assert all(f"192.0.2.{n}" in peers for n in (1, 2, 9))
    peers.found(frozenset({"192.0.2.2"}), 179)
    assert "192.0.2.1" in peers
    peers.found(frozenset({"192.0.2.2"}), 180)
    assert "192.0.2.1" not in peers
    assert "192.0.2.2" in peers
