"""The callback list for programs."""

from tests.portal_api.callbacks.desk import ERIK, KARIN, LATER, Desk


async def test_program_lists_rings_and_writes_the_note(desk: Desk) -> None:
    wish = await desk.wish()
    await desk.wish("+46701740612", queue="sales", choice=LATER)
    async with desk.house.visit(KARIN) as client:
        client.headers["X-CSRF-Token"] = desk.house.token(client)
        both = (await client.get("/api/v1/callbacks?limit=1")).json()
        rest = (await client.get(f"/api/v1/callbacks?limit=1&offset={both['next']}")).json()
        sales = (await client.get(f"/api/v1/callbacks?queue={desk.sales}&sort=interval")).json()
        due = (await client.get("/api/v1/callbacks?due=1")).json()
        rung = await client.post(f"/api/v1/callbacks/{wish}/ring", json={})
        attempt = rung.json()["attempt_id"]
        short = {"attempt_id": attempt, "outcome": "reached", "note": "x"}
        refused = await client.post(f"/api/v1/callbacks/{wish}/note", json=short)
        whole = short | {"note": "Klart nu."}
        done = (await client.post(f"/api/v1/callbacks/{wish}/note", json=whole)).json()
    assert (both["total"], len(both["items"]), rest["next"]) == (2, 1, None)
    assert [item["queue"] for item in sales["items"]] == ["Försäljning"]
    assert [item["number"] for item in due["items"]] == ["070-174 06 11"]
    assert rung.status_code == 202
    assert rung.json()["phase"] == "asked"
    assert refused.status_code == 400
    assert "3 to 2000 characters" in refused.json()["detail"]
    assert (done["callback"]["status"], done["tries"][0]["note"]) == ("reached", "Klart nu.")


async def test_program_is_told_why_not(desk: Desk) -> None:
    wish, later = await desk.wish(), await desk.wish("+46701740612", choice=LATER)
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        for client in (karin, erik):
            client.headers["X-CSRF-Token"] = desk.house.token(client)
        early = await karin.post(f"/api/v1/callbacks/{later}/ring", json={})
        rung = await karin.post(f"/api/v1/callbacks/{wish}/ring", json={})
        taken = await erik.post(f"/api/v1/callbacks/{wish}/ring", json={})
        release = {"attempt_id": rung.json()["attempt_id"]}
        again = await karin.post(f"/api/v1/callbacks/{wish}/release", json=release)
        odd = await karin.post(f"/api/v1/callbacks/{wish}/ring", json={"why": "x"})
    assert (early.status_code, taken.status_code) == (409, 409)
    assert "has not begun" in early.json()["detail"]
    assert "has this callback in hand" in taken.json()["detail"]
    assert again.json()["callback"]["rings"] is True
    assert odd.status_code == 400
