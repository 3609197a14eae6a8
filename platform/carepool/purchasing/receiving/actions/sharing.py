"""Verbs of sharing out what arrived: ask for it with the counts of now, and compute it (a worker does, repeatable)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, select

from carepool import events
from carepool.errors import NotFound
from carepool.files import writing
from carepool.jobs.actions import ask_to_stop, start_job
from carepool.jobs.kinds import ARRIVAL_SHARE
from carepool.jobs.models import Job
from carepool.jobs.working import Failed, Progress, carry_out
from carepool.money import half_up
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.actions.recomputing import as_decided
from carepool.purchasing.allocation import RULE_VERSION
from carepool.purchasing.bills import OWED_COLUMNS, Bills, MemberSums
from carepool.purchasing.calculation import Calculation, LineOutcome
from carepool.purchasing.explanation import reason_of
from carepool.purchasing.models.closings import MemberBill
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.actions.terms import kept_terms, must_arrive
from carepool.purchasing.receiving.arrival_record import ArrivalRecord
from carepool.purchasing.receiving.counts import line_counts, newest_orders
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from carepool.purchasing.receiving.models.sharing import (
    Arrival,
    ArrivalBill,
    ArrivalLine,
    ArrivalShare,
    ArrivalSupply,
    Credit,
)
from carepool.sentences import marked
from tenants.database import bulk_insert, database_now, db, find
from tenants.ids import new_id

Supply = dict[UUID, dict[str, int]]
"""Usable eaches: {item: {pool: eaches}}."""
_OVERTAKEN = marked("A newer count came before this was worked out. The newest result holds.")


def ask_sharing(by: Actor, purchase_id: UUID) -> Arrival:
    """Ask a worker to share out what arrived, as it is counted now; what is not known yet stands for what was ordered.

    Asked again without a new count, it is the same result. Raises Refusal, NotFound.
    """
    purchase = locked_purchase(purchase_id)
    must_arrive(purchase)
    kept_terms(purchase.id)
    counts = line_counts(purchase.id, newest_orders(purchase))
    rows = sorted(
        (one.line.item_id, one.order.pool_id, one.ordered.eaches, one.expected, one.is_known) for one in counts
    )
    newest = db.session.scalars(
        select(Arrival).where(Arrival.purchase_id == purchase.id).order_by(Arrival.version.desc()).limit(1)
    ).one_or_none()
    if newest is not None and not _is_over(newest) and _rows_of(newest) == rows:
        return newest
    if newest is not None and newest.computed_at is None:
        # nobody needs it any more
        ask_to_stop(by, newest.job_id)
    own = Arrival(
        id=new_id(),
        purchase_id=purchase.id,
        version=newest.version + 1 if newest else 1,
        close_version=purchase.close_version,
        policy=purchase.shortage_policy,
        rule_version=RULE_VERSION,
        sums={},
    )
    own.job_id = start_job(by, ARRIVAL_SHARE, own.id)
    db.session.add(own)
    db.session.flush()
    columns = ("item_id", "pool_id", "ordered", "usable", "counted")
    bulk_insert(ArrivalSupply, columns, rows, same={"purchase_id": purchase.id, "version": own.version})
    record_event(events.ARRIVAL_ASKED, own.id, by, {"purchase": str(purchase.id), "version": own.version})
    return own


def _is_over(arrival: Arrival) -> bool:
    """Tell whether a result was stopped or failed, so that it never comes."""
    job = find(Job, arrival.job_id)
    return arrival.computed_at is None and (job is None or job.came_to_nothing or job.cancel_asked)


def _rows_of(arrival: Arrival) -> list[tuple[Any, ...]]:
    of_result = (ArrivalSupply.purchase_id == arrival.purchase_id, ArrivalSupply.version == arrival.version)
    columns = (ArrivalSupply.item_id, ArrivalSupply.pool_id, ArrivalSupply.ordered, ArrivalSupply.usable)
    query = select(*columns, ArrivalSupply.counted).where(*of_result)
    return sorted(tuple(row) for row in db.session.execute(query))


def compute_sharing(by: Actor, arrival_id: UUID) -> None:
    """Compute a result that was asked for; running again changes nothing.

    No order and no count waits for it: rows that lock the purchase are written last. All rows are keyed by (purchase,
    version) and committed together. Raises NotFound.
    """
    arrival = find(Arrival, arrival_id)
    if arrival is None:
        raise NotFound("arrival")
    if arrival.computed_at is None:
        carry_out(arrival.job_id, lambda progress: _share(by, arrival_id, progress))


def _share(by: Actor, arrival_id: UUID, progress: Progress) -> None:
    arrival = find(Arrival, arrival_id)
    purchase = find(Purchase, arrival.purchase_id) if arrival else None
    if arrival is None or purchase is None:
        raise NotFound("arrival")
    if arrival.computed_at is not None:
        return
    # at the prices of the close, also where a vendor's change was accepted since the wishes were added up
    supply, calculation = _supply(arrival), as_decided(purchase)
    outcome, record = _Outcome(calculation, supply), ArrivalRecord(calculation, supply)
    progress.expect(len(supply))
    with writing(f"{purchase.number} arrived {arrival.version}.json", "application/json") as file:
        file.write(record.begin())
        for line in progress.over(calculation.lines(supply)):
            file.write(record.line(line))
            _write_shares(arrival, line)
            outcome.add(line)
        file.write(record.end())
    before = _take_over(arrival)
    outcome.share_charges(purchase, _exempt(arrival, calculation))
    facts = {"purchase_id": purchase.id, "version": arrival.version}
    columns = ("item_id", "usable", "shared", "unallocated", "owed_cents", "members_cents", "owner_cents")
    bulk_insert(ArrivalLine, columns, outcome.lines, same=facts)
    bulk_insert(ArrivalBill, OWED_COLUMNS, outcome.bills.rows(), same=facts)
    _write_credits(arrival, before, outcome)
    arrival.before_version = before
    arrival.sha256, arrival.record_id, arrival.sums = record.sha256, file.row.id, outcome.sums()
    arrival.computed_at = database_now()
    told = {"purchase": str(purchase.id), "version": arrival.version}
    record_event(events.ARRIVAL_SHARED, arrival.id, by, told)
    db.session.flush()


def _supply(arrival: Arrival) -> Supply:
    found: Supply = defaultdict(dict)
    for item, pool, _ordered, usable, _counted in _rows_of(arrival):
        found[item][str(pool)] = int(usable)
    return found


def _exempt(arrival: Arrival, calculation: Calculation) -> dict[str, str]:
    """Return {program: certificate} of those that pay no tax: as the close found it, also for who got nothing then."""
    at_close = select(cast(MemberBill.program_id, String), MemberBill.certificate).where(
        MemberBill.purchase_id == arrival.purchase_id, MemberBill.version == arrival.close_version
    )
    found = calculation.exempt | dict(db.session.execute(at_close).tuples().all())
    return {program: certificate for program, certificate in found.items() if certificate}


def _take_over(arrival: Arrival) -> int:
    """Make this the result in force and return which it replaces, 0 for the close. Raises Failed where it is too late."""
    locked_purchase(arrival.purchase_id)
    own = select(PurchaseReceiving).where(PurchaseReceiving.purchase_id == arrival.purchase_id)
    row = db.session.scalars(own.execution_options(populate_existing=True)).one()
    if row.arrival_version > arrival.version:
        raise Failed(_OVERTAKEN)
    before, row.arrival_version = row.arrival_version, arrival.version
    return before


def _write_shares(arrival: Arrival, line: LineOutcome) -> None:
    cases = line.decision.cases
    rows = (
        (program, got, amount, reason_of(wanted, got, cases, failed=False, dropped=False))
        for program, wanted, got, amount in zip(
            line.programs, line.wishes.wanted, line.shares.got, line.shares.amounts, strict=True
        )
    )
    facts = {"purchase_id": arrival.purchase_id, "version": arrival.version, "item_id": line.item.id}
    bulk_insert(ArrivalShare, ("program_id", "got", "amount_cents", "reason"), rows, same=facts)


def _write_credits(arrival: Arrival, before: int, outcome: "_Outcome") -> None:
    """Write for each program whose total is different what it owes less or more than before."""
    was = totals_of(arrival.purchase_id, arrival.close_version, before)
    now = dict(outcome.bills.totals())
    changed = ((one, was.get(one, 0) - now.get(one, 0)) for one in sorted(was.keys() | now.keys()))
    rows = ((new_id(), program, cents) for program, cents in changed if cents)
    same = {"purchase_id": arrival.purchase_id, "cause": "receiving", "cause_id": arrival.id}
    bulk_insert(Credit, ("id", "program_id", "amount_cents"), rows, same=same)


def totals_of(purchase_id: UUID, close_version: int, arrival_version: int) -> dict[str, int]:
    """Return what each program owes by a result, or by the close where its version is 0: {program: cents}."""
    model: Any = ArrivalBill if arrival_version else MemberBill
    query = select(model.program_id, model.total_cents).where(
        model.purchase_id == purchase_id, model.version == (arrival_version or close_version)
    )
    return {str(program): int(cents) for program, cents in db.session.execute(query)}


@dataclass
class _Outcome:
    """What builds up line by line: the lines, and what each member owes."""

    calculation: Calculation
    supply: Mapping[UUID, Mapping[str, int]]
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    members: dict[str, MemberSums] = field(default_factory=lambda: defaultdict(MemberSums))
    bills: Bills = field(default_factory=Bills)
    owner_cents: int = 0

    def add(self, line: LineOutcome) -> None:
        """Take one line in. The vendor bills each pool's order by itself, half up to a cent."""
        for program, got, amount in zip(line.programs, line.shares.got, line.shares.amounts, strict=True):
            if got:
                self.members[program].add(got, amount, taxable=line.item.taxable)
        usable = self.supply[line.item.id].values()
        owed = sum(half_up(one * (line.decision.price or 0), line.item.case_size) for one in usable)
        shared, members = sum(line.shares.got), line.shares.bill
        self.owner_cents += owed - members
        counts = (sum(usable), shared, line.shares.unallocated)
        self.lines.append((line.item.id, *counts, owed, members, owed - members))

    def share_charges(self, purchase: Purchase, exempt: Mapping[str, str]) -> None:
        """Share freight and handling over those who got anything, in the order of their places, and add the tax."""
        self.bills = Bills.of(purchase, self.members, self.calculation.members, exempt)
        self.owner_cents += self.bills.owner_cents

    def sums(self) -> dict[str, Any]:
        """Return the sums of the result: lines, programs, eaches, cents."""
        columns = list(zip(*self.lines, strict=True)) or [()] * 7
        names = ("usable", "shared", "unallocated", "owed_cents", "members_cents")
        told = {name: sum(column) for name, column in zip(names, columns[1:6], strict=True)}
        told |= {"tax_cents": sum(self.bills.tax), "owner_cents": self.owner_cents}
        return {"lines": len(self.lines), "members_served": len(self.bills.programs), **told}
