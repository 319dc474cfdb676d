"""The model engine: any OpenAI-compatible endpoint proposes, code decides and writes what counts.

endpoints.py  the operator's endpoints, read from one TOML file
endpoint.py   one request to an endpoint; the one file that imports openai
faults.py     why a model did not answer
masking.py    numbers of people, cards and mail addresses are taken out before anything is sent
tools.py      what the model may ask for: strict JSON schemas, and their values
ids.py        the short ids (t1, b1, f1) that stand for times, bookings and sentences of this turn
prompt.py     what the model is told: rules, the company, the moment, the caller's text in a fence
look_up.py    free times and the company's sentences, for the model to choose from
consent.py    whether the caller has said yes to what the model wants to book or cancel
proposals.py  what the model proposes becomes effects and texts that code has written
template.py   the model's own words: no figures, no days, only places that code fills
engine.py     the rounds of one turn
"""
