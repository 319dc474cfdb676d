"""The phone that rings first, as somebody types it: in the portal, or after `ringback add user`. Pure.

In: what is typed. Out: the phone as the PBX names it. Only a phone of the company's own can be set: a
number, or `PJSIP/101`; nothing that dials out. The command line takes it without the portal's libraries.
"""

import re

from portal_api.wording import N_
from ringback.errors import BadInput

_PHONE = re.compile(r"(?:(?P<kind>PJSIP|SIP|IAX2|DAHDI)/)?(?P<name>[A-Za-z0-9_.-]{1,40})", re.I)
_NO_PHONE = N_("That is no phone of yours. Write its extension, like 101, or PJSIP/101.")


def phone_of(typed: str) -> str:
    """The phone as the PBX names it, `PJSIP/101`; "" for none.

    Raises:
        BadInput: It is no name of a phone; a Local channel or a trunk would dial out.
    """
    written = typed.strip()
    if not written:
        return ""
    found = _PHONE.fullmatch(written)
    if found is None:
        raise BadInput(_NO_PHONE, "phone")
    return f"{(found['kind'] or 'PJSIP').upper()}/{found['name']}"
