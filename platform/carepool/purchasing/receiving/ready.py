"""Telling programs that their goods are there to be collected, and that the time for it ends."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from carepool.clock import day_here
from carepool.notifications.actions import people_by_program, tell_each
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase
from carepool.purchasing.receiving.actions.collecting import COLLECTED_IN
from carepool.purchasing.receiving.goods import collecting_in_parts, goods_of
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from carepool.purchasing.receiving.models.sharing import Arrival, ArrivalSupply
from carepool.purchasing.receiving.pick_up_codes import pick_up_code
from tenants.database import db, find

REMIND_BEFORE = timedelta(days=2)
"""How long before goods that nobody collected are offered on the reminder is sent."""


def ready_to_collect(arrival_id: UUID) -> None:
    """Tell each program once a purchase that its goods are there: at sites where all was counted, where some are left."""
    arrival = find(Arrival, arrival_id)
    purchase = find(Purchase, arrival.purchase_id) if arrival else None
    if arrival is None or purchase is None or arrival.computed_at is None or purchase.state not in COLLECTED_IN:
        return
    of_result = (ArrivalSupply.purchase_id == purchase.id, ArrivalSupply.version == arrival.version)
    on_its_way = set(
        db.session.scalars(select(ArrivalSupply.pool_id).where(*of_result, ArrivalSupply.counted.is_(False)))
    )
    for site in _sites(purchase.id):
        if site.id not in on_its_way:
            _tell(purchase, site, Notice.READY_TO_COLLECT, "ready", {})


def collecting_reminded(at: datetime) -> None:
    """Remind programs whose goods are still there shortly before they are offered to others, once a day that was set."""
    today = day_here(at)
    same = (Purchase.tenant_id == PurchaseReceiving.tenant_id) & (Purchase.id == PurchaseReceiving.purchase_id)
    soon = (
        select(Purchase, PurchaseReceiving.offer_from)
        .join(PurchaseReceiving, same)
        .where(
            PurchaseReceiving.arrival_version > 0,
            Purchase.state.in_(COLLECTED_IN),
            PurchaseReceiving.offer_from > today,
            PurchaseReceiving.offer_from <= today + REMIND_BEFORE,
        )
    )
    for purchase, offer_from in list(db.session.execute(soon).tuples()):
        if offer_from is not None:
            last = offer_from - timedelta(days=1)
            for site in _sites(purchase.id):
                _tell(purchase, site, Notice.COLLECT_REMINDER, offer_from.isoformat(), {"until": last.isoformat()})


def _sites(purchase_id: UUID) -> list[DeliveryPoint]:
    query = select(DeliveryPoint).where(DeliveryPoint.purchase_id == purchase_id, DeliveryPoint.kind == "site")
    return list(db.session.scalars(query.order_by(DeliveryPoint.id)))


def _tell(purchase: Purchase, site: DeliveryPoint, notice: Notice, occasion: str, more: dict[str, str]) -> None:
    """Tell the people of each program with goods at a site, with its own code."""
    facts = {
        "title": purchase.title,
        "number": purchase.number,
        "place": ", ".join(part for part in (site.name, site.address) if part),
        "hours": site.hours,
        **more,
    }
    for programs in _waiting_at(purchase.id, site.id):
        people = people_by_program([one.id for one in programs])
        rows = [
            (
                person,
                f"{occasion} {one.id}",
                {**facts, "program": one.name, "code": pick_up_code(purchase.id, one.id)},
            )
            for one in programs
            for person in people.get(one.id, ())
        ]
        tell_each(notice, purchase.id, rows)


def _waiting_at(purchase_id: UUID, point_id: UUID) -> Iterator[Sequence[Program]]:
    """Yield the programs, some at a time, for which goods are there at a site."""
    for some in collecting_in_parts(purchase_id, point_id):
        left: dict[UUID, int] = defaultdict(int)
        for (program, _item), goods in goods_of(purchase_id, [one.id for one in some]).items():
            left[program] += goods.remaining
        yield [one for one in some if left[one.id]]
