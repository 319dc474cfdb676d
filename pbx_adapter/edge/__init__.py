"""A PBX that we can't reach: `ringback edge` beside it, and the centre's side of its line.

In the order of the flow, from the PBX to the rows and back:

spool                 what the PBX told is safe here (a `Sink`), until the centre has it
sender                publishes the spool, in order; does the centre's commands
telling_queues        tells who waits and who is free in the queues that the centre asks for
bus, bus_faults       the line: MQTT over TLS, and what can be wrong with it
topics                the words of the line
centre                takes the records, commits them, says so; sends commands
seen_queues           what the sites told of their queues, while it is young enough
settings              the edge's one settings file

What a command does to a PBX is in `pbx_adapter.commands`, the same for a PBX that we can reach.
"""
