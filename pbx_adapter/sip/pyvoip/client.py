"""pyVoIP's SIP client with its cures: one socket, what is sent and sent again, and registering.

In: datagrams of the PBX, and messages to send. Out: requests, to the phone; our standing with the
PBX. The receiver is the one thread that reads the socket.
"""

import queue
import select
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyVoIP
from pyVoIP import SIP

from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.digest import authorization
from pbx_adapter.sip.messages import ALLOWED, Message, parsed
from pbx_adapter.sip.peers import Peers
from pbx_adapter.sip.registrar import Registrar, Rhythm, Standing, addresses_of
from pbx_adapter.sip.retransmit import Unsettled

if TYPE_CHECKING:
    from pbx_adapter.sip.pyvoip.phone import Phone

_TICK_S = 0.1
_DATAGRAM = 65535  # pyVoIP cuts at 8192
_ANSWER_S = 8.0  # of a REGISTER
_LEAVE_S = 2.0
_REMEMBERED = 1000  # replies kept for requests that come again
_WEDGED_S = 10.0
_STRANGERS = 20

# Cure: the one setting of pyVoIP's that is changed for all of it; REGISTER names these in Allow.
pyVoIP.SIPCompatibleMethods = ALLOWED.split(", ")


class Client(SIP.SIPClient):
    """The SIP side of the phone.

    Attributes:
        peers: Who is heard.
    """

    def __init__(
        self,
        account: SipAccount,
        phone: "Phone",
        local: tuple[str, int],
        tell: Callable[[Standing], None],
        rhythm: Rhythm,
    ) -> None:
        super().__init__(
            account.host, account.port, account.username, account.secret, phone, *local
        )
        self._account = account
        self._phone = phone
        self.peers = Peers(account.peers, account.expires_s)
        self._host, self._was_silent = "", False
        self._strangers: set[str] = set()
        self._registration = f"{uuid.uuid4().hex}@{local[0]}"
        self._registrar = Registrar(account, self._ask, tell, rhythm)
        self._registering = threading.Thread(
            target=self._register_on, name="SIP registrar", daemon=True
        )
        self._stopping = threading.Event()
        self._awaited: tuple[str, queue.SimpleQueue[Message]] = ("", queue.SimpleQueue())
        self._unsettled = Unsettled()
        self._replied: dict[tuple[str, str, str, int], bytes] = {}
        self._lock = threading.Lock()  # of the two above
        self._ticked_s = time.monotonic()

    @property
    def contact(self) -> str:
        """Our address, as others are told."""
        return f"sip:{self.username}@{self.myIP}:{self.myPort}"

    def via(self) -> str:
        """The Via of a request of ours, as a new transaction."""
        return f"SIP/2.0/UDP {self.myIP}:{self.myPort};rport;branch={self.gen_branch()}"

    def is_alive(self) -> bool:
        """Whether the receiver still runs."""
        return time.monotonic() - self._ticked_s < _WEDGED_S

    def gen_call_id(self) -> str:
        """Cure: pyVoIP counts from 1 at each start, and the PBX takes the rest for old news."""
        return self._registration

    def gen_tag(self) -> str:
        """Cure: pyVoIP keeps every tag for ever."""
        return uuid.uuid4().hex[:16]

    # Sending

    def send(self, datagram: bytes) -> None:
        """Sends it to the PBX; a network that is away is left to retransmission."""
        try:
            self.out.sendto(datagram, (self._host, self.port))
        except OSError:
            return

    def reply(self, request: Message, reply: Message) -> None:
        """Cure: sends a reply, and again whenever the request comes again."""
        datagram = reply.encoded()
        with self._lock:
            self._replied[_transaction(request)] = datagram
            while len(self._replied) > _REMEMBERED:
                del self._replied[next(iter(self._replied))]
        self.send(datagram)

    def reply_until_ack(self, invite: Message, reply: Message) -> None:
        """Cure: sends a final reply to an INVITE again until its ACK; pyVoIP sends it once."""
        with self._lock:
            self._unsettled.add(_acked(invite), reply.encoded(), time.monotonic())
        self.reply(invite, reply)

    def send_until(self, request: Message) -> None:
        """Cure: sends a request again until a reply comes."""
        datagram = request.encoded()
        with self._lock:
            self._unsettled.add(request.branch, datagram, time.monotonic())
        self.send(datagram)

    # Receiving

    def recv_loop(self) -> None:
        """Cure: waits for datagrams instead of asking all the time, and survives all of them."""
        try:
            while self.NSD:
                self._ticked_s = time.monotonic()
                if select.select([self.s], [], [], _TICK_S)[0]:
                    self.recv()
                self._send_again()
        finally:
            self._close_sockets()

    def recv(self) -> None:
        """Takes one datagram.

        Cure: only the PBX is heard (pyVoIP takes calls from anyone); what can't be read is passed
        over, and a fault in one message does not end the receiver.
        """
        try:
            datagram, (source, _) = self.s.recvfrom(_DATAGRAM)
        except OSError:
            return
        if source not in self.peers:
            self._pass_over(source)
            return
        message = parsed(datagram)
        if message is None:
            return
        try:
            self._take(message)
        except Exception as fault:
            # By kind alone: the words of a fault may quote a number or a secret.
            kind = type(fault).__name__
            self._phone.report("sip_message_failed", method=message.method, fault=kind)

    def _pass_over(self, source: str) -> None:
        """Told once for each stranger, and of the first few alone: scanners knock all day."""
        if source not in self._strangers and len(self._strangers) < _STRANGERS:
            self._strangers.add(source)
            self._phone.report("sip_stranger_ignored", source=source)

    def _take(self, message: Message) -> None:
        if message.status:
            self._take_reply(message)
        elif message.method == "ACK":
            with self._lock:
                self._unsettled.settle(_acked(message))
            if message.body:
                self._phone.acknowledged(message)
        elif known := self._replied.get(_transaction(message)):
            self.send(known)
        else:
            self._phone.take(message)

    def _take_reply(self, reply: Message) -> None:
        with self._lock:
            self._unsettled.settle(reply.branch)
        branch, replies = self._awaited
        if reply.branch == branch and reply.status >= 200:
            replies.put(reply)

    def _send_again(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            due, late = self._unsettled.due(now_s), self._unsettled.given_up(now_s)
        for datagram in due:
            self.send(datagram)
        for key in late:
            self._phone.unsettled(key)

    # Registering

    def register(self) -> bool:
        """Cure: by `Registrar`, in its own thread, beside the receiver; see there."""
        self._registering.start()
        return True

    def stop(self) -> None:
        """Takes leave of the PBX; the receiver then closes the socket."""
        self._stopping.set()
        if self._registering.is_alive():
            self._registering.join(_LEAVE_S)
        self.NSD = False

    def _register_on(self) -> None:
        self._registrar.run(self._stopping)

    def _find_pbx(self) -> None:
        """Which address of the PBX we speak to: the same one, until it falls silent.

        Cure: pyVoIP asks the name server for each datagram, and waits for it in the receiver.
        """
        found = addresses_of(self.server)
        self.peers.found(found, time.monotonic())
        if self._was_silent or self._host not in found:
            self._host = min(found - {self._host}, default=self._host)

    def _ask(self, expires_s: int, challenge: Message | None) -> Message | None:
        """Sends REGISTER and waits for the reply; see `registrar.Ask`."""
        self._find_pbx()
        self.default_expires = expires_s
        request = parsed(self.gen_first_response(deregister=expires_s == 0).encode())
        if request is None:
            raise AssertionError("pyVoIP made no REGISTER")
        if challenge is not None:
            login = self._account.login or self.username
            proof = authorization(challenge, login, self.password, "REGISTER", request.uri)
            if proof is None:
                return challenge
            request = Message(request.first_line, (*request.headers, proof))
        self._awaited = (request.branch, queue.SimpleQueue())
        self.send_until(request)
        try:
            reply = self._awaited[1].get(timeout=_LEAVE_S if expires_s == 0 else _ANSWER_S)
            self._was_silent = False
            return reply
        except queue.Empty:
            self._was_silent = True
            return None
        finally:
            with self._lock:
                self._unsettled.settle(request.branch)


def _transaction(request: Message) -> tuple[str, str, str, int]:
    """What a request has in common with itself when it comes again; some PBXs reuse branches."""
    return request.branch, request.method, request.call_id, request.cseq


def _acked(message: Message) -> str:
    """The name that an INVITE's final reply and its ACK have in common."""
    return f"{message.call_id} {message.cseq}"
