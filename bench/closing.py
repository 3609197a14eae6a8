"""The close of a million order lines against raw SQL that writes the same rows and columns."""

import os
import resource
import time
from typing import Any

from bench import filling
from bench.place import Place
from carepool.outbox import Actor
from carepool.purchasing.actions import closing
from carepool.purchasing.models.closings import Close
from tenants.database import db, engine
from tenants.scope import visiting

# the same shares by window functions, in one statement and one commit, into twins without row-level security
_FLOOR = """
insert into share_twin
with line as (
    select w.item_id, w.program_id, w.wanted, w.extra, i.case_size, i.baseline_cents,
        sum(w.wanted) over (partition by w.item_id) as firm,
        row_number() over (partition by w.item_id order by w.at, w.program_id) as place
    from wish w join purchase_item i using (tenant_id, purchase_id) where w.purchase_id = %(purchase)s and i.id = w.item_id
), cut as (
    select *, (firm / case_size) * case_size as supply, wanted * ((firm / case_size) * case_size) as product from line
), ranked as (
    select *, product / firm as base, row_number() over (partition by item_id order by product %% firm desc, place) as rank,
        supply - sum(product / firm) over (partition by item_id) as rest
    from cut
)
select %(tenant)s, %(purchase)s, 1, item_id, program_id, wanted, extra, 0, base + (rank <= rest)::int,
    (base + (rank <= rest)::int) * 3200 / case_size, baseline_cents * base / case_size, 'as_asked'
from ranked order by item_id, program_id
"""


def measure(place: Place, members: int = 40_000, each: int = 25, items: int = 500) -> dict[str, Any]:
    """Return lines, seconds, floor_seconds, ratio and the peak memory of the closing process in MiB."""
    joined = filling.programs(place, members)
    purchase, point, sold = filling.purchase(place, filling.catalog(place, items), items)
    lines = filling.wishes(place, purchase, point, sold, joined, each)
    with place.owner() as owner:
        owner.execute("vacuum analyze wish") if owner.autocommit else owner.execute("analyze wish")
        owner.execute("create table share_twin (like share including all)")
        owner.commit()
        began = time.perf_counter()
        owner.execute(_FLOOR, {"purchase": purchase, "tenant": place.tenant.id})
        owner.commit()
        floor = time.perf_counter() - began
    seconds, peak = _close_in_child(place, purchase)
    with visiting(place.tenant.scope, place.app):
        sums = db.session.query(Close.sums).filter(Close.purchase_id == purchase).scalar()
    if sums["billed_cents"] != sums["owed_cents"]:
        raise SystemExit(f"The close is wrong: {sums}")
    return {"lines": lines, "seconds": round(seconds, 2), "floor_seconds": round(floor, 2),
            "ratio": round(seconds / floor, 2), "peak_mib": peak}  # fmt: skip


def _close_in_child(place: Place, purchase: Any) -> tuple[float, int]:
    with visiting(place.tenant.scope, place.app):
        closing.begin_close(Actor.task(), purchase)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with place.app.app_context():
            engine().dispose(close=False)
        began = time.perf_counter()
        with visiting(place.tenant.scope, place.app):
            closing.compute_close(Actor.task(), purchase)
        seconds = time.perf_counter() - began
        os.write(writer, f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}".encode())
        os._exit(0)
    os.close(writer)
    told = os.read(reader, 100).decode().split()
    os.waitpid(child, 0)
    return float(told[0]), int(told[1])
