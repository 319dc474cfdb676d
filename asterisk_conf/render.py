"""The files that are written for one Asterisk. Pure.

In: a `Plan`. Out: each file's name below `/etc/asterisk`, its text, and the file that must include it.
All are our own: in a file of the company or of FreePBX no more than an `#tryinclude` is added.
Source: the sample configuration of Asterisk 16 and 22; which files FreePBX leaves alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from asterisk_conf.dialplan import dialplan, exit_context, head, menu_context
from asterisk_conf.values import Kind, ManagerUser, Plan, QueuePlan
from ringback.prompts import offer_name

FOLDER = "ringback"
_HOSTS: Mapping[Kind, Mapping[str, str]] = MappingProxyType(
    {
        Kind.PLAIN: MappingProxyType(
            {
                "extensions.conf": "extensions.conf",
                "queues.conf": "queues.conf",
                "manager.conf": "manager.conf",
            }
        ),
        Kind.FREEPBX: MappingProxyType(
            {"extensions.conf": "extensions_custom.conf", "manager.conf": "manager_custom.conf"}
        ),
    }
)

_MANAGER = """\
; read: system (restarts), call, agent (queues), user (callbacks that are asked for), dialplan (why a
;   queue was left; not on FreePBX, where it is ten times as much to read as all else).
; write: system (the offer into AstDB, wishes and calls out of it), reporting (what is up when Ringback
;   connects), originate and call (rings customers, ends what rings too long, lets waiting callers hear
;   the offer). Never command or config.
[{name}]
secret = {secret}
deny = 0.0.0.0/0.0.0.0
deny = ::/0
permit = {permit}
read = {read}
write = system,reporting,originate,call
writetimeout = 5000
"""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One file of ours.

    Attributes:
        name: Below Asterisk's folder: `ringback/extensions.conf`.
        text: All of it.
        host: The file that includes it.
        secret: Whether others on the machine must not read it.
    """

    name: str
    text: str
    host: str
    secret: bool = False


def render(plan: Plan) -> tuple[Rendered, ...]:
    """The files; FreePBX's queues are set in its own pages, so there is none for them."""
    texts = {}
    if plan.outbox or plan.queues or plan.recording.code:
        texts["extensions.conf"] = dialplan(plan)
    if plan.queues:
        texts["queues.conf"] = _queues(plan)
    if plan.manager:
        texts["manager.conf"] = f"{head(plan)}\n{_manager(plan.manager, plan.kind)}"
    hosts = _HOSTS[plan.kind]
    secrets = {"manager.conf"} | ({"extensions.conf"} if plan.recording.pin else set())
    return tuple(
        Rendered(f"{FOLDER}/{name}", text, hosts[name], secret=name in secrets)
        for name, text in texts.items()
        if name in hosts
    )


def to_do(plan: Plan) -> list[str]:
    """What is left for the installer in each queue, a line each."""
    if plan.kind is Kind.FREEPBX:
        return [
            f"Queue {queue.name}: make a Custom Destination {menu_context(queue)},s,1 and let its "
            f"IVR break-out menu lead there by {queue.rules.digit}."
            for queue in plan.queues
        ]
    return [
        f"Queue {queue.name}: write Gosub({menu_context(queue)},enter,1) before Queue({queue.name})."
        for queue in plan.queues
    ]


def _queues(plan: Plan) -> str:
    return "\n".join([head(plan), *map(_queue, plan.queues)])


def _queue(queue: QueuePlan) -> str:
    """What is added to a queue: the digit's context, and the announcement of the offer.

    Asterisk takes the last value alone; of several sounds in it each is played in its turn.
    """
    sounds = [f"ringback/{offer_name(queue.rules.digit)}", *queue.announces.split(",")]
    return (
        f"[{queue.name}](+)\n"
        f"context = {exit_context(queue)}\n"
        f"periodic-announce = {','.join(filter(None, dict.fromkeys(map(str.strip, sounds))))}\n"
        f"periodic-announce-frequency = {queue.rules.announce_every_s}\n"
    )


def _manager(user: ManagerUser, kind: Kind) -> str:
    read = "system,call,agent,user" + (",dialplan" if kind is Kind.PLAIN else "")
    return _MANAGER.format(name=user.name, secret=user.secret, permit=user.permit, read=read)
