"""PyPI's asterisk-ami with one listener for all events; runs in a Python of its own."""

import sys
import threading

from asterisk.ami import AMIClient, Event  # type: ignore[import-not-found]
from stopwatch import SECRET, USERNAME, Stopwatch  # type: ignore[import-not-found]


def _read(port: int) -> None:
    watch, ended = Stopwatch(), threading.Event()

    def on_event(event: Event, source: AMIClient) -> None:
        if event.name == "UserEvent":
            watch.user_event(event["UserEvent"])
            if watch.done:
                ended.set()

    client = AMIClient(address="127.0.0.1", port=port, timeout=60)
    client.add_event_listener(on_event)
    client.login(username=USERNAME, secret=SECRET)
    ended.wait()  # its own disconnect() would wait for its thread, which waits for its socket


if __name__ == "__main__":
    _read(int(sys.argv[1]))
