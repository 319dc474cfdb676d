"""What the caller wants, apart from a time: to cancel, a person, to know the price, ... Pure.

In: a text in normal form. Out: the set of intents whose words it holds. Several may hold at once
("vad kostar det och har ni tid på fredag?"); engine.py decides which is answered first.
Each intent is one entry of `_SIGNS`; a sign that is denied ("inget akut") does not count.
"""

import re
from enum import StrEnum


class Intent(StrEnum):
    """What a message is about."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    SPAM = "spam"
    WRONG_NUMBER = "wrong_number"
    ROBOT = "robot"  # asks whether a machine answers
    OTHERS = "others"  # asks about other customers
    TAKEOVER = "takeover"  # instructions meant to change rules or role
    EMERGENCY = "emergency"
    ANGER = "anger"
    LATE = "late"
    CALL_BACK = "call_back"
    PERSON = "person"
    CANCEL = "cancel"
    MOVE = "move"
    MY_BOOKING = "my_booking"  # asks when the own booking is
    BOOK = "book"
    AVAILABILITY = "availability"  # asks which times there are
    PRICE = "price"
    DURATION = "duration"
    HOURS = "hours"
    ADDRESS = "address"
    PHONE = "phone"
    POLICY = "policy"
    CORRECTION = "correction"
    THANKS = "thanks"
    GREETING = "greeting"
    QUESTION = "question"


_SIGNS: dict[Intent, str] = {
    Intent.SPAM: r"\b(?:du har (?:blivit )?(?:utvald|vunnit)|grattis!* du|klicka (?:här|på länken)|"
    r"click (?:here|the link|below)|you(?:'ve| have)? (?:been selected|won)|gratis iphone|bitcoin|"
    r"casino|free spins|lån utan|vinn en|claim your|sök ?motor ?optimering|snabblån|kryptovaluta)\b",
    Intent.WRONG_NUMBER: r"\bfel (?:nummer|nr|telefonnummer)\b|\b(?:ringde|ringt|slog|slagit|tryckte|"
    r"skrev) (?:du |jag )?fel\b|\bfelringning\b|\bwrong (?:number|person)\b|\bmisdial\w*|"
    r"\bringde av misstag\b|\bfickringning\b|\bcalled by mistake\b|\bpocket dial\w*",
    Intent.ROBOT: r"\b(?:är|are|om) (?:du|det|detta|ni|you|this) (?:här )?(?:(?:verkligen|really|just) )?(?:en |ett |a |an )?"
    r"(?:riktig |real |levande )?(?:robot|bot|ai|dator|maskin|automat\w*|människa|person|human|machine|computer|chat ?bot|"
    r"chatt ?bot|chatgpt|gpt)\b|\b(?:robot|bot|ai|ett? automat\w*) (?:eller|or)\b|\bam i (?:talking|"
    r"speaking|writing|texting|chatting) (?:to|with)\b|\b(?:pratar|snackar|skriver|chattar|smsar) jag med en\b|\bvem är du\b|"
    r"\bwho (?:are you|am i talking to)\b",
    Intent.OTHERS: r"\b(?:vilka|vilken|vem|which|who|list|lista|andra|other) (?:andra |other )?(?:kund\w*|customers?|patient\w*|"
    r"clients?|personer|folk)\b|\b(?:vem|vilka|who) (?:har|är|andra|has|is|else)\b.*\b(?:bokad\w*|bokat|tid|tider|inbokad\w*|"
    r"booked|appointments?)\b|\b(?:namn|telefon\w*|nummer|adress\w*) (?:och \w+ )?(?:på|till|för) (?:era|dina|alla|andra|kund\w*)|"
    r"\b(?:kunders|patienters|andras|customers'?|kundlista\w*|customer list|patient list|kundregist\w*|journal(?:en|er)?)\b|"
    r"\b(?:skicka|ge mig|send|give me) .*\b(?:namn|names?|telefonnummer|phone numbers?|kund\w*)\b|"
    r"\b(?:har|did|is|has|är) (?:min |my )(?:fru|man|sambo|granne|chef|ex|wife|husband|neighbou?r|boss|partner|mamma|pappa|syster|bror) "
    r".*\b(?:tid|bokat|bokad|booked|appointment)\b",
    Intent.TAKEOVER: r"\b(?:ignore|disregard|forget|ignorera|glöm|bortse från|strunta i) (?:all |alla |any |the |dina |your |tidigare |"
    r"de )*(?:previous |prior |above |earlier |tidigare |föregående )?(?:instru\w+|rules|regler\w*|prompt\w*|order|"
    r"priser|prislista\w*|what you)|\byou are now\b|\bdu är nu\b|\bsystem ?prompt\w*|\bact as\b|\bpretend\b|"
    r"\blåtsas\b|\bdeveloper mode\b|\bjailbreak\b|\breply only with\b|\bsvara bara med\b|\bsvara endast\b|\badmin(?:istratör)?\b|"
    r"\b(?:ändra|sätt|change|set) (?:priset|priserna|the prices?)\b|\b(?:gratis|free of charge|för 1 kr|for 1 kr)\b(?=.*\b(?:boka|klipp\w*|now|nu|"
    r"bekräfta|approved|godkän\w*)\b)|\b(?:ta bort|avboka|radera|delete|cancel) (?:alla|all|andras|everyone\w*|kundens|hans|hennes|his|her) ",
    Intent.EMERGENCY: r"\b(?:akut(?!tid|besök)\w*|nöd(?:läge|fall|situation)\w*|brådskande|jättebråttom|sprutar|forsar|väller|"
    r"översvämm?\w*|översväm\w*|läcker (?:vatten|gas|ut|in|överallt|massor|kraftigt)|vatten ?läcka\w*|läcka i|vatten överallt|gaslukt\w*|"
    r"sprungit läck|sprängt|brustit|blöder|brinner|brand|outhärdlig\w*|emergency|urgent\w*|flood\w*|burst\w*|gush\w*|"
    r"spraying|pouring|leaking (?:everywhere|badly|a lot)|water everywhere|bleeding|unbearable|"
    r"svullen|svullnat|swollen|svimma\w*|strömlös\w*)\b|\b(?:sjukt|fruktansvärt|jätte|väldigt|så|grymt|extremt|hemskt|"
    r"riktigt|otroligt|mycket|rejält) ?ont\b|\b(?:severe|terrible|awful|extreme|so much|a lot of|in) pain\b|\bhjälp\b ?!|^hjälp\b|"
    r"\bhelp ?!|\b(?:ont|pain|värk\w*|hurts)\b.*\b(?:inte sova|sovit|can't sleep|couldn't sleep)\b",
    Intent.ANGER: r"\b(?:under all kritik|skandal\w*|missnöjd\w*|besviken|besvikna|arg|rasande|förbannad\w*|oacceptabelt?|"
    r"(?:så|jävligt|riktigt|jätte|väldigt) dålig\w*|jättedålig\w*|usel\w*|urusel\w*|uselt|värdelös\w*|pengarna tillbaka|återbetal\w*|reklamera\w*|"
    r"reklamation\w*|klagomål\w*|klaga|anmäl\w*|jävla|jävlar|fan|skit\w*|helvete\w*|för jävligt|förstört?|förstörde|aldrig mer|"
    r"katastrof\w*|lurad\w*|fusk\w*|slarv\w*|bedräger\w*|konsumentverket|arn|complain\w*|refund\w*|money back|unacceptable|terrible service|"
    r"worst|awful|disgust\w*|furious|angry|ridiculous|disappoint\w*|rip ?off|scam\w*|horrible|lawyer|advokat|useless|ruined|pissed|damn|shit\w*|fuck\w*)\b",
    Intent.LATE: r"\b(?:blir|är|kommer|bli|kommer bli|kommer att bli) (?:(?:nog|lite|ca|cirka|tyvärr|ungefär|kanske|typ|några|\d+|"
    r"min|minuter|minut|en|kvart|halvtimme|timme|fem|tio|femton|tjugo) ?)*(?:sen|sena|försenad\w*|för sen\w*)\b|\b(?:minuter|min|kvart|halvtimme|timme) (?:sen|"
    r"försenad)\b|\bförsenad\w*|\b(?:running|be|am|i'm|is|are|little|bit|minutes|mins?|hour) late\b|\bdelayed\b|"
    r"\bhinner inte (?:i tid|fram|till)\b|\bfast(?:nat)? i (?:trafik|kö)\w*|\bstuck in traffic\b|\bkommer för sent\b",
    Intent.CALL_BACK: r"\b(?:ring|ringa|ringer) (?:gärna |helst |bara |ni |du |någon |nån )*(?:mig|upp|tillbaka|hit|mej|på|efter|imorgon|idag|före|"
    r"mellan|när|igen)\b|\b(?:kan|kunde|vill|skulle|be|snälla|please|kunna) (?!jag|man|vi)(?:\w+ )?(?:\w+ )?(?:ringa|ring)\b|^ring\b|"
    r"\b(?:call|ring|phone) (?:me|us|back|him|her)\b|\bgive (?:me|us) a (?:call|ring|buzz)\b|\bcall ?back\b|\bbli (?:upp)?ringd\b|"
    r"\bhör av (?:er|dig) (?:på )?(?:telefon|till mig)|\buppringd\b|\bi(?:'d)? (?:want|like|would like) a (?:phone )?call\b",
    Intent.PERSON: r"\b(?:prata|tala|snacka|få tag|kontakt|skriva|chatta|speak|talk|chat) (?:med|på|to|with) (?:\w+ )?(?:en |ett |a |an )?"
    r"(?:\w+ )?(?:människa|person\w*|någon|nån|kollega|chef\w*|ansvarig|handläggare|kundtjänst|er|human|someone|somebody|anyone|"
    r"staff|manager|boss|agent|tandläkare\w*|dentist|mänsk\w*)\b|\b(?:riktig|levande|real|actual|live) (?:människa|person|human)\b|"
    r"^(?:människa|person|personal|human|agent|operator|kundtjänst|mänsklig kontakt)\W*$|\bvill ha (?:en |mänsklig )?(?:människa|kontakt)\b|"
    r"\b(?:koppla|connect|transfer) (?:mig|me)\b",
    Intent.CANCEL: r"\b(?:av ?boka\w*|avbokning\w*|ställa? in|avbest\w+|cancel\w*|call off)\b|\bta bort (?:min |mina |den |"
    r"bokningen|tiden)|\b(?:kan|hinner|kommer) (?:tyvärr |ändå )?inte (?:att )?(?:komma|kunna komma|dyka upp|hinna)\b(?! på| in\b)|\b(?:can't|cannot|can not|won't be able to) "
    r"(?:make it|come|attend)\b|\b(?:behöver|vill|need|want) (?:inte|ej) (?:längre )?(?:ha )?(?:min |tiden|bokningen)|\bstryk (?:min|tiden)",
    Intent.MOVE: r"\b(?:om ?boka\w*|ombokning|boka om|flytta\w*|flytt av|senarelägg\w*|tidigarelägg\w*|reschedul\w*|re-?book\w*|"
    r"postpone\w*|skjuta? (?:på|upp|fram))\b|\b(?:byta?|ändra\w*|change|move) (?:på )?(?:\w+ )?(?:tid\w*|dag|bokning\w*|appointment\w*|"
    r"booking\w*|time|day|it|den)\b|\b(?:byta?|ändra|move|change)\b.*\b(?:till|to|from|från)\b.*\d|\bpush (?:it|my)\b",
    Intent.MY_BOOKING: r"\b(?:när|vilken tid|hur dags|what time|when|which day) (?:\w+ ){0,3}(?:min|my|jag|mina)\b.*\b(?:tid|bokning\w*|bokad|inbokad|"
    r"booking|booked|appointment)\b|\b(?:har jag|do i have) (?:\w+ )?(?:en |någon |nån |an |a )?(?:tid|bokning|booking|appointment|bokat|bokad)\b|"
    r"\bnär (?:var|är) (?:det )?(?:min tid|jag (?:hade|har) tid)\b|\bwhen(?:'s| is) my\b",
    Intent.AVAILABILITY: r"\b(?:vilka|vad|vilken|några?|nån|nåra|finns|har ni|what|which|any|do you have) (?:\w+ ){0,3}"
    r"(?:\w*tid|\w*tider|times?|slots?|openings?|ledigt|ledigt?a?|availab\w+|appointments?|luckor?)\b|\bnär (?:kan|har|finns|går|passar)\b|"
    r"\bwhen (?:can|could|do|are|is)\b|\bledig\w*\b|\bavailab\w+\b|\bfree (?:slot|time|on)",
    Intent.BOOK: r"\b(?:boka\w*|bokning|beställa? tid|book\w*|reserv\w+|make an appointment|appointment)\b|\b(?:få|ha|vill|behöver|söker|"
    r"önskar|skulle vilja|need|want|like|get) (?:\w+ ){0,3}(?:\w*tid|komma|appointment)\b|\bkan (?:ni|jag|ja|vi|du|någon|nån) (?:få )?komma\b|"
    r"\b(?:can|could) (?:someone|you|i|we|somebody|anyone) come\b|\bbehöver\b|\b(?:i|we) need\b|\bvill (?:ha|få)\b|\bi(?:'d| would) like\b|"
    r"\bskulle vilja\b|\b(?:ta|tar|take) (?:den|det|en|that|the|it|\d)",
    Intent.PRICE: r"\b(?:vad|hur mycket) (?:\w+ )?(?:kosta\w*|tar|tar ni|blir|skulle)\b|\bkosta\w*\b|\bpris\w*\b|\bpriserna\b|\bhow much\b|\bcosts?\b|"
    r"\bprices?\b|\bpricing\b|\bvad tar ni\b|\btaxa\w*\b|\bavgift\w*\b|\bfees?\b|\bcharge\b",
    Intent.DURATION: r"\bhur (?:lång tid|länge|långt besök)\b|\bhow long\b|\bvaraktighet\b|\bduration\b",
    Intent.HOURS: r"\böppet\b|\böppettid\w*|\böppnar\b|\böppna\b|\böppen\b|\bstänger\b|\bstängt\b|\bstängda?\b|\bhar ni öppet\b|\bopen\b|"
    r"\bopening (?:hours|times)\b|\bopens\b|\bclos(?:e|es|ed|ing)\b|\bbusiness hours\b|\b(?:your|the) hours\b|\blunchstängt\b",
    Intent.ADDRESS: r"\bvar (?:\w+ )?(?:ligger|finns|håller|hittar|sitter|är) (?!.*\bpark)|\bvar (?:ligger|finns|håller|hittar|sitter|är)\b|\badress\w*\b|\baddress\b|"
    r"\bwhere (?:\w+ )?(?:are|is|do|can)\b|\bhitta (?:till|dit)\b|\bvägbeskrivning\w*|\bdirections\b|\bwhere's\b|\blocated\b|\blocation\b|\bvilken gata\b",
    Intent.PHONE: r"\b(?:ert|erat|vilket|vad|what|your|which) (?:\w+ ){0,3}(?:telefonnummer|nummer|tel|phone|number)\b|"
    r"\b(?:kan|får|can|may) (?:jag|man|vi|i|we) (?:ringa|call)\b",
    Intent.POLICY: r"\b(?:vad|hur|what|how) (?:gäller|händer|kostar|happens|much|funkar|fungerar)\b.*\b(?:av ?bok\w*|cancel\w*)|"
    r"\bavboknings(?:regler|avgift|policy|villkor)\w*|\bcancellation (?:policy|fee|rules)\b|\b(?:kostar|avgift|betala)\b.*"
    r"\bav ?boka\w*|\bsena? av ?bok\w*|\buteb\w+\b|\bno.?show\b",
    Intent.CORRECTION: r"\b(?:nej|nä|näe|no|vänta|wait|sorry|oj|förlåt|hoppsan)\b.*\b(?:jag menar|menade|i mean\w*|meant|istället|instead|hellre|"
    r"rather)\b|\b(?:jag menar|jag menade|menade|i mean|i meant|istället|i stället|instead|hellre|rather|ändra (?:det )?till|make it|byt till|kan det bli|kan vi ta)\b|"
    r"^(?:nej|nä|no|oj),? (?:vänta|wait)\b|\bblev fel\b|\bskrev fel\b",
    Intent.THANKS: r"\b(?:tack\w*|thanks|thank you|thx|ha de|ha det|hej ?då|bye|vi ses|ses då|see you|trevlig|cheers|toppen|have a)\b",
    Intent.GREETING: r"^(?:hej\w*|hallå|tja\w*|tjena|tjenare|hi|hello|hey|god (?:morgon|dag|kväll)|goddag|good (?:morning|"
    r"afternoon|evening))\b",
    Intent.QUESTION: r"\?|^(?:(?:hej\w*|hi|hello|tja|tjena)[ ,!.]+)?(?:vad|var|vem|vilka|vilken|vilket|när|hur|kan|har|är|finns|gör|tar|säljer|"
    r"får|går|jobbar|erbjuder|what|where|who|which|when|how|can|could|do|does|are|is|have|will|would)\b|\b(?:undrar|wonder\w*|går det|finns det|har ni|do you|are you)\b",
}
_PATTERNS = {intent: re.compile(pattern) for intent, pattern in _SIGNS.items()}
_DENIED = re.compile(
    r"\b(?:inte|ej|inget|ingen|inga|not|no|isn't|doesn't|utan) (?:(?:så|alls|särskilt|an?|really|"
    r"that|any|direkt|ha|göra|det|någon) )*$"
)
_DENIABLE = (Intent.EMERGENCY, Intent.ANGER, Intent.CALL_BACK, Intent.PERSON)
_OPT_OUT_WORDS = "stopp?|stopall|sluta|avsluta|avregistrera|unsubscribe|end|quit|optout"
_COURTESY = r"tack\w*|snälla|please|thanks|thank you|nu|now|sms|mig|me|er|alla|all"
_OPT_OUT = re.compile(
    rf"(?:{_OPT_OUT_WORDS})(?:[\s.,!]+(?:{_COURTESY}))*|(?:snälla |please |vänligen )?(?:sluta|avsluta|stop|quit|"
    r"avregistrera)(?: att)? (?:skicka|smsa|messa|sms\w*|sending|texting|messaging|contacting|kontakta)\b.{0,30}|"
    r"(?:jag )?vill inte (?:ha|få) (?:fler|flera|några|mer|era) (?:sms|meddelanden)\b.{0,20}|"
    r"(?:ta bort|remove|avregistrera) (?:mig|me|mitt nummer|my number)\b.{0,30}|(?:no|inga) (?:more|fler) (?:sms|texts?|messages?|meddelanden)\b.{0,20}"
)
_OPT_IN = re.compile(rf"(?:start|starta|unstop|börja igen)(?:[\s.,!]+(?:{_COURTESY}))*")


def intents(text: str) -> frozenset[Intent]:
    """All intents whose signs a text in normal form shows."""
    found = {intent for intent, pattern in _PATTERNS.items() if _shown(intent, pattern, text)}
    bare = text.strip(" .,!?\"'")
    if _OPT_OUT.fullmatch(bare):
        found.add(Intent.OPT_OUT)
    if _OPT_IN.fullmatch(bare):
        found.add(Intent.OPT_IN)
    return frozenset(found)


def _shown(intent: Intent, pattern: re.Pattern[str], text: str) -> bool:
    if intent not in _DENIABLE:
        return bool(pattern.search(text))
    return any(not _DENIED.search(text[: match.start()]) for match in pattern.finditer(text))
