"""One call as pyVoIP holds it, with its cures; a `Line` for `answering`.

In: an INVITE whose offer suits us; what the caller's side sends later. Out: replies, sound, keys.
Two threads meet here, the receiver and the call's own; a lock keeps their steps apart.
"""

import queue
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyVoIP import RTP, SIP
from pyVoIP.VoIP.VoIP import CallState, VoIPCall

from pbx_adapter.sip import sdp
from pbx_adapter.sip.g711 import Law
from pbx_adapter.sip.messages import Message, bye_for, reply_to
from pbx_adapter.sip.pyvoip.rtp import Voice
from pbx_adapter.sip.records import SipCall
from ringback.calls import EndedBy

if TYPE_CHECKING:
    from pbx_adapter.sip.pyvoip.phone import Phone


class Call(VoIPCall):
    """A call that rings here, is answered, and ends.

    Attributes:
        record: What is known of it.
        ended_by, ended_s: Who ended it, and at which epoch second; None while it goes on.
    """

    def __init__(
        self, phone: "Phone", invite: Message, offer: sdp.Offer, record: SipCall, most_s: float
    ) -> None:
        self.record = record
        self.ended_by: EndedBy | None = None
        self.ended_s: float | None = None
        self._invite, self._offer = invite, offer
        self._phone, self._client = phone, phone.sip
        self._tag = phone.sip.gen_tag()
        self._until_s = time.monotonic() + most_s
        self._keys: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._over = threading.Event()
        self._step = threading.RLock()
        super().__init__(phone, CallState.RINGING, _readable(invite, offer, record), 1, phone.myIP)

    def __del__(self) -> None:
        """Cure: ports are given back at the call's end; pyVoIP's way takes a lock in a collector."""

    def create_rtp_clients(
        self,
        codecs: dict[int, RTP.PayloadType],
        ip: str,
        port: int,
        request: Any,
        baseport: int,
    ) -> None:
        """Uses our RTP; called once, for the offer is reduced to one sound.

        Cure: the ports of inbound calls are noted, or pyVoIP counts them as free or never frees
        them.
        """
        self._voice = Voice(codecs, (ip, port), self.dtmf_callback, self._client.peers)
        self._voice.move(self._offer.host, baseport, held=self._offer.is_held)
        self.RTPClients.append(self._voice)
        self.assignedPorts[port] = codecs

    def dtmf_callback(self, code: str) -> None:
        """A key was pressed: by RTP or by INFO."""
        self._keys.put(code)

    def ring(self) -> None:
        """Tells the caller's side that the call is here."""
        self._client.reply(self._invite, self._said("180 Ringing"))

    def answer(self) -> None:
        """Picks up; OSError when the port for sound is taken after all."""
        with self._step:
            if self.state != CallState.RINGING:
                return
            self.gen_ms()
            self.state = CallState.ANSWERED
            self._client.reply_until_ack(self._invite, self._accepted(self._invite, self._offer))

    def refuse(self, status: str) -> None:
        """Refuses it while it rings."""
        with self._step:
            if self.state == CallState.RINGING:
                self._client.reply_until_ack(self._invite, self._said(status))
                self._end(EndedBy.SYSTEM)

    def hang_up(self) -> None:
        """Ends it, as a `Line` does."""
        with self._step:
            if self.state == CallState.ANSWERED:
                via, contact = self._client.via(), self._client.contact
                self._client.send_until(bye_for(self._invite, self._tag, via, contact))
                self._end(EndedBy.SYSTEM)

    def hangup(self) -> None:
        """Ends it in whatever state it is; pyVoIP's name, called when the phone stops."""
        if self.state == CallState.RINGING:
            self.refuse("480 Temporarily Unavailable")
        self.hang_up()

    def far_cancelled(self) -> None:
        """Cure: pyVoIP answered a call that had been cancelled."""
        with self._step:
            if self.state == CallState.RINGING:
                self._client.reply_until_ack(self._invite, self._said("487 Request Terminated"))
                self._end(EndedBy.CALLER)

    def far_ended(self) -> None:
        """BYE came."""
        with self._step:
            if self.state != CallState.ENDED:
                self._end(EndedBy.CALLER)

    def take_answer(self, ack: Message) -> None:
        """The sound goes where the ACK says, or the call ends when it can't go anywhere."""
        answer = sdp.audio_offer(ack.body, self._offer.codecs)
        if answer is None:
            self.hang_up()
        else:
            self._offer = replace(self._offer, codec=answer.codec, others=())
            self._voice.choose(answer.codec, answer.digits)
            self._voice.move(answer.host, answer.port, held=answer.is_held)

    def change(self, invite: Message) -> None:
        """Cure: a re-INVITE moves the sound or holds it; pyVoIP bound the same port again."""
        with self._step:
            if self.state != CallState.ANSWERED:
                self._client.reply(invite, self._said("491 Request Pending", invite))
                return
            offer = sdp.audio_offer(invite.body, (self._offer.codec,)) if invite.body else None
            if offer is None and invite.body:
                refusal = self._said("488 Not Acceptable Here", invite)
                self._client.reply_until_ack(invite, refusal)
                return
            self._client.reply_until_ack(invite, self._accepted(invite, offer or self._offer))
            if offer is not None:
                self._voice.move(offer.host, offer.port, held=offer.is_held)

    @property
    def law(self) -> Law:
        """How sound must be encoded."""
        return self._voice.law

    def play(self, sound: bytes) -> None:
        """Sends it from now on, instead of what is being sent."""
        self._voice.say(sound)

    def digit(self, within_s: float) -> str:
        """The next key; empty when none came in time or the call is over."""
        if self.is_over():
            return ""
        left_s = max(0.0, min(within_s, self._until_s - time.monotonic()))
        try:
            return self._keys.get(timeout=left_s)
        except queue.Empty:
            return ""

    def is_over(self) -> bool:
        """Whether it has ended or lasted too long."""
        return self._over.is_set() or time.monotonic() >= self._until_s

    def _end(self, by: EndedBy) -> None:
        self.state = CallState.ENDED
        self.ended_by, self.ended_s = by, time.time()
        self._over.set()
        self._keys.put("")  # whoever waits for a key goes on
        self._voice.stop()
        self._phone.forget(self)

    def _said(self, status: str, request: Message | None = None) -> Message:
        contact = (("Contact", f"<{self._client.contact}>"),)
        return reply_to(request or self._invite, status, self._tag, contact)

    def _accepted(self, invite: Message, offer: sdp.Offer) -> Message:
        body = sdp.answer(offer, self.myIP, self._voice.inPort)
        headers = (
            ("Contact", f"<{self._client.contact}>"),
            ("Content-Type", "application/sdp"),
        )
        return reply_to(invite, "200 OK", self._tag, headers, body)


def _readable(invite: Message, offer: sdp.Offer, record: SipCall) -> SIP.SIPMessage:
    """Cure: an INVITE that pyVoIP's parser takes, whatever came.

    It stumbles over `tel:`, `sips:`, latin-1, compact and folded headers, AVPF; what is read from
    headers is read from ours, so its own message carries only the call's name and the offer.
    """
    lines = (
        "INVITE sip:us@localhost SIP/2.0",
        "Via: SIP/2.0/UDP localhost:5060",
        "From: <sip:caller@localhost>;tag=caller",
        "To: <sip:us@localhost>",
        f"Call-ID: {record.uniqueid}",
        f"CSeq: {invite.cseq} INVITE",
        "Contact: <sip:caller@localhost>",
        "Content-Type: application/sdp",
        "",
        offer.canonical(),
    )
    return SIP.SIPMessage("\r\n".join(lines).encode())
