"""How far each vendor of a purchase is from its minimum, and what would close the gap."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from carepool.purchasing.calculation import DecidedLines
from carepool.purchasing.minimums.rules import Filler, cases_to_reach
from carepool.purchasing.models.minimums import Remedy
from tenants.database import db
from tenants.registry import Vendor

_FILLERS = 3
"""Items named of those that would close a gap."""


@dataclass(frozen=True)
class VendorStanding:
    """The orders under one contract: their value and the minimum in cents, and what was decided about it.

    `missing_cents`: what is missing to the minimum that holds now; `fillers`: the items that close the gap with the
    fewest cases, each by itself.
    """

    contract_id: UUID
    contract_number: str
    vendor: str
    order_cents: int
    minimum_cents: int
    contract_minimum_cents: int
    missing_cents: int
    remedy: Remedy | None
    reason: str
    fillers: list[Filler]


def vendors_standing(purchase_id: UUID) -> list[VendorStanding]:
    """Return how each vendor stands that anyone asked something of, by name; computed like the close, from what counts now."""
    lines = DecidedLines.read(purchase_id)
    vendor_ids = {one.vendor_id for one in lines.contracts.values()}
    query = select(Vendor.id, Vendor.name).where(Vendor.id.in_(vendor_ids))
    vendors: Mapping[int, str] = dict(db.session.execute(query).tuples().all()) if vendor_ids else {}
    found = []
    for contract_id, contract in lines.contracts.items():
        bill, minimum = lines.bills[contract_id], lines.minimums[contract_id]
        decided = lines.remedies.get(contract_id)
        missing = max(0, minimum - bill)
        found.append(
            VendorStanding(
                contract_id,
                contract.number,
                vendors[contract.vendor_id],
                bill,
                minimum,
                contract.minimum_cents,
                missing,
                Remedy(decided.remedy) if decided else None,
                decided.reason if decided else "",
                _fillers(lines, contract_id) if missing else [],
            )
        )
    return sorted(found, key=lambda one: (one.vendor, one.contract_number))


def _fillers(lines: DecidedLines, contract_id: UUID) -> list[Filler]:
    bill, minimum = lines.bills[contract_id], lines.minimums[contract_id]
    found = []
    for item_id, decision in lines.decisions.items():
        item = lines.items[item_id]
        if item.contract_id != contract_id:
            continue
        cases = cases_to_reach(item.ladder, decision.cases, item.min_cases, bill - decision.bill, minimum)
        if cases is not None:
            more = cases - decision.cases
            found.append(Filler(item.name, item.sku, more, more * item.case_size))
    return sorted(found, key=lambda one: (one.more_cases, one.name))[:_FILLERS]
