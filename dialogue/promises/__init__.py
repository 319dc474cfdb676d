"""The texts about a promise to ring, and what the caller answers to them.

own.py       the caller's own wishes in the callback list: read for a turn, changed, joined by new ones
reaching.py  the conversation in which a caller is texted, if he can be
asking.py    when we may ring instead, put as a question
steps.py     confirmed, about to end, over, rung in vain: the steps
"""
