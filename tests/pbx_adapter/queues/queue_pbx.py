"""A PBX that speaks AMI and has AstDB, queues and channels with a language, all of them plain values.

In: what a test puts there. Out: actions answered as Asterisk 22 answers them; events on demand.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.frames import Frame
from pbx_adapter.player import AmiPlayer

USER, SECRET = "ringback", "only-for-tests"
_START = {"Response": "Success", "EventList": "start"}
_DONE = {"Response": "Success"}
_DENIED = {"Response": "Error", "Message": "Permission denied"}


@dataclass
class QueuePbx:
    """The values; `player` is the server.

    Attributes:
        astdb: By family and key.
        languages: Of channels, by name.
        entries: QueueEntry and QueueMember frames, by queue.
        may_write: Whether the user may change anything.
        may_speak: Whether the user may see and set the language of channels.
        odd: Queues of which it does not tell.
        written: Every (key, value) that was put, in order.
    """

    astdb: dict[tuple[str, str], str] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    entries: dict[str, list[Frame]] = field(default_factory=dict)
    may_write: bool = True
    may_speak: bool = True
    odd: set[str] = field(default_factory=set)
    written: list[tuple[str, str]] = field(default_factory=list)
    player: AmiPlayer = field(init=False)

    def __post_init__(self) -> None:
        answers = {
            "DBGetTree": self._tree,
            "DBPut": self._put,
            "DBDel": self._delete,
            "QueueStatus": self._queue,
            "Getvar": self._get,
            "Setvar": self._set,
        }
        self.player = AmiPlayer(USER, SECRET, answers=answers)

    async def tell(self, **headers: str) -> None:
        """Sends an event."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        await self.player.send(f"{lines}\r\n".encode())

    async def join(self, uniqueid: str, queue: str, language: str = "sv") -> None:
        """A caller joins a queue."""
        channel = f"PJSIP/trunk-{uniqueid}"
        self.languages[channel] = language
        told = {"Uniqueid": uniqueid, "Channel": channel, "Queue": queue}
        await self.tell(Event="QueueCallerJoin", **told)

    def language(self, uniqueid: str) -> str:
        """What a caller's channel speaks."""
        return self.languages[f"PJSIP/trunk-{uniqueid}"]

    def _tree(self, action: Frame) -> Iterable[Frame]:
        yield _START
        for (family, key), value in list(self.astdb.items()):
            if family == action["Family"]:
                yield {"Event": "DBGetTreeResponse", "Key": f"/{family}/{key}", "Val": value}
        yield {"Event": "DBGetTreeComplete", "EventList": "Complete"}

    def _put(self, action: Frame) -> Iterable[Frame]:
        if not self.may_write:
            return [_DENIED]
        self.astdb[action["Family"], action["Key"]] = action["Val"]
        self.written.append((action["Key"], action["Val"]))
        return [_DONE]

    def _delete(self, action: Frame) -> Iterable[Frame]:
        if not self.may_write:
            return [_DENIED]
        gone = self.astdb.pop((action["Family"], action["Key"]), None)
        return [_DONE] if gone else [{"Response": "Error", "Message": "Database entry not found"}]

    def _queue(self, action: Frame) -> Iterable[Frame]:
        if action["Queue"] in self.odd:
            return [{"Response": "Error", "Message": "No such queue"}]
        listed = self.entries.get(action["Queue"], [])
        return [_START, *listed, {"Event": "QueueStatusComplete", "EventList": "Complete"}]

    def _get(self, action: Frame) -> Iterable[Frame]:
        if not self.may_speak:
            return [_DENIED]
        if action["Channel"] not in self.languages:
            return [{"Response": "Error", "Message": "No such channel"}]
        value = self.languages[action["Channel"]]
        return [{"Response": "Success", "Variable": action["Variable"], "Value": value}]

    def _set(self, action: Frame) -> Iterable[Frame]:
        if action["Channel"] not in self.languages:
            return [{"Response": "Error", "Message": "No such channel"}]
        self.languages[action["Channel"]] = action["Value"]
        return [_DONE]


@asynccontextmanager
async def connected(pbx: QueuePbx) -> AsyncIterator[AmiConnection]:
    """A connection of ours to it."""
    connection = AmiConnection(PbxAddress("127.0.0.1", pbx.player.port, USER, SECRET))
    await connection.connect()
    try:
        yield connection
    finally:
        await connection.close()
