"""A purchase as one table: ordered, received, billed, paid; and what is left to do until it is settled."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import Invalid, Refusal
from carepool.identity.rights import Permission
from carepool.jobs.models import Job
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement import queries
from carepool.purchasing.settlement.actions import invoicing, settling
from carepool.purchasing.settlement.actions.bank_accounts import account_of
from carepool.purchasing.settlement.actions.paying import WrittenPayment, record_payment
from carepool.purchasing.settlement.books import owner_name
from carepool.purchasing.settlement.models.bills import ProgramInvoice
from carepool.purchasing.settlement.models.invoices import VendorInvoice
from carepool.purchasing.settlement.models.payments import Direction, Method
from carepool.purchasing.settlement.pages.frame import PAGE, blueprint, own_purchase
from carepool.purchasing.settlement.standing import standing_of
from carepool.sentences import Sentence, marked
from carepool.vendors.actions import vendor_number
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.ids import new_id

P = Permission


@blueprint.get("/purchases/<purchase:purchase_id>/settlement")
@needs(P.MONEY_WRITE)
def settlement(purchase_id: UUID) -> ResponseReturnValue:
    """Show how a purchase stands from order to payment."""
    return _shown(own_purchase(purchase_id), {}, {})


@blueprint.post("/purchases/<purchase:purchase_id>/settlement")
@needs(P.MONEY_WRITE)
def settle(purchase_id: UUID) -> ResponseReturnValue:
    """Settle a purchase."""
    own = own_purchase(purchase_id)

    def ask() -> Sentence:
        form = FormReader(request.form)
        days = form.whole("due_days", most=settling.LONGEST_DUE)
        form.checked()
        if days is None:
            sentence = marked("Write a whole number from %(least)s to %(most)s.", least=0, most=settling.LONGEST_DUE)
            raise Invalid("form", sentence, {"due_days": [sentence]})
        unbilled = "leave_unbilled" in request.form
        settling.ask_settling(signed_in().actor, own.id, days, leave_unbilled=unbilled)
        return marked("The purchase is being settled. Programs get their invoices in a moment.")

    return _changing(own, ask)


@blueprint.post("/purchases/<purchase:purchase_id>/matching")
@needs(P.MONEY_WRITE)
def match_again(purchase_id: UUID) -> ResponseReturnValue:
    """Match waiting invoices again."""
    own = own_purchase(purchase_id)

    def match() -> Sentence:
        invoicing.match_again(signed_in().actor, own.id)
        return marked("The invoices that waited were matched again.")

    return _changing(own, match)


@blueprint.post("/purchases/<purchase:purchase_id>/vendor-payments")
@needs(P.MONEY_WRITE)
def pay_vendor(purchase_id: UUID) -> ResponseReturnValue:
    """Record what a vendor is paid."""
    own = own_purchase(purchase_id)

    def pay() -> Sentence:
        form = FormReader(request.form)
        vendor = vendor_number(form.chosen_id("vendor_id"))
        method = form.choice("method", Method, Method.CHECK)
        cents, reference = form.cents("amount_cents"), form.text("reference", most=60)
        form.checked()
        if not cents:
            sentence = marked("Write an amount such as 1250.50.")
            raise Invalid("form", sentence, {"amount_cents": [sentence]})
        key = form.text("key", most=100) or str(new_id())
        written = WrittenPayment(
            key, Direction.OUT, method, cents, now().date(), vendor_id=vendor, purchase_id=own.id, reference=reference
        )
        record_payment(signed_in().actor, written)
        return marked("The payment is recorded.")

    return _changing(own, pay, request.form.get("vendor_id", ""))


def _changing(own: Purchase, change: Any, about: str = "") -> ResponseReturnValue:
    def shown(refused: Refusal) -> str:
        found = {
            f"{name}-{about}" if about and name != "form" else name: told for name, told in faults_of(refused).items()
        }
        return _shown(own_purchase(own.id), found, request.form)

    return done_or_shown(change, lambda: url_for(".settlement", purchase_id=own.id), shown)


def _shown(own: Purchase, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    standing = standing_of(own)
    job = find(Job, standing.settlement.job_id) if standing.settlement else None
    bills = page_of(queries.invoices_of_purchase(own), [ProgramInvoice.number], request.args.get("cursor"), PAGE)
    return render_template(
        "settlement/settlement.html",
        purchase=own,
        standing=standing,
        owner=owner_name(own.alliance_id) if own.alliance_id else "",
        job=job,
        invoices=db.session.scalars(
            select(VendorInvoice).where(VendorInvoice.purchase_id == own.id).order_by(VendorInvoice.id)
        ).all(),
        bills=bills,
        programs=queries.program_names([one.program_id for one in bills.rows]),
        banked={one.vendor_id for one in standing.vendors if account_of(None, one.vendor_id)},
        key=new_id(),
        errors=errors,
        typed=typed,
    )
