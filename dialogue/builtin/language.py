"""Which language a message is written in: Swedish, English or another. Pure.

In: a message in normal form and the language used so far. Out: `sv`, `en` or `other`.
Everyday words are counted; few words ("2", "ok") say nothing, and the language so far stays.
"""

import re
import unicodedata
from functools import lru_cache

from dialogue.builtin.words import listed, words

_SWEDISH = frozenset(
    listed(
        "och att det är jag du vi ni en ett har för på med inte kan till av om din ditt dig mig "
        "hej tack vill ska boka tid tider vilken vilka vad när hur hos eller som gärna tyvärr bra "
        "dag dagen den de där här kl klockan ja nej japp jo nä imorgon imorn idag måndag tisdag "
        "onsdag torsdag fredag lördag söndag skulle vilja behöver nån någon får finns går det "
        "kostar ring mig efter mellan är min mitt min hjälp hellre istället samma nästa vecka ta "
        "första andra sista tredje avboka boka flytta öppet stänger robot människa fel nummer "
        "stopp så sen också funkar passar herr dam barn kommer komma hela halv kvart över "
        "förmiddag eftermiddag ringa tala prata säljer gör blir vänta menar annan snälla tjena "
        "tja hejsan ber ont jätte tidigast lunch jobbet fredagen två tre fyra fem sju åtta nio tio elva "
        "tolv tjugo bara nåt något inget ingen varit måste kanske nog väl ju oxå oss vår vårt era ert eran varför vem vilket "
        "skulle kunde hade varje ihop själv tycker undrar fått fick gick ska blev mitt mina dina dom dem asså alltså typ"
    )
)
_ENGLISH = frozenset(
    listed(
        "the and is are you your we our to at for can would with on have has not please thanks "
        "thank book booking appointment available which what when time times or of it this that "
        "will be hi hello sorry yes no from until there if do does like call cancel open close "
        "closed tomorrow today monday tuesday wednesday thursday friday saturday sunday help i "
        "i'm i'd how much where my me need want someone somebody one second third last first next "
        "week morning afternoon could about instead other another any sure great fine good works "
        "get could tell speak how's long price cost address parking late after before between "
        "works human pls plz tmrw tmr tmw thx u ur r appt asap hey hiya cheers yeah yep ok-ish did was were had they she his her "
        "their been got just only too very again still why who whose these those every i've i'll we're we've don't didn't can't "
        "won't isn't doesn't wasn't what's it's that's there's let lets know"
    )
)
_OTHERS = frozenset(
    # Norwegian and Danish, Finnish, German, Dutch, Polish, Spanish, French, Somali, Turkish, Bosnian
    listed(
        "jeg ikke dere hei hvad hvor hvilken trenger brug jer noget haluaisin voisinko puhutteko "
        "suomea kiitos varata ajan milloin päivää onko teillä ich möchte termin einen haben sie "
        "guten können wann danke bitte und nicht ist eine dzień dobry chciałbym chciałabym proszę "
        "umówić wizytę czy można dziękuję mówi polsku się hola quiero quisiera cita gracias una "
        "puedo para por favor tengo hablan español bonjour je voudrais rendez-vous merci pour "
        "vous une avec parlez français waxaan rabaa ballan fadlan salaan mahadsanid waa iyo "
        "merhaba istiyorum randevu teşekkürler almak için zdravo želim termin hvala molim dobar "
        "dan trebam ik wil graag een afspraak goedemiddag goedemorgen veux annuler demain lundi mardi mercredi jeudi vendredi "
        "samedi rdv bonsoir salut combien olá gostaria marcar consulta obrigado obrigada amanhã você tere sooviksin aega palun "
        "moi moikka voinko voisiko perua aikani aikaa aika huomenna paljonko buongiorno buonasera vorrei prenotare appuntamento "
        "domani grazie habt ihr einen kostet brauche selam yarın lazım salam necesito cambiar martes lunes mañana buenos buenas"
    )
)

# Norwegian and Danish share most everyday words with Swedish; these a Swede never writes.
_NORSE = frozenset(listed("jeg ikke dere hvad hva hvor hvornår hvordan"))
_MORE_NORSE = frozenset(
    listed(
        "gerne gjerne noget noe nogen noen meg uge uke trenger bestille aften kveld tirsdag skal vores jeres hvem hvis lørdag søndag mandag"
    )
)
_ONLY_SWEDISH = frozenset(listed("och jag är att inte skulle vilja någon något vad när för"))

_FOREIGN_SIGNS = frozenset("øæłżęşğıñßčšžýřěťďňůășțâîõãìòíóúźćńśąėųūį")
_CLEARLY = 0.3  # the least share of everyday words that makes another language clear
_CODE = re.compile(r"<[^>]*>|&\w+;|\{[^}]*\}")
_PROGRAM = re.compile(
    r"\b(?:drop table|select .* from|insert into|delete from|union select|or 1 ?= ?1)\b|--\s*$|"
    r"\bon\w+=|javascript:|\balert\(|</?\w+"
)
_NOT_SWEDISH = re.compile(r"ää|öö|yy|uu|ii|[üßõőű]")  # Finnish, German, Estonian, Hungarian
_TELLING_WORDS = 5  # so many without one everyday word are hardly Swedish or English


@lru_cache(maxsize=16)  # an engine asks, and the guards ask again
def language_of(text: str, so_far: str) -> str:
    """The language of a message; `so_far` (sv when "") where it does not show.

    Args:
        text: The message in normal form.
        so_far: The language that the conversation has been held in, or "".
    """
    if _other_script(text):
        return "other"
    text = _CODE.sub(" ", text)
    found = words(text)
    if so_far and _PROGRAM.search(text):
        return so_far
    swedish = sum(word in _SWEDISH for word in found) + (text.count("å") + text.count("ä")) / 4
    english = sum(word in _ENGLISH for word in found)
    if english == found.count("i"):
        english = 0  # "undersökning i september"
    other = sum(word in _OTHERS for word in found) + 2 * sum(c in _FOREIGN_SIGNS for c in text)
    if (other >= 1 and other > max(swedish, english)) or _norse(found):
        return "other"
    if swedish == english:
        return so_far or "sv"
    if so_far and abs(swedish - english) < 1 and len(found) < 4:
        return so_far
    if so_far and abs(swedish - english) < 2 and max(swedish, english) < _CLEARLY * len(found):
        return so_far
    return "sv" if swedish > english else "en"


def looks_unknown(text: str) -> bool:
    """Whether a text in normal form has many words, and not one everyday word we know."""
    found = words(_CODE.sub(" ", text))
    if any(sign in "åäö" for sign in text) and not _NOT_SWEDISH.search(text):
        return False
    return len(found) >= _TELLING_WORDS and not any(w in _SWEDISH or w in _ENGLISH for w in found)


def shows_norse(text: str) -> bool:
    """Whether it looks Norwegian or Danish, whose writers read Swedish."""
    return any(c in "øæ" for c in text) or _norse(words(text))


def _norse(found: list[str]) -> bool:
    """Whether words are Norwegian or Danish, and not Swedish with a slip."""
    if not _ONLY_SWEDISH.isdisjoint(found):
        return False
    return not _NORSE.isdisjoint(found) or sum(word in _MORE_NORSE for word in found) > 1


def _other_script(text: str) -> bool:
    if _USUAL.issuperset(text):
        return False
    letters = [c for c in text if c.isalpha()]
    return sum(not _is_latin(c) for c in letters) * 2 > len(letters)


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "LATIN").startswith("LATIN")


# Signs that are no letters of another script, so that nearly no text need be spelt through.
_USUAL = frozenset(c for c in map(chr, range(0x250)) if not c.isalpha() or _is_latin(c))
