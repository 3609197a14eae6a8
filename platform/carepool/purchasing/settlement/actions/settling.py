"""Verbs that settle a purchase: ask for it, and do it (a worker does, once): programs get their invoices, the rest goes to
the owner's account, and the purchase is frozen."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.clock import today_here
from carepool.errors import NotFound, Refusal
from carepool.jobs.actions import start_job
from carepool.jobs.kinds import PURCHASE_SETTLE
from carepool.jobs.models import Job, JobState
from carepool.jobs.working import Failed, Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.receiving.counts import LineCount, line_counts, newest_orders
from carepool.purchasing.receiving.models.collecting import Leftover, LeftoverTaking
from carepool.purchasing.receiving.models.sharing import Arrival, ArrivalBill, ArrivalSupply
from carepool.purchasing.receiving.queries import arrival_in_force
from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.actions.booking import (
    Event,
    balances_of,
    book,
    booked_cents,
    hold_all_parties,
)
from carepool.purchasing.settlement.actions.free_credits import promised
from carepool.purchasing.settlement.actions.invoicing import billed_eaches, match_again
from carepool.purchasing.settlement.actions.numbering import next_numbers
from carepool.purchasing.settlement.matching import LineKey
from carepool.purchasing.settlement.models.bills import ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.invoices import OVER, VendorInvoice
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, Cause, LedgerEntry, LedgerLine
from carepool.purchasing.settlement.postings import ProgramBill, clearing, credit_used, program_bill
from carepool.sentences import Sentence, marked
from tenants.database import bulk_insert, database_now, db, find, one_of
from tenants.ids import new_id

LONGEST_DUE = 365
_ENDED = (JobState.FAILED, JobState.CANCELLED)


def ask_settling(by: Actor, purchase_id: UUID, due_days: int, *, leave_unbilled: bool = False) -> Settlement:
    """Ask a worker to settle a purchase; asked again, it is the same. Invoices are matched once more before.

    `due_days`: until programs' invoices are due. `leave_unbilled`: also where vendors did not bill all that was received.
    Raises Refusal that says what is missing, and NotFound.
    """
    match_again(by, purchase_id)
    purchase = locked_purchase(purchase_id)
    found = settlement_of(purchase.id)
    if found is not None:
        job = find(Job, found.job_id)
        if found.settled_at is not None or (job is not None and job.state not in _ENDED):
            return found
    if (why_not := hindrance(purchase, leave_unbilled=leave_unbilled)) is not None:
        raise Refusal("cannot-be-settled", why_not)
    own = found or Settlement(id=new_id(), purchase_id=purchase.id, sums={})
    own.due_days = due_days
    own.job_id = start_job(by, PURCHASE_SETTLE, own.id)
    db.session.add(own)
    db.session.flush()
    record_event(events.SETTLING_ASKED, own.id, by, {"purchase": str(purchase.id)})
    return own


def settlement_of(purchase_id: UUID) -> Settlement | None:
    """Return the settling of a purchase, asked for or done."""
    return db.session.scalars(select(Settlement).where(Settlement.purchase_id == purchase_id)).one_or_none()


def hindrance(purchase: Purchase, *, leave_unbilled: bool) -> Sentence | None:
    """Return why a purchase cannot be settled yet, with what to do; None where it can."""
    if purchase.state == PurchaseState.SETTLED:
        return marked("This purchase is settled already.")
    nothing = _nothing_comes(purchase)
    if purchase.state != PurchaseState.RECEIVING and not nothing:
        return marked("A purchase is settled after its goods came. Count them first.")
    counts = line_counts(purchase.id, newest_orders(purchase))
    if not all(one.is_finished for one in counts):
        return marked("Not all orders have come. Finish receiving each of them first.")
    if not nothing and _shared_out(purchase, counts) is None:
        return marked("What arrived is still being shared out. Wait a moment and try again.")
    waiting = select(func.count()).where(VendorInvoice.purchase_id == purchase.id, VendorInvoice.state.not_in(OVER))
    if number := db.session.scalar(waiting):
        return marked("Decide first about the invoices that differ: %(count)s.", count=number)
    missing = _unbilled(purchase, counts)
    if missing and not leave_unbilled:
        return marked("Lines that were received and are not billed yet: %(count)s. Enter the invoice.", count=missing)
    return None


def _nothing_comes(purchase: Purchase) -> bool:
    """Tell whether all orders of a purchase that was ordered came to nothing, so that nothing is received or shared out."""
    return purchase.state == PurchaseState.ORDERED and not newest_orders(purchase)


def _shared_out(purchase: Purchase, counts: list[LineCount]) -> Arrival | None:
    """Return the result in force where it is of the counts as they are now."""
    arrival = arrival_in_force(purchase)
    if arrival is None:
        return None
    shared: dict[tuple[UUID, UUID], int] = {
        (one.item_id, one.pool_id): one.usable
        for one in db.session.scalars(
            select(ArrivalSupply).where(
                ArrivalSupply.purchase_id == purchase.id, ArrivalSupply.version == arrival.version
            )
        )
    }
    counted = {(one.line.item_id, one.order.pool_id): one.expected for one in counts}
    return arrival if shared == counted else None


def _unbilled(purchase: Purchase, counts: list[LineCount]) -> int:
    billed = billed_eaches(purchase.id)
    keys = ((LineKey(one.order.id, one.line.line), one.standing.usable) for one in counts)
    return sum(billed.get(key, 0) < usable for key, usable in keys)


def settle(by: Actor, settlement_id: UUID) -> None:
    """Settle a purchase that was asked for; running again changes nothing. Raises NotFound."""
    own = find(Settlement, settlement_id)
    if own is None:
        raise NotFound("settlement")
    if own.settled_at is None:
        carry_out(own.job_id, lambda progress: _settle(by, settlement_id, progress))


def _settle(by: Actor, settlement_id: UUID, progress: Progress) -> None:
    own = find(Settlement, settlement_id)
    if own is None:
        raise NotFound("settlement")
    purchase = locked_purchase(own.purchase_id)
    hold_all_parties()
    db.session.refresh(own)
    if own.settled_at is not None:
        return
    # whoever asked chose whether what is not billed may stay so
    if (why_not := hindrance(purchase, leave_unbilled=True)) is not None:
        raise Failed(why_not)
    arrival = arrival_in_force(purchase)
    if _nothing_comes(purchase):
        purchase.move(PurchaseState.RECEIVING)
    elif arrival is None:
        raise Failed(marked("What arrived is still being shared out. Wait a moment and try again."))
    found = _bills(purchase, arrival) if arrival else {}
    bills = sorted(found.values(), key=lambda one: str(one.bill.program_id))
    progress.expect(len(bills))
    ids = {one.bill.program_id: new_id() for one in bills}
    charged = (Event(ids[one.bill.program_id], program_bill(one.bill)) for one in progress.over(bills))
    within = {"alliance_id": purchase.alliance_id, "purchase_id": purchase.id}
    book(by, Cause.PROGRAM_INVOICE, charged, **within)
    book(by, Cause.SETTLEMENT, [Event(own.id, clearing(balances_of(purchase.id)))], **within)
    own.sums = _sums(purchase.id, len(bills))
    book(by, Cause.CREDIT_USED, _credits_used(bills, ids, purchase.alliance_id), **within)
    own.settled_at = database_now()
    purchase.move(PurchaseState.SETTLED)
    record_event(events.PURCHASE_SETTLED, own.id, by, {"purchase": str(purchase.id), **own.sums})
    db.session.flush()
    _issue(purchase, arrival, own, bills, ids)


@dataclass(frozen=True)
class _Charge:
    """What a program owes, what of its goods is taxable, and its certificate."""

    bill: ProgramBill
    taxable_cents: int
    certificate: str


def _bills(purchase: Purchase, arrival: Arrival) -> dict[UUID, _Charge]:
    """Return what each program owes that got something or took part in the exchange of leftovers."""
    of_result = (ArrivalBill.purchase_id == purchase.id, ArrivalBill.version == arrival.version)
    rows = {one.program_id: one for one in db.session.scalars(select(ArrivalBill).where(*of_result))}
    exchanged = _exchanged(purchase.id)
    found = {}
    for program in rows.keys() | exchanged.keys():
        row = rows.get(program)
        parts = (row.goods_cents, row.freight_cents, row.handling_cents, row.tax_cents) if row else (0, 0, 0, 0)
        bill = ProgramBill(program, *parts, exchanged.get(program, 0))
        if any((*parts, bill.exchange_cents)):
            found[program] = _Charge(bill, row.taxable_cents if row else 0, row.certificate if row else "")
    return found


def _exchanged(purchase_id: UUID) -> dict[UUID, int]:
    """Return what each program took of leftovers of others, less what went on of its own, in cents."""
    own = (Leftover.tenant_id == LeftoverTaking.tenant_id) & (Leftover.id == LeftoverTaking.leftover_id)
    query = (
        select(LeftoverTaking.program_id, Leftover.program_id, LeftoverTaking.amount_cents)
        .join(Leftover, own)
        .where(Leftover.purchase_id == purchase_id)
    )
    found: dict[UUID, int] = defaultdict(int)
    for taker, giver, cents in db.session.execute(query):
        found[taker] += cents
        if giver is not None:
            found[giver] -= cents
    return found


def _credits_used(bills: list[_Charge], ids: Mapping[UUID, UUID], alliance_id: UUID | None) -> Iterator[Event]:
    """Let what programs paid too much before in the same book, and do not get back, pay for their new invoices."""
    totals = {one.bill.program_id: one.bill.total_cents for one in bills}
    query = (
        select(LedgerLine.program_id, func.sum(LedgerLine.credit_cents - LedgerLine.debit_cents))
        .join(LedgerEntry, OF_ENTRY)
        .where(
            LedgerEntry.alliance_id == alliance_id,
            LedgerLine.account == Account.CREDITS,
            one_of(LedgerLine.program_id, totals),
        )
        .group_by(LedgerLine.program_id)
    )
    kept = promised(totals, alliance_id)
    for program, cents in db.session.execute(query).tuples():
        if program is not None and (part := min(int(cents) - kept.get(program, 0), totals[program])) > 0:
            yield Event(ids[program], credit_used(program, part))


def _sums(purchase_id: UUID, invoices: int) -> dict[str, Any]:
    """Return the sums of a settled purchase and hold to it that programs and owner bear what vendors billed and the tax."""
    found = balances_of(purchase_id)
    # payments that were made before change neither what was billed nor who bears it
    told = {
        "invoices": invoices,
        "programs_cents": booked_cents(purchase_id, Cause.PROGRAM_INVOICE, Account.RECEIVABLE),
        "vendors_cents": -booked_cents(purchase_id, Cause.VENDOR_INVOICE, Account.PAYABLE),
        "owner_cents": found.get(Account.OWNER, 0),
        "tax_to_hand_in_cents": -found.get(Account.SALES_TAX, 0),
    }
    borne = told["programs_cents"] + told["owner_cents"]
    if borne != told["vendors_cents"] + told["tax_to_hand_in_cents"]:
        raise RuntimeError(f"The sums of purchase {purchase_id} differ: {told}")
    return told


def _issue(
    purchase: Purchase, arrival: Arrival | None, own: Settlement, bills: list[_Charge], ids: Mapping[UUID, UUID]
) -> None:
    """Write the invoices. The counter is moved as late as can be: whoever else issues invoices waits for the commit."""
    if arrival is None:
        return
    names = ("goods_cents", "freight_cents", "handling_cents", "tax_cents", "exchange_cents", "total_cents")
    day = today_here()
    same = {"purchase_id": purchase.id, "arrival_version": arrival.version, "due_on": day + timedelta(own.due_days)}
    rows = [
        (
            ids[one.bill.program_id], one.bill.program_id, number,
            one.taxable_cents, one.certificate, *(getattr(one.bill, name) for name in names),
        )
        for one, number in zip(bills, next_numbers(day.year, len(bills)), strict=True)
    ]  # fmt: skip
    columns = ("id", "program_id", "number", "taxable_cents", "certificate", *names)
    bulk_insert(ProgramInvoice, columns, rows, same=same)
