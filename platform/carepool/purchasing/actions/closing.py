"""Verbs of the close: begin it (milliseconds, under the lock), compute it (from frozen wishes, repeatable), try it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import NotFound, Refusal
from carepool.files import writing
from carepool.jobs.actions import start_job
from carepool.jobs.kinds import PURCHASE_CLOSE, PURCHASE_TRY
from carepool.jobs.working import Progress, carry_out
from carepool.money import half_up
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.extending import extends, put_off_close
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.actions.rolling_over import contracts_to_roll_over, roll_over_contracts
from carepool.purchasing.allocation import RULE_VERSION
from carepool.purchasing.bills import OWED_COLUMNS
from carepool.purchasing.calculation import Calculation, LineOutcome
from carepool.purchasing.close_record import CloseRecord
from carepool.purchasing.explanation import reason_of
from carepool.purchasing.models.closings import Close, DryRun, LineResult, MemberBill, PoolCases, Saving, Share
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import BaselineKind, Purchase, PurchaseState
from carepool.purchasing.outcome import Outcome, summary
from carepool.purchasing.savings.models import ItemSaving
from carepool.sentences import marked
from carepool.vendors.terms.models import OrderingTerms
from tenants.database import bulk_insert, database_now, db, find, session
from tenants.ids import new_id
from tenants.scope import visiting


def begin_close(by: Actor, purchase_id: UUID) -> Purchase:
    """Stop orders and record the cut-off; a worker computes the rest. Pressing twice changes nothing more."""
    purchase = locked_purchase(purchase_id)
    if purchase.state == PurchaseState.CLOSING:
        return purchase
    purchase.must_be(PurchaseState.OPEN)
    return work_out(by, purchase)


def work_out(by: Actor, purchase: Purchase) -> Purchase:
    """Begin the close of a locked purchase that may be closed: the cut-off and the job of a worker."""
    before = purchase.state
    purchase.move(PurchaseState.CLOSING)
    purchase.cutoff_at = database_now()
    purchase.job_id = start_job(by, PURCHASE_CLOSE, purchase.id)
    record_event(events.PURCHASE_CLOSING, purchase.id, by, {"state": [before, PurchaseState.CLOSING]})
    db.session.flush()
    return purchase


def close_due(by: Actor) -> int:
    """Begin the close of every open purchase whose time has come; return how many."""
    due = select(Purchase.id).where(Purchase.state == PurchaseState.OPEN, Purchase.closes_at <= func.now())
    ids = list(db.session.scalars(due))
    for purchase_id in ids:
        purchase = locked_purchase(purchase_id)
        # its closing time may have been moved a moment ago
        if purchase.state == PurchaseState.OPEN and purchase.closes_at <= database_now():
            begin_close(by, purchase_id)
    return len(ids)


def ask_dry_run(by: Actor, purchase_id: UUID) -> DryRun:
    """Ask a worker to try the close of an open purchase."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        raise NotFound("purchase")
    if purchase.state not in (PurchaseState.OPEN, PurchaseState.CLOSING):
        raise Refusal("wrong-state", marked("Only the close of an open purchase can be tried."))
    run = DryRun(id=new_id(), purchase_id=purchase_id)
    run.job_id = start_job(by, PURCHASE_TRY, run.id)
    db.session.add(run)
    db.session.flush()
    record_event(events.PURCHASE_TRIED, run.id, by)
    return run


def compute_dry_run(dry_run_id: UUID) -> None:
    """Compute a close and keep only its hash, sums and lines.

    It has a transaction of its own, whose statements all see the same moment.
    """
    run = find(DryRun, dry_run_id)
    if run is None:
        raise NotFound("dry run")

    def in_one_snapshot(progress: Progress) -> None:
        with visiting(session().scope, snapshot=True):
            _try(dry_run_id, progress)

    carry_out(run.job_id, in_one_snapshot)


def _try(dry_run_id: UUID, progress: Progress) -> None:
    run = find(DryRun, dry_run_id)
    if run is None:
        raise NotFound("dry run")
    if run.done_at is not None:
        return
    purchase = find(Purchase, run.purchase_id)
    if purchase is None:
        raise NotFound("purchase")
    calculation = Calculation.read(purchase, None if purchase.state == PurchaseState.CLOSING else database_now())
    outcome, record = Outcome(calculation), CloseRecord(calculation)
    progress.expect(len(calculation.decisions))
    record.begin()
    run.lines = [summary(outcome.add(line)) for line in progress.over(_recorded(calculation, record))]
    record.end()
    run.sums = outcome.sums()
    run.sha256 = record.sha256
    run.done_at = database_now()
    db.session.flush()


def _recorded(calculation: Calculation, record: CloseRecord) -> Iterator[LineOutcome]:
    for line in calculation.lines():
        record.line(line)
        yield line


def compute_close(by: Actor, purchase_id: UUID) -> None:
    """Compute a purchase that is closing and write everything that follows; running again changes nothing.

    All rows are keyed by (purchase, version) and committed together, so a crash anywhere leaves nothing behind.
    """
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        raise NotFound("purchase")
    if purchase.state == PurchaseState.CLOSING:
        carry_out(purchase.job_id, lambda progress: _close(by, purchase_id, progress))


def _close(by: Actor, purchase_id: UUID, progress: Progress) -> None:
    purchase = locked_purchase(purchase_id)
    if purchase.state != PurchaseState.CLOSING:
        return
    calculation = Calculation.read(purchase)
    if extends(purchase, calculation.decided):
        put_off_close(by, purchase)
        return
    outcome = write_version(purchase, calculation, progress)
    _finish(by, purchase, bought=bool(outcome.orders), waits=_are_sent_here(outcome))
    rolled = contracts_to_roll_over(purchase, calculation.decided)
    if rolled:
        roll_over_contracts(by, purchase, rolled)
    db.session.flush()


Instead = Mapping[tuple[UUID, str], tuple[str, str]]
"""{(item, pool): number and name of what comes in its place}."""


def write_version(
    purchase: Purchase, calculation: Calculation, progress: Progress, instead: Instead | None = None
) -> Outcome:
    """Write everything that follows from a calculation under the next version of a locked purchase's close.

    `instead`: what purchase orders say in place of items that a vendor substitutes.
    """
    version = purchase.close_version + 1
    outcome, record = Outcome(calculation), CloseRecord(calculation)
    progress.expect(len(calculation.decisions))
    with writing(f"{purchase.number} {version}.json", "application/json") as file:
        file.write(record.begin())
        for line in progress.over(calculation.lines()):
            file.write(record.line(line))
            _write_shares(version, outcome.add(line))
        file.write(record.end())
    _write_lines(purchase.id, version, outcome)
    _write_members(purchase, version, outcome)
    _write_purchase_orders(purchase, version, outcome, instead or {})
    db.session.add(
        Close(
            purchase_id=purchase.id,
            version=version,
            cutoff_at=purchase.cutoff_at,
            rule_version=RULE_VERSION,
            sha256=record.sha256,
            record_id=file.row.id,
            sums=outcome.sums(),
        )
    )
    purchase.close_version = version
    return outcome


def _finish(by: Actor, purchase: Purchase, *, bought: bool, waits: bool) -> None:
    if not bought:
        purchase.move(PurchaseState.FAILED_MINIMUM)
        record_event(events.PURCHASE_FAILED, purchase.id, by)
        return
    purchase.move(PurchaseState.CLOSED)
    record_event(events.PURCHASE_CLOSED, purchase.id, by, {"version": purchase.close_version})
    if waits:
        # it is ordered when its vendors have their orders
        return
    purchase.move(PurchaseState.ORDERED)
    record_event(events.PURCHASE_ORDERED, purchase.id, by, {"version": purchase.close_version})


def _are_sent_here(outcome: Outcome) -> bool:
    """Tell whether the state set down how any of the vendors is ordered from; without that, its people order elsewhere."""
    vendors = {vendor for vendor, _ in outcome.orders}
    known = select(OrderingTerms.vendor_id).where(OrderingTerms.vendor_id.in_(vendors))
    return bool(vendors) and db.session.execute(known.limit(1)).first() is not None


def _write_shares(version: int, line: LineOutcome) -> None:
    item, decision, shares = line.item, line.decision, line.shares
    baseline, size = item.baseline_cents, item.case_size
    facts = {"purchase_id": item.purchase_id, "version": version, "item_id": item.id}
    rows = (
        (
            program,
            wanted,
            extra,
            boost,
            got,
            amount,
            half_up(baseline * got, size),
            reason_of(wanted, got, decision.cases, failed=decision.failed, dropped=line.dropped),
        )
        for program, wanted, extra, boost, got, amount in zip(
            line.programs,
            line.wishes.wanted,
            line.wishes.extra,
            line.wishes.boost,
            shares.got,
            shares.amounts,
            strict=True,
        )
    )
    columns = ("program_id", "wanted", "extra", "boost", "got", "amount_cents", "baseline_cents", "reason")
    bulk_insert(Share, columns, rows, same=facts)


def _write_lines(purchase_id: UUID, version: int, outcome: Outcome) -> None:
    columns = (
        "item_id", "wanted", "extra", "boost", "cases", "price_cents", "bill_cents", "boosted", "failed", "missing",
        "dropped",
    )  # fmt: skip
    facts = {"purchase_id": purchase_id, "version": version}
    rows = (
        (
            line.item.id,
            sum(line.wishes.wanted),
            sum(line.wishes.extra),
            sum(line.wishes.boost),
            line.decision.cases if line.bought else 0,
            line.decision.price if line.bought else None,
            line.decision.bill if line.bought else 0,
            line.decision.boosted,
            line.decision.failed,
            line.decision.missing,
            line.dropped,
        )
        for line in outcome.lines
    )
    bulk_insert(LineResult, columns, rows, same=facts)
    pools = (
        (line.item.id, pool, cases)
        for line in outcome.lines
        if line.bought
        for pool, cases in line.decision.pools.items()
        if cases
    )
    bulk_insert(PoolCases, ("item_id", "pool_id", "cases"), pools, same=facts)


def _write_members(purchase: Purchase, version: int, outcome: Outcome) -> None:
    """Bills and savings, in the order of the members' places; no tax is in what was saved."""
    bills, facts = outcome.bills, {"purchase_id": purchase.id, "version": version}
    bulk_insert(MemberBill, OWED_COLUMNS, bills.rows(), same=facts)
    bulk_insert(
        Saving,
        ("program_id", "baseline_kind", "baseline_cents", "paid_cents"),
        (
            (program, BaselineKind(kind), baseline, paid)
            for program in bills.programs
            for kind, (baseline, paid) in outcome.members[program].baselines.items()
        ),
        same=facts,
    )
    compared = ((item, alone, paid) for item, (alone, paid) in outcome.items.items())
    bulk_insert(ItemSaving, ("item_id", "baseline_cents", "paid_cents"), compared, same=facts)


def _write_purchase_orders(purchase: Purchase, version: int, outcome: Outcome, instead: Instead) -> None:
    """One order a vendor and pool; its number's suffix follows from vendor and place, so a second run gives the same."""
    names = outcome.calculation.pool_names
    order_rows, line_rows = [], []
    numbers = _order_numbers(purchase, sorted(outcome.orders, key=lambda key: (key[0], names[key[1]])))
    for (vendor_id, pool), number in numbers.items():
        order_id = new_id()
        lines = list(_order_lines(outcome.orders[(vendor_id, pool)], pool, instead))
        total = sum(line[-1] for line in lines)
        digest = hashlib.sha256(json.dumps([line[2:] for line in lines], separators=(",", ":")).encode()).hexdigest()
        order_rows.append((order_id, vendor_id, number, pool, names[pool], total, digest))
        line_rows += [(order_id, vendor_id, *line) for line in lines]
    bulk_insert(
        PurchaseOrder,
        ("id", "vendor_id", "number", "pool_id", "deliver_to", "total_cents", "content_sha256"),
        order_rows,
        same={"purchase_id": purchase.id, "version": version},
    )
    columns = (
        "purchase_order_id", "vendor_id", "line", "item_id", "sku", "name", "case_size", "cases", "price_cents",
        "amount_cents",
    )  # fmt: skip
    bulk_insert(PurchaseOrderLine, columns, line_rows)


def _order_numbers(purchase: Purchase, wanted: list[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Return the number of the order of each (vendor, pool): the one that it had in an earlier version, else the next."""
    before = select(PurchaseOrder.vendor_id, PurchaseOrder.pool_id, PurchaseOrder.number).where(
        PurchaseOrder.tenant_id == session().scope.id, PurchaseOrder.purchase_id == purchase.id
    )
    known = {(vendor, str(pool)): number for vendor, pool, number in db.session.execute(before)}
    suffix = max((int(number.rpartition("-")[2]) for number in known.values()), default=0)
    found = {}
    for key in wanted:
        if key not in known:
            suffix += 1
            known[key] = f"{purchase.number}-{suffix:02d}"
        found[key] = known[key]
    return found


def _order_lines(lines: list[LineOutcome], pool: str, instead: Instead) -> Iterator[tuple[Any, ...]]:
    for number, line in enumerate(sorted(lines, key=lambda one: one.item.sku), start=1):
        item, cases, price = line.item, line.decision.pools[pool], line.decision.price or 0
        sku, name = instead.get((item.id, pool), (item.sku, item.name))
        yield number, item.id, sku, name, item.case_size, cases, price, cases * price
