"""panoramisk as it comes: a Manager with one callback for all events."""

import asyncio
import sys

from panoramisk import Manager
from panoramisk.message import Message

from bench.clients.stopwatch import SECRET, USERNAME, Stopwatch


async def _read(port: int) -> None:
    watch, ended = Stopwatch(), asyncio.Event()
    manager = Manager(
        loop=asyncio.get_running_loop(),
        host="127.0.0.1",
        port=port,
        username=USERNAME,
        secret=SECRET,
    )

    def on_event(_: Manager, event: Message) -> None:
        if event.event == "UserEvent":
            watch.user_event(event.userevent)
            if watch.done:
                ended.set()

    manager.register_event("*", on_event)
    await manager.connect()
    await ended.wait()
    manager.close()


if __name__ == "__main__":
    asyncio.run(_read(int(sys.argv[1])))
