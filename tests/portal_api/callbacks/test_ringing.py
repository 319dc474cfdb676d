"""Ring, follow the call, write the note: what the handler sees at each step, and when it goes wrong."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ringback.attempts import Outcome, Phase
from tests.portal_api.callbacks.desk import ERIK, KARIN, LATER, Desk


async def ring(desk: Desk, client: httpx.AsyncClient, wish: object, **form: str) -> httpx.Response:
    return await desk.post(client, f"{wish}/ring", scripted=True, **form)


async def note(
    desk: Desk, client: httpx.AsyncClient, wish: object, outcome: str, text: str, **form: str
) -> httpx.Response:
    attempt = str((await desk.attempt()).id)
    form |= {"attempt": attempt, "outcome": outcome, "note": text}
    return await desk.post(client, f"{wish}/note", scripted=True, **form)


async def test_handler_rings_and_follows_the_call_to_its_note(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        panel = await ring(desk, client, wish)
        assert panel.status_code == 200
        assert "Växeln tillfrågas" in panel.text
        for phase, words in (
            (Phase.RINGS_HANDLER, "Ringer dig"),
            (Phase.RINGS_CUSTOMER, "Ringer kunden"),
            (Phase.TALKING, "Samtal"),
        ):
            await desk.goes_on(phase)
            now = (await client.get(f"/callbacks/{wish}/panel")).text
            assert f"<strong>{words}</strong>" in now
        await desk.goes_on(Phase.ENDED)
        assert "Samtalet är avslutat" in (await client.get(f"/callbacks/{wish}/panel")).text
        row = (await client.get("/callbacks/list?scope=all")).text
        assert "Väntar på anteckning" in row
        saved = await note(desk, client, wish, "reached", "Bokade om till torsdag.")
        assert saved.status_code == 204
        done = (await client.get("/callbacks/list?scope=all&status=done")).text
    assert "Bokade om till torsdag." in done
    assert "Nådd" in done
    assert (await desk.row(wish)).state == "done"
    assert await desk.trail() == ["ring"]


@pytest.mark.parametrize(
    ("cause", "talked"), [(None, True), (Outcome.NO_ANSWER, False), (Outcome.BUSY, False)]
)
async def test_call_that_nobody_answered_is_not_shown_as_talked(
    desk: Desk, cause: Outcome | None, talked: bool
) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        await desk.goes_on(Phase.RINGS_HANDLER)
        await desk.goes_on(Phase.ENDED, cause)
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
    assert ("<span>Samtal</span>" in panel) is talked
    assert "<span>Avslutat</span>" in panel


async def test_of_two_who_ring_at_once_one_does_and_the_other_is_told_who(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        answers = await asyncio.gather(*(ring(desk, one, wish) for one in (karin, erik)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (late,) = [answer for answer in answers if answer.status_code == 409]
    assert "Karin handler har den sedan 13:00" in late.text  # so are both of them called
    assert len(await desk.attempts()) == 1


async def test_row_says_who_has_it_in_hand_to_everybody_else(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        await ring(desk, karin, wish)
        page = (await erik.get("/callbacks?scope=all")).text
    assert "Pågår" in page
    assert "Karin handler sedan" in page
    assert f"/callbacks/{wish}/ring" not in page


async def test_next_call_waits_for_the_note_of_the_last(desk: Desk) -> None:
    first, second = await desk.wish(), await desk.wish("+46701740612")
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, first)
        refused = await ring(desk, client, second)
        opened = (await client.get("/callbacks")).text
    assert refused.status_code == 409
    assert f'href="/callbacks/{first}"' in refused.text
    assert "anteckningen om ditt förra samtal" in refused.text
    # After a crash, the browser's or the product's, the note is what comes first.
    assert f'data-callback="{first}"' in opened
    assert 'id="note-form"' in opened


@pytest.mark.parametrize("text", ["", "  ", "ok"])
async def test_note_that_says_nothing_is_refused_and_stays(desk: Desk, text: str) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        refused = await note(desk, client, wish, "reached", text)
    assert refused.status_code == 400
    assert "3 till 2000 tecken" in refused.text
    assert f">{text}</textarea>" in refused.text
    assert (await desk.attempt()).note is None


@pytest.mark.parametrize(
    "outcome", ["no_answer", "busy", "voicemail", "wrong_number", "wrong_person"]
)
async def test_not_reached_puts_it_back_in_line_where_it_was(desk: Desk, outcome: str) -> None:
    wish = await desk.wish()
    before = await desk.row(wish)
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        await desk.goes_on(Phase.RINGS_CUSTOMER)
        await desk.goes_on(Phase.ENDED, Outcome.NO_ANSWER)
        assert (await note(desk, client, wish, outcome, "Ingen där.")).status_code == 204
        page = (await client.get("/callbacks/list?scope=all&status=requeued")).text
    after = await desk.row(wish)
    assert (after.state, after.tries, after.arrived_at) == ("open", 1, before.arrived_at)
    for words in ("Återköad", "Ingen där.", "Karin handler", "1 försök", "Nästa försök om 15 min"):
        assert words in page


async def test_requeued_can_be_moved_to_another_interval(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        panel = (await ring(desk, client, wish)).text
        assert f'<option value="{LATER}">' in panel
        assert "15:00–17:00" in panel
        await note(desk, client, wish, "no_answer", "Ring senare.", interval=LATER)
    row = await desk.row(wish)
    assert row.from_at is not None
    assert row.from_at.hour == 14  # in UTC


async def test_suggested_outcome_is_what_the_switchboard_says(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        await desk.goes_on(Phase.RINGS_CUSTOMER)
        await desk.goes_on(Phase.ENDED, Outcome.BUSY)
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
    assert 'class="btn is-guessed" name="outcome" value="busy"' in panel


async def test_own_phone_that_nobody_answers_gives_the_row_back(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        await desk.goes_on(Phase.RINGS_HANDLER)
        await desk.ends(Outcome.HANDLER_AWAY)
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
        page = (await client.get("/callbacks/list?scope=all")).text
    assert "telefon svarade inte" in panel
    assert 'id="ring-form"' in panel
    assert 'id="note-form"' not in panel
    assert "telefon svarade inte" in page
    assert f"/callbacks/{wish}/ring" in page


async def test_third_call_that_was_hung_up_at_once_wants_a_note_and_says_why(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        for _ in range(3):
            await ring(desk, client, wish)
            await desk.goes_on(Phase.RINGS_CUSTOMER)
            await desk.goes_on(Phase.ENDED, Outcome.HANDLER_AWAY)
            desk.house.now += timedelta(minutes=1)
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
        page = (await client.get("/callbacks/list?scope=all")).text
    assert 'id="note-form"' in panel
    assert "Väntar på anteckning" in page
    for shown in (panel, page):
        assert "lades på gång på gång" in shown


async def test_switchboard_that_is_away_is_told_in_the_row(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        await desk.goes_on(Phase.UNKNOWN)
        page = (await client.get("/callbacks/list?scope=all")).text
    assert "Ingen kontakt med växeln" in page


async def test_outside_the_interval_it_is_rung_only_with_a_reason(desk: Desk) -> None:
    wish = await desk.wish(choice=LATER)
    async with desk.house.visit(KARIN) as client:
        refused = await ring(desk, client, wish)
        assert refused.status_code == 409
        assert "Intervallet som kunden valde har inte börjat." in refused.text
        assert 'name="outside_why"' in refused.text
        assert await desk.attempts() == []
        done = await ring(desk, client, wish, outside_why="Bad oss ringa direkt.")
    assert done.status_code == 200
    assert (await desk.attempt()).outside_why == "Bad oss ringa direkt."


async def test_who_has_no_phone_is_asked_for_it(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        form = {"csrf": desk.house.token(client), "phone": ""}
        await client.post("/callbacks/staffing", data=form)
        refused = await ring(desk, client, wish)
    assert refused.status_code == 400
    assert "vilken telefon som är din" in refused.text
    assert 'data-opens="staffing-choose"' in refused.text


async def test_without_scripts_the_page_itself_says_all_the_same(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        rung = await desk.post(karin, f"{wish}/ring")
        late = await desk.post(erik, f"{wish}/ring")
        attempt = str((await desk.attempt()).id)
        form = {"attempt": attempt, "outcome": "reached", "note": "x"}
        short = await desk.post(karin, f"{wish}/note", **form)
        saved = await desk.post(karin, f"{wish}/note", **form | {"note": "Klart nu."})
    assert (rung.status_code, rung.headers["location"]) == (303, f"/callbacks/{wish}")
    assert late.status_code == 409
    assert "<h1>" in late.text
    assert "har den sedan" in late.text
    assert short.status_code == 400
    assert (saved.status_code, saved.headers["location"]) == (303, "/callbacks")


async def test_note_of_another_is_not_mine_to_write_or_let_go(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        await ring(desk, karin, wish)
        written = await note(desk, erik, wish, "reached", "Klart nu.")
        attempt = str((await desk.attempt()).id)
        freed = await desk.post(erik, f"{wish}/release", attempt=attempt, scripted=True)
        assert (written.status_code, freed.status_code) == (409, 400)
        mine = await desk.post(karin, f"{wish}/release", attempt=attempt, scripted=True)
        assert mine.status_code == 200
        assert 'id="ring-form"' in mine.text
    assert (await desk.row(wish)).attempt_id is None


async def test_number_is_changed_to_one_that_may_be_rung(desk: Desk) -> None:
    wish = await desk.wish()
    async with desk.house.visit(KARIN) as client:
        refused = await desk.post(client, f"{wish}/number", number="0900-123 45 67", scripted=True)
        assert refused.status_code == 400
        assert "kostar extra" in refused.text
        changed = await desk.post(client, f"{wish}/number", number="08-46 500 411", scripted=True)
    assert "08-465 004 11" in changed.text
    assert (await desk.row(wish)).number == "+46846500411"
    assert "set_number" in await desk.trail()


async def test_wish_without_a_number_asks_for_one(desk: Desk) -> None:
    wish = await desk.wish(number="")
    async with desk.house.visit(KARIN) as client:
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
    assert "Inget nummer som får ringas är känt" in panel
    assert 'id="ring-form"' not in panel


async def test_personal_number_is_shown_on_demand_and_that_is_noted(desk: Desk) -> None:
    wish = await desk.wish(keyed="198001011234")
    async with desk.house.visit(KARIN) as client:
        masked = (await client.get(f"/callbacks/{wish}/panel")).text
        shown = (await desk.post(client, f"{wish}/input", scripted=True)).text
        api = (await client.get(f"/api/v1/callbacks/{wish}")).text
    assert "198001011234" not in masked
    assert "198001011234" in shown
    assert "198001011234" not in api
    assert await desk.trail() == ["read", "reveal", "read", "read"]


async def test_panel_shows_what_is_known_of_the_caller(desk: Desk) -> None:
    wish = await desk.wish(desk.home.caller)  # with a call, a thread and a booking
    async with desk.house.visit(KARIN) as client:
        await ring(desk, client, wish)
        await desk.goes_on(Phase.RINGS_CUSTOMER)
        await desk.ends(Outcome.NO_ANSWER)
        await note(desk, client, wish, "voicemail", "Talade in.")
        panel = (await client.get(f"/callbacks/{wish}/panel")).text
    for words in ("La på i kön", "Talade in.", "Röstbrevlåda", "herrklippning"):
        assert words in panel


async def test_over_due_and_due_soon_are_said_in_words(desk: Desk) -> None:
    await desk.wish("+46701740611", choice="1000-1200@261120")
    await desk.wish("+46701740612", choice="1000-1310@261120")
    async with desk.house.visit(KARIN) as client:
        page = (await client.get("/callbacks/list?scope=all")).text
    assert "Försenad 1 h" in page
    assert "Går snart ut, 10 min kvar" in page


async def test_who_may_not_ring_changes_nothing(desk: Desk) -> None:
    wish = await desk.wish()
    await desk.house.add_person(desk.home.company_id, "a@saxen.example", "auditor")
    async with desk.house.visit("a@saxen.example") as client:
        for act in ("ring", "note", "release", "number", "input"):
            assert (await desk.post(client, f"{wish}/{act}")).status_code == 403
    assert await desk.attempts() == []


async def test_lease_that_is_over_lets_another_ring(desk: Desk) -> None:
    wish = await desk.wish(choice="s")
    async with desk.house.visit(KARIN) as karin, desk.house.visit(ERIK) as erik:
        await ring(desk, karin, wish)
        desk.house.now += timedelta(minutes=3)
        assert (await ring(desk, erik, wish)).status_code == 200


@pytest.mark.parametrize("json", [False, True])
async def test_try_is_reached_by_its_own_row_alone(desk: Desk, json: bool) -> None:
    wish, other = await desk.wish(), await desk.wish("+46701740612")
    async with desk.house.visit(KARIN) as client:
        client.headers["X-CSRF-Token"] = desk.house.token(client)
        await desk.post(client, f"{wish}/ring")
        attempt = str((await desk.attempt()).id)
        acts: tuple[tuple[str, dict[str, Any]], ...] = (
            ("note", {"outcome": "reached", "note": "Klart nu."}),
            ("release", {}),
            ("hangup", {}),
        )
        for act, more in acts:
            if not json:
                answer = await desk.post(client, f"{other}/{act}", attempt=attempt, **more)
            elif act != "hangup":
                body = {"attempt_id": attempt, **more}
                answer = await client.post(f"/api/v1/callbacks/{other}/{act}", json=body)
            assert answer.status_code == 404
    assert (await desk.row(wish)).attempt_id is not None
    assert [(await desk.row(one)).state for one in (wish, other)] == ["open", "open"]
    assert await desk.trail() == ["ring"]
