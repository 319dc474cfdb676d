"""The phrases that a model may write by itself, by language. Tables; read by own_words.py.

A piece of a text is phrases one after the other, so "hör gärna av dig" and "om du har fler frågor"
need not stand together here.
"""

_TOPICS_SV = (
    "frågan/priset/priserna/pris/tiderna/tiden/öppettiderna/öppettider/parkering/parkeringen/adressen/"
    "betalning/betalningen/avbokning/avbokningen/bokningen/bokning/besöket/behandlingen/resten/övrigt"
)
_TOPICS_EN = (
    "question/price/prices/times/time/hours/parking/address/payment/booking/appointment/visit/"
    "treatment/cancellation/rest"
)
_COURTESY_SV = f"""
hej/hejsan/hallå/tjena/tja [på dig]
hej [hej] igen
god/go morgon/dag/kväll/eftermiddag/förmiddag
godmorgon/godkväll/goddag
tack/tackar [själv]
tack så/jätte/hemskt mycket
tack detsamma
detsamma
stort/tusen tack
för din/ditt/dina fråga/frågor/meddelande/sms/svar/intresse/tålamod/uppgifter/hjälp
för svaret/frågan/meddelandet/informationen/infon/påminnelsen/besväret/dröjsmålet
[för] att du/ni hör/hörde av dig/er
[för] att du/ni skriver/skrev/frågar/frågade/väntar/väntade/berättar/berättade/svarar/svarade
[för] att du/ni säger/sa till
[för] att du/ni kontaktar/kontaktade oss
att du/ni är intresserad/nyfiken
till/hos oss
varsågod/varsegod
var så god
ingen orsak/fara
[vilken/det var en] bra/jättebra/god fråga
[jag/vi] förstår
det förstår jag/vi [verkligen]
[jag/vi] förstår [precis/helt] [hur du menar]
[jag/vi] förstår din fråga
[jag/vi] förstår att det [är/känns/låter] tråkigt/jobbigt/frustrerande/brådskande/viktigt
[jag/vi] förstår att det kan vara/kännas tråkigt/jobbigt/frustrerande
[jag/vi] [beklagar] verkligen
[jag/vi] beklagar [det/detta/besväret/dröjsmålet]
[jag/vi] beklagar verkligen det inträffade
det beklagar jag/vi [verkligen]
tyvärr/ledsen/förlåt/ursäkta/sorry
vad/så tråkigt/ledsamt/jobbigt/synd
det var/är/låter [verkligen] tråkigt/jobbigt/ledsamt
att höra
krya på dig
lycka till
ha det [så] bra/fint/gott [så länge]
[ha] en riktigt/fortsatt fin/bra/trevlig/härlig/skön dag/kväll/helg/vecka/eftermiddag/förmiddag
[ha] en fin/bra/trevlig/härlig/skön dag/kväll/helg/vecka/eftermiddag/förmiddag
fin/trevlig/härlig/skön/fortsatt dag/kväll/helg/vecka
[med] [vänlig/vänliga/varma/bästa] hälsning/hälsningar [från]
hej/hälsar/mvh från
mvh/hälsar
allt gott
hoppas [att] det hjälper/hjälpte
hoppas [att] det gav/ger svar på din fråga
hör/skriv/fråga/återkom/kontakta [bara] gärna [igen/oss]
hör/skriv/fråga [bara/gärna] [av dig] [igen/här]
säg/skriv [bara/gärna] [till] [igen/här]
[du är] [alltid/varmt] välkommen att höra/fråga/skriva [av dig] [igen]
tveka inte att höra/skriva/fråga [av dig]
[i] så fall
om du undrar [över] något/nåt [mer/annat]
om du har [fler/andra/några] frågor [eller funderingar]
om det är något/nåt [mer/annat/särskilt]
om du vill veta [något] mer
om du behöver hjälp/något [mer/annat]
har du fler/andra/några frågor
undrar du något/nåt [mer/annat]
är det något/nåt [mer/annat] [du undrar] [över]
är det något/nåt [mer/annat] [som] jag/vi kan hjälpa [dig/till] [till] med
vad/hur kan jag/vi hjälpa [dig/till] [med/till]
vad vill du ha hjälp med
vad gäller det
vad undrar du [över]
så/vad/mycket kul/roligt/trevligt/fint
kul/roligt/trevligt/fint
här är/kommer [svaret/informationen/infon/uppgifterna/detaljerna/beskedet/det]
här är/kommer [ett/några/lite/mer] förslag/information/info/alternativ/svar
här är/kommer det/vad jag/vi [har/hittar/hittade/vet]
här har/får du [svaret/informationen/infon/uppgifterna/det]
[så] här ser det ut
så här är/gäller [det]
följande gäller
[jag/vi] hittar/hittade/har följande/detta [information/förslag/svar]
kort/mitt/vårt svar
svar/svaret/info/information/obs/ps/notera/nb
enligt våra uppgifter
enligt vår information
[som] svar på din fråga
på/till din fråga
om din fråga
när det gäller [din/ditt/dina/själva] {_TOPICS_SV}
vad gäller [din/ditt/dina/själva] {_TOPICS_SV}
angående/gällande/om/kring [din/ditt/dina] {_TOPICS_SV}
{_TOPICS_SV}
och/samt/också/även/dessutom/sedan/sen/först/vidare/slutligen/därefter/så
"""
_AGREEING_SV = """
ja/jadå/jajamän/jajamensan/javisst/visst/absolut/självklart/givetvis/naturligtvis/gärna/jodå/såklart
gärna det
så klart
ja då/tack/gärna
det går [så/alldeles/jätte] bra/fint/utmärkt
[det är/var] inga/inget [som helst] problem
okej/ok/okey/oki
då så
då/nu [så] kör vi
då vet jag/vi
perfekt/toppen/kanon/super/utmärkt/bra/jättebra/härligt/underbart/strålande/finfint/kanonbra
bra val
vad/så bra/härligt
det låter [jätte] bra/fint/utmärkt
det hjälper jag/vi [dig] gärna [till] med
jag/vi hjälper [dig] gärna [till] [med det/detta]
jag/vi hjälper [dig] gärna [till] att boka/avboka/flytta/hitta [en/din/rätt] [tid]
jag/vi ska/kan [gärna] hjälpa dig [med det/detta]
[jag/vi] förstår att du vill boka/avboka/flytta/ändra [en/din] [tid/bokning]
[jag/vi] förstår att du vill prata med någon/oss [här]
[jag/vi] förstår att du vill bli uppringd
att du vill boka/komma
vill du boka [en] [tid]
passar det/någon/något/nån/nåt [av dem/dessa/tiderna/förslagen/det] [dig] [bra]
hur låter/passar det
låter det bra
vilken [tid/av dem] passar [dig] [bäst/bra]
vilken [tid/av dem] vill du ha
låt oss hitta en tid [som passar] [dig]
säg [bara/gärna] till om ingen/inget [tid] [av dem] passar
säg [bara/gärna] till om det inte passar
här är/kommer/har du [några] [lediga] tider/tiderna
[vi/jag] har/hittar/hittade följande [lediga] tider/tid
"""
_WELCOMING_SV = """
välkommen/välkomna [in/hit/åter/då] [till/hos] [oss]
varmt/hjärtligt välkommen/välkomna [in/hit/åter/då] [till/hos] [oss]
vi ses [då/snart/där]
då ses vi [då/hos oss]
[vi/jag] ser [mycket] fram emot ditt besök
[vi/jag] ser [mycket] fram emot besöket
[vi/jag] ser [mycket] fram emot att se/träffa dig/er [då]
[vi/jag] ser [mycket] fram emot att ta emot dig/er [då]
då är det/allt klart/bokat/ordnat
klart/fixat/ordnat/bokat/ombokat
"""
_COURTESY_EN = f"""
hi/hello/hey [there] [again]
good morning/day/afternoon/evening
[many] thanks/cheers
thanks a lot
thanks/thank you [so/very] [much]
thank you [so/very] [much] too
for your question/message/text/reply/answer/interest/patience/questions/call
for asking/writing/waiting/texting/calling [us]
for reaching out [to us]
for getting in touch [with us]
for letting us/me know
for contacting us
for the/any/this [inconvenience/delay/trouble/wait]
you are [very/most] welcome [any time/anytime]
you too
my pleasure
do not mention it
[that is] [a] good/great question
[i/we] [completely/fully/quite] understand [that/you]
i/we understand [that] it/this is/must be frustrating/urgent/important/annoying/upsetting
i/we [do] apologise/apologize
[i/we am/are] [so/very/really/truly] sorry [about that/this]
to hear that/this
unfortunately/apologies/sorry
get well soon
good luck
have a [very] good/nice/great/lovely/wonderful/pleasant day/evening/weekend/week/afternoon/morning [too]
enjoy the/your [rest of your] day/evening/weekend
take care
all the best
[best/kind/warm] regards/wishes/greetings [from]
[hello/hi] from
[please/just] write/text/ask/reply [again/here/us/me] [any time]
[please] feel free to write/text/ask [again/us/me]
[please/just/do] let me/us know
[please] do not hesitate to ask/write
if you have any/more/other/further/some [more/other/further] questions [at all]
if you need anything/something [else]
if you need any/more [more] help
if there is anything/something else
if you [would] like to know more
is there anything else [i/we] [can/may] [help] [you] [with]
is there anything else
anything else
how can/may i/we help [you] [today]
what can i/we do for you [today]
what can i/we help you with [today]
what would you like help with
[it is] [so/very/really] nice/good/great to hear from you [again]
[i/we] hope [this/that/it] helps
here is/are [the/some/a/your] [answer/information/info/details/suggestion/suggestions/options]
here is/are what i/we [have/can/could] found/find/have
here you go/are
as follows
the following applies
this/that is what i/we [have/found/know]
i/we [have] found the/this following
short answer
answer/info/information/note/ps/fyi
also/and/plus/additionally/furthermore/then/first/finally/besides/so/please
in answer to your question
on/to your question
according to our information
regarding/concerning/about/on/as [for] your/the {_TOPICS_EN}
regarding/concerning/about {_TOPICS_EN}
when it comes to your/the {_TOPICS_EN}
{_TOPICS_EN}
please/kindly note [that]
"""
_AGREEING_EN = """
yes/yep/yeah/sure/certainly/absolutely/definitely/okay/ok/alright/perfect/great/excellent
wonderful/lovely/super/brilliant/fine/good/nice/fantastic/awesome/gladly/understood
sure thing
good/great/excellent choice
of course
all right
got it
no problem/problems/worries [at all]
[that] sounds good/great/perfect/lovely
that works
happy/glad to [help]
[i/we am/are] [more] [than] [very] happy/glad to help [you] [with that/this]
i/we would [be] happy/glad/love to help [you] [with that/this]
[i/we] [can/will/would] [gladly/happily] help [you] [with] [that/this]
[i/we] understand [that] you want/would/like [to] book/cancel/move/change/reschedule [your/an/the] [appointment/booking/time]
with pleasure
let us find [you] a time [that suits/works] [for] [you]
let me help [you] [with that/this]
does/would/do that/this/it/any/one/either [of] [these/those/them] work/suit/sound [for/good] [you]
how does/would that/this/it work/suit/sound [for] [you]
which [one/time] suits/works [for] [you] best
which [one/time] would you like/prefer
would you like to book
nice/great/glad [that] you want/would [like] to book/come [with/to] [us]
great to hear [that]
here are [some/the] [available/free] times
i/we found the following [available] times
"""
_WELCOMING_EN = """
[a] [very] [warm/warmly] welcome [to us]
we welcome you
[we/i] [will] see you [then/there/soon]
[we/i] look/looking [very] [much] forward to seeing/welcoming/meeting you/it/that [then/there/soon]
[i/we am/are] looking forward to seeing/welcoming/meeting you [then/there/soon]
[we/i] look forward to your visit/it
[you are] all set
[it/that/all] [is] done/booked/sorted/arranged/confirmed
"""

COURTESY = {"sv": _COURTESY_SV, "en": _COURTESY_EN}
"""Greetings, thanks, regret, good wishes, and what joins sentences: says nothing of anything."""
AGREEING = {"sv": _AGREEING_SV, "en": _AGREEING_EN}
"""Said beside a proposal only."""
WELCOMING = {"sv": _WELCOMING_SV, "en": _WELCOMING_EN}
"""Said of a booking that is made in the same turn."""
