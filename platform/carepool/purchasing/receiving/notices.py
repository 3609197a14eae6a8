"""Who is told what about goods that arrive; one function a notice."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from carepool.purchasing.models.closings import MemberBill, Share
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.models.collecting import Leftover
from carepool.purchasing.receiving.models.sharing import Arrival, ArrivalBill, ArrivalShare
from tenants.database import db, find, one_of

_PROGRAMS_AT_A_TIME = 5000


def arrival_shared(arrival_id: UUID) -> None:
    """Tell exactly the programs whose goods or bill differ from the result before, once a version."""
    arrival = find(Arrival, arrival_id)
    purchase = find(Purchase, arrival.purchase_id) if arrival else None
    if arrival is None or purchase is None or arrival.before_version is None:
        return
    facts = {"title": purchase.title, "number": purchase.number}
    programs = changed_programs(arrival)
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, Notice.ARRIVAL_CHANGED, purchase.id, facts, f"arrival {arrival.version}")


def changed_programs(arrival: Arrival) -> list[UUID]:
    """Return the programs whose goods or bill a result changed, against the one that it replaced."""
    found: set[UUID] = set()
    pairs: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
        (ArrivalBill, MemberBill, ("program_id", "goods_cents", "freight_cents", "handling_cents")),
        (ArrivalShare, Share, ("program_id", "item_id", "got", "amount_cents")),
    )
    for model, of_close, names in pairs:
        after = _rows(model, names, arrival.purchase_id, arrival.version)
        replaced = model if arrival.before_version else of_close
        before = _rows(replaced, names, arrival.purchase_id, arrival.before_version or arrival.close_version)
        if model is ArrivalShare:
            # lines of which nothing was bought are no part of a result, and a share of nothing is no share
            after, before = after.where(model.got > 0), before.where(replaced.got > 0)
        for ways in (before.except_(after), after.except_(before)):
            found |= {row[0] for row in db.session.execute(ways)}
    return sorted(found)


def _rows(model: Any, names: tuple[str, ...], purchase_id: UUID, version: int) -> Any:
    columns = (getattr(model, name) for name in names)
    return select(*columns).where(model.purchase_id == purchase_id, model.version == version)


def leftovers_offered(purchase_id: UUID) -> None:
    """Tell the programs of the counties in which goods of a purchase are left, once a purchase; not those whose they are."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    offers = list(db.session.scalars(select(Leftover).where(Leftover.purchase_id == purchase.id)))
    counties = {one.county for one in offers if one.county}
    near = select(Program.id).where(one_of(Program.county, counties), Program.gone_at.is_(None)).order_by(Program.id)
    owners = {one.program_id for one in offers}
    programs = [one for one in db.session.scalars(near) if one not in owners]
    facts = {"title": purchase.title, "number": purchase.number}
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, Notice.LEFTOVERS_OFFERED, purchase.id, facts, "left over")
