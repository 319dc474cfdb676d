"""Every route names who may use it, and keeps to it."""

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from portal_api.permissions import ROLES, Permission
from tests.portal_api.house import Home, House


def permissions_of(dependant: Dependant) -> list[Permission]:
    own = getattr(dependant.call, "permission", None)
    inner = [one for below in dependant.dependencies for one in permissions_of(below)]
    return ([own] if own else []) + inner


def routes_of(house: House) -> list[APIRoute]:
    """All routes; FastAPI keeps those of an included router inside it."""
    included = [getattr(route, "original_router", None) for route in house.routes.routes]
    inner = [route for router in included if router for route in router.routes]
    return [route for route in [*house.routes.routes, *inner] if isinstance(route, APIRoute)]


async def test_nothing_is_served_beside_the_routes_that_are_walked(house: House) -> None:
    walked = {route.path for route in routes_of(house)}
    others = {getattr(route, "path", "") for route in house.routes.routes} - walked
    assert others == {"", "/api/v1/openapi.json", "/static"}


async def test_every_route_names_exactly_one_permission(house: House) -> None:
    assert len(routes_of(house)) > 10
    for route in routes_of(house):
        named = permissions_of(route.dependant)
        assert len(named) == 1, f"{route.path} names {named}"


async def test_nobody_comes_in_without_signing_in(house: House, saxen: Home) -> None:
    async with house.visit() as client:
        for route in routes_of(house):
            (permission,) = permissions_of(route.dependant)
            if permission in (Permission.PUBLIC, Permission.PROVIDER):
                continue
            path = route.path.replace("{conversation_id}", str(saxen.conversation_id))
            method = "GET" if "GET" in route.methods else min(route.methods)
            answer = await client.request(method, path)
            if path.startswith("/api/"):
                assert answer.status_code == 401, path
            else:
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/login"), path
            assert saxen.secret_words not in answer.text


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_each_role_sees_what_it_includes_and_no_more(
    house: House, saxen: Home, role: str
) -> None:
    await house.add_person(saxen.company_id, f"{role}2@saxen.example", role)
    pages = {
        "/missed": Permission.SEE_CALLS,
        f"/conversations/{saxen.conversation_id}": Permission.READ_CONVERSATIONS,
        f"/api/v1/conversations/{saxen.conversation_id}": Permission.READ_CONVERSATIONS,
        "/bookings": Permission.SEE_BOOKINGS,
    }
    async with house.visit(f"{role}2@saxen.example") as client:
        for page, permission in pages.items():
            allowed = permission in ROLES[role]
            answer = await client.get(page)
            assert answer.status_code == (200 if allowed else 403), page
            assert (saxen.secret_words in answer.text) <= allowed


async def test_what_belongs_to_another_company_does_not_exist(
    house: House, saxen: Home, luggen: Home
) -> None:
    async with house.visit("handler@saxen.example") as client:
        for page in (
            f"/conversations/{luggen.conversation_id}",
            f"/api/v1/conversations/{luggen.conversation_id}",
        ):
            answer = await client.get(page)
            assert answer.status_code == 404
            assert luggen.secret_words not in answer.text
        for page in ("/missed", "/api/v1/missed-calls", "/bookings?week=2026-11-24"):
            text = (await client.get(page)).text
            assert "070-174 06 05" in text
            assert "070-174 06 44" not in text
