"""Recorded traffic, damaged in every way: what the fuzzing in `test_fuzz` is made of.

In: the traces of `tests/data`. Out: hypothesis strategies for streams of frames, for bytes, and for
frames that are invented altogether.
"""

from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from pbx_adapter.frames import Frame
from pbx_adapter.traces import read_trace

TRACES = Path(__file__).parents[1] / "data" / "traces"
NAMES = (
    *("16/queue_ringall_answered", "16/transfer_merges_two_inbound", "22-narrow/after_hours"),
    *("22/attended_transfer_from_queue", "22/blind_transfer_noanswer", "22/c2c_answered"),
    *("22/c2c_customer_noanswer", "22/direct_answer_cancel_glare", "22/linkcut.1", "22/linkcut.2"),
    *("22/queue_local_optimized_answered", "22/queue_agent_voicemail_trap", "22/park_retrieved"),
    *("22/withheld_pai_missed", "freepbx-narrow/queue_answered", "freepbx/direct_dnd"),
)
LINK_LOST = b""
"""Stands among frames for the end of a connection."""

UNIQUEIDS = ("1.1", "1.2", "1.3", "1.4", "", "1.1\n1.2")
CHANNELS = (
    *("PJSIP/101-01", "PJSIP/operator-02", "PJSIP/trunk-03", "Local/101@from-queue-01;1"),
    *("Local/101@from-queue-01;2", "Local/101@from-queue-01;", "", "-", "/", "Announcer/1-2;1"),
)
EVENTS = (
    *("Newchannel", "Newchannel", "CoreShowChannel", "DialBegin", "DialBegin", "DialEnd"),
    *("BridgeEnter", "BridgeEnter", "BridgeLeave", "BlindTransfer", "HangupRequest", "Hangup"),
    *("CoreShowChannelsComplete", "QueueCallerJoin", "QueueCallerLeave", "VarSet", "Newexten"),
    *("NewCallerid", "UserEvent", "QueueCallerAbandon", "Newstate", "BridgeMerge", "Nonsense"),
)
HEADERS = {
    **dict.fromkeys(("Uniqueid", "DestUniqueid", "Linkedid", "TransfereeUniqueid"), UNIQUEIDS),
    **dict.fromkeys(("Channel", "DestChannel"), CHANNELS),
    "ChannelState": ("0", "4", "4", "6", "7", "", "x"),
    "BridgeUniqueid": ("b1", "b2", "", "b1 1.1"),
    "BridgeId": ("b1", "b2", ""),
    "BridgeTechnology": ("simple_bridge", "holding_bridge"),
    "Context": ("from-trunk", "from-internal", "ivr-1", "timeconditions", "macro-vm", ""),
    "Exten": ("0846500401", "s", ""),
    **dict.fromkeys(("CallerIDNum", "DestCallerIDNum"), ("0701740605", "101", "", "<unknown>")),
    "DialString": ("operator/0701740606", "101", "", "/" * 5000, "+" * 5000),
    "DialStatus": ("ANSWER", "BUSY", "CANCEL", "x"),
    "Duration": ("00:00:10", "", "²:²:²", "9" * 5000 + ":0:0", "9" * 400 + ":0:0", "-1:0:0"),
    "Application": ("Queue", "VoiceMail", "Dial"),
    "ApplicationData": ("(Outgoing Line)", ""),
    "Queue": ("kundtjanst", ""),
    "Variable": ("QUEUESTATUS", "DIALSTATUS", "CALLINGNUMPRES_SV"),
    "Value": ("TIMEOUT", "BUSY", "prohib"),
    "UserEvent": ("CallbackRequested", ""),
    "Cause": ("16", "17", "x"),
}

Stream = list[bytes]
damages = st.sampled_from(
    ("drop", "drop_many", "repeat", "swap", "shuffle", "lose_link", "cut", "join")
)


@cache
def recorded(name: str) -> tuple[bytes, ...]:
    """The frames of a trace, as bytes with their ends; with a snapshot where the link had one."""
    path = next(path for gz in ("", ".gz") if (path := TRACES / f"{name}.ami{gz}").exists())
    return tuple(raw for _, raw in read_trace(path).frames)


@st.composite
def streams(draw: st.DrawFn, kinds: st.SearchStrategy[str] = damages) -> Stream:
    """One recorded trace, damaged a few times among its frames."""
    stream = list(recorded(draw(st.sampled_from(NAMES))))
    for kind in draw(st.lists(kinds, min_size=1, max_size=6)):
        one, other = sorted(draw(st.tuples(*[st.integers(0, len(stream) - 1)] * 2)))
        if kind == "shuffle":
            stream[one : one + 30] = draw(st.permutations(stream[one : one + 30]))
        else:
            damage(stream, kind, one, other)
        if not stream:
            return [LINK_LOST]
    return stream


def damage(stream: Stream, kind: str, one: int, other: int) -> None:
    """Does one kind of damage, at or between two places."""
    match kind:
        case "drop":
            del stream[one : one + 1 + (other - one) % 8]
        case "drop_many":
            del stream[one:other]
        case "repeat":
            stream[other:other] = stream[one : one + 40]
        case "swap":
            stream[one], stream[other] = stream[other], stream[one]
        case "lose_link":
            stream.insert(one, LINK_LOST)
        case "cut":  # the connection ends within a frame; the next begins with a whole one
            stream[one : one + 1] = [stream[one][: other % (len(stream[one]) + 1)], LINK_LOST]
        case "join":  # two frames run into one
            stream[one] = stream[one].removesuffix(b"\r\n")


texts = st.one_of(
    st.just(b""),
    st.sampled_from([b"\n", b"\0", b":", b"4", b"s", b"99:99:99", "²:²:²".encode(), b"9" * 5000]),
    st.just(b"9" * 5000 + b":1:1"),
    st.just(b"x" * 70_000),
    st.binary(max_size=20).filter(lambda raw: b"\r\n" not in raw),
)


@st.composite
def damaged_headers(draw: st.DrawFn) -> Stream:
    """A recorded trace whose headers are missing, emptied, huge, swapped or no text at all."""
    stream = draw(streams(st.sampled_from(("drop", "lose_link"))))
    for _ in range(draw(st.integers(1, 30))):
        place = draw(st.integers(0, len(stream) - 1))
        lines = stream[place].split(b"\r\n")[:-2]
        if not lines:
            continue
        line = draw(st.integers(0, len(lines) - 1))
        name = lines[line].partition(b":")[0]
        match draw(st.sampled_from(("remove", "replace", "borrow", "repeat", "rename"))):
            case "remove":
                del lines[line]
            case "replace":
                lines[line] = name + b": " + draw(texts)
            case "borrow":
                value = draw(st.sampled_from(lines)).partition(b":")[2]
                lines[line] = name + b":" + value
            case "repeat":
                lines.insert(line, lines[draw(st.integers(0, len(lines) - 1))])
            case "rename":
                lines[line] = draw(texts) + b":" + lines[line].partition(b":")[2]
        stream[place] = b"\r\n".join([*lines, b"", b""])
    return stream


@st.composite
def invented(draw: st.DrawFn) -> list[Frame]:
    """Frames of few channels, bridges and names, in no order that makes sense."""
    return draw(st.lists(st.sampled_from(EVENTS).flatmap(invented_frame), max_size=60))


def invented_frame(event: str) -> st.SearchStrategy[Frame]:
    values = {name: st.sampled_from(known) for name, known in HEADERS.items()}
    return st.fixed_dictionaries({"Event": st.just(event)}, optional=values)


@st.composite
def damaged_bytes(draw: st.DrawFn) -> bytes:
    """A piece of a recorded trace with bytes cut out, doubled and overwritten anywhere."""
    raw = b"".join(recorded(draw(st.sampled_from(NAMES))))
    start = draw(st.integers(0, len(raw) - 1))
    raw = raw[start : start + draw(st.sampled_from((2_000, 20_000, 100_000)))]
    for _ in range(draw(st.integers(0, 10))):
        one, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 300))
        put = draw(st.one_of(st.just(b""), st.just(raw[one : one + length]), st.binary(max_size=9)))
        raw = raw[:one] + put + raw[one + draw(st.sampled_from((0, length))) :]
    return raw
