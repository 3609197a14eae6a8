"""What open purchases of a state come to for its vendors, month by month; kept where the state lets a vendor see it.

Sums only, in the month of the close. A month in which fewer programs have ordered from the vendor than the state's smallest
number shows no sum. A vendor that has the orders already sees them as orders, so purchases that are closed are left out.
"""

from collections import defaultdict
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, select

from carepool.clock import now
from carepool.notifications.letters import Sender
from carepool.purchasing.calculation import DecidedLines
from carepool.purchasing.models.orders import Wish
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.savings.settings import settings_of
from carepool.vendors.desk.models import DeskPartner
from carepool.vendors.forecasts.models import DeskForecast
from tenants.database import bulk_insert, db, session
from tenants.turns import take_turn

_MOST_PURCHASES = 200

Month = tuple[int, date]


def foresee() -> None:
    """Work out all forecasts of this state anew; where the state lets nobody see one, none is kept. A sweep calls this."""
    take_turn("forecasts")
    shared = select(DeskPartner.vendor_id).where(
        DeskPartner.tenant_id == session().scope.id, DeskPartner.shares_forecast, DeskPartner.shown
    )
    vendors = set(db.session.scalars(shared))
    gone = delete(DeskForecast).where(DeskForecast.tenant_id == session().scope.id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    if not vendors:
        return
    cents, programs = _sums(vendors)
    least = settings_of().least_programs
    rows = (
        (vendor, month, amount if len(programs[vendor, month]) >= least else None, now())
        for (vendor, month), amount in sorted(cents.items())
    )
    bulk_insert(DeskForecast, ("vendor_id", "month", "cents", "at"), rows)
    db.session.flush()


def _sums(vendors: set[int]) -> tuple[dict[Month, int], dict[Month, set[UUID]]]:
    """Return cents, and the programs that ordered, by vendor and month of the close."""
    zone = ZoneInfo(Sender.here().tenant.zone)
    cents: dict[Month, int] = defaultdict(int)
    programs: dict[Month, set[UUID]] = defaultdict(set)
    coming = select(Purchase).where(Purchase.state == PurchaseState.OPEN).order_by(Purchase.closes_at, Purchase.id)
    for purchase in db.session.scalars(coming.limit(_MOST_PURCHASES)):
        month = purchase.closes_at.astimezone(zone).date().replace(day=1)
        lines = DecidedLines.read(purchase.id)
        for contract_id, amount in lines.bills.items():
            vendor = lines.contracts[contract_id].vendor_id
            if vendor in vendors and contract_id not in lines.left_out:
                cents[vendor, month] += amount
        for vendor, program in db.session.execute(_who(purchase.id)):
            if vendor in vendors:
                programs[vendor, month].add(program)
    return cents, programs


def _who(purchase_id: UUID) -> Select[tuple[int, UUID]]:
    joined = (PurchaseItem.tenant_id == Wish.tenant_id) & (PurchaseItem.id == Wish.item_id)
    found = select(PurchaseItem.vendor_id, Wish.program_id).join(Wish, joined)
    return found.where(Wish.purchase_id == purchase_id).distinct()
