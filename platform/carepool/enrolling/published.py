"""What a state's own systems hear of service contracts and enrollments: ids, days, states and counts; no names of people."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.enrolling.models.contracts import ServiceContract
from carepool.publishing import Fact, publishes
from carepool.sentences import marked
from tenants.database import find


@publishes(events.SERVICE_OPENED, "service_contract.opened", marked("A service contract is on offer"))
@publishes(events.SERVICE_AGREED, "service_contract.agreed", marked("A service contract is agreed"))
@publishes(events.SERVICE_FAILED, "service_contract.failed", marked("A service contract does not come about"))
@publishes(events.SERVICE_CANCELLED, "service_contract.canceled", marked("A service contract is canceled"))
@publishes(events.SERVICE_RATE_FELL, "service_contract.rate_fell", marked("The rate of a service contract falls"))
@publishes(events.SERVICE_ENDED, "service_contract.ended", marked("A service contract ends"))
def service_contract_facts(contract_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a contract's id, state, first and last day of its term, and its members at the close (null: not yet)."""
    own = find(ServiceContract, contract_id)
    if own is not None:
        told = {
            "service_contract_id": str(own.id),
            "state": str(own.state),
            "starts_on": own.starts_on.isoformat(),
            "ends_on": own.ends_on.isoformat(),
            "members": own.members,
        }
        yield Fact(own.id, told)


@publishes(events.ENROLMENT_MADE, "enrolment.made", marked("A program enrolls in a service contract"))
@publishes(events.ENROLMENT_APPROVED, "enrolment.approved", marked("An enrollment in a service contract is approved"))
@publishes(events.ENROLMENT_WITHDRAWN, "enrolment.withdrawn", marked("A program takes an enrollment back"))
@publishes(events.ENROLMENT_ENDED, "enrolment.ended", marked("An enrollment in a service contract ends early"))
def enrolment_facts(program_id: UUID, diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the contract and the program."""
    yield Fact(program_id, {"service_contract_id": diff["contract"], "program_id": str(program_id)})
