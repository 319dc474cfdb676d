"""What the caller wants, apart from a time: to cancel, a person, to know the price, ... Pure.

In: a text in normal form. Out: the set of intents whose signs it shows (signs.py). Several may hold at
once ("vad kostar det och har ni tid på fredag?"); engine.py decides which is answered first. A sign
that is denied ("inget akut") does not count.
"""

import re

from dialogue.builtin.danger import endangers
from dialogue.builtin.more_signs import MORE_SIGNS
from dialogue.builtin.signs import SIGNS, Intent
from ringback.optout import opts

__all__ = ["Intent", "intents", "shows"]

_PATTERNS = {
    intent: re.compile("|".join((pattern, *filter(None, (MORE_SIGNS.get(intent),)))))
    for intent, pattern in SIGNS.items()
}
_DENIED = re.compile(
    r"\b(?:inte|ej|inget|ingen|inga|not|no|isn't|doesn't|utan) (?:(?:så|alls|särskilt|an?|really|"
    r"that|any|direkt|ha|göra|det|någon) )*$"
)
_DENIABLE = (Intent.EMERGENCY, Intent.ANGER)
# A wish is also denied from further away ("vill inte bli uppringd"), but "kan du inte ...?" is one.
_WISH_DENIED = re.compile(
    r"(?<!kan du )(?<!kan ni )(?<!kan jag )(?<!kan vi )(?<!kan någon )(?<!can you )(?<!could you )"
    r"\b(?:inte|ej|inga|ingen|inget|aldrig|not|no|never|don't|doesn't|do not|utan att|without|slipp\w*|"
    r"behöver inte|avbryt|sluta(?: att)?|stop|quit) (?:[^\W\d]+ ){0,3}$|\bbefore (?:\w+ )?$"
)
_DENIED_AFTER = re.compile(  # "ring mig inte före 10" bounds, "avboka inte massagen, bara ..." parts
    r"(?: (?:mig|mej|upp|den|det|tiden|me|it))? (?:inte|ej|aldrig|not)\b"
    r"(?! (?:före|innan|förrän|efter|before|after|until|dig|du|you|(?:en |a )?(?:robot|maskin|dator|bot|machine))\b)(?![^.!?]*[ ,](?:bara|utan|endast|only|but)\b)"
)
_NOTHING = re.compile(r"(?!)")
_WISHES = (Intent.CALL_BACK, Intent.PERSON, Intent.BOOK, Intent.CANCEL, Intent.MOVE)
_OPT_OUT_WORDS = "stopp?|stopall|sluta|avsluta|avregistrera|unsubscribe|end|quit|optout"
_COURTESY = r"tack\w*|snälla|please|thanks|thank you|nu|now|sms|mig|me|er|alla|all"
_OPT_OUT = re.compile(
    rf"(?:{_OPT_OUT_WORDS})(?:[\s.,!]+(?:{_COURTESY}))*|(?:snälla |please |vänligen )?(?:sluta|avsluta|stop|quit|"
    r"avregistrera)(?: att)? (?:skicka|smsa|messa|sms\w*|sending|texting|messaging|contacting|kontakta)\b.{0,30}|"
    r"(?:jag )?vill inte (?:ha|få) (?:(?:fler|flera|några|mer|era|såna|sådana|massa) )+(?:sms\w*|meddelanden\w*|utskick)\b.{0,20}|"
    r"(?:jag |vi )?vill inte (?:bli kontaktad|ha kontakt|höra från er|ha sms|ha meddelanden|få sms)\b.{0,20}|(?:lämna mig ifred|lämna mig i fred|leave me alone)\b.{0,10}|"
    r"(?:spärra|blockera|block) (?:mitt|my) (?:nummer|number)\b.{0,10}|(?:lägg|lägga) av (?:med )?(?:sms\w*|meddelanden\w*|att (?:sms|mess|skicka)\w*)\b.{0,20}|"
    r"(?:skicka|send) (?:mig |me )?(?:inga|inte|ej|aldrig|no) (?:(?:fler|flera|mer|more|några|any) )?(?:sms\w*|mess|meddelanden\w*|texts?|messages?)\b.{0,20}|(?:ni|du) får (?:inte|ej) (?:smsa|messa|skicka (?:fler |mer |några )?(?:sms|meddelanden)\w*)\b.{0,20}|"
    r"(?:ta bort|remove|avregistrera) (?:mig|me|mitt nummer|my number)\b.{0,30}|(?:no|inga) (?:more|fler|mer|flera) (?:sms|texts?|messages?|meddelanden)\b.{0,20}"
)
_NO_TEXTS = re.compile(
    r"\b(?:sms:?a|messa|texta|skriv|skicka) (?:mig |mej |oss |sms )*(?:inte|aldrig|ej)\b(?: \w+)? (?:mer|igen|längre)\b|"
    r"\b(?:don't|do not|never) (?:text|sms|message) (?:me|us)\b"
)
_LAST_SENTENCE = re.compile(r"[.!?,\n]+\s*(?:stopp?)\W*$")  # "skicka inte mer. STOPP"
_OPT_IN = re.compile(rf"(?:start|starta|unstop|börja igen)(?:[\s.,!]+(?:{_COURTESY}))*")


def intents(text: str) -> frozenset[Intent]:
    """All intents whose signs a text in normal form shows."""
    found = {intent for intent in _PATTERNS if _shown(intent, text)}
    if endangers(text):
        found.add(Intent.EMERGENCY)
    bare = text.strip(" .,!?\"'")
    wish = opts(text)  # what counted when the text came in is always understood here
    if wish == "stop" or _OPT_OUT.fullmatch(bare) or _wants_no_texts(text):
        found.add(Intent.OPT_OUT)
    if wish == "start" or _OPT_IN.fullmatch(bare):
        found.add(Intent.OPT_IN)
    return frozenset(found)


def shows(text: str, *wanted: Intent) -> bool:
    """Whether a text in normal form shows the signs of one of these intents.

    For the pieces of a message, of which little is asked. Stop, start and emergency have other signs too.
    """
    return any(_shown(intent, text) for intent in wanted)


def _wants_no_texts(text: str) -> bool:
    about_texts = re.search(r"\b(?:sms|mess|text|skicka|kontakta|meddelande|ring)", text)
    return bool(_NO_TEXTS.search(text) or (about_texts and _LAST_SENTENCE.search(text)))


def _shown(intent: Intent, text: str) -> bool:
    pattern = _PATTERNS[intent]
    if not pattern.search(text):
        return False
    if intent in _WISHES:
        denied = _WISH_DENIED
    elif intent in _DENIABLE:
        denied = _DENIED
    else:
        return True
    after = _DENIED_AFTER if intent in _WISHES else _NOTHING
    return any(
        not denied.search(text[: match.start()]) and not after.match(text[match.end() :])
        for match in pattern.finditer(text)
    )
