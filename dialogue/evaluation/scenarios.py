"""A set of scripted conversations: companies and conversations, read from files and checked.

In: a folder with `businesses/NAME.yaml` and `scenarios/ID.yaml`. Out: values, or every fault of the
files with where it stands and what to do. Played by `playing`; `lines` makes the same values of what
it is sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from dialogue.evaluation.expecting import Expectation, Minute, Value
from ringback.bookings import Taken
from ringback.business import Business
from ringback.errors import BadInput

_MOST_FAULTS = 30
_ABSENCE = "absence"


class _Open(BaseModel):
    """Keys that are not used are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Customer(_Open):
    """Somebody else who has a time."""

    name: str = ""
    phone: str = ""


class Busy(_Open):
    """A time that is taken when the conversation begins: somebody's booking, or an absence."""

    resource: str
    start: Minute
    end: Minute
    service: str | None = None
    kind: str = ""
    customer: Customer = Customer()

    @property
    def absent(self) -> bool:
        """Whether it is nobody's booking."""
        return self.kind == _ABSENCE


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it is when a conversation begins."""

    business: Business
    busy: tuple[Busy, ...]

    @classmethod
    def from_document(cls, document: object) -> "Company":
        """The value of a parsed file; BadInput with a line for every fault."""
        if not isinstance(document, dict):
            raise BadInput(
                "the document: write the keys of a company (id, name, opening_hours, …)."
            )
        own = dict(document)
        busy = _Taken.read({"bookings": own.pop("bookings", [])}).bookings
        return cls(Business.from_document(own), busy)

    def moment(self, minute: str) -> datetime:
        """A local minute of the company's zone, in UTC."""
        local = datetime.fromisoformat(minute).replace(tzinfo=self.business.zone)
        return local.astimezone(UTC)

    def minute(self, moment: datetime) -> str:
        """The local minute of a moment."""
        local = moment.astimezone(self.business.zone)
        return local.replace(tzinfo=None).isoformat(timespec="minutes")

    def taken(self, resource: str, start: str, end: str) -> Taken:
        """A busy time of local minutes."""
        return Taken(resource, self.moment(start), self.moment(end))

    def ends_at(self, service: str, start: str) -> datetime:
        """When an appointment that begins at this local minute is over, UTC."""
        return self.moment(start) + timedelta(minutes=self.business.service(service).duration_min)


class _Read(_Open):
    @classmethod
    def read(cls, document: object) -> Any:
        """The value, or BadInput with a line for every fault."""
        try:
            return cls.model_validate(document)
        except ValidationError as wrong:
            raise BadInput("\n".join(map(_plain, wrong.errors()))) from wrong


class _Taken(_Read):
    bookings: tuple[Busy, ...]


class OwnAppointment(Value):
    """A booking that the caller has when the conversation begins."""

    id: str
    service: str
    resource: str
    start: Minute


class Context(_Open):
    """What has happened before the first turn."""

    missed_call_at: AwareDatetime | None = None
    caller_bookings: tuple[OwnAppointment, ...] = ()
    opted_out: bool = False


class Opening(_Read):
    """How a conversation begins."""

    now: AwareDatetime
    caller: str = Field(pattern=r"^\+[1-9]\d{6,14}$")
    context: Context = Context()


class Step(Value):
    """A text of the caller's, and what it is expected to lead to."""

    user: str
    expect: Expectation
    at: AwareDatetime | None = None


class Scenario(Opening):
    """A conversation of a set."""

    id: str
    category: str
    lang: str
    business: str
    turns: tuple[Step, ...] = Field(min_length=1)

    model_config = ConfigDict(frozen=True, extra="forbid")
    facts: Any = None  # of the set's own checker
    lint_skip: Any = None


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """All of a folder."""

    companies: Mapping[str, Company]
    scenarios: tuple[Scenario, ...]

    def company(self, scenario: Scenario) -> Company:
        """With whom the conversation is held."""
        return self.companies[scenario.business]


def read_set(folder: Path) -> ScenarioSet:
    """Read and check a folder.

    Raises:
        BadInput: A line for each fault: the file, the key, what to do; at most 30.
    """
    faults: list[str] = []
    companies = dict(_each(folder / "businesses", Company.from_document, faults))
    scenarios = dict(_each(folder / "scenarios", Scenario.read, faults))
    for name, scenario in scenarios.items():
        path = folder / "scenarios" / f"{name}.yaml"
        faults += [f"{path}: {fault}" for fault in _unknown(scenario, companies, faults)]
    if faults:
        more = [f"… and {len(faults) - _MOST_FAULTS} more."] if len(faults) > _MOST_FAULTS else []
        raise BadInput("\n".join([*faults[:_MOST_FAULTS], *more]))
    return ScenarioSet(companies, tuple(scenarios.values()))


def _each(folder: Path, read: Any, faults: list[str]) -> Iterator[tuple[str, Any]]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        faults.append(
            f"{folder}: there are no .yaml files. Name a folder that holds businesses/ and scenarios/."
        )
    for path in paths:
        try:
            yield path.stem, read(yaml.safe_load(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError) as refused:
            faults.append(f"{path}: can't be read as text: {refused}.")
        except yaml.YAMLError as wrong:
            faults.append(f"{path}: is no YAML: {' '.join(str(wrong).split())}.")
        except BadInput as wrong:
            faults += [f"{path}: {line}" for line in str(wrong).splitlines()]


def _unknown(
    scenario: Scenario, companies: Mapping[str, Company], faults: Iterable[str]
) -> Iterator[str]:
    """What a conversation names that its company does not have."""
    company = companies.get(scenario.business)
    if company is None:
        if not any(f"{scenario.business}.yaml" in fault for fault in faults):
            yield f"business: there is no businesses/{scenario.business}.yaml; correct the name."
        return
    services = {one.id for one in company.business.services}
    resources = {*company.business.resources, None}
    for where, service, resource in _named(scenario):
        if service is not None and service not in services:
            known = ", ".join(sorted(services))
            yield f"{where}: there is no service {service!r}; choose of {known}."
        if resource not in resources:
            known = ", ".join(company.business.resources)
            yield f"{where}: there is no resource {resource!r}; choose of {known}."


def _named(scenario: Scenario) -> Iterator[tuple[str, str | None, str | None]]:
    """Where a service or a resource is named, and which."""
    for number, own in enumerate(scenario.context.caller_bookings, 1):
        yield f"context, caller_bookings, {number}", own.service, own.resource
    for number, step in enumerate(scenario.turns, 1):
        for one in (step.expect, *(step.expect.any_of or ())):
            where = f"turns, {number}, expect"
            for wanted in one.bookings:
                yield where, wanted.service, wanted.resource
            if one.booking_moved:
                yield where, None, one.booking_moved.resource
            if one.offers_slots:
                yield where, one.offers_slots.service, one.offers_slots.resource


def _plain(fault: Any) -> str:
    """One line; places in lists count from 1, as people do."""
    parts = [str(part + 1 if isinstance(part, int) else part) for part in fault["loc"]]
    where = ", ".join(parts) or "the document"
    match fault["type"]:
        case "extra_forbidden":
            return f"{where}: there is no such key; correct it or take it away."
        case "missing":
            return f"{where}: is missing; add it."
        case _:
            return f"{where}: {fault['msg'].removeprefix('Value error, ')}."
