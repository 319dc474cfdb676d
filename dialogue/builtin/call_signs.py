"""The signs by which a text is about the promised call: when, another time, not at all. Pure.

Out: patterns for own_call.py. Texts are in normal form; those of giving up are read without dots.
"""

import re

CALL_WORDS = re.compile(
    r"\b(?:ring\w*|uppring\w*|samtal\w*|call\w*|ring me|phone call)\b|\bpå telefon\b"
)
ASKS_WHEN = re.compile(
    r"\bhur länge (?:\w+ ){0,4}(?:vänta|dröja|dröjer)\b.*\b(?:ring\w*|samtal\w*)|"
    r"\b(?:när|hur dags|vilken tid|hur länge dröjer det (?:innan|tills)) (?:\w+ ){0,3}?(?:ringer|ringa|uppringd|ringd|samtalet|hör ni av)\b|"
    r"\b(?:when|what time|how long) (?:\w+ ){0,5}?(?:call|calling|ring|phone|called|rung)\b"
)
GIVES_UP = re.compile(  # of a text without dots
    r"\b(?:av ?bok\w*|cancel\w*|stall in|ta bort|stryk|glom|strunta i|skit i|forget|drop|"
    r"ring (?:mig |mej |upp |tillbaka )*(?:inte|ej)|(?:ni |du )?(?:behover|ska|maste) (?:ni |du )?(?:inte|ej) (?:langre )?ringa|"
    r"(?:det )?(?:behovs|behov) (?:inte|ej)(?: langre)?|(?:jag )?behover (?:inte|ej) (?:bli )?(?:upp)?ringd|inget samtal|"
    r"(?:det )?(?:har )?(?:lost|loste|lost|ordnat|ordnade) sig|(?:don't|do not|no need to) (?:call|ring|phone)(?: me)?(?: back)?|"
    r"(?:no longer|not) (?:needed|necessary)(?: any ?more)?|no longer need|don't (?:bother|need)|"
    r"skippa|skip|(?:jag |vi )?loste? det(?: sjalva?)?|(?:jag |vi )?(?:har )?redan (?:pratat|talat|varit i kontakt)(?: med (?:er|nagon|dig))?|(?:it's |it is |all )?(?:sorted|solved)|no call)\b"
)
GIVEN_UP_BESIDE = re.compile(
    r"\b(?:samtalet|uppringning\w*|callback(?:en)?|ringningen|tiden|det|den|mitt|min|my|the|call|back|me|mig|mej|upp|tillbaka|langre|anymore|any more|"
    r"nej|no|nu|redan|already|ni|du|i|jag|har|have|fatt|hjalp|got|help|fick|anda|kan|a|calling|ringa|it|it's|is|ar|for|att|inte)\b"
)
NOW = re.compile(r"(?:nu|now|genast|direkt|med en gång|right now|right away)(?: tack| please)?")
CANNOT = re.compile(
    r"\b(?:kan|hinner|passar|funkar|går) (?:det |jag |mig |tyvärr )*(?:inte|ej|dåligt)\b|\bupptagen\b|"
    r"\b(?:can't|cannot|doesn't|won't) (?:talk|answer|suit|work|take|then|do)\b|\bbusy\b"
)
MOVES = re.compile(
    r"\b(?:ändra|byt\w*|flytta|annan tid|en annan|senare|tidigare|other time|another time|change|later|earlier|reschedule)\b"
)
BOOKS = re.compile(
    r"\b(?:boka(?!t)\w*|bokning\w*|book\w*|reserv\w*|ledig\w*|available|appointment\w*|(?:en|nån|någon|ny) tid)\b"
)
SUITS = re.compile(
    r"\b(?:passar|går|funkar|bäst|bättre|helst|gärna|hellre|kan|ok|okej|ta|bra|finns|nås|hemma|istället|"
    r"suits?|works?|can|better|best|prefer|rather|please|free|instead)\b"
)
NOTHING = re.compile(r"(?!)")
NEVER_AGAIN = re.compile(  # which somebody must see to
    r"\b(?:sluta\w*|aldrig|hela tiden|jämt|för (?:mycket|ofta)|stop|quit|never)\b"
)
