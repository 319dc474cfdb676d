"""The PDUs of SMPP: bytes ↔ values. Pure.

In: what came over the line, in any slices. Out: `Pdu`s and what is in them; bytes to write. Beneath
`sms_gateway.providers.smpp.session`.

Lengths are strict, for a wrong one means that the line is out of step: `Garbage`. Fields are not: a
string without its end, a length past the end, a cut or repeated parameter never fail the PDU, since
SMSCs differ and an unanswered deliver_sm blocks all that come after it.

Source: Short Message Peer to Peer Protocol Specification v3.4, issue 1.2, chapters 4 and 5.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Self

HEADER_OCTETS = 16
_LENGTH_OCTETS = 4
MOST_OCTETS = 64 * 1024  # 3.4 names no bound; a message_payload may have 64 kB by its length field
MOST_SHORT_OCTETS = 254  # of short_message
RESPONSE = 0x8000_0000
LAST_SEQUENCE = 0x7FFF_FFFF

_HEADER = struct.Struct(">IIII")
_TLV = struct.Struct(">HH")


class Command(IntEnum):
    """The commands that we speak."""

    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15
    GENERIC_NACK = RESPONSE


class Tag(IntEnum):
    """The optional parameters (TLVs) that we speak."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class Esm(IntFlag):
    """Bits of esm_class."""

    TYPE = 0x3C  # the bits that tell a receipt from a text
    RECEIPT = 0x04
    DELIVERY_ACK = 0x08  # these three are told by the other end's program or by its keys
    MANUAL_ACK = 0x10
    ABORT = 0x18
    INTERMEDIATE = 0x20
    UDHI = 0x40  # the message begins with a user data header


class Garbage(ValueError):
    """What came is no SMPP; the line can't be used any more."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU; the body is what follows the sixteen octets of the header."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    @property
    def is_response(self) -> bool:
        """Whether it answers a PDU of ours with the same sequence number."""
        return bool(self.command & RESPONSE)

    def encode(self) -> bytes:
        """The PDU as it goes over the line."""
        length = HEADER_OCTETS + len(self.body)
        return _HEADER.pack(length, self.command, self.status, self.sequence) + self.body

    def answer(self, status: int = 0, body: bytes = b"") -> "Pdu":
        """The response to it."""
        return Pdu(self.command | RESPONSE, status, self.sequence, body)


def take(buffer: bytearray) -> Iterator[Pdu]:
    """The whole PDUs at the head of the buffer, which are removed from it in the end.

    Raises:
        Garbage: A length is impossible; after what came before it.
    """
    at = 0
    try:
        while len(buffer) - at >= _LENGTH_OCTETS:
            length = int.from_bytes(buffer[at : at + _LENGTH_OCTETS], "big")
            if not HEADER_OCTETS <= length <= MOST_OCTETS:
                raise Garbage(f"a PDU of {length} octets")
            if len(buffer) - at < length:
                break
            _, command, status, sequence = _HEADER.unpack_from(buffer, at)
            body = bytes(buffer[at + HEADER_OCTETS : at + length])
            at += length
            yield Pdu(command, status, sequence, body)
    finally:
        del buffer[:at]


@dataclass(frozen=True, slots=True)
class Address:
    """A number or name with its type of number and numbering plan (5.2.5, 5.2.6)."""

    ton: int
    npi: int
    text: str

    def encode(self) -> bytes:
        """As a PDU carries it."""
        return bytes((self.ton, self.npi)) + c_string(self.text)


@dataclass(frozen=True, slots=True)
class Bind:
    """What bind_transceiver carries."""

    system_id: str
    password: str
    system_type: str = ""
    interface_version: int = 0x34

    def encode(self) -> bytes:
        """The body of the PDU; no address range."""
        words = (self.system_id, self.password, self.system_type)
        version = bytes((self.interface_version, 0, 0))
        return b"".join(c_string(word) for word in words) + version + b"\0"


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """What submit_sm and deliver_sm carry; the fields that are not here are sent as 0 or empty.

    Attributes:
        tlvs: Optional parameters in order; one of our `Tag`s or any other number.
    """

    source: Address
    destination: Address
    short_message: bytes = b""
    esm_class: int = 0
    data_coding: int = 0
    registered_delivery: int = 0
    service_type: str = ""
    tlvs: tuple[tuple[int, bytes], ...] = ()

    def encode(self) -> bytes:
        """The body of the PDU.

        Raises:
            ValueError: The short message is longer than 254 octets.
        """
        if len(self.short_message) > MOST_SHORT_OCTETS:
            raise ValueError(f"a short_message of {len(self.short_message)} octets")
        return b"".join(
            (
                c_string(self.service_type),
                self.source.encode(),
                self.destination.encode(),
                # protocol_id, priority_flag, schedule_delivery_time and validity_period are empty;
                # so are replace_if_present and sm_default_msg_id.
                bytes((self.esm_class, 0, 0, 0, 0, self.registered_delivery, 0)),
                bytes((self.data_coding, 0, len(self.short_message))),
                self.short_message,
                *(_TLV.pack(tag, len(value)) + value for tag, value in self.tlvs),
            )
        )

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """What is in the body of a submit_sm or deliver_sm; what is missing is 0 or empty."""
        fields = _Fields(body)
        service_type = fields.c_string()
        source, destination = fields.address(), fields.address()
        esm_class = fields.octet()
        fields.octet()  # protocol_id
        fields.octet()  # priority_flag
        fields.c_string()  # schedule_delivery_time
        fields.c_string()  # validity_period
        registered_delivery = fields.octet()
        fields.octet()  # replace_if_present_flag
        data_coding = fields.octet()
        fields.octet()  # sm_default_msg_id
        short_message = fields.octets(fields.octet())
        return cls(
            source,
            destination,
            short_message,
            esm_class,
            data_coding,
            registered_delivery,
            service_type,
            fields.tlvs(),
        )

    def tlv(self, tag: Tag) -> bytes | None:
        """The value of the first parameter with this tag."""
        return next((value for found, value in self.tlvs if found == tag), None)

    @property
    def content(self) -> bytes:
        """The message, wherever it stands; with its user data header, if it has one."""
        return self.short_message or self.tlv(Tag.MESSAGE_PAYLOAD) or b""


def c_string(text: str) -> bytes:
    """The text and a NUL, as SMPP ends its strings.

    Raises:
        ValueError: It has characters that such a string can't have.
    """
    raw = text.encode("ascii")
    if b"\0" in raw:
        raise ValueError("a NUL within a string")
    return raw + b"\0"


def read_c_string(body: bytes) -> str:
    """The string that the body begins with, such as the message id of a submit_sm_resp."""
    return _Fields(body).c_string()


class _Fields:
    """Reads a body from left to right; past the end all is empty."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def octet(self) -> int:
        value = self.octets(1)
        return value[0] if value else 0

    def octets(self, count: int) -> bytes:
        value = self._body[self._at : self._at + count]
        self._at += count
        return value

    def c_string(self) -> str:
        raw, _, _ = self._body[self._at :].partition(b"\0")
        self._at += len(raw) + 1
        return raw.decode("latin-1")  # which takes every octet

    def address(self) -> Address:
        return Address(self.octet(), self.octet(), self.c_string())

    def tlvs(self) -> tuple[tuple[int, bytes], ...]:
        found = list[tuple[int, bytes]]()
        while self._at + _TLV.size <= len(self._body):
            tag, length = _TLV.unpack(self.octets(_TLV.size))
            found.append((tag, self.octets(length)))
        return tuple(found)
