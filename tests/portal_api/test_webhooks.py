"""What SMS providers post is taken from who knows the secret, and from nobody else."""

from tests.portal_api.house import House

FORM = {"id": "s1", "from": "+46701740605", "to": "+46701740690", "message": "hej"}


async def test_text_is_taken_and_answered_without_a_body(house: House) -> None:
    async with house.visit() as client:
        answer = await client.post("/webhooks/46elks/right-secret/inbound", data=FORM)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [inbound.text for inbound in house.received] == ["hej"]


async def test_wrong_secret_and_other_providers_are_refused(house: House) -> None:
    async with house.visit() as client:
        for path in ("46elks/wrong/inbound", "twilio/right-secret/inbound"):
            answer = await client.post(f"/webhooks/{path}", data=FORM)
            assert answer.status_code == 403
    assert house.received == []


async def test_malformed_and_huge_bodies_are_refused(house: House) -> None:
    async with house.visit() as client:
        huge = {**FORM, "message": "x" * 100_000}
        answer = await client.post("/webhooks/46elks/right-secret/inbound", data=huge)
        assert answer.status_code == 400
        answer = await client.post("/webhooks/46elks/right-secret/else", data=FORM)
        assert answer.status_code == 400
    assert house.received == []
