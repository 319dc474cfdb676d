"""A text as the messages that carry it. Pure.

In: `Outbound`, how the SMSC wants it. Out: the submit_sm bodies, in order. Stands before the line.

Source: SMPP 3.4 sections 5.2.5 (addresses), 5.2.19 (data_coding), 5.3.2 (sar_*, message_payload);
3GPP TS 23.040 section 9.2.3.24 (concatenation: element 0 with an 8-bit, 8 with a 16-bit reference).
A part has room for 140 octets after the SMSC has packed it, so a header of seven octets leaves one
character less than one of six; `sar` is counted as six, as the SMSC mostly makes it.
"""

from ringback.errors import BadInput
from ringback.messages import Outbound
from ringback.phone import to_e164
from sms_gateway.providers.smpp import alphabets
from sms_gateway.providers.smpp.account import Long, SmppAccount
from sms_gateway.providers.smpp.pdu import Address, Esm, ShortMessage, Tag

_MOST_PARTS = 255
_WITH_RECEIPT = 1  # registered_delivery: of the final state, good or bad
_ALPHANUMERIC, _INTERNATIONAL, _NETWORK = (5, 0), (1, 1), (3, 0)  # TON, NPI
_MOST_SENDER = 20

_ALONE = {alphabets.DEFAULT: 160, alphabets.UCS_2: 70}
_JOINED: dict[Long, dict[int, int]] = {
    "udh8": {alphabets.DEFAULT: 153, alphabets.UCS_2: 67},
    "udh16": {alphabets.DEFAULT: 152, alphabets.UCS_2: 66},
    "sar": {alphabets.DEFAULT: 153, alphabets.UCS_2: 67},
}


def messages(outbound: Outbound, account: SmppAccount, reference: int) -> list[ShortMessage]:
    """The text as one message, or as several with the same reference.

    Args:
        outbound: The text.
        account: How the SMSC wants it.
        reference: Different for texts sent one after the other to the same phone; its lowest 8 or
            16 bits are used.

    Raises:
        BadInput: An address can't be written in SMPP, or the text has more than 255 parts.
    """
    source, destination = address(outbound.sender), address(outbound.recipient)
    data_coding, characters = _encoded(outbound.text, account.alphabet)
    whole = sum(width for _, width in characters) <= _ALONE[data_coding]
    if whole or account.long == "payload":
        cut = [b"".join(octets for octets, _ in characters)]
    else:
        cut = _cut(characters, _JOINED[account.long][data_coding])
    if len(cut) > _MOST_PARTS:
        raise BadInput("The text has more than 255 parts; shorten it.", "text")
    return [
        _message(
            source,
            destination,
            octets,
            data_coding,
            account,
            _Place(reference, number, len(cut)),
        )
        for number, octets in enumerate(cut, start=1)
    ]


def address(number: str) -> Address:
    """A number in E.164, a short code, or a name, as SMPP tells them apart.

    Raises:
        BadInput: It can't be written in SMPP.
    """
    if number.startswith("+") and number[1:].isdecimal():
        return Address(*_INTERNATIONAL, number[1:])
    if not (number.isascii() and number.isprintable() and 0 < len(number) <= _MOST_SENDER):
        raise BadInput("A sender must have 1 to 20 plain ASCII characters.", "sender")
    return Address(*(_NETWORK if number.isdecimal() else _ALPHANUMERIC), number)


def number_of(address: Address) -> str:
    """The number or name of an address that the SMSC gave; in E.164 when that is certain."""
    digits = address.text.strip()
    if not digits.isdecimal():
        return digits
    if address.ton == _INTERNATIONAL[0]:
        return f"+{digits.lstrip('0')}"
    # SMSCs often say "unknown" of a number that has its country code all the same.
    whole = to_e164(f"+{digits}")
    return whole if whole and not digits.startswith("0") else digits


class _Place:
    """Where a part stands in its text."""

    __slots__ = ("number", "reference", "total")

    def __init__(self, reference: int, number: int, total: int) -> None:
        self.reference, self.number, self.total = reference, number, total

    def header(self, long: Long) -> bytes:
        where = bytes((self.total, self.number))
        if long == "udh8":
            return bytes((5, 0, 3, self.reference & 0xFF)) + where
        return bytes((6, 8, 4)) + (self.reference & 0xFFFF).to_bytes(2, "big") + where

    def tlvs(self) -> tuple[tuple[int, bytes], ...]:
        return (
            (Tag.SAR_MSG_REF_NUM, (self.reference & 0xFFFF).to_bytes(2, "big")),
            (Tag.SAR_TOTAL_SEGMENTS, bytes((self.total,))),
            (Tag.SAR_SEGMENT_SEQNUM, bytes((self.number,))),
        )


def _message(
    source: Address,
    destination: Address,
    octets: bytes,
    data_coding: int,
    account: SmppAccount,
    place: _Place,
) -> ShortMessage:
    esm_class, tlvs = 0, tuple[tuple[int, bytes], ...]()
    if account.long == "payload" and len(octets) > _ALONE[alphabets.DEFAULT]:
        octets, tlvs = b"", ((Tag.MESSAGE_PAYLOAD, octets),)
    elif place.total > 1 and account.long == "sar":
        tlvs = place.tlvs()
    elif place.total > 1:
        esm_class, octets = Esm.UDHI, place.header(account.long) + octets
    return ShortMessage(
        source,
        destination,
        octets,
        esm_class,
        data_coding,
        _WITH_RECEIPT,
        account.service_type,
        tlvs,
    )


def _encoded(text: str, default: alphabets.Alphabet) -> tuple[int, list[tuple[bytes, int]]]:
    """data_coding, and each character's octets and width in septets or UTF-16 units."""
    septets = [alphabets.gsm7(character) for character in text]
    if None not in septets:
        if default == "gsm7":
            return alphabets.DEFAULT, [(code, len(code)) for code in septets if code]
        try:  # Latin-1 has no € and no Greek; the SMSC packs what it gets into septets
            octets = [character.encode("latin-1") for character in text]
        except UnicodeEncodeError:
            pass
        else:
            widths = (len(code) for code in septets if code)
            return alphabets.DEFAULT, list(zip(octets, widths, strict=True))
    units = (character.encode("utf-16-be") for character in text)
    return alphabets.UCS_2, [(code, len(code) // 2) for code in units]


def _cut(characters: list[tuple[bytes, int]], room: int) -> list[bytes]:
    """Parts filled as far as they go; no character is divided."""
    parts, part, used = list[bytes](), bytearray(), 0
    for octets, width in characters:
        if used + width > room:
            parts.append(bytes(part))
            part, used = bytearray(), 0
        part += octets
        used += width
    return [*parts, bytes(part)]
