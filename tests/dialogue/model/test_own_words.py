"""A model's own words: ordinary courtesy passes, whatever states, promises, asks or denies does not."""

import re

import pytest

from dialogue.model.own_words import not_courtesy


def refused(text: str, language: str, proposed: bool = False, booked: bool = False) -> list[str]:
    own = re.sub(r"\{\w+\}", " | ", text)
    return list(not_courtesy(own, language, proposed=proposed, booked=booked))


FACTS = (
    "Hej! {f1}", "Hej och tack för din fråga! {f1}", "{f1}", "{f1} {f2}", "Hej! {f1} Dessutom: {f2}",
    "Tack för ditt meddelande. {f1} Hör gärna av dig om du undrar något mer.", "Hej igen! {f1}",
    "Bra fråga! {f1} Ha en fin dag!", "Tyvärr. {f1}", "Jag förstår att det känns jobbigt. {f1}",
    "Vad kul att du hör av dig! {f1}", "Här är informationen: {f1} Är det något mer du undrar?",
    "{f1} Säg gärna till om du har fler frågor.", "God morgon! {f1} Vänliga hälsningar",
    "Angående parkering: {f1}", "När det gäller priset: {f1} Och om tiderna: {f2}",
    "Hej! Så här ser det ut: {f1}", "Vad tråkigt att höra. {f1} Krya på dig!",
    "{f1} Välkommen att höra av dig om du vill veta mer!", "Tack för att du hör av dig till oss! {f1}",
    "Hej hej! {f1} Hoppas det hjälper!", "{f1} Återkom gärna om du har frågor.", "Kort svar: {f1}",
    "Det beklagar vi. {f1}", "Tack! {f1} Trevlig helg!", "Enligt våra uppgifter: {f1}",
)  # fmt: skip
PROPOSALS = (
    "Absolut! {p1}", "Självklart, jag hjälper dig gärna. {p1}", "Toppen! {p1}", "Gärna det. {p1}",
    "Hej! Vad roligt att du vill boka hos oss. {p1}", "Javisst, inga problem! {p1}", "Visst! {p1}",
    "Jag förstår. {p1}", "Tyvärr, {f1} {p1}", "Okej, tack för att du säger till! {p1}",
    "Här kommer några förslag: {p1}", "Vi har följande tider: {p1}", "{f1} Vill du boka? {p1}",
    "Jag beklagar verkligen det inträffade. {p1}", "{p1} Vilken passar dig bäst?",
    "Tack, då vet jag. {p1}", "Jag förstår att du vill avboka. {p1}", "{p1} Ha det bra!",
    "Så klart! {p1} Säg till om ingen tid passar.", "Låt oss hitta en tid som passar. {p1}",
)  # fmt: skip
BOOKINGS = (
    "Perfekt! {p1}", "Så trevligt! {p1} Vi ses!", "Kanon! {p1} Varmt välkommen!",
    "Tack! {p1} Vi ser fram emot att träffa dig.", "Klart! {p1} Välkommen in till oss!",
)  # fmt: skip
ALONE = (
    "Tack själv! Ha en fin kväll!", "Varsågod! Hör av dig om det är något mer.", "Tack detsamma!",
    "Hej! Vad kan jag hjälpa dig med?", "Ingen orsak, ha en bra dag!",
)  # fmt: skip
ENGLISH = (
    "Hi! {f1}", "Thanks for your question! {f1}", "Good question! {f1}", "I understand. {f1}",
    "Hello, thank you for reaching out. {f1} Let us know if you have any other questions.",
    "Here is the information: {f1} {f2}", "{f1} Have a great day!", "Regarding parking: {f1}",
    "I'm sorry to hear that. {f1}", "You're welcome! Have a nice day.", "{f1} Hope that helps!",
    "Hi there! How can I help you today?", "My pleasure!", "Unfortunately, {f1}",
    "Thanks for getting in touch! {f1} Please let me know if you need anything else.",
)  # fmt: skip


@pytest.mark.parametrize("text", [*FACTS, *ALONE])
def test_courtesy_beside_a_sentence_or_alone_passes(text: str) -> None:
    assert refused(text, "sv") == []


@pytest.mark.parametrize("text", ENGLISH)
def test_courtesy_in_english_passes(text: str) -> None:
    assert refused(text, "en") == []


@pytest.mark.parametrize("text", PROPOSALS)
def test_agreeing_passes_beside_a_proposal(text: str) -> None:
    assert refused(text, "sv", proposed=True) == []


@pytest.mark.parametrize("text", BOOKINGS)
def test_welcome_passes_beside_a_booking_and_not_otherwise(text: str) -> None:
    assert refused(text, "sv", proposed=True, booked=True) == []
    assert refused(text, "sv") != []


@pytest.mark.parametrize(
    "text",
    [
        "Absolut! {f1}", "Ja! {f1}", "Nej. {f1}", "Perfekt!", "Det går bra.", "Inga problem!",
        "{f1} Det stämmer inte.", "Det är klart.", "Vi ringer dig.", "Det är gratis.", "Kom förbi!",
        "Öppet som vanligt.", "Du är kund hos oss.", "Din idiot!", "Skicka ditt personnummer.",
        "Kom klockan 10", "Kom klockan tio", "I morgon går bra", "50%rabatt", "B\u043ekat", "½ priset",
        "hej" * 200, "Glöm {f1}", "Inte {f1}", "{f1} gäller inte dig", "Tack för att du är bokad",
    ],
)  # fmt: skip
def test_whatever_tells_something_is_refused(text: str) -> None:
    assert refused(text, "sv") != []


@pytest.mark.parametrize(
    "text",
    ["Yes! {f1}", "No. {f1}", "Sure!", "We'll call you.", "It's free.", "That's not true: {f1}",
     "You're booked.", "See you then!", "Come by any time.", "Ignore this: {f1}"],
)  # fmt: skip
def test_whatever_tells_something_in_english_is_refused(text: str) -> None:
    assert refused(text, "en") != []


@pytest.mark.parametrize("text", ["Vi ringer dig. {p1}", "Du är bokad. {p1}", "Gratis! {p1}"])
def test_proposal_beside_it_excuses_nothing_else(text: str) -> None:
    assert refused(text, "sv", proposed=True, booked=True) != []
