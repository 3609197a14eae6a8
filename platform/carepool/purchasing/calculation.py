"""The calculation of a close, shared by the dry run and the real one: frozen wishes in, outcomes out, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from carepool.programs.models import Program
from carepool.purchasing.allocation import (
    Decision,
    Members,
    Policy,
    Shares,
    Terms,
    decide_from_totals,
    share,
)
from carepool.purchasing.charges import missing_minimum
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.models.minimums import Remedy, VendorRemedy
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.sales_tax.actions import exempt_members, tax_day
from tenants.database import db, execute

_ITEMS_AT_A_TIME = 10


@dataclass(frozen=True)
class Member:
    """A program that placed an order: its licence number, pool, class, and place in ties."""

    program_id: str
    licence_number: str
    pool: str
    priority: int
    placed_at: datetime


@dataclass(frozen=True)
class LineOutcome:
    """One item: what was decided and what each member got. Columns are in the order of the members' places."""

    item: PurchaseItem
    programs: Sequence[str]
    wishes: Members
    decision: Decision
    shares: Shares
    dropped: bool

    @property
    def bought(self) -> bool:
        """Whether cases of it go into a purchase order."""
        return self.decision.cases > 0 and not self.dropped

    def without_members(self) -> "LineOutcome":
        """Return the line with its sums only, so that a close of a million lines keeps none of them in memory."""
        wishes = self.wishes
        sums = Members([sum(wishes.wanted)], [sum(wishes.extra)], [sum(wishes.boost)], [""])
        return replace(self, programs=(), wishes=sums, shares=Shares([], [], self.shares.unallocated, self.shares.bill))


@dataclass(frozen=True)
class DecidedLines:
    """The cases of every line that anyone asked for, and what the vendors' minimums make of them."""

    items: dict[UUID, PurchaseItem]
    decisions: dict[UUID, Decision]
    contracts: dict[UUID, Contract]
    #: What the coordinator decided for a contract of this purchase.
    remedies: dict[UUID, VendorRemedy]

    @classmethod
    def read(cls, purchase_id: UUID) -> "DecidedLines":
        """Read the totals of a purchase and decide."""
        items = {
            item.id: item
            for item in db.session.scalars(select(PurchaseItem).where(PurchaseItem.purchase_id == purchase_id))
        }
        decisions = _decide(purchase_id, items)
        contracts = _contracts({items[item_id].contract_id for item_id in decisions})
        found = db.session.scalars(select(VendorRemedy).where(VendorRemedy.purchase_id == purchase_id))
        return cls(items, decisions, contracts, {one.contract_id: one for one in found})

    @cached_property
    def bills(self) -> dict[UUID, int]:
        """The order value of each contract in cents."""
        bills = dict.fromkeys(self.contracts, 0)
        for item_id, decision in self.decisions.items():
            bills[self.items[item_id].contract_id] += decision.bill
        return bills

    @cached_property
    def minimums(self) -> dict[UUID, int]:
        """The minimum of each contract in cents, as it was lowered for this purchase."""
        lowered = {key: one.minimum_cents for key, one in self.remedies.items() if one.remedy == Remedy.LOWER}
        return {key: lowered.get(key, contract.minimum_cents) for key, contract in self.contracts.items()}

    @cached_property
    def left_out(self) -> frozenset[UUID]:
        """The contracts under which nothing is bought because the coordinator decided so."""
        out = {key for key, one in self.remedies.items() if one.remedy != Remedy.LOWER}
        return frozenset(out & self.contracts.keys())

    @cached_property
    def dropped(self) -> frozenset[UUID]:
        """The contracts whose lines are dropped: their minimum is missed, or they were left out."""
        return missing_minimum(self.bills, self.minimums) | self.left_out

    @cached_property
    def missed(self) -> frozenset[UUID]:
        """The contracts that fall short: below their minimum, or all where nothing at all can be bought."""
        short = {key for key, bill in self.bills.items() if bill < self.minimums[key]}
        nothing = not any(bill for key, bill in self.bills.items() if key not in self.dropped)
        return frozenset(self.contracts.keys() if nothing else short) - self.left_out

    @property
    def to_roll_over(self) -> frozenset[UUID]:
        """The contracts whose orders the coordinator wants to move to a new purchase."""
        return frozenset(key for key in self.left_out if self.remedies[key].remedy == Remedy.ROLL_OVER)


@dataclass
class Calculation:
    """Everything a close needs, read once."""

    purchase: Purchase
    items: dict[UUID, PurchaseItem]
    members: dict[str, Member]
    pool_names: dict[str, str]
    decisions: dict[UUID, Decision]
    contracts: dict[UUID, Contract]
    decided: DecidedLines
    #: {program: number of its certificate} of the members that pay no sales tax.
    exempt: dict[str, str]

    @classmethod
    def read(cls, purchase: Purchase, at: datetime | None = None) -> "Calculation":
        """Read members and totals and decide the cases of every line and the vendors' minimums.

        `at`: the instant of the cut-off, None for the one that the purchase has.
        """
        day = tax_day(purchase, at or purchase.cutoff_at or purchase.closes_at)
        lines, exempt = DecidedLines.read(purchase.id), exempt_members(purchase, day)
        return cls(purchase, lines.items, *_members(purchase.id), lines.decisions, lines.contracts, lines, exempt)

    def _ordered(self) -> list[UUID]:
        """Return the items that were asked for in an order that does not hang on their ids."""

        def place(item_id: UUID) -> tuple[str, str]:
            item = self.items[item_id]
            return item.sku, self.contracts[item.contract_id].number

        return sorted(self.decisions, key=place)

    def lines(self, received: Mapping[UUID, Mapping[str, int]] | None = None) -> Iterator[LineOutcome]:
        """Yield the outcome of every item that anyone asked for, by SKU and contract, streamed some items at a time.

        `received`: usable eaches that arrived, {item: {pool: eaches}}; only these items are shared out then.
        """
        ids = [one for one in self._ordered() if received is None or one in received]
        for item_id, programs, wanted, extra, boost in _wishes(self.purchase.id, ids):
            item, decision = self.items[item_id], self.decisions[item_id]
            members, wishes = _fold(programs, wanted, extra, boost, self.members)
            # what arrived was bought, whatever became of the contract's minimum since
            dropped = received is None and item.contract_id in self.decided.dropped
            held = Decision(0, dict.fromkeys(decision.pools, 0), None) if dropped else decision
            terms = Terms(item.case_size, item.min_cases, item.ladder)
            arrived = None if received is None else received[item_id]
            shares = share(terms, Policy(self.purchase.shortage_policy), wishes, held, arrived)
            yield LineOutcome(item, members, wishes, decision, shares, dropped)


def _members(purchase_id: UUID) -> tuple[dict[str, Member], dict[str, str]]:
    rows = db.session.execute(
        select(
            cast(ProgramOrder.program_id, String),
            Program.licence_number,
            ProgramOrder.priority,
            ProgramOrder.placed_at,
            cast(DeliveryPoint.id, String),
            DeliveryPoint.kind,
            DeliveryPoint.name,
            Program.name,
        )
        .join(Program, (Program.tenant_id == ProgramOrder.tenant_id) & (Program.id == ProgramOrder.program_id))
        .join(
            DeliveryPoint,
            (DeliveryPoint.tenant_id == ProgramOrder.tenant_id) & (DeliveryPoint.id == ProgramOrder.delivery_point_id),
        )
        .where(ProgramOrder.purchase_id == purchase_id, ProgramOrder.state == OrderState.PLACED)
        .order_by(ProgramOrder.placed_at, ProgramOrder.program_id)
    )
    members, names = {}, {}
    for program, licence, priority, placed_at, point, kind, point_name, name in rows:
        pool = program if kind == "door" else point
        names[pool] = f"{name} ({licence})" if kind == "door" else point_name
        members[program] = Member(program, licence, pool, priority, placed_at)
    return members, names


def totals_of(purchase_id: UUID) -> dict[UUID, dict[str, tuple[int, int, int]]]:
    """Return the sums of all placed wishes: {item: {pool: (wanted, extra, boost)}} in eaches."""
    rows = db.session.execute(
        select(
            Wish.item_id, cast(Wish.pool_id, String), func.sum(Wish.wanted), func.sum(Wish.extra), func.sum(Wish.boost)
        )
        .where(Wish.purchase_id == purchase_id)
        .group_by(Wish.item_id, Wish.pool_id)
    )
    totals: dict[UUID, dict[str, tuple[int, int, int]]] = {}
    for item_id, pool, wanted, extra, boost in rows:
        totals.setdefault(item_id, {})[pool] = (int(wanted), int(extra), int(boost))
    return totals


def _decide(purchase_id: UUID, items: Mapping[UUID, PurchaseItem]) -> dict[UUID, Decision]:
    return {
        item_id: decide_from_totals(
            Terms(items[item_id].case_size, items[item_id].min_cases, items[item_id].ladder), of_pools
        )
        for item_id, of_pools in totals_of(purchase_id).items()
    }


def _contracts(ids: set[UUID]) -> dict[UUID, Contract]:
    return {one.id: one for one in db.session.scalars(select(Contract).where(Contract.id.in_(ids)))}


def _wishes(
    purchase_id: UUID, item_ids: Sequence[UUID]
) -> Iterator[tuple[UUID, list[str], list[int], list[int], list[int]]]:
    """Yield each item's entries as columns, in the order of (instant, program)."""
    for first in range(0, len(item_ids), _ITEMS_AT_A_TIME):
        some = item_ids[first : first + _ITEMS_AT_A_TIME]
        rows = {row.item_id: row for row in execute(_ENTRIES, purchase=purchase_id, items=some)}
        for item_id in some:
            yield rows.pop(item_id)._tuple()


def _column(of: Any) -> Any:
    return func.array_agg(aggregate_order_by(of, Wish.at, Wish.program_id, Wish.entry))


_ENTRIES = (
    select(
        Wish.item_id,
        _column(cast(Wish.program_id, String)),
        _column(Wish.wanted),
        _column(Wish.extra),
        _column(Wish.boost),
    )
    .where(Wish.purchase_id == bindparam("purchase"), Wish.item_id == func.any(bindparam("items", type_=ARRAY(Uuid()))))
    .group_by(Wish.item_id)
)


def _fold(
    programs: list[str], wanted: list[int], extra: list[int], boost: list[int], members: Mapping[str, Member]
) -> tuple[list[str], Members]:
    """Make members of entries: a member's place is that of its first entry."""
    ids = list(dict.fromkeys(programs))
    queue = None
    if len(ids) != len(programs):
        places = {program: place for place, program in enumerate(ids)}
        queue = [(places[program], eaches) for program, eaches in zip(programs, wanted, strict=True)]
        columns = [[0] * len(ids) for _ in range(3)]
        for program, *quantities in zip(programs, wanted, extra, boost, strict=True):
            for column, quantity in zip(columns, quantities, strict=True):
                column[places[program]] += quantity
        wanted, extra, boost = columns
    own = [members[program] for program in ids]
    return ids, Members(wanted, extra, boost, [one.pool for one in own], [one.priority for one in own], queue)
