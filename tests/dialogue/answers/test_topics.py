"""Questions about what every trade is asked find the company's answer, in words that it did not use."""

import pytest

from dialogue.answers.asking import index_of
from dialogue.answers.index import ENOUGH
from dialogue.builtin.language import language_of
from dialogue.builtin.words import normal, with_dots
from ringback.business import Answer
from tests.dialogue.conversing import GARAGE, Talk

FAQ = tuple(
    Answer(id=one, question=question, answer=answer)
    for one, question, answer in (
        ("hand", "Behöver man betala i förskott?", "Vi tar 500 kr i deposition vid bokning."),
        ("betala", "Hur kan man betala?", "Kort eller Swish. Faktura med 30 dagar."),
        ("distans", "Kan mötet hållas på distans?", "Ja, vi tar möten i Teams."),
        ("sallskap", "Får man ta med en kompis?", "Ja, en person får följa med."),
        ("foraldrar", "Får föräldrar vara med i hallen?", "Föräldrar väntar i kaféet."),
        ("varmt", "Hur varmt är det i lokalen?", "Den håller 20 grader."),
        ("sjuk", "Barnet är sjukt, får vi ta igen lektionen?", "Ja, anmäl det före kl 8."),
        ("skotsel", "Hur sköter jag det efteråt?", "Smörj tunt två gånger om dagen."),
        ("gravid", "Tar ni emot gravida?", "Nej, inte gravida eller ammande."),
        ("parkering", "Finns det parkering?", "Gratis i tre timmar utanför huset."),
        ("bidrag", "Gäller friskvårdsbidrag?", "Ja, friskvårdsbidrag går bra och ni får kvitto."),
        ("alder", "Hur gammal måste man vara?", "16 år."),
        ("bedovning", "Får man bedövning?", "Ja, bedövning ingår."),
        (
            "radsla",
            "Jag är rädd för sprutor, kan ni hjälpa mig?",
            "Ja, säg till så tar vi det lugnt.",
        ),
        ("dropin", "Har ni drop-in?", "Ja, på lördagar."),
        ("rullstol", "Kommer man in med rullstol?", "Ja, det är inga trösklar."),
        ("ingar", "Vad ingår?", "Tre bilder ingår."),
        ("sopor", "Tar ni hand om det gamla?", "Ja, vi kör bort det gamla till återvinningen."),
    )
)
INDEX = index_of(FAQ, "", ())


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("tar ni handpenning?", "hand"),
        ("måste man betala nåt i förväg", "hand"),
        ("do I need to pay anything up front?", "hand"),
        ("is there a deposit", "hand"),
        ("kan ni skicka en räkning", "betala"),
        ("går det att swisha?", "betala"),
        ("kan vi köra mötet över nätet istället", "distans"),
        ("går det att ses på video", "distans"),
        ("can we meet online instead?", "distans"),
        ("får man ha sällskap?", "sallskap"),
        ("can I bring a friend", "sallskap"),
        ("ska jag va me i hallen?", "foraldrar"),
        ("can parents participate?", "foraldrar"),
        ("vilken temperatur är det", "varmt"),
        ("is it cold in there", "varmt"),
        ("what happens if my child is ill", "sjuk"),
        ("vilken kräm ska man smörja med", "skotsel"),
        ("what about aftercare?", "skotsel"),
        ("jag ammar, går det bra ändå?", "gravid"),
        ("I am expecting, is that ok?", "gravid"),
        ("hur länge får bilen stå", "parkering"),
        ("finns p-platser?", "parkering"),
        ("can I use my wellness allowance", "bidrag"),
        ("går friskvården att använda", "bidrag"),
        ("får min son på 12 vara med", "alder"),
        ("do you give anaesthetic", "bedovning"),
        ("kan ni slänga skräpet", "sopor"),
        ("do you recycle it?", "sopor"),
        ("jag är jätterädd för sprutor", "radsla"),
        ("I'm terrified of needles", "radsla"),
        ("kan man bara dyka upp", "dropin"),
        ("do you take walk-ins", "dropin"),
        ("är det handikappanpassat", "rullstol"),
        ("what is included?", "ingar"),
    ],
)
def test_topic_is_found_in_other_words(question: str, wanted: str) -> None:
    talk = Talk(business=GARAGE.model_copy(update={"faq": FAQ}))
    turn = talk.say(question)
    assert turn.used == (f"faq:{wanted}",)


@pytest.mark.parametrize(
    "question",
    ["säljer ni presentkort?", "har ni studentrabatt?", "var finns toaletten", "do you have wifi?",
     "kan pappa hämta nyckeln", "jobbar ni på söndagar med andra hus", "kan jag ta med hunden"],
)  # fmt: skip
def test_topic_that_nothing_is_about_is_not_found(question: str) -> None:
    told = with_dots(normal(question))
    hits = INDEX.search(told, language_of(told, "") == "en")
    assert all(hit.score < ENOUGH for hit in hits)
