"""What an SMSC's status means for a text and for the account. Pure.

In: command_status of an answer. Out: an outcome, or what is wrong with the bind, in plain words.
Used by `sms_gateway.providers.smpp.provider`.

Source: SMPP 3.4 section 5.1.3. A status other than 0 says that the SMSC did not take the text, so
none of them is unknown; what differs is whether the same text may be taken later. Codes from 0x400
on are each vendor's own.
"""

from collections.abc import Collection
from enum import IntEnum

from ringback.messages import AccountFault, NotAccepted, Rejected

Refusal = NotAccepted | Rejected | AccountFault


class Status(IntEnum):
    """The statuses that we give or treat in their own way."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RTHROTTLED = 0x58
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65


_BUSY_S: dict[int, float] = {Status.ESME_RTHROTTLED: 1.0, Status.ESME_RMSGQFUL: 5.0}
_TEMPORARY = (
    Status.ESME_RSYSERR,
    Status.ESME_RX_T_APPN,
    Status.ESME_RINVBNDSTS,  # the SMSC has forgotten our bind; the line is dropped and bound anew
)
_LATER_S = 30.0

_ACCOUNT: dict[int, str] = {
    Status.ESME_RBINDFAIL: "refuses us; ask the operator whether the account is open and whether "
    "this machine's address is allowed",
    Status.ESME_RINVPASWD: "says that the password is wrong; correct it in the accounts file "
    "(SMPP 3.4 allows 8 characters)",
    Status.ESME_RINVSYSID: "does not know the system_id; correct it in the accounts file",
    Status.ESME_RINVSYSTYP: "does not take the system_type; ask the operator for the right one",
    Status.ESME_RINVSERTYP: "does not take the service_type; ask the operator for the right one",
    Status.ESME_RINVCMDID: "does not know the command; ask the operator whether it takes "
    "transceivers of SMPP 3.4",
}
_OF_SENDER: dict[int, str] = {
    Status.ESME_RINVSRCADR: "the sender is not one that we may use there",
    Status.ESME_RINVSRCTON: "the sender's type of number is not taken",
    Status.ESME_RINVSRCNPI: "the sender's numbering plan is not taken",
}
_TEXT: dict[int, str] = {
    Status.ESME_RINVMSGLEN: "it is too long for the SMSC; try another `long` for the account",
    Status.ESME_RINVDSTADR: "the recipient's number can't be texted",
    Status.ESME_RINVDSTTON: "the recipient's type of number is not taken",
    Status.ESME_RINVDSTNPI: "the recipient's numbering plan is not taken",
    Status.ESME_RSUBMITFAIL: "the SMSC gave no reason",
}


def name(status: int) -> str:
    """The status as the record and an operator's support know it: `ESME_RINVDSTADR (0x0b)`."""
    try:
        return f"{Status(status).name} (0x{status:02x})"
    except ValueError:
        return f"0x{status:08x}"


def refused_text(status: int, account_statuses: Collection[int] = ()) -> Refusal:
    """What a status other than 0 in the answer to submit_sm means.

    Args:
        status: Not 0.
        account_statuses: The vendor's own codes for an account that can't send, such as one
            without credit.
    """
    code = name(status)
    if status in account_statuses or status in _ACCOUNT:
        words = _ACCOUNT.get(status, "says that the account can't send; see what it owes")
        return AccountFault(f"The SMSC {words}: {code}.")
    if status in _OF_SENDER:
        return AccountFault(
            f"The SMSC does not take texts from this number: {_OF_SENDER[status]} ({code}). Ask the "
            "operator whether the number belongs to the account.",
            of_sender=True,
        )
    if status in _BUSY_S:
        return NotAccepted(f"The SMSC asks us to slow down: {code}.", _BUSY_S[status], True)
    if status in _TEMPORARY:
        return NotAccepted(f"The SMSC can't take texts now: {code}.", _LATER_S)
    words = _TEXT.get(status, "the operator's list of codes tells why")
    return Rejected(code, f"The SMSC refused the text: {words} ({code}).")


def refused_bind(status: int) -> tuple[str, bool]:
    """What is wrong when a bind was refused, and whether a person must mend it."""
    code = name(status)
    if status in _ACCOUNT:
        return f"The SMSC {_ACCOUNT[status]}: {code}.", True
    if status == Status.ESME_RALYBND:
        return (
            "The SMSC says that we are bound already: another process holds the line, or it has not "
            f"yet noticed that our last one ended: {code}.",
            False,
        )
    if status in _TEMPORARY or status in _BUSY_S:
        return f"The SMSC takes no bind now: {code}.", False
    return f"The SMSC refused the bind; ask the operator what its code means: {code}.", True
