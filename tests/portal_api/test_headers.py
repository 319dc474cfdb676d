import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from portal_api.assets import asset, static_app
from portal_api.headers import CONTENT_POLICY, SecurityHeaders


async def page(request) -> Response:
    return PlainTextResponse("page")


async def framed(request) -> Response:
    return PlainTextResponse("chat", headers={"Content-Security-Policy": "frame-ancestors x.test"})


def client(scheme: str = "http") -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/", page), Route("/w", framed), Mount("/static", static_app())])
    transport = httpx.ASGITransport(SecurityHeaders(app))
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://portal.test")


async def test_a_page_is_guarded_and_not_kept():
    headers = (await client().get("/")).headers
    assert headers["content-security-policy"] == CONTENT_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_an_answer_that_nobody_routed_is_guarded_too():
    answer = await client().get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-security-policy"] == CONTENT_POLICY


@pytest.mark.parametrize(("scheme", "present"), [("https", True), ("http", False)])
async def test_strict_transport_is_asked_for_on_https_alone(scheme, present):
    headers = (await client(scheme).get("/")).headers
    assert ("strict-transport-security" in headers) is present


async def test_a_route_that_must_be_framed_keeps_its_own_policy():
    headers = (await client().get("/w")).headers
    assert headers["content-security-policy"] == "frame-ancestors x.test"


async def test_the_policy_lets_nothing_in_from_elsewhere_and_nothing_inline():
    assert "unsafe" not in CONTENT_POLICY
    assert "http" not in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'none'")


async def test_a_versioned_file_may_be_kept_for_ever_and_another_must_be_checked():
    address = asset("ringback.css")
    kept = (await client().get(address)).headers["cache-control"]
    checked = (await client().get(address.partition("?")[0])).headers["cache-control"]
    assert "immutable" in kept
    assert checked == "no-cache"


async def test_a_file_that_is_missing_is_not_kept():
    answer = await client().get("/static/nothing.js?v=1")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["cache-control"]


async def test_files_travel_compressed():
    answer = await client().get(asset("ringback.css"))
    assert answer.headers["content-encoding"] == "gzip"


def test_an_asset_that_was_not_installed_says_how_to_get_it():
    with pytest.raises(FileNotFoundError, match="pip install -e"):
        asset("vendor/nothing.js")
