"""What builds up line by line while a close is computed or tried."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from carepool.money import half_up
from carepool.purchasing.bills import Bills, MemberSums
from carepool.purchasing.calculation import Calculation, LineOutcome


@dataclass
class Outcome:
    """What builds up line by line: results, members' sums, purchase orders by (vendor, pool)."""

    calculation: Calculation
    lines: list[LineOutcome] = field(default_factory=list)
    members: dict[str, MemberSums] = field(default_factory=lambda: defaultdict(MemberSums))
    #: What each item that was got costs alone, and what programs pay for it; in cents.
    items: dict[UUID, tuple[int, int]] = field(default_factory=dict)
    orders: dict[tuple[int, str], list[LineOutcome]] = field(default_factory=lambda: defaultdict(list))
    shared: int = 0
    owed: int = 0

    def add(self, line: LineOutcome) -> LineOutcome:
        """Take one line in and return it with its columns, which are not kept."""
        kind, baseline, size = line.item.baseline_kind, line.item.baseline_cents, line.item.case_size
        taxable = line.item.taxable
        alone = paid = 0
        for program, got, amount in zip(line.programs, line.shares.got, line.shares.amounts, strict=True):
            if got:
                sums = self.members[program]
                sums.goods += amount
                if taxable:
                    sums.taxable += amount
                sums.eaches += got
                pair = sums.baselines.setdefault(kind, [0, 0])
                cents = half_up(baseline * got, size)
                alone += cents
                paid += amount
                pair[0] += cents
                pair[1] += amount
        if any(line.shares.got):
            self.items[line.item.id] = (alone, paid)
        self.shared += sum(line.shares.got)
        self.owed += sum(line.shares.amounts)
        self.lines.append(line.without_members())
        if line.bought:
            for pool, cases in line.decision.pools.items():
                if cases:
                    self.orders[(line.item.vendor_id, pool)].append(self.lines[-1])
        return line

    @cached_property
    def bills(self) -> Bills:
        """What each member that got something owes; once all lines are in."""
        return Bills.of(self.calculation.purchase, self.members, self.calculation.members, self.calculation.exempt)

    def sums(self) -> dict[str, Any]:
        """Return the sums of the close: lines, eaches, cases, cents."""
        bought = [line for line in self.lines if line.bought]
        billed = sum(line.decision.bill for line in bought)
        supplied = sum(line.decision.cases * line.item.case_size for line in bought)
        return {
            "lines_wanted": len(self.lines),
            "lines_bought": len(bought),
            "members": len(self.calculation.members),
            "members_served": len(self.members),
            "eaches_wanted": sum(sum(line.wishes.wanted) for line in self.lines),
            "eaches_shared": self.shared,
            "eaches_left_over": supplied - self.shared,
            "cases": sum(line.decision.cases for line in bought),
            "purchase_orders": len(self.orders),
            "purchase_order_lines": sum(len(lines) for lines in self.orders.values()),
            "billed_cents": billed,
            "owed_cents": self.owed,
            "dropped_lines": sum(1 for line in self.lines if line.dropped),
            "owner_cents": self.bills.owner_cents,
            "tax_cents": sum(self.bills.tax),
            "failed_lines": sum(1 for line in self.lines if line.decision.failed),
        }


def summary(line: LineOutcome) -> dict[str, Any]:
    """Return what a dry run keeps of a line."""
    decision = line.decision
    return {
        "sku": line.item.sku,
        "name": line.item.name,
        "wanted": sum(line.wishes.wanted),
        "cases": decision.cases,
        "price_cents": decision.price,
        "bill_cents": decision.bill,
        "boosted": decision.boosted,
        "failed": decision.failed,
        "missing": decision.missing,
        "dropped": line.dropped,
    }
