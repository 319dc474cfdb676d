"""The built-in engine: understands and answers without network, key or model. Pure.

In: a message and a `dialogue.turns.Situation`. Out: a `dialogue.turns.Turn`. Where to look:

language.py   which language is this?
words.py      spelling: normal form, stems, typing errors, missing å ä ö
calendar_words.py  numbers, weekdays and months as people write them
day_phrases.py  "på torsdag", "v 14", "12/3"         → the days of one phrase
spans.py      the days of a weekday, a week, a month
dates.py      "efter torsdag", "mån-ons", "inte fre" → local dates
no_day.py     "31 februari"                          → there is no such day
holidays.py   "midsommarafton"                       → local dates
times.py      "halv tre", "efter jobbet", "4.30pm"   → times of day
when.py       the two together, and "samma tid", "om en timme"
offer.py      "herrklippning", "kranen droppar"      → what the company sells
staff.py      "hos Sara", "inte hos Ellen"           → who
signs.py      the words of each intent
intent.py     what the caller wants: to cancel, a person, to know the price, ...
danger.py     "får ingen luft", "inbrott"  → a person must see it at once
assent.py     "ja tack", "jag vet inte", a thumb up  → yes, no or doubt
denied.py     "inte kl 14", "för tidigt"           → the times that are refused
choose.py     "den andra", "kl 14 blir bra"        → one of the offered times
facts.py      answers from hours, prices, address, questions and answers
reading.py    one message with all that was understood of it
known.py      what the conversation knows once a message is added
slots.py      which free times to show
propose.py    offer, propose, book: the texts that say booked
refuse.py     why a time can't be had
book.py       the next step towards a booking
definite.py   may it be booked at once?
other_times.py  the times that fit a wish, or come nearest to it
accept.py     the answer to what was proposed or offered
spared.py     "allt utom skiftet"  → which of them go, which stay
which.py      which of the caller's own bookings is meant
instead.py    "avboka och boka fredag"  → what goes, what is wished for in its place
cancel.py     cancelling the caller's own bookings
moving.py     where a booking is moved to: "en vecka senare"
own.py        the caller's own bookings: when they are, moving, "no, I meant"
calling.py    when to ring, inside the opening hours
call_times.py  when we may ring, in words
call_signs.py  "när ringer ni?", "behövs inte"
own_call.py   the caller's own callback: when it is, moving it, giving it up
people.py     emergencies, anger, calls, consent, noise
engine.py     `take_turn`: the order in which all this is tried
replies.py    texts filled in and fitted; days, times and lists in words
texts.py      every text that is sent, Swedish and English
"""
