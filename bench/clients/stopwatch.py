"""Two clocks of a reader, from the beginning of a stream to its end. For the peers' Pythons too."""

import json
import sys
import time

USERNAME, SECRET = "bench", "bench"


class Stopwatch:
    """Started and stopped by the UserEvents around a stream; `told` goes into the result."""

    def __init__(self) -> None:
        self.done = False
        self._began = (0.0, 0.0)

    def user_event(self, name: str, told: int = 0) -> None:
        """A UserEvent came; the last one prints the result."""
        now = (time.perf_counter(), time.process_time())
        if name == "BenchBegins":
            self._began = now
        elif name == "BenchEnds":
            wall_s, cpu_s = (end - start for start, end in zip(self._began, now, strict=True))
            sys.stdout.write(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "told": told}) + "\n")
            sys.stdout.flush()
            self.done = True
