"""Who is told what about a purchase; one function a notice."""

from uuid import UUID

from sqlalchemy import false, or_, select, true

from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.models.purchases import Purchase
from tenants.database import db, find

_PROGRAMS_AT_A_TIME = 5000


def purchase_opened(purchase_id: UUID) -> None:
    """Tell the people of every invited program."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    types, counties = purchase.program_types, purchase.counties
    invited = select(Program.id).where(
        Program.gone_at.is_(None),
        or_(false() if types else true(), Program.type.in_(types)),
        or_(false() if counties else true(), Program.county.in_(counties)),
    )
    _tell(purchase, list(db.session.scalars(invited)), Notice.PURCHASE_OPENED)


def purchase_ended(purchase_id: UUID, notice: Notice) -> None:
    """Tell the people of every program that had placed an order."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    joined = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id, ProgramOrder.state == OrderState.PLACED
    )
    _tell(purchase, list(db.session.scalars(joined)), notice)


def _tell(purchase: Purchase, programs: list[UUID], notice: Notice) -> None:
    facts = {"title": purchase.title, "number": purchase.number}
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, notice, purchase.id, facts, str(purchase.close_version))
