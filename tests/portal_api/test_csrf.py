import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from portal_api.csrf import FORM_LIMIT_BYTES, RefuseForged, form_token

KEY = b"k" * 32
SESSION = "s3ss10n"
TOKEN = form_token(KEY, SESSION)
OURS = {"Sec-Fetch-Site": "same-origin"}
SIGNED_IN = {"Cookie": f"__Host-session={SESSION}"}


async def echo(request: Request) -> Response:
    return PlainTextResponse((await request.body()).decode())


def client() -> httpx.AsyncClient:
    routes = [
        Route(path, echo, methods=["GET", "POST", "DELETE"])
        for path in ("/form", "/webhooks/elks/secret", "/webhooksevil")
    ]
    app = RefuseForged(
        Starlette(routes=routes),
        key=KEY,
        refusal=lambda request: "refused in plain words",
        exempt=("/webhooks/",),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://portal.test")


async def post(headers: dict[str, str], path: str = "/form", **body) -> httpx.Response:
    return await client().post(path, headers=headers, **body)


async def test_reading_needs_no_proof():
    answer = await client().get("/form", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
async def test_a_form_of_another_site_is_refused_with_a_page(site):
    answer = await post({"Sec-Fetch-Site": site, **SIGNED_IN}, data={"csrf": TOKEN})
    assert answer.status_code == 403
    assert answer.text == "refused in plain words"


async def test_our_own_form_with_its_token_reaches_the_route_whole():
    answer = await post(OURS | SIGNED_IN, data={"csrf": TOKEN, "text": "hej på dig"})
    assert answer.status_code == 200
    assert answer.text == f"csrf={TOKEN}&text=hej+p%C3%A5+dig"


async def test_the_token_may_travel_in_a_header_as_htmx_sends_it():
    answer = await post(OURS | SIGNED_IN | {"X-CSRF-Token": TOKEN}, json={"text": "hej"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "token", ["", "0" * 64, form_token(KEY, "another session"), form_token(b"x" * 32, SESSION), "å"]
)
async def test_a_token_that_is_not_this_sessions_is_refused(token):
    assert (await post(OURS | SIGNED_IN, data={"csrf": token})).status_code == 403


async def test_a_signed_in_request_without_any_token_is_refused():
    assert (await post(OURS | SIGNED_IN)).status_code == 403
    assert (await post(OURS | SIGNED_IN, json={"csrf": TOKEN})).status_code == 403
    deleted = await client().delete("/form", headers=OURS | SIGNED_IN)
    assert deleted.status_code == 403


async def test_signing_in_needs_only_that_it_comes_from_our_page():
    assert (await post(OURS, data={"email": "a"})).status_code == 200
    assert (await post({}, data={"email": "a"})).status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://portal.test", 200),
        ("https://portal.test.evil.test", 403),
        ("https://evil.test", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
async def test_an_older_browser_is_judged_by_its_origin(origin, status):
    assert (await post({"Origin": origin}, data={"email": "a"})).status_code == status


async def test_a_program_with_a_bearer_token_needs_no_other_proof():
    assert (await post({"Authorization": "Bearer nx_1_2"}, json={})).status_code == 200


async def test_a_bearer_token_beside_a_session_cookie_excuses_nothing():
    assert (await post({"Authorization": "Bearer x", **SIGNED_IN}, json={})).status_code == 403


async def test_a_webhook_needs_no_proof_but_only_below_its_own_folder():
    assert (await post({}, "/webhooks/elks/secret", data={"from": "x"})).status_code == 200
    assert (await post({}, "/webhooksevil", data={"from": "x"})).status_code == 403


async def test_a_form_that_is_too_long_to_be_one_is_refused():
    long = {"text": "x" * (FORM_LIMIT_BYTES + 1), "csrf": TOKEN}

    async def chunks():
        body = httpx.Request("POST", "https://portal.test", data=long).content
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await post(OURS | SIGNED_IN | kind, content=chunks())).status_code == 403
