"""What no reply may say, whichever engine wrote it: code, after the engine. Pure.

reasons.py   why a reply is refused: constant words for the log and for tests
quoting.py   the company's own words, which a reply may repeat as they stand
grounds.py   the times, dates and amounts that this turn may name
facts.py     times, dates, prices, numbers, addresses: each has a ground
claims.py    booked, moved, cancelled, "we will call": each has its effect; no gifts, no exceptions
private.py   no numbers of people, no ids of ours
form.py      the caller's language, at most four parts, none of a program's leftovers
effects.py   what a turn may do: free times, the caller's own bookings
check.py     all of it, for one turn
"""
