"""Further signs of anger, of prying into others' bookings, of orders to the assistant, of asking who answers. Pure.

Out: `MORE_SIGNS`, which intent.py reads beside signs.py. They are sorted by what is told: what was done
wrong, how it felt, what is demanded; whose booking is asked about, and what of it. Texts are in normal form.
"""

from dialogue.builtin.signs import Intent

_SO = r"(?:(?:så|sjukt|helt|jätte|väldigt|riktigt|himla|jäkla|jävla|rejält|extremt|really|so|very|just) )"
_KIN = (
    r"(?:(?:min|mitt|våra?n?|my|our) (?:[^\W\d_]+ )?(?:kompis|vän|väninna|polare|granne|fru|man|make|maka|sambo|särbo|tjej|kille|"
    r"flickvän|pojkvän|fästm[öa]n?|syster|syrra|bror|brorsa|svägerska|svåger|mamma|morsa|pappa|farsa|svärmor|svärfar|kusin|"
    r"kollega|chef|ex|exman|exfru|friend|girlfriend|boyfriend|wife|husband|partner|sister|brother|mother|mum|mom|father|dad|"
    r"neighbou?r|boss|colleague|coworker|cousin)(?:'?s)?)"
)
_WHEN = r"(?:när|vilken tid|vilken dag|hur dags|when|what time|what day|which day|which time)"
_WISHES_NOW = (  # "min fru har en tid imorgon, när kan jag komma?" asks for an own time
    r"(?! (?:[^\W\d_]+ )?(?:kan|kunde|har (?:ni|du)|finns|passar|går|öppnar|stänger|can|could|do you|are you|is there)\b)"
)
_HAS = r"(?:har|hade|är|var|has|had|is|was|have|did|does)"
_TIME = (
    r"(?:tid|bokad|inbokad|bokat|bokning\w*|besök|booked|appointment|booking|uppskriven|inskriven)"
)
_CUSTOMER = r"(?:kund(?:en|er|erna|ens|s)?|patient(?:en|er|erna|ens|s)?|gäst(?:en|er|erna|ens)?|customers?|clients?|patients?|guests?)"
_DETAIL = r"(?:namn\w*|nummer\w*|telefon\w*|mobil\w*|adress\w*|uppgifter\w*|numbers?|phone|address\w*|names?|details)"
_FREE = r"(?:gratis|rabatt\w*|halva? priset|noll kronor|(?<!\d)0 ?kr\w*|(?<!\d)1 ?kr\w*|kostnadsfri\w*|free|discount\w*|half (?:the )?price|\d+ ?(?:%|procent|percent)(?: rabatt| off)?)"

MORE_SIGNS: dict[Intent, str] = {
    Intent.ANGER: (
        # how it felt
        rf"\b(?:trött på|less på|led på|tröttnat på|fått nog av|sur på|tired of|sick of|done with) (?:er\b|det här|detta|ert|era|allt|you\b|this\b|your)|"
        r"\b(?:har|fått) fått nog\b|\bbesvik\w*|\bså (?:jävla |jäkla )?(?:less|irriterad\w*|arg|sur|ledsen) (?:på|över|nu)\b|\bger upp på er\b|"
        r"\b(?:ni|du) borde skämmas\b|\bskämme?s\b|\bskäm(?:s)? på er\b|\bshame on you\b|\bidiot\w*|\bklantar\w*|\bamatör\w*|\bdumma i huvudet\b|"
        r"\b(?:this is|what) a joke\b|\b(?:skämtar|driver) (?:ni|du)(?: med (?:mig|mej|oss))?\b|\bskojar med (?:mig|mej|oss)\b|\bare you (?:kidding|joking)\b|"
        r"\bvad (?:i helvete |fan )?(?:håller|sysslar) ni (?:på )?med\b|\bingen (?:bryr sig|tar ansvar)\b|\bingen (?:sa|sade|har sagt|informerade|meddelade|berättade|upplyste) (?:något|nåt|ett ord|till|om det|mig|oss)|\bhelt (?:galet|absurt|sjukt|otroligt|vansinnigt|oförskämt|orimligt)(?=\W*$|[.!])|\bhur (?:kan|kunde) ni (?:ens |bara )?(?:göra|låta|missa|glömma|ta betalt|behandla|tro|tillåta|slarva)|\bvad (?:tänker|ska) ni göra åt (?:det|saken|detta)\b|\bhow (?:could|can|dare) you (?:do|let|forget|miss|treat|charge|even)\b|\bnobody (?:told|informed|said)\b|\bnobody cares\b|\b(?:för|skit|as)jävligt?\b|"
        r"\bfan ?tasti[ck]t dålig|\b(?:helt )?sinnessjuk\w* (?:dålig|illa)|\bunder all kritik|\bpinsamt (?:dålig\w*|av er)\b|\bappall\w*|\boutrag\w*|\bterrible (?:experience|job|work)\b|"
        rf"\b(?:this|it|that|service|work) (?:is|was|has been) {_SO}?(?:rubbish|garbage|terrible|horrible|pathetic|a disgrace)\b|\bjäkla (?:dålig\w*|skit\w*|sätt|idiot\w*)\b|"
        r"\b(?:det (?:här|där)|detta|det) (?:är|var|känns) (?:verkligen |faktiskt |ju )*(?:inte (?:ok\w*|okej|rimligt|schysst|bra nog|seriöst)|ej ok\w*)(?=\W*$|[.,!])|"
        r"\b(?:that's|this is|it's) (?:simply |really |just )?not (?:ok|okay|good enough)\b(?! for (?:me|us))|"
        # what was done wrong
        r"\b(?:tredje|fjärde|femte|third|fourth|fifth|3:?e|4:?e|3rd|4th) (?:gången|time) (?:på [^.!?]{1,20} )?(?:nu )?(?:som )?(?:jag|vi|i|we) "
        r"(?:\w+ )?(?:får|fick|måste|behöver|har (?:fått|behövt|väntat)|väntar|ringer|skriver|påpekar|get|got|have|had|am|ask|call|wait)\b|"
        r"\b(?:fick|fått|får|levererade|levererat|skickat|skickade|monterat|gjort|gjorde|got|received|delivered) (?:hem )?(?:helt |också |återigen |the |completely )*"
        r"(?:fel|wrong) (?!(?:nummer|tid|dag|datum|info\w*|besked|på|i|number|time|day|date)\b)(?:[^\W\d_]+)(?=.*(?:!|igen|again|\bingen\b|\binte\b|\bless\b))|"
        r"\b(?:ni|du|you) (?:gjorde|har gjort|did|have done) (?:helt |ju |igen )*(?:fel|it wrong|wrong)\b|\bfuckat\b|\b(?:ni|you) (?:messed|screwed|fucked) (?:\w+ )?up\b|\b(?:messed|screwed) up my\b|"
        r"\bblev inte (?:alls )?(?:som (?:vi|ni|jag|det)|bra\b(?! (?:av|att|då)\b))|\binte (?:alls )?(?:vad|det|som) (?:vi|ni) (?:kom överens|lovade|avtalade)|\bnot (?:what|as) (?:we agreed|you promised|promised)\b|"
        r"\bni lovade\b[^.!?]*\b(?:men|aldrig|inte|ingen|ändå)\b|\b(?:you|they) promised\b[^.!?]*\b(?:but|never|didn't|not|nobody)\b|"
        r"\bni (?:[^\W\d_]+ ){0,2}(?:svarar|ringer|hör av er|återkommer) (?:ju )?aldrig\b|\bni ställde in igen\b|\b(?:ni|ingen) (?:kom|dök) (?:aldrig|inte)?\b(?=[^.!?]*\b(?:vänta\w*|satt|stod|igår|idag|som)\b)|"
        r"\b(?:nobody|no one|noone) (?:came|showed|turned|called|answered|cares)\b|\byou (?:never|didn't) (?:came|come|show|showed|turn|turned|call|called)\b(?! me that)|"
        r"\b(?:ringt|skrivit|mejlat|mailat|called|rung|written|emailed) (?:er |till er |you )?(?:\w+ ){0,3}(?:gånger|times)\b[^.!?]*\b(?:svarar (?:ju )?aldrig|ingen svarar|never answer|no one answers|nobody answers)\b|"
        r"\b(?:väntat|stått|suttit|waiting|waited) (?:\w+ ){0,3}(?:i|for) (?:(?:över|mer än|snart|more than|over|nearly) )?(?:[^\W_]+) (?:timm\w*|veck\w*|månad\w*|dagar|hours?|weeks?|months?|days)\b"
        r"(?=[^?]*(?:!|\b(?:less|inte ok\w*|dålig\w*|arg|oacceptab\w*|joke|ridiculous|unacceptable|fortfarande|still|ingen|aldrig|nobody)\b))|"
        r"\bdålig kvalit\w*|\bbad quality\b|\bdåligt gjort\b|\bser förskräckligt ut\b|\blooks (?:awful|terrible|horrible)\b|\bdåligt av er\b|\bdålig stil\b|"
        # money, threats, the last time
        r"\b(?:dragit|tagit|debiterat|dragits) (?:pengar|betalt|betalning\w*) (?:två|2|flera|dubbla) (?:gånger|ggr)\b|\bdubbeldebiter\w*|\b(?:kräver|vill ha|begär|demand) (?:en |an |full )*(?:ersättning|kompensation|skadestånd|compensation)\b|"
        r"\bpolisanmäl\w*|\banmäler er\b|\bsista gången (?:som )?(?:jag|vi) (?:anlitar|går|handlar|kommer|bokar|är|använder|besöker)\b|\b(?:aldrig|inte) (?:mer |någonsin )?(?:anlita|handla hos|komma tillbaka|gå) (?:er )?(?:igen|mer)\b|"
        r"\b(?:last time|never) (?:i|we) (?:will )?(?:come|use|book|go|ever)\b|\bnever (?:coming|going|using|booking)\b|\bavråder\b|\bvarna (?:andra|alla)\b|\bone star\b|\ben stjärna\b|\bsom luft\b"
    ),
    Intent.OTHERS: (
        # when somebody near has a time; whose it is
        rf"\b{_KIN} {_HAS}(?: [^\W\d_]+){{0,3}} {_TIME}\b[^.!?]*\b{_WHEN}\b{_WISHES_NOW}|"
        rf"\b{_KIN} [^\W\d_]+ {_HAS}(?: [^\W\d_]+){{0,2}} {_TIME}\b[^.!?]*\b{_WHEN}\b{_WISHES_NOW}|"
        rf"\b{_WHEN}(?:'s|s)? {_HAS} {_KIN}(?: [^\W\d_]+)?(?: {_TIME}|\W*$| på | hos | i |imorgon|on |at |this )|"
        rf"\b{_WHEN} (?:does|did|will|ska|skulle) {_KIN}(?: [^\W\d_]+)? (?:come|coming|be|have|in|till er|komma)\b|"
        rf"\b(?:is|are|är|har) {_KIN}(?: [^\W\d_]+)? (?:booked|coming|inbokad|bokad|bokat)\b|"
        rf"\b(?:veta|know|tell me|säga|berätta)(?: mig)? {_WHEN} (?!jag\b|vi\b|min\b|ni\b|det\b|den\b|man\b|i\b|we\b|my\b|you\b|it\b)[^\W\d_]+(?: [^\W\d_]+)? {_HAS} (?:in)?(?:bokad|booked)\b|"
        rf"\b(?:veta|know|tell me|säga|berätta)(?: mig)? (?:vilka|vem|who) (?:som )?(?:\w+ )?(?:är|har|har bokat|is|are|has)\b[^.!?]*\b(?:bokad\w*|inbokad\w*|tid|booked)\b|"
        r"\bvilka som (?:är|står|har) (?:\w+ )?(?:bokade?|inbokade?|uppskrivna|tid)\b|\bvem (?:är det som |är det |som )?(?:har tiden\b|är bokad\b|(?:är|kommer|går|ska in|var) (?:\w+ )?(?:före|innan|efter) (?:mig|mej|oss|min)\b)|"
        r"\bwho(?:'s| is| was| comes)?(?: \w+)? (?:before|after) (?:me|us)\b|\bwho else (?:is|has|will)\b|\bwho has the (?:\w+ )?(?:\d|slot|time|appointment)|"
        # their particulars
        rf"\b{_CUSTOMER}\b[^.!?]*\b(?:{_DETAIL})(?=\W|$)(?=.*(?:kl\b|före|innan|efter|\bo'?clock|before|after|idag|imorgon|today|tomorrow|\?|som))|\b(?:{_DETAIL}) (?:\w+ )?(?:of|to|på|till|för|from|has|har|tillhör) (?:(?:the|a|en|er|era|en av|today's|your|all|dagens|den|other|another|annan) )*{_CUSTOMER}\b|"
        rf"\b(?:{_DETAIL}) (?:of|to|for|på|till) (?:the|den|hon|han|tjejen|killen|mannen|kvinnan|damen) ?(?:lady|man|woman|guy|girl|person|one|som|that|who)\b|"
        rf"\b{_CUSTOMER}(?:'s)? (?:tele|mobil|phone |home )?(?:{_DETAIL})|"
        r"\b(?:vad|vilket) har (?!ni\b|du\b|jag\b|vi\b|man\b|det\b|den\b|er\b|företaget|kliniken|salongen|butiken|verkstaden|kontoret|stället)[^\W\d_]+(?: [^\W\d_]+)? för (?:tele|mobil)?(?:nummer|fonnummer|adress)\w*|"
        r"\bbokningslist\w*|\bkundlist\w*|\bpatientlist\w*|\bdagens (?:kunder|bokningar|patienter|gäster)\b|\bbooking list\b|\b(?:today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)'?s (?:customers|clients|patients|guests|bookings)\b|"
        rf"\bhar (?!(?:jag|vi|ni|du|man|det|den|någon|nån|min|mitt|mina|han|hon|han|alla|ingen|de|dom)\b)[^\W\d_]+ (?!(?:någon|nån|ni|du|inte|redan|nånsin|även|också)\b)[^\W\d_]+ (?:varit|gått|suttit) (?:hos|på) er\b"
    ),
    Intent.TAKEOVER: (
        r"\b(?:ignorera?|ignore|disregard|forget|override|glöm|bortse från|strunta i) (?:[^\W\d_]+ ){0,5}(?:instruk\w+|instruct\w*|regler\w*|rules?|prompt\w*|prislist\w*)\b|"
        r"^\W*(?:system|admin\w*|developer|root|override|sudo)\b ?:|\b(?:ny|nya|new) (?:regel|regler|instruk\w+|rules?|instruct\w*|direktiv) ?:(?!.*\?)|"
        r"\b(?:du|you) (?:är|are) (?:numera|nu mer|från och med nu|fr\.?o\.?m\.? nu|henceforth)\b|\bfrom now on,? (?:you|only)\b|\b(?:från och med nu|hädanefter) (?:ska|är|svarar|heter) du\b|"
        r"\b(?:visa|skriv(?: ut)?|print|repeat|reveal|show|upprepa|avslöja|output)(?: me| mig| us)? (?:[^\W\d_]+ ){0,3}(?:instruk\w+|instruct\w*|prompt\w*|everything above|allt ovan\w*)\b|"
        rf"\b(?:bekräfta|godkänn|confirm|approve|säg|say|skriv|write) (?:nu |bara |att |that |mig |me |to )*(?:jag|priset|min|mitt|i|my|the price|rabatt\w*|vi|we)\b[^.!?]*{_FREE}|"
        rf"\b(?:priset|the price) (?:är|is) {_FREE}(?! eller| or)(?!.*\?)|"
        r"\b(?:set|sätt|change|ändra) (?:(?:all|alla|the|every|your|era) )*(?:pris\w*|prices?|öppettid\w*|opening hours|regler\w*|rules) (?:[^\W\d_]+ ){0,3}(?:to|till|på|noll|zero)\b|"
        r"\b(?:respond|reply|answer|svara) (?:only|bara|endast) (?:with|in|med|på|ja|yes|ok)\b|\bwith the words?\b[^.!?]*\b(?:approved|godkän\w*|free)\b|"
        r"\b(?:cancel|avboka|radera|delete|wipe) (?:every(?! (?:one )?of (?:my|our))|samtliga(?! (?:mina|våra|tider jag))|allas|allt för)\b(?! (?:of )?(?:my|our|mina|våra))"
    ),
    Intent.WRONG_NUMBER: (
        r"\btryckt? fel\b|\b(?:kom|hamnade|hamnat|kommit) (?:jag )?(?:till )?(?:på )?fel (?:ställe|nummer|person|företag)\b|\bwrong (?:place|company|business)\b|"
        r"^(?:hej[ ,!.]+)?(?:jag |vi )?(?:har|hade) (?:inte|aldrig) ringt(?: (?:er|dig|hit|något|nåt|dit))?\W*$|\bi (?:haven't|have not|never|didn't) call(?:ed)?(?: you| anyone)?\W*$|"
        r"\b(?:son|dotter|barn\w*|unge\w*|kid|child|toddler|baby) (?:som )?(?:lekte|pillade|råkade|tryckte|was playing|played)\b[^.!?]*\b(?:telefon\w*|mobil\w*|phone|ring\w*|tryck\w*)|"
        r"\b(?:skulle|ville|menade) (?:ringa |till |ringa till )(?!er\b|dig\b)[^.!?]{2,30}\binte (?:er|dig)\b|\b(?:meant to|trying to|wanted to) (?:call|ring|reach) (?:my|someone|somebody|another)\b"
    ),
    Intent.SPAM: (
        r"\b(?:förbättra|optimera|bygga|designa|improve|redesign) (?:er|din|eran|your) (?:hemsida|webbplats|webbsida|sajt|website|site|ranking)|"
        r"\b(?:synas|ranka|rankas|hamna högst|rank) (?:[^\W\d_]+ )?(?:på|högre på|on) google\b|\b(?:fler|nya|more|new) (?:leads|kunder via)\b|\btjäna (?:extra|[\d ]+ ?(?:kr|kronor)|snabbt)\b|"
        r"\b(?:jobba|work|earn)\b[^.!?]*\b(?:hemifrån|from home)\b[^.!?]*\b(?:kr|pengar|whatsapp|\$|money|extra)|\bwhatsapp\b[^.!?]*\b(?:tjäna|earn|invest\w*|krypto|crypto)|"
        r"\b(?:krypto|crypto|invester\w*|forex) (?:[^\W\d_]+ )?(?:nu|idag|with|med oss|garanter\w*|avkastning)|\b(?:är ni|är du|are you) (?:\w+ )?(?:intresserade?|interested) (?:av|in) (?:billigare|bättre|lägre|cheaper|lower|ny[at]? (?:el|mobil|försäkring))"
    ),
    Intent.ROBOT: (
        r"\b(?:läser|svarar|sitter|skriver) (?:det )?(?:verkligen )?(?:nån|någon|en (?:riktig )?(?:människa|person))\b(?! (?:mig|på mina))|"
        r"\b(?:nån|någon|en människa|en person) som (?:läser|svarar|skriver|sitter) (?:[^\W\d_]+ )?(?:detta|det här|här|på andra|sms\w*|mina)|"
        r"\bis there (?:a |an |any)?(?:real |actual |living )?(?:person|human|someone|anyone|anybody|body) (?:there|here|reading|behind|on the other end|answering)\b|"
        r"\b(?:är|finns) (?:det )?(?:nån|någon)(?: (?:människa|person))? där\W*$|\banybody there\b|\bis (?:this|that|it) (?:all )?automat\w*|\bautomatiska? (?:svar|meddelande\w*|sms)\b[^.!?]*\?"
    ),
}
