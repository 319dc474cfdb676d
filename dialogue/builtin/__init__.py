"""The built-in engine: understands and answers without network, key or model. Pure.

In: a message and a `dialogue.turns.Situation`. Out: a `dialogue.turns.Turn`. Where to look:

language.py   which language is this?
words.py      spelling: normal form, stems, typing errors, missing å ä ö
dates.py      "på torsdag", "v 14", "12/3"           → local dates
holidays.py   "midsommarafton"                       → local dates
times.py      "halv tre", "efter jobbet", "4.30pm"   → times of day
when.py       the two together, and "samma tid", "om en timme"
offer.py      "herrklippning", "kranen droppar"      → what the company sells; "hos Sara" → who
intent.py     what the caller wants: to cancel, a person, to know the price, ...
choose.py     "den andra", "ja", a thumb up          → one of the offered times
facts.py      answers from hours, prices, address, questions and answers
book.py       the booking itself: propose, book, move, explain why not
engine.py     `take_turn`: the order in which all this is tried
replies.py    every text that is sent, Swedish and English
"""
