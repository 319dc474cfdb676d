"""The built-in engine: understands and answers without network, key or model. Pure.

In: a message and a `dialogue.turns.Situation`. Out: a `dialogue.turns.Turn`. Where to look:

language.py   which language is this?
words.py      spelling: normal form, stems, typing errors, missing å ä ö
calendar_words.py  numbers, weekdays and months as people write them
dates.py      "på torsdag", "v 14", "12/3"           → local dates
holidays.py   "midsommarafton"                       → local dates
times.py      "halv tre", "efter jobbet", "4.30pm"   → times of day
when.py       the two together, and "samma tid", "om en timme"
offer.py      "herrklippning", "kranen droppar"      → what the company sells; "hos Sara" → who
intent.py     what the caller wants: to cancel, a person, to know the price, ...
choose.py     "den andra", "ja", a thumb up          → one of the offered times
facts.py      answers from hours, prices, address, questions and answers
reading.py    one message with all that was understood of it
known.py      what the conversation knows once a message is added
slots.py      which free times to show
propose.py    offer, propose, book: the texts that say booked
refuse.py     why a time can't be had
book.py       the next step towards a booking
own.py        the caller's own bookings: cancel, move, "no, I meant"
people.py     emergencies, anger, calls, consent, noise
engine.py     `take_turn`: the order in which all this is tried
replies.py    every text that is sent, Swedish and English
"""
