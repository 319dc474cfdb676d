"""Finding the company's own answer to a question that is worded in another way. Pure but for the last two.

In: a question, the document's questions and answers, its rule on cancelling, and the texts that the
company pasted. Out: the entries that answer it, best first, or none. Where to look:

lexicon.py    everyday words: which mean the same, which tell little
terms.py      a text → its terms: stems, parts of compounds, meanings, slips of the thumb
index.py      the company's entries, and how well each fits a question
passages.py   what of an entry is said: all of a short one, the best sentences of a long one
asking.py     a message → its questions; the document and its passages → found answers
loading.py    the company's texts out of their rows
trying.py     a question tried from the portal: nothing is sent, nothing is booked
"""
