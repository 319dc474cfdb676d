"""The command `ringback assistant`: which engine answers a company's callers, and for how much.

In: options; what is not given stays as it is. Out: the settings as they stand then, and for a model
where it runs and how long it keeps what it is sent.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from dialogue.model.endpoints import EndpointSettings, read_endpoints
from ringback.assistant import Assistant
from ringback.cli.rows import CompanyId, company_of, do
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.settings import Settings
from ringback.store.assistant import assistant as settings_of
from ringback.store.assistant import model_spent, save_assistant

Engine = Annotated[str | None, typer.Option(help="builtin, or model.")]
EndpointName = Annotated[str | None, typer.Option(help="Which endpoint of RINGBACK_MODELS.")]
Budget = Annotated[float | None, typer.Option(help="What the model may cost in a month, kronor.")]
LogDays = Annotated[int | None, typer.Option(help="How long the AI log is kept.")]


def assistant(
    engine: Engine = None,
    endpoint: EndpointName = None,
    month_budget: Budget = None,
    log_days: LogDays = None,
    company: CompanyId = "",
) -> None:
    """Show, or change, which engine answers a company's callers."""
    given = {"engine": engine, "endpoint": endpoint, "month_budget_kr": month_budget}
    changes = {
        key: value for key, value in (given | {"log_days": log_days}).items() if value is not None
    }

    async def work(db: Database, settings: Settings) -> str:
        known = read_endpoints(settings.models)
        async with db.begin(await company_of(db, company)) as session:
            kept = await settings_of(session)
            if changes:
                kept = await save_assistant(session, _checked(kept, changes, known))
            spent = await model_spent(session, system_clock())
        return _told(kept, known, spent.cost_e4)

    do(work)


def _checked(
    kept: Assistant, changes: Mapping[str, Any], known: Mapping[str, EndpointSettings]
) -> Mapping[str, Any]:
    """The new settings; an endpoint that is not there is a fault."""
    new = kept.model_dump() | dict(changes)
    if new["engine"] == "model" and not new["endpoint"] and len(known) == 1:
        new["endpoint"] = next(iter(known))
    if new["engine"] == "model" and new["endpoint"] not in known:
        there = ", ".join(known) or "none; name their file in RINGBACK_MODELS"
        raise BadInput(f"There is no endpoint {new['endpoint']!r}. There are: {there}.")
    return new


def _told(kept: Assistant, known: Mapping[str, EndpointSettings], cost_e4: int) -> str:
    """The settings in plain lines."""
    log = f"The AI log is kept {kept.log_days} days."
    if kept.engine == "builtin":
        return f"The built-in engine answers. {log}"
    used = f"{cost_e4 / 10_000:.2f} of {kept.month_budget_kr:.2f} kronor used this month"
    endpoint = known.get(kept.endpoint)
    if endpoint is None:
        return f"The endpoint {kept.endpoint!r} is not there, so the built-in engine answers. {log}"
    return (
        f"The model {endpoint.model} at {endpoint.name} answers; {used}.\n"
        f"It runs in {endpoint.region} and keeps what it is sent: {endpoint.retention}. {log}"
    )
