"""Programs that speak with an AMI server, one process each: ours and its peers.

Those that read a stream take a port, log in, read until its end, and print one line of JSON: seconds
by the clock and of CPU between its beginning and its end. `hangups` and `recording` print moments.
"""

READY = "ready"
"""What `hangups` and `recording` print, as the first of their moments, when they are logged in."""
