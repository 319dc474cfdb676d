"""How a phone and the number behind it are rung, as Asterisk's Originate wants it. Pure.

In: the handler's phone, the customer's number, what the customer is to see. Out: the action's fields.

The handler's phone itself is rung, never a Local channel, also where the phone forwards its calls: a
mailbox might answer, and get the customer connected. When it is picked up the PBX dials the customer in the same context as
phones do, so that its own rules (routes, recording) hold. The phone displays the customer's number by
the name, for the number of a channel's caller is what the line shows further on.

Source: Asterisk's Originate, its variable FORWARD_CONTEXT; the variables that FreePBX's macro-user-callerid and
macro-outbound-callerid read.
"""

import phonenumbers

from pbx_adapter.site import Site
from ringback.phone import to_e164

HANDLER_RINGS_S = 30
_NOT_FORWARDED = {"FORWARD_CONTEXT": "ringback-not-forwarded"}
"""A phone that answers with another number (302) is led to a context that there is not."""
_FREEPBX_DEVICE = "REALCALLERIDNUM"  # whose call it is: his routes and recording rules
_FREEPBX_SHOWN = "TRUNKCIDOVERRIDE"  # what the line shows, whatever the trunk's own number is


def originate(
    channel_id: str,
    phone: str,
    number: str,
    shown: str,
    site: Site,
    *,
    context: str = "",
    display: str = "",
) -> dict[str, str]:
    """The fields of Originate.

    Args:
        channel_id: The Uniqueid of the handler's channel; also the action's id, by which the answer
            is known when there was no channel.
        phone: `PJSIP/101`.
        number: E.164, or as this PBX dials it.
        shown: E.164, or as the line wants it; empty for what the PBX shows when that phone calls.
        site: How this PBX dials.
        context: Another one than the site's.
        display: What the handler's phone displays, if not the customer's number.
    """
    extension = phone.partition("/")[2]
    shown_here = as_dialled(shown, site)
    variables = _NOT_FORWARDED | {_FREEPBX_DEVICE: extension}
    if shown:
        variables |= {_FREEPBX_SHOWN: shown_here}
    to_dial = as_dialled(number, site)
    if number.startswith("+"):
        to_dial = site.dial_prefix + to_dial
    return {
        "ActionID": channel_id,
        "Channel": phone,
        "ChannelId": channel_id,
        "Context": context or site.dial_context,
        "Exten": to_dial,
        "Priority": "1",
        "CallerID": f'"{display or as_dialled(number, site)}" <{shown_here or extension}>',
        "Timeout": str(HANDLER_RINGS_S * 1000),
        "Variable": ",".join(f"{name}={value}" for name, value in variables.items()),
    }


def as_dialled(number: str, site: Site) -> str:
    """A number in E.164 as it is dialled on this PBX, without the prefix; any other as it is."""
    if not number.startswith("+") or site.dial_form == "e164" or to_e164(number) != number:
        return number
    parsed = phonenumbers.parse(number)
    told = phonenumbers.format_out_of_country_calling_number(parsed, site.country)
    return phonenumbers.normalize_digits_only(told)
