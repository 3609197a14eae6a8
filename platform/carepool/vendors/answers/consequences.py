"""What a change of a line means: the item's bill, and who gets or pays how much, before and after."""

from collections.abc import Iterator
from typing import Any

from carepool.purchasing.actions.recomputing import ItemSupplied, outcomes, supplied
from carepool.purchasing.calculation import Calculation, LineOutcome
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine

MOST_PROGRAMS = 200
"""Programs that are kept by name with a proposal, those that lose most first; the counts are of all."""


def consequences_of(
    calculation: Calculation, order: PurchaseOrder, line: PurchaseOrderLine, changes: dict[str, Any]
) -> dict[str, Any]:
    """Work out what follows from a change: {bill_cents: [before, after], less, more, programs}; empty where nothing does.

    `changes`: as of `OrderProposal.changes`, held against this line.
    """
    cases, price = changes.get("cases"), changes.get("price_cents")
    decision = calculation.decisions.get(line.item_id)
    if decision is None or (cases is None and price is None):
        return {}
    pools = {str(order.pool_id): cases[1]} if cases else {}
    after = supplied(decision, ItemSupplied(pools, price[1] if price else None))
    was, will = outcomes(calculation, ((line.item_id, decision), (line.item_id, after)))
    members = sorted(_differing(was, will), key=lambda one: (one[2] - one[1], one[0]))
    return {
        "bill_cents": [was.shares.bill, will.shares.bill],
        "less": sum(1 for one in members if one[2] < one[1]),
        "more": sum(1 for one in members if one[2] > one[1]),
        "programs": [list(one) for one in members[:MOST_PROGRAMS]],
    }


def _differing(was: LineOutcome, will: LineOutcome) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield (program, eaches before, after, cents before, after) of the members for whom something differs."""
    columns = (was.programs, was.shares.got, will.shares.got, was.shares.amounts, will.shares.amounts)
    for program, got, then_got, owes, then_owes in zip(*columns, strict=True):
        if (got, owes) != (then_got, then_owes):
            yield str(program), got, then_got, owes, then_owes
