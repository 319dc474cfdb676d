"""Whose phone is which: it rings first when somebody rings a customer back.

In: the accounts of the company, what an administrator types. Out: `PhonesView`; accounts changed and
lines in the audit trail. Everybody sets his own on the page of callbacks, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from portal_api.callbacks.own_phone import phone_of
from portal_api.frame import shell
from portal_api.permissions import ROLES, Permission, needs
from portal_api.render import render
from portal_api.settings.faults import of_input
from portal_api.settings.menu import SETTINGS_PAGES, done
from portal_api.visitors import Visitor, portal_of, remote_of
from ringback import audit
from ringback.errors import BadInput
from ringback.store.queues import queues, shown_name
from ringback.tables import StaffingRow, UserRow

router = APIRouter(prefix="/settings/phones", include_in_schema=False)
MayChange = Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
_MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """Somebody who may ring back.

    Attributes:
        id: Of the account.
        name: Of the person.
        phone: As the PBX names it, or as typed; "" for none.
        others: Who else has the same phone, by name.
        staffs: The queues that he staffs, by name.
    """

    id: str
    name: str
    phone: str
    others: tuple[str, ...] = ()
    staffs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhonesView:
    """The people and their phones; `faults` by the id of an account."""

    lines: tuple[PhoneLine, ...]
    faults: Mapping[str, str]


@router.get("")
async def page(request: Request, visitor: MayChange) -> HTMLResponse:
    """Who has which phone."""
    return await _page(request, visitor)


@router.post("/{user_id}")
async def change(
    request: Request,
    visitor: MayChange,
    user_id: UUID,
    phone: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Give somebody a phone, or take it away."""
    now = portal_of(request).clock()
    try:
        async with portal_of(request).db.begin(visitor.company_id) as session:
            user = await session.get_one(UserRow, user_id)
            if user.disabled_at is not None:
                raise NoResultFound("Nobody signs in with this account any more.")
            user.phone = phone_of(phone)
            await audit.record(
                session, now, visitor.actor, "change", "user_account", user_id, remote_of(request)
            )
    except BadInput as bad:
        _, sentence = of_input(bad, visitor.language, "phone")
        return await _page(request, visitor, (str(user_id), phone, sentence))
    return RedirectResponse(f"{router.prefix}?done=phone_saved", 303)


async def _page(
    request: Request, visitor: Visitor, refused: tuple[str, str, str] | None = None
) -> HTMLResponse:
    """The page; `refused` is an account, what was typed and what is wrong with it."""
    who, typed, sentence = refused or ("", "", "")
    async with portal_of(request).db.read(visitor.company_id) as session:
        lines = await _lines(session, {who: typed})
    html = render(
        "settings_phones.html",
        visitor.language,
        visitor.zone,
        shell=shell(request, visitor, "settings", path=router.prefix),
        pages=SETTINGS_PAGES,
        done=done(request),
        phones=PhonesView(lines, {who: sentence} if refused else {}),
    )
    return HTMLResponse(html, 400 if refused else 200)


async def _lines(session: AsyncSession, typed: Mapping[str, str]) -> tuple[PhoneLine, ...]:
    """Everybody who may ring back, by name."""
    names = {row.id: shown_name(row) for row in await queues(session)}
    staffed: dict[UUID, list[str]] = {}
    for user_id, queue_id in await session.execute(
        select(StaffingRow.user_id, StaffingRow.queue_id)
    ):
        staffed.setdefault(user_id, []).append(names.get(queue_id, ""))
    roles = [role for role, may in ROLES.items() if Permission.RING_BACK in may]
    query = select(UserRow).where(UserRow.disabled_at.is_(None), UserRow.role.in_(roles))
    people = sorted(await session.scalars(query.limit(_MOST_PEOPLE)), key=lambda one: one.name)
    return tuple(
        PhoneLine(
            id=str(one.id),
            name=one.name,
            phone=typed.get(str(one.id), one.phone),
            others=tuple(other.name for other in people if other is not one and _same(other, one)),
            staffs=tuple(sorted(filter(None, staffed.get(one.id, [])))),
        )
        for one in people
    )


def _same(one: UserRow, other: UserRow) -> bool:
    return bool(one.phone) and one.phone == other.phone
