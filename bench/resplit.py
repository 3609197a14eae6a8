"""Sharing out a million lines of which nine of ten cases came, against raw SQL that writes the same shares."""

import os
import resource
import time
from typing import Any
from uuid import UUID

from bench import filling
from bench.place import Place
from carepool.outbox import Actor
from carepool.programs.models import Program
from carepool.purchasing.actions import closing
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.receiving.actions import counting, sharing
from carepool.purchasing.receiving.actions.counting import Count, LineOfCount
from carepool.purchasing.receiving.goods import collecting_programs
from carepool.purchasing.receiving.models.sharing import Arrival, ArrivalShare
from tenants.database import db, engine
from tenants.scope import visiting

# the same shares by window functions, in one statement and one commit, into a twin without row-level security
_FLOOR = """
insert into arrival_share_twin
with line as (
    select w.item_id, w.program_id, w.wanted, s.usable as supply,
        sum(w.wanted) over (partition by w.item_id) as firm,
        row_number() over (partition by w.item_id order by w.at, w.program_id) as place, r.price_cents, i.case_size
    from wish w join arrival_supply s using (tenant_id, purchase_id, item_id) join purchase_item i on i.id = w.item_id
        and i.tenant_id = w.tenant_id
    join line_result r on r.tenant_id = w.tenant_id and r.purchase_id = w.purchase_id and r.item_id = w.item_id
    where w.purchase_id = %(purchase)s
), ranked as (
    select *, wanted * supply / firm as base,
        row_number() over (partition by item_id order by wanted * supply %% firm desc, place) as rank,
        supply - sum(wanted * supply / firm) over (partition by item_id) as rest
    from line
)
select %(tenant)s, %(purchase)s, 1, item_id, program_id, base + (rank <= rest)::int,
    (base + (rank <= rest)::int) * price_cents / case_size, 'shared_short'
from ranked order by item_id, program_id
"""

_AT_A_TIME = 1000


def measure(place: Place, members: int = 40_000, each: int = 25, items: int = 500) -> dict[str, Any]:
    """Return lines, seconds, floor_seconds, ratio, ms of a count that comes meanwhile, ms to find the first programs that
    collect at the site, and the peak memory in MiB."""
    joined = filling.programs(place, members)
    purchase, point, sold = filling.purchase(place, filling.catalog(place, items), items)
    lines = filling.wishes(place, purchase, point, sold, joined, each)
    with place.owner() as owner:
        owner.execute("analyze wish")
        owner.execute("create table arrival_share_twin (like arrival_share including all)")
        owner.commit()
    order, arrival = _counted(place, purchase)
    with place.owner() as owner:
        began = time.perf_counter()
        owner.execute(_FLOOR, {"purchase": purchase, "tenant": place.tenant.id})
        owner.commit()
        floor = time.perf_counter() - began
    seconds, peak, waited = _share_in_child(place, arrival, order)
    with visiting(place.tenant.scope, place.app):
        sums = db.session.query(Arrival.sums).filter(Arrival.id == arrival).scalar()
        began = time.perf_counter()
        first = collecting_programs(purchase, point).order_by(Program.id).limit(_AT_A_TIME)
        found = len(db.session.scalars(first).all())
        collecting = round((time.perf_counter() - began) * 1000, 1)
        shared = db.session.query(ArrivalShare).filter(ArrivalShare.purchase_id == purchase).count()
    if sums["owed_cents"] != sums["members_cents"] + sums["owner_cents"] or shared != lines or found != _AT_A_TIME:
        raise SystemExit(f"The shares are wrong: {sums}, {shared} of {lines} lines, {found} programs collect")
    return {"lines": lines, "seconds": round(seconds, 2), "floor_seconds": round(floor, 2),
            "ratio": round(seconds / floor, 2), "count_meanwhile_ms": waited,
            "collecting_ms": collecting, "peak_mib": peak}  # fmt: skip


def _counted(place: Place, purchase: UUID) -> tuple[UUID, UUID]:
    """Close the purchase, count nine of ten cases, and ask for the shares; return the order and the result."""
    by = Actor.task()
    with visiting(place.tenant.scope, place.app):
        closing.begin_close(by, purchase)
    with visiting(place.tenant.scope, place.app):
        closing.compute_close(by, purchase)
    with visiting(place.tenant.scope, place.app):
        order = db.session.query(PurchaseOrder.id).filter(PurchaseOrder.purchase_id == purchase).scalar()
        found = db.session.query(PurchaseOrderLine).filter(PurchaseOrderLine.purchase_order_id == order)
        came = [LineOfCount(one.line, one.cases * 9 // 10) for one in found]
        counting.record_count(by, order, Count("bench-first-count", came))
        return order, sharing.ask_sharing(by, purchase).id


def _share_in_child(place: Place, arrival: UUID, order: UUID) -> tuple[float, int, float]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with place.app.app_context():
            engine().dispose(close=False)
        began = time.perf_counter()
        with visiting(place.tenant.scope, place.app):
            sharing.compute_sharing(Actor.task(), arrival)
        seconds = time.perf_counter() - began
        os.write(writer, f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}".encode())
        os._exit(0)
    os.close(writer)
    # whoever counts at a door while the worker is busy waits for nothing
    time.sleep(2)
    began = time.perf_counter()
    with visiting(place.tenant.scope, place.app):
        counting.record_count(Actor.task(), order, Count("bench-second-count", [LineOfCount(1, 0, note="again")]))
    waited = round((time.perf_counter() - began) * 1000, 1)
    told = os.read(reader, 100).decode().split()
    os.waitpid(child, 0)
    return float(told[0]), int(told[1]), waited
