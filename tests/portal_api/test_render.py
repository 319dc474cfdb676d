import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import UndefinedError

from portal_api.render import live_event, render
from portal_api.thread_views import Fact, Understanding
from tests.portal_api.sample_frame import NOW, ZONE, shell
from tests.portal_api.samples import (
    FRAGMENTS,
    PAGES,
    REPLY,
    conversation,
    gap_line,
    missed_row,
    wanted,
)

ALL = {**PAGES, **FRAGMENTS}


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", ALL)
def test_every_template_renders_in_both_languages(name, language):
    template, view = ALL[name]
    html = render(template, language, ZONE, **view)
    assert html.strip()
    assert template.startswith("live/") or f'<html lang="{language}"' in html


def test_a_view_that_is_missing_stops_the_page_instead_of_leaving_a_hole():
    with pytest.raises(UndefinedError):
        render("missed.html", "sv", ZONE, shell=shell())


def test_what_a_caller_wrote_is_shown_as_text_and_never_as_markup():
    attack = "<script>alert(1)</script>"
    first = replace(conversation().messages[1], text=attack)
    html = render(
        "conversation.html",
        "sv",
        ZONE,
        shell=shell(),
        reply=REPLY,
        conversation=conversation(messages=(first,)),
        settle="",
    )
    assert attack not in html
    assert "&lt;script&gt;alert(1)" in html


def test_times_are_printed_in_the_companys_zone_and_given_exactly_to_machines():
    row = missed_row(at=datetime(2027, 7, 1, 22, 30, tzinfo=UTC))
    html = render("live/missed.html", "sv", ZONE, **{**FRAGMENTS["missed"][1], "row": row})
    assert '<time datetime="2027-07-01T22:30:00+00:00">00:30</time>' in html
    assert "2 juli" in html


def test_a_percent_sign_in_what_people_wrote_does_not_break_the_page():
    rows = missed_row(text_state="failed", text_why="100 % full", last_text="50 % rabatt?")
    html = render("live/missed.html", "sv", ZONE, **{**FRAGMENTS["missed"][1], "row": rows})
    assert "100 % full" in html
    assert "50 % rabatt?" in html


def test_a_code_that_is_newer_than_the_words_shows_itself():
    row = missed_row(reason="struck_by_lightning", conversation_state="abducted")
    html = render("live/missed.html", "en", ZONE, **{**FRAGMENTS["missed"][1], "row": row})
    assert "struck_by_lightning" in html
    assert "abducted" in html


def test_how_a_text_was_understood_is_told_in_words_and_unknown_values_as_they_are():
    turn = Understanding(
        engine="built-in",
        understood=(
            Fact("intents", "book, price, tickle"),
            Fact("mood", "Klippning, kort hår 5 %"),
            Fact("step", "not_understood"),
            Fact("step", "magic"),
        ),
        decided=(Fact("action", "HandOver"),),
        took_ms=1234,
    )
    message = replace(conversation().messages[1], turn=turn)
    html = render(
        "conversation.html",
        "sv",
        ZONE,
        shell=shell(),
        reply=REPLY,
        conversation=conversation(messages=(message,)),
        settle="",
    )
    assert "<dt>Önskningar</dt><dd>boka, pris, tickle</dd>" in html
    assert "<dt>mood</dt><dd>Klippning, kort hår 5 %</dd>" in html
    assert "<dt>Regel</dt><dd>inte förstått</dd>" in html
    assert "<dt>Regel</dt><dd>magic</dd>" in html
    assert "Lämna över till en människa" in html
    assert "1\N{NO-BREAK SPACE}234 ms" in html


def test_a_live_event_keeps_every_line_of_the_fragment_under_its_number():
    event = live_event("<p>one\n\ntwo</p>\n", 18)
    assert event == b"id: 18\ndata: <p>one\ndata: \ndata: two</p>\n\n"


def test_a_carriage_return_in_a_text_cannot_begin_a_field_of_the_event():
    assert b"\ndata: event: reload" in live_event("<p>\revent: reload</p>", 1)


def test_a_new_call_is_put_first_and_a_changed_one_in_its_place():
    view = FRAGMENTS["missed"][1]
    new = render("live/missed.html", "sv", ZONE, **{**view, "new": True})
    changed = render("live/missed.html", "sv", ZONE, **{**view, "new": False})
    assert 'hx-target="#missed-rows" hx-swap="afterbegin"' in new
    assert 'hx-target="#call-c0" hx-swap="outerMorph"' in changed
    assert all("missed-figures" in html for html in (new, changed))


def test_a_gap_is_told_with_what_was_found_of_it_below_the_calls_after_it():
    html = render("missed.html", "sv", ZONE, **PAGES["/missed"][1])
    gap = html[html.index('id="gap-g1"') :]
    gap = " ".join(re.sub("<[^>]+>", "", gap[: gap.index("</tr>")]).split())
    assert "20 nov. 13:33–13:38" in gap
    assert "Ingen kontakt med växeln Växel. 3 samtal hittades efteråt." in gap
    assert "Sökt i: kölogg (queue_log), samtalsposter (CDR)." in gap
    places = [html.index(f'id="{row}"') for row in ("call-c4", "gap-g1", "call-c5")]
    assert places == sorted(places)


def test_a_gap_without_records_says_what_may_be_missing_and_one_at_an_edge_does_not():
    told = {
        kind: render("live/gap.html", "en", ZONE, gap=gap_line(found=0, sources=(), kind=kind))
        for kind in ("ami", "edge", "sip")
    }
    assert ["may be missing" in html for html in told.values()] == [True, False, True]
    assert ["own records" in html for html in told.values()] == [True, False, False]
    assert "come by themselves" in told["edge"]


def test_a_gap_that_was_too_short_is_hidden():
    for over in (True, False):
        html = render("live/gap.html", "sv", ZONE, gap=gap_line(over=over))
        assert ('class="gap-row" hidden>' in html) == over


@pytest.mark.parametrize("name", PAGES)
def test_no_page_holds_script_or_style_of_its_own(name):
    template, view = PAGES[name]
    html = render(template, "sv", ZONE, **view)
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:|<script(?![^>]*\ssrc=)", html)


def test_every_form_of_a_signed_in_person_carries_the_form_token():
    html = render("missed.html", "sv", ZONE, **PAGES["/missed"][1])
    forms = re.findall(r'<form method="post".*?</form>', html, re.DOTALL)
    assert len(forms) >= 3
    assert all(f'name="csrf" value="{shell().csrf}"' in form for form in forms)


def test_the_banner_says_who_owns_the_conversation():
    pages = {
        "assistant": conversation(),
        "person": conversation(owner="person", owner_name="Karin Holm"),
        "nobody": conversation(owner="nobody"),
    }
    shown = {
        owner: render(
            "conversation.html",
            "en",
            ZONE,
            shell=shell(),
            reply=REPLY,
            conversation=view,
            settle="",
        )
        for owner, view in pages.items()
    }
    assert "The assistant answers in this conversation." in shown["assistant"]
    assert "Karin Holm answers in this conversation." in shown["person"]
    assert "Nobody answers in this conversation." in shown["nobody"]


def interval(from_at: datetime | None, to_at: datetime | None) -> str:
    view = conversation(wanted=(wanted(from_at=from_at, to_at=to_at),))
    html = render(
        "conversation.html", "sv", ZONE, shell=shell(), reply=REPLY, conversation=view, settle=""
    )
    (shown,) = re.findall(r'<p class="wish">(.*?)</p>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", shown).split())


@pytest.mark.parametrize(
    ("from_at", "to_at", "shown"),
    [
        (12, 14, "mån 23 nov. 13:00–15:00"),
        (12, 36, "mån 23 nov. 13:00 – tis 24 nov. 13:00"),
        (22, 23.5, "mån 23 nov. 23:00 – tis 24 nov. 00:30"),
        (12, None, "från mån 23 nov. 13:00"),
        (None, 12, "före mån 23 nov. 13:00"),
        (None, None, ""),
    ],
)
def test_promised_interval_names_each_day_once(from_at, to_at, shown):
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    ends = [None if at is None else midnight + timedelta(hours=at) for at in (from_at, to_at)]
    assert interval(*ends) == f"Vill bli uppringd {shown}".strip()


def test_who_may_not_handle_sees_what_is_wanted_but_no_button():
    view = conversation(wanted=(wanted(),))
    shown = [
        render(
            "conversation.html",
            "sv",
            ZONE,
            shell=shell(),
            reply=REPLY,
            conversation=view,
            settle=settle,
        )
        for settle in ("t0ken", "")
    ]
    assert all("Vill bli uppringd" in html for html in shown)
    assert ["Markera som hanterad" in html for html in shown] == [True, False]
    assert 'name="csrf" value="t0ken"' in shown[0]


def test_while_a_person_is_waited_for_no_page_says_that_all_is_well():
    view = conversation(wanted=(wanted(),))
    html = render(
        "conversation.html", "sv", ZONE, shell=shell(), reply=REPLY, conversation=view, settle=""
    )
    assert "Assistenten svarar i den här konversationen" not in html
    assert "Assistenten fortsätter att svara på det kunden skriver" in html


def test_the_banner_says_since_when_a_person_has_it_and_offers_what_may_be_done():
    eriks = conversation(owner="person", owner_name="Erik", owner_since=NOW, acts=("hand_back",))
    mine = replace(eriks, acts=("write", "hand_back"))
    shown = [
        render(
            "conversation.html",
            "en",
            ZONE,
            shell=shell(),
            reply=REPLY,
            conversation=view,
            settle="t",
        )
        for view in (eriks, mine, conversation(acts=("take",)))
    ]
    said = [" ".join(re.sub("<[^>]+>", "", html).split()) for html in shown]
    assert "Erik has this conversation since 20 Nov 14:05. The assistant is silent." in said[0]
    assert "You have this conversation since 20 Nov 14:05." in said[1]
    assert [html.count(' data-key="t"') for html in shown] == [0, 0, 1]
    assert [html.count(' data-key="h"') for html in shown] == [1, 1, 0]
    assert [" data-writes" in html for html in shown] == [False, True, False]


def test_a_closed_conversation_says_when_it_was_closed():
    closed = conversation(closed_at=NOW)
    html = render(
        "conversation.html", "en", ZONE, shell=shell(), reply=REPLY, conversation=closed, settle=""
    )
    assert "The conversation is closed." in html
    assert "The assistant answers" not in html
