"""Prompts in the company's own voice: uploaded, listened to, removed; and refused with how to mend it."""

import re
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from ringback.queues import Rules
from ringback.recordings import MOST_BYTES
from ringback.store.prompts import own_sounds
from ringback.store.queues import add_queue, save_rules
from ringback.tables import AuditRow, PromptRow
from tests.portal_api.house import Home, House
from tests.ringback.test_recordings import file_of, heard

PROMPTS = "/settings/prompts"


@pytest_asyncio.fixture
async def english(house: House, saxen: Home, admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """An administrator who reads English, of a company with a queue."""
    async with house.db.begin(saxen.company_id) as session:
        row = await add_queue(session, saxen.pbx_id, "support", "", house.now)
        await save_rules(session, row.id, "", Rules(digit="5"), house.now)
    admin.cookies.set("language", "en")
    return admin


async def upload(
    house: House,
    client: httpx.AsyncClient,
    content: bytes,
    name: str = "interval-1300-1500",
    voice: str = "sv",
    **headers: str,
) -> httpx.Response:
    sent = {"X-CSRF-Token": house.token(client), "HX-Request": "true", **headers}
    files = {"sound": ("sound.wav", content, "audio/wav")}
    return await client.post(f"{PROMPTS}/{voice}/{name}", files=files, headers=sent)


async def kept(house: House, home: Home) -> list[tuple[str, str, int]]:
    async with house.db.read(home.company_id) as session:
        rows = await session.scalars(select(PromptRow))
        return [(row.language, row.name, row.length_ms) for row in rows]


async def test_uploaded_sound_is_kept_as_the_telephone_plays_it_and_can_be_heard(
    house: House, saxen: Home, english: httpx.AsyncClient
) -> None:
    answer = await upload(house, english, file_of(rate=44_100, channels=2))
    where = answer.headers["hx-redirect"]
    assert (answer.status_code, where) == (204, f"{PROMPTS}?voice=sv&done=prompt_saved")
    assert await kept(house, saxen) == [("sv", "interval-1300-1500", 250)]
    page = await english.get(where)
    assert "ringback asterisk install" in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    (address,) = re.findall(r'<audio [^>]*src="([^"]+)"', page.text)
    played = await english.get(address)
    assert played.headers["content-type"] == "audio/wav"
    assert heard(played.content)[0] == (1, 2, 8_000)
    assert "<audio" not in (await english.get(f"{PROMPTS}?voice=en")).text


async def test_second_sound_takes_the_place_of_the_first_and_is_removed(
    house: House, saxen: Home, english: httpx.AsyncClient
) -> None:
    for length_s in (0.25, 0.5):
        await upload(house, english, file_of(rate=8_000, length_s=length_s))
    assert await kept(house, saxen) == [("sv", "interval-1300-1500", 500)]
    form = {"csrf": house.token(english)}
    for _ in range(2):
        path = f"{PROMPTS}/sv/interval-1300-1500/remove"
        assert (await english.post(path, data=form)).status_code == 303
    assert await kept(house, saxen) == []
    async with house.db.read(saxen.company_id) as session:
        query = select(AuditRow.action).where(AuditRow.object_kind == "prompt")
        actions = await session.scalars(query.order_by(AuditRow.number))
        assert list(actions) == ["change", "change", "remove"]


async def test_every_prompt_is_listed_with_its_words_and_the_number_to_key(
    english: httpx.AsyncClient,
) -> None:
    page = (await english.get(f"{PROMPTS}?voice=en")).text
    assert "Would you like us to call you back? Press 5." in page
    assert "between 13 and 15" in page
    assert re.search(r"1 · <code>offer-5</code>", page)
    assert "rec-menu" not in page


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"ID3 is no wav", "no WAV file"),
        (b"", "no WAV file"),
        (file_of(rate=96_000), "8,000 to 48,000"),
        (file_of(rate=8_000, length_s=31), "longer than 30 seconds"),
        (bytes(MOST_BYTES), "larger than 12 MB"),
    ],
)
async def test_file_that_can_not_be_played_is_refused_and_the_page_says_why(
    house: House, saxen: Home, english: httpx.AsyncClient, content: bytes, why: str
) -> None:
    answer = await upload(house, english, content)
    page = (await english.get(answer.headers["hx-redirect"])).text
    assert why in page
    assert 'id="form-fault"' in page
    assert await kept(house, saxen) == []


@pytest.mark.parametrize("name", ["interval-0100-0200", "rec-menu", "..%2F..%2Fetc", "a%0d%0ab"])
async def test_sound_of_no_prompt_is_refused(
    house: House, saxen: Home, english: httpx.AsyncClient, name: str
) -> None:
    answer = await upload(house, english, file_of(rate=8_000), name)
    assert answer.status_code in (204, 404)
    assert "done" not in answer.headers.get("hx-redirect", "")
    assert await kept(house, saxen) == []


async def test_upload_without_a_script_leads_back_to_the_page_too(
    house: House, english: httpx.AsyncClient
) -> None:
    english.headers["X-CSRF-Token"] = house.token(english)
    files = {"sound": ("sound.wav", file_of(rate=8_000), "audio/wav")}
    answer = await english.post(f"{PROMPTS}/sv/choose", files=files)
    assert answer.status_code == 303


async def test_forged_upload_other_roles_and_other_companies_are_kept_out(
    house: House, saxen: Home, luggen: Home, english: httpx.AsyncClient
) -> None:
    forged = await upload(house, english, file_of(rate=8_000), **{"X-CSRF-Token": "x"})
    assert forged.status_code == 403
    await upload(house, english, file_of(rate=8_000))
    async with house.db.read(saxen.company_id) as session:
        (sound,) = await own_sounds(session, "sv")
    assert isinstance(sound.id, UUID)
    async with house.visit("handler@saxen.example") as handler:
        assert (await handler.get(f"{PROMPTS}/{sound.id}.wav")).status_code == 403
        assert (await upload(house, handler, file_of(rate=8_000))).status_code == 403
    async with house.visit("admin@luggen.example") as stranger:
        assert (await stranger.get(f"{PROMPTS}/{sound.id}.wav")).status_code == 404
        form = {"csrf": house.token(stranger)}
        await stranger.post(f"{PROMPTS}/sv/interval-1300-1500/remove", data=form)
    assert len(await kept(house, saxen)) == 1
