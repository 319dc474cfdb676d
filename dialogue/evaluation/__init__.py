"""How good the dialogue is: scripted conversations are played and judged.

In: a folder with companies and conversations, each turn with what is expected of it; or, line by
line, the turns that somebody else judges. Out: what was wrong, and the share of conversations that
passed. Everything is played on rows, by the steps that serve customers.

expecting.py   what a turn may be expected to lead to
scenarios.py   the set: companies and conversations, read and checked
seen.py        what can be seen of the assistant after a turn
stage.py       a company and a caller on rows of a database of their own
playing.py     a conversation, turn by turn
judging.py     does a turn hold what is expected, and the rules that always stand?
changes.py     what a turn changed in the calendar, and which times were free before
reading.py     what can be read in a reply: words, clock times, language, parts
scoring.py     the score, by category, language and company
lines.py       the same from outside: a line of JSON in, a line out
"""
