"""What a handler staffs, and the phone that rings first: chosen after signing in.

In: `staffing` rows, the account, and what is typed as a phone. Out: `views.StaffingView`, and the phone as
the PBX names it. Only a phone of the company's own can be set: a number, or `PJSIP/101`; nothing that
dials out. The form itself is taken in `choosing.py`.
"""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.views import QueueLine, StaffingView
from portal_api.visitors import Visitor
from portal_api.wording import N_
from ringback.errors import BadInput
from ringback.store.queues import queues
from ringback.store.staffing import staffed_by
from ringback.tables import UserRow

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


async def staffing_of(session: AsyncSession, visitor: Visitor) -> StaffingView:
    """What the visitor staffs, among the queues that there are."""
    user_id = visitor.signed_in.user_id
    staffed = await staffed_by(session, user_id)
    user = await session.get_one(UserRow, user_id)
    return StaffingView(
        queues=tuple(
            QueueLine(
                str(row.id), row.label or row.name, row.id in staffed, row.waiting, row.offer_on
            )
            for row in await queues(session)
        ),
        phone=user.phone,
    )
