"""Credits of programs that can be used: what waits to be paid back by the bank is promised and pays nothing else."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select

from carepool.purchasing.settlement.actions.booking import credit_of
from carepool.purchasing.settlement.models.payments import Direction, Payment, PaymentState
from tenants.database import db, one_of

_UNDER_WAY = (PaymentState.WAITING, PaymentState.UNKNOWN)


def free_credit(program_id: UUID, alliance_id: UUID | None) -> int:
    """Return what a program may use of its credit in a book, in cents. The caller holds the program as a party."""
    return credit_of(program_id, alliance_id) - promised([program_id], alliance_id).get(program_id, 0)


def promised(program_ids: Iterable[UUID], alliance_id: UUID | None) -> dict[UUID, int]:
    """Return what waits to be paid back to programs in a book, in cents; programs to which nothing is are left out."""
    waiting = (
        select(Payment.program_id, func.sum(Payment.amount_cents))
        .where(
            Payment.alliance_id == alliance_id,
            Payment.direction == Direction.OUT,
            Payment.state.in_(_UNDER_WAY),
            one_of(Payment.program_id, set(program_ids)),
        )
        .group_by(Payment.program_id)
    )
    return {program: int(cents) for program, cents in db.session.execute(waiting).tuples() if program is not None}
