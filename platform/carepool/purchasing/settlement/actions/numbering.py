"""The numbers of what programs are billed: counted for a state and year, without gaps."""

from sqlalchemy.dialects.postgresql import insert

from carepool.purchasing.settlement.models.bills import InvoiceCounter
from tenants.database import db


def next_numbers(year: int, count: int) -> list[str]:
    """Take so many numbers. Whoever else takes some waits for the commit: call it as late as can be."""
    row = insert(InvoiceCounter).values(year=year, last=count)
    moved = row.on_conflict_do_update(
        index_elements=["tenant_id", "year"], set_={"last": InvoiceCounter.last + row.excluded.last}
    )
    last = int(db.session.execute(moved.returning(InvoiceCounter.last)).scalar_one())
    return [f"{year}-{last - count + place:06d}" for place in range(1, count + 1)]
