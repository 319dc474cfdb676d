"""The company's own answer is found for a question in other words; what has none gets none."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dialogue.answers.asking import index_of
from dialogue.answers.index import ENOUGH
from dialogue.builtin.engine import take_turn
from dialogue.builtin.language import language_of
from dialogue.builtin.words import normal
from dialogue.turns import HandOver, Passage, Situation
from ringback.business import Answer
from tests.dialogue.answers.asked import NOTHING, Company, Score, bm25, companies, score
from tests.dialogue.conversing import GARAGE, NOW, Talk

ALL = companies()


def found(company: Company, question: str) -> str:
    index = index_of(company.business.faq, company.business.cancellation_policy, company.passages)
    hits = index.search(question, foreign=language_of(normal(question), "") == "en")
    if not hits or hits[0].score < ENOUGH:
        return NOTHING
    return hits[0].entry.id.removeprefix("passage:")


def scored(tuned: bool) -> Score:
    chosen = [one for one in ALL if one.tuned == tuned]
    return score((found(one, asked), want) for one in chosen for asked, want in one.questions)


def test_table_is_large_and_a_third_of_it_has_no_answer() -> None:
    wanted = [want for one in ALL for _, want in one.questions]
    assert len(wanted) >= 150
    assert 0.3 < wanted.count(NOTHING) / len(wanted) < 0.4
    for one in ALL:
        there = {f"faq:{answer.id}" for answer in one.business.faq} | {"policy", NOTHING}
        there |= {passage.id for passage in one.passages}
        assert {want for _, want in one.questions} <= there


def test_right_answers_are_found_for_the_companies_that_judge() -> None:
    reached = scored(tuned=False)
    assert reached.precision >= 0.93
    assert reached.recall >= 0.85
    assert reached.silent >= 0.94


def test_plain_bm25_at_its_best_threshold_finds_far_less() -> None:
    chosen = [one for one in ALL if not one.tuned]
    for least in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5):
        plain = score(
            (bm25(one, least)(asked), want) for one in chosen for asked, want in one.questions
        )
        assert plain.recall < 0.6


FAQ = (
    Answer(id="a", question="Var finns parkeringsplatser?", answer="Bakom huset."),
    Answer(id="b", question="Hur betalar man?", answer="Med kort."),
    Answer(id="c", question="Har ni lånebilar?", answer="Ja, två."),
    Answer(id="d", question="Vilka öppettider har butiken?", answer="Som verkstaden."),
    Answer(id="e", question="Säljer ni presentkort?", answer="Ja, i kassan."),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("var kan jag parkera", "a"), ("kan jag ställa bilen nånstans", "a"), ("prakeringsplats?", "a"),
        ("kortbetalning?", "b"), ("kan man betala med kort", "b"), ("tar ni swish", "b"),
        ("får jag låna en bil", "c"), ("lanebil?", "c"), ("do you have a courtesy car", "c"),
        ("när är butiken öppen", "d"), ("butikens oppettider", "d"),
        ("presentkort?", "e"), ("do you sell gift cards", "e"),
    ],
)  # fmt: skip
def test_inflection_compounds_slips_and_english_find_the_same(question: str, answer: str) -> None:
    hits = index_of(FAQ, "", ()).search(question)
    assert hits[0].entry.id == f"faq:{answer}"
    assert hits[0].score >= ENOUGH


@pytest.mark.parametrize(
    "question",
    ["finns det bastu", "har ni hästar", "hur är vädret", "kan ni måla huset", "?", "hej"],
)
def test_other_things_find_nothing(question: str) -> None:
    assert all(hit.score < ENOUGH for hit in index_of(FAQ, "", ()).search(question))


TYRES = (
    Answer(id="wait", question="Kan man vänta på bilen?", answer="Ja, vi har väntrum med kaffe och wifi."),
    Answer(id="store", question="Har ni däckhotell?", answer="Ja, däckhotell kostar 895 kr."),
    Answer(id="wear", question="Vad ska jag ha på mig?", answer="Ta med mjuka kläder."),
)  # fmt: skip


@pytest.mark.parametrize(
    "question",
    ["är bilen klar?", "när är bilen färdig?", "kan jag hämta bilen nu?", "har ni lånebil?",
     "har ni tvättat bilen?", "hittade ni nåt fel på bilen?", "kan ni skicka bilen?",
     "kan ni laga bilen?", "köper ni begagnade däck?", "is my car ready?", "can you fetch the car?"],
)  # fmt: skip
def test_answer_that_shares_only_the_thing_and_not_the_point_is_none(question: str) -> None:
    assert all(hit.score < ENOUGH for hit in index_of(TYRES, "", ()).search(question))


@pytest.mark.parametrize("question", ["Vad ska jag ha på mig?", "vad ska jag ha pa mig"])
def test_heading_word_for_word_is_found_though_its_words_tell_nothing(question: str) -> None:
    hits = index_of(TYRES, "", ()).search(question)
    assert [(hit.entry.id, hit.score) for hit in hits] == [("faq:wear", 1.0)]
    turn = Talk(business=GARAGE.model_copy(update={"faq": TYRES})).say(f"Hej! {question}")
    assert turn.reply == "Ta med mjuka kläder."


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("Kan jag vänta på bilen?", "Ja, vi har väntrum med kaffe och wifi."),
        ("Finns det däckhotell?", "Ja, däckhotell kostar 895 kr."),
        ("Har ni wifi?", "Vi har väntrum med kaffe och wifi."),
        ("Är mina däck kvar hos er?", "Däckhotell kostar 895 kr."),
    ],
)
def test_yes_is_said_to_its_own_question_alone(question: str, reply: str) -> None:
    turn = Talk(business=GARAGE.model_copy(update={"faq": TYRES})).say(question)
    assert turn.reply == reply


def test_each_question_of_a_message_gets_its_answer() -> None:
    business = GARAGE.model_copy(update={"faq": FAQ})
    text = "Hej! Jag har en Volvo. Var kan jag parkera, och kan man betala med Swish?"
    turn = Talk(business=business).say(text)
    assert set(turn.used) == {"faq:a", "faq:b"}
    assert "Bakom huset." in (turn.reply or "")
    assert "Med kort." in (turn.reply or "")


def test_reply_names_what_it_rests_on() -> None:
    turn = Talk().say("kan man få låna en bil under tiden?")
    assert turn.reply == "Ja, lånebil finns för 300 kr per dag."
    assert (turn.used, turn.unanswered) == (("faq:lanebil",), False)
    assert Talk().say("när har ni öppet?").used == ("hours",)
    assert Talk().say("vad kostar oljebyte?").used == ("services",)
    assert Talk().say("hej, boka oljebyte på torsdag kl 10").used == ()


def test_answer_that_goes_on_with_a_booking_names_its_source_too() -> None:
    turn = Talk().say("kan jag boka oljebyte på torsdag kl 10? och har ni lånebil?")
    assert turn.offered
    assert turn.used == ("faq:lanebil",)


@pytest.mark.parametrize("text", ["får jag ta med min hund in?", "can you paint my house?"])
def test_question_without_an_answer_is_said_so_and_goes_to_a_person(text: str) -> None:
    turn = Talk().say(text)
    assert turn.unanswered
    assert turn.used == ()
    assert HandOver("question") in turn.effects


def test_missing_price_counts_as_unanswered() -> None:
    assert Talk().say("vad kostar bromsbyte?").unanswered


CARE = Passage(
    "7",
    "Vinterdäck",
    "Vinterdäck krävs mellan 1 december och 31 mars när det är vinterväglag. Mönsterdjupet ska vara "
    "minst tre millimeter. Vi har Nokian och Continental i lager. Fälgar beställer vi hem på två "
    "dagar. Dubbade däck får inte användas på alla gator i stan, så kolla skyltarna där du brukar köra. "
    "Gamla däck tar vi hand om utan kostnad.",
)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [("vilket mönsterdjup krävs på vinterdäcken?", "Mönsterdjupet ska vara minst tre millimeter."),
     ("tar ni hand om mina gamla vinterdäck?", "Gamla däck tar vi hand om utan kostnad.")],
)  # fmt: skip
def test_of_a_long_text_the_best_sentences_are_said_word_for_word(
    question: str, sentence: str
) -> None:
    turn = Talk(passages=(CARE,)).say(question)
    assert sentence in (turn.reply or "")
    assert len(turn.reply or "") <= 3 * 153
    assert (turn.reply or "").count(".") <= 2
    assert turn.used == ("passage:7",)


def test_another_companys_document_is_never_answered_from() -> None:
    now = datetime(2026, 3, 10, 9, tzinfo=ZoneInfo("Europe/Stockholm"))
    vet, school = ALL[0], ALL[3]
    for one, other in ((vet, school), (school, vet)):
        for asked, _ in other.questions:
            turn = take_turn(asked, Situation(one.business, now, passages=one.passages))
            own = {f"faq:{answer.id}" for answer in one.business.faq}
            own |= {f"passage:{passage.id}" for passage in one.passages}
            assert set(turn.used) <= own | {"hours", "services", "policy", "address", "phone"}


def test_nothing_is_answered_from_what_was_removed() -> None:
    assert Talk(passages=(CARE,), now=NOW).say("vilket mönsterdjup krävs?").used
    assert Talk(now=NOW).say("vilket mönsterdjup krävs?").unanswered
