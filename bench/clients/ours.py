"""Ours: the link, with the call tracker working."""

import asyncio
import logging
import sys

from bench.clients.stopwatch import SECRET, USERNAME, Stopwatch
from bench.stream import office_site
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.link import LinkState, follow
from pbx_adapter.needed import FOR_CALLS
from pbx_adapter.tracker import Tracker
from ringback.logs import set_up_logs


async def _read(port: int) -> None:
    tracker, watch, ended = Tracker(office_site()), Stopwatch(), asyncio.Event()
    told = 0

    async def on_frame(frame: Frame, at_s: float) -> None:
        nonlocal told
        told += len(tracker.feed(frame, at_s))
        if frame.get("Event") == "UserEvent":
            watch.user_event(frame["UserEvent"], told)
            if watch.done:
                ended.set()

    async def on_state(_: LinkState) -> None:
        pass

    address = PbxAddress("127.0.0.1", port, USERNAME, SECRET)
    link = asyncio.create_task(follow(address, on_frame, on_state, only=FOR_CALLS))
    await ended.wait()
    link.cancel()


if __name__ == "__main__":
    set_up_logs(logging.ERROR)
    asyncio.run(_read(int(sys.argv[1])))
