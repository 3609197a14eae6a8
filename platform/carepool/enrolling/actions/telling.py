"""What people hear at once of an enrollment: who decides, who asked, and the program itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from carepool.enrolling.models.contracts import ServiceContract
from carepool.enrolling.models.enrolments import Enrolment, EnrolmentState
from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.purchasing.actions.asking import approvers_of, name_of


def facts_of(own: ServiceContract, **more: str | int) -> dict[str, Any]:
    """Return what notices say of a contract: its title in both languages."""
    return {"title": own.title, "title_es": own.title_es, **more}


def tell_approvers(own: ServiceContract, row: Enrolment, asker: UUID | None) -> None:
    """Tell who decides for a program that an enrollment waits."""
    facts = facts_of(own, name=name_of(asker))
    tell(approvers_of([row.program_id]), Notice.ENROLMENT_ASKED, own.id, facts, _occasion(row))


def tell_asker(own: ServiceContract, row: Enrolment, asker: UUID | None, by: UUID | None) -> None:
    """Tell who asked that the enrollment is approved."""
    if asker is not None and asker != by:
        tell([asker], Notice.ENROLMENT_APPROVED, own.id, facts_of(own, name=name_of(by)), _occasion(row))


def tell_entered(own: ServiceContract, row: Enrolment, by: UUID | None) -> None:
    """Tell a program's people who enrolled it for them, and whether they still have to sign."""
    sign = int(row.state == EnrolmentState.UNSIGNED)
    facts = facts_of(own, who=name_of(by), sign=sign)
    tell(people_of([row.program_id]), Notice.ENROLMENT_FOR_YOU, own.id, facts, _occasion(row))


def tell_ended(own: ServiceContract, row: Enrolment, by: UUID | None, people: Sequence[UUID] | None = None) -> None:
    """Tell people, by default all of the program, who ended its enrollment, and why where a reason was given."""
    told = people_of([row.program_id]) if people is None else people
    facts = facts_of(own, reason=row.reason, name=name_of(by))
    tell(told, Notice.ENROLMENT_ENDED, own.id, facts, _occasion(row))


def _occasion(row: Enrolment) -> str:
    return f"{row.program_id} {row.version}"
