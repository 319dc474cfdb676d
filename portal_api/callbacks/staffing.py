"""What a handler staffs, and the phone that rings first: chosen after signing in.

In: `staffing` rows, the account. Out: `views.StaffingView`. The form itself is taken in `choosing.py`.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.views import QueueLine, StaffingView
from portal_api.visitors import Visitor
from ringback.store.queues import queues
from ringback.store.staffing import staffed_by
from ringback.tables import UserRow


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
