"""A PBX's queues: who waits in them, what they are offered, what they asked for in the voice menu."""
