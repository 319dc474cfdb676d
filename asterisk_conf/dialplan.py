"""The dialplan: the menu that all queues share, and what is each queue's own. Pure.

In: a `Plan`. Out: the text of `ringback/extensions.conf`. What does not depend on the plan stands in
`menu.conf`, `recording.conf` and `outbox.conf` as it is loaded; here come the contexts that name a
queue, its intervals and the numbers that it may ring.
Source: Asterisk's documentation of Queue() and of pattern matching; FreePBX's `VQ_…` variables.
"""

from collections.abc import Iterable, Iterator
from importlib.resources import files

from asterisk_conf.numbers import allowed_patterns, calling_code, dialled, trunk_prefix
from asterisk_conf.values import Kind, Plan, QueuePlan
from ringback.prompts import recordable

_HEAD = """\
; Written by Ringback{of_company}; changes are lost at the next `ringback asterisk install`.
"""


def head(plan: Plan) -> str:
    """The first line of every file that we write."""
    return _HEAD.format(of_company=f" for {plan.company}" if plan.company else "")


def dialplan(plan: Plan) -> str:
    """The whole file."""
    parts = [head(plan)]
    if plan.outbox:
        parts.append(_snippet("outbox.conf"))
    if plan.queues:
        parts.append(_snippet("menu.conf"))
        parts.append(_intervals(plan))
        parts += _numbers(plan)
        parts += (_queue(plan, queue) for queue in plan.queues)
    if plan.recording.code:
        parts.append(_snippet("recording.conf"))
        parts.append(_recording(plan))
    return "\n".join(parts)


def menu_context(queue: QueuePlan) -> str:
    """Where a caller enters the queue's menu, at `s,1`."""
    return f"ringback-menu-{queue.key}"


def exit_context(queue: QueuePlan) -> str:
    """What the queue's `context` is: the digit that leads to the menu."""
    return f"ringback-exit-{queue.key}"


def _snippet(name: str) -> str:
    return (files("asterisk_conf") / name).read_text()


def _intervals(plan: Plan) -> str:
    """The intervals that have a prompt of their own, which the menu looks up."""
    known = {
        f"{begins:%H%M}-{ends:%H%M}"
        for queue in plan.queues
        for begins, ends in queue.rules.intervals
    }
    lines = (f"exten => {interval},1,Return()" for interval in sorted(known))
    return _section("ringback-menu-intervals", lines)


def _numbers(plan: Plan) -> Iterator[str]:
    """What may be rung, once for each set of countries; a number by itself goes before patterns."""
    for countries in sorted({_countries(queue) for queue in plan.queues}):
        patterns = allowed_patterns(plan.country, countries)
        own = sorted({dialled(plan.country, number) for number in plan.own_numbers})
        lines = [f"exten => {number},1,Return()" for number in own]
        lines += [f"exten => {pattern},1,Return(yes)" for pattern in patterns]
        yield _section(_numbers_context(countries), [*lines, "exten => _X!,1,Return()"])


def _countries(queue: QueuePlan) -> tuple[str, ...]:
    return tuple(sorted(set(queue.rules.countries)))


def _numbers_context(countries: Iterable[str]) -> str:
    return "-".join(("ringback-menu-numbers", *countries))


def _queue(plan: Plan, queue: QueuePlan) -> str:
    rules = queue.rules
    first, *others = (
        f"Set(RB_KEY={queue.key})",
        f"Set(RB_QUEUE={queue.name})",
        f"Set(RB_LANGUAGE={rules.language})",
        f"Set(RB_ZONE={plan.zone})",
        f"Set(RB_WHEN_SILENT={rules.when_silent})",
        f"Set(RB_ASKS={rules.asks.value})",
        f"Set(RB_CODE={calling_code(plan.country)})",
        f"Set(RB_TRUNK={trunk_prefix(plan.country)})",
        f"Set(RB_NUMBERS={_numbers_context(_countries(queue))})",
        "Goto(ringback-menu-start,s,1)",
    )
    menu = [f"exten => s,1,{first}", *_steps(others), *_back(plan, queue)]
    enter = f"Gosub(ringback-menu-language,s,1({queue.key},{rules.when_silent}))"
    menu += [f"exten => enter,1,{enter}", *_steps(["Return()"])]
    title = f"; Queue {queue.name}\n"
    if plan.kind is Kind.FREEPBX:  # where the queue's break-out menu leads to ours
        return title + _section(menu_context(queue), menu)
    leave = [f"exten => {rules.digit},1,Goto({menu_context(queue)},s,1)"]
    if queue.exit_context:
        leave.append(f"include => {queue.exit_context}")
    return title + _section(menu_context(queue), menu) + _section(exit_context(queue), leave)


def _back(plan: Plan, queue: QueuePlan) -> list[str]:
    """How a caller comes back to his place in the queue.

    Until Asterisk 21 Queue() took the name of a macro before that of a rule and the place. FreePBX 17
    still writes its empty argument, so that what it means as the rule is taken for the place.
    """
    if queue.back:
        steps = [f"Goto({queue.back})"]
    elif plan.kind is Kind.FREEPBX:
        steps = [
            "Set(VQ_POSITION=${RB_PLACE})",
            "ExecIf($[${VERSION(ASTERISK_VERSION_NUM)} >= 210000]?Set(VQ_RULE=${RB_PLACE}))",
            f"Goto(ext-queues,{queue.name},1)",
        ]
    else:
        given = f"{queue.name},{queue.options},,,{queue.timeout_s or ''},,"
        steps = [
            "GotoIf($[${VERSION(ASTERISK_VERSION_NUM)} < 210000]?macro)",
            f"Queue({given},,${{RB_PLACE}})",
            "Hangup()",
        ]
        older = [f" same => n(macro),Queue({given},,,${{RB_PLACE}})", " same => n,Hangup()"]
        return [f"exten => back,1,{steps[0]}", *_steps(steps[1:]), *older]
    return [f"exten => back,1,{steps[0]}", *_steps(steps[1:])]


def _recording(plan: Plan) -> str:
    """The code, and the prompts by their numbers."""
    recording = plan.recording
    enter = [f"exten => {recording.code},1,Goto(ringback-recording,s,1)"]
    names = recordable(plan.rules)
    chosen = [f"exten => {number},1,Return({name})" for number, name in enumerate(names, 1)]
    settings = [f"exten => pin,1,Return({recording.pin})"]
    context = "from-internal-custom" if plan.kind is Kind.FREEPBX else recording.context
    return (
        _section("ringback-recording-set", settings)
        + _section("ringback-recording-names", [*chosen, "exten => _X!,1,Return()"])
        + _section(context, enter)
    )


def _steps(applications: Iterable[str]) -> list[str]:
    return [f" same => n,{application}" for application in applications]


def _section(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"[{name}]", *lines, "", ""])
