"""Stories of callers and phones, played on a real Asterisk, each with its own truth.

In: a `Story`. Out: calls made, and what the people did written down. `tests.asterisk.record` plays
them and keeps what AMI says meanwhile. Modules go by kind of call; every public coroutine function
in them is one scenario, and its name is the trace's.
"""
