"""pyVoIP's phone with its cures: which call is meant, may it come in, and who takes it.

In: requests of the PBX. Out: each call in a thread of its own, and calls that could not be taken,
which are missed all the same.
"""

import itertools
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from pyVoIP.VoIP.VoIP import NoPortsAvailableError, VoIPPhone

from pbx_adapter.sip import sdp
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.headers import digit_of
from pbx_adapter.sip.messages import Message, reply_to, tag_of
from pbx_adapter.sip.pyvoip.calls import Call
from pbx_adapter.sip.pyvoip.client import Client
from pbx_adapter.sip.records import SipCall, uniqueid_of
from pbx_adapter.sip.registrar import Rhythm, Standing


@dataclass(frozen=True, slots=True)
class Desk:
    """Who the phone works for.

    Attributes:
        begun: A call came; returns what is known of it.
        live: Holds the conversation of a call, in the call's thread.
        refused: A call could not be taken.
        tell: How we stand with the PBX.
        report: For the log: an event's name, and facts.
    """

    begun: Callable[[Message], SipCall]
    live: Callable[[Call], None]
    refused: Callable[[SipCall], None]
    tell: Callable[[Standing], None]
    report: Callable[..., None]


class Phone(VoIPPhone):
    """Registers, and takes calls until stopped.

    Attributes:
        ongoing: The calls that are not over, by their uniqueid.
    """

    sip: Client

    def __init__(self, account: SipAccount, desk: Desk, rhythm: Rhythm, last_port: int = 0) -> None:
        """Finds out our address, with the port that we had last when it is free.

        Raises:
            OSError: The PBX's name can't be resolved.
        """
        ip = account.local_ip or _own_address(account)
        local = (ip, account.local_port or _free_port(ip, last_port))
        super().__init__(
            account.host,
            account.port,
            account.username,
            account.secret,
            ip,
            sipPort=local[1],
            rtpPortLow=account.rtp_first + account.rtp_first % 2,
            rtpPortHigh=account.rtp_last,
        )
        self._account = account
        self._desk = desk
        self.ongoing: dict[str, Call] = {}
        self._lock = threading.Lock()
        self._next_port = itertools.cycle(range(self.rtpPortLow, self.rtpPortHigh, 2))
        self.report = desk.report
        self.sip = Client(account, self, local, desk.tell, rhythm)

    def stop(self, failed: bool = False) -> None:
        """Ends all calls and takes leave. Cure: a call may end by itself meanwhile."""
        for call in list(self.ongoing.values()):
            call.hangup()
        self.sip.stop()

    def take(self, request: Message) -> None:
        """Acts on a request that came for the first time."""
        call = self.ongoing.get(uniqueid_of(request.call_id))
        match request.method:
            case "INVITE":
                self._take_invite(request) if call is None else call.change(request)
            case "OPTIONS":
                # Cure: pyVoIP's reply makes Asterisk's qualify call us unavailable.
                self._reply(request, "200 OK", ("Accept", "application/sdp"))
            case "NOTIFY":
                self._reply(request, "200 OK")  # voicemail waiting; of no interest
            case "CANCEL" | "BYE" | "INFO":
                self._take_within(request, call)
            case _:
                self._reply(request, "405 Method Not Allowed")

    def acknowledged(self, ack: Message) -> None:
        """An ACK that answers the offer which we made came."""
        call = self.ongoing.get(uniqueid_of(ack.call_id))
        if call is not None:
            call.take_answer(ack)

    def unsettled(self, key: str) -> None:
        """Nobody acknowledged our answer, or replied to our BYE, for 32 s: the other side is gone."""
        call = self.ongoing.get(uniqueid_of(key.partition(" ")[0]))
        if call is not None:
            call.hang_up()

    def request_port(self, blocking: bool = True) -> int:
        """Cure: even ports in turn (RTCP comes one higher), each given to one call, and free.

        Raises:
            NoPortsAvailableError: All are taken.
        """
        with self._lock:
            for _ in range(self.rtpPortLow, self.rtpPortHigh, 2):
                port = next(self._next_port)
                if port not in self.assignedPorts and _is_free(self.myIP, port):
                    self.assignedPorts.append(port)
                    return port
        raise NoPortsAvailableError("All ports for sound are taken.")

    def forget(self, call: Call) -> None:
        """Cure: what a call held is given back as it ends, and once."""
        with self._lock:
            self.ongoing.pop(call.record.uniqueid, None)
            for port in call.assignedPorts:
                if port in self.assignedPorts:
                    self.assignedPorts.remove(port)
            call.assignedPorts = {}

    def _take_invite(self, invite: Message) -> None:
        """Cure: pyVoIP rings for calls that it can't serve, and for any number of them."""
        if tag_of(invite.first("to")):
            self._reply(invite, "481 Call/Transaction Does Not Exist")
            return
        if required := invite.first("require"):
            self._reply(invite, "420 Bad Extension", ("Unsupported", required))
            return
        record = self._desk.begun(invite)
        # Cure: an INVITE without SDP rang for ever; some PBXs send them by habit.
        offer = sdp.audio_offer(invite.body) if invite.body else sdp.UNKNOWN_YET
        if offer is None:
            self._refuse(invite, record, "488 Not Acceptable Here")
        elif len(self.ongoing) >= self._account.max_calls:
            self._refuse(invite, record, "486 Busy Here")
        else:
            self._ring(invite, offer, record)

    def _ring(self, invite: Message, offer: sdp.Offer, record: SipCall) -> None:
        try:
            call = Call(self, invite, offer, record, self._account.max_call_s)
        except NoPortsAvailableError:
            self._refuse(invite, record, "486 Busy Here")
            return
        self.ongoing[record.uniqueid] = call
        call.ring()
        name = f"call {record.uniqueid}"
        threading.Thread(target=self._desk.live, args=(call,), name=name).start()

    def _refuse(self, invite: Message, record: SipCall, status: str) -> None:
        self.report("sip_call_refused", call=record.uniqueid, status=status)
        tag = self.sip.gen_tag()
        self.sip.reply_until_ack(invite, reply_to(invite, status, tag))
        self._desk.refused(record)

    def _take_within(self, request: Message, call: Call | None) -> None:
        """CANCEL, BYE or INFO."""
        if call is None:
            self._reply(request, "481 Call/Transaction Does Not Exist")
            return
        key = digit_of(request) if request.method == "INFO" else ""
        if request.method == "INFO" and request.body and not key:
            self._reply(request, "415 Unsupported Media Type")
            return
        self._reply(request, "200 OK")
        if request.method == "CANCEL":
            call.far_cancelled()
        elif request.method == "BYE":
            call.far_ended()
        elif key:
            call.dtmf_callback(key)  # Cure: pyVoIP leaves INFO unanswered

    def _reply(self, request: Message, status: str, *headers: tuple[str, str]) -> None:
        self.sip.reply(request, reply_to(request, status, self.sip.gen_tag(), headers))


def _own_address(account: SipAccount) -> str:
    """Which of our addresses the PBX sees; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((account.host, account.port))
        return str(probe.getsockname()[0])


def _free_port(ip: str, wished: int) -> int:
    if 0 < wished < 2**16 and _is_free(ip, wished):
        return wished
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return int(probe.getsockname()[1])


def _is_free(ip: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, port))
        except OSError:
            return False
    return True
