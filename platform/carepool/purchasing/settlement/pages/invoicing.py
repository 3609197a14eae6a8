"""A vendor's invoice: entered by hand against the lines that came, and decided about where it differs."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.clock import now
from carepool.errors import Invalid, Refusal
from carepool.identity.rights import Permission
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.settlement import queries
from carepool.purchasing.settlement.actions.invoicing import WrittenInvoice, WrittenLine, decide, record_invoice
from carepool.purchasing.settlement.models.invoices import Bearer, InvoiceState, VendorInvoice
from carepool.purchasing.settlement.pages.frame import blueprint, own_purchase
from carepool.purchasing.settlement.sentences import difference_sentence
from carepool.purchasing.settlement.standing import LineStanding, VendorStanding, standing_of
from carepool.sentences import Sentence, marked
from carepool.vendors.actions import vendor_number
from carepool.web.changes import done_or_shown, faults_of, made_or_shown
from carepool.web.forms import FormReader, amount_text
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in

P = Permission
_DECISIONS = (InvoiceState.ACCEPTED, InvoiceState.DISPUTED, InvoiceState.WITHDRAWN)


@blueprint.get("/purchases/<purchase:purchase_id>/vendor-invoices/new")
@needs(P.MONEY_WRITE)
def new_invoice(purchase_id: UUID) -> ResponseReturnValue:
    """Show the form of an invoice, filled in with what came and is not billed yet."""
    return _form(own_purchase(purchase_id), request.args.get("vendor", ""), None, {})


@blueprint.post("/purchases/<purchase:purchase_id>/vendor-invoices/new")
@needs(P.MONEY_WRITE)
def enter_invoice(purchase_id: UUID) -> ResponseReturnValue:
    """Enter an invoice; it is matched at once."""
    own = own_purchase(purchase_id)

    def enter() -> tuple[Sentence, str]:
        form = FormReader(request.form)
        vendor = form.chosen_id("vendor_id")
        written = _written(form, _vendor(own, str(vendor)))
        invoice = record_invoice(signed_in().actor, own.id, vendor_number(vendor), written)
        told = marked("The invoice is entered, but it differs. Look below and decide.")
        if invoice.state == InvoiceState.MATCHED:
            told = marked("The invoice matches and is booked.")
        elif own.state == PurchaseState.SETTLED:
            told = marked("The invoice is entered. The purchase is settled, so choose below who bears it.")
        return told, url_for(".vendor_invoice", invoice_id=invoice.id)

    def shown(refused: Refusal) -> str:
        return _form(own_purchase(purchase_id), request.form.get("vendor_id", ""), request.form, faults_of(refused))

    return made_or_shown(enter, shown)


def _written(form: FormReader, vendor: VendorStanding | None) -> WrittenInvoice:
    number, day = form.text("number", wanted=True, most=60), form.day("invoiced_on")
    freight, tax, total = (form.cents(f"{name}_cents") for name in ("freight", "tax", "total"))
    if day is None and "invoiced_on" not in form.faults:
        form.refuse("invoiced_on", marked("Write a day such as 2026-11-27."))
    if total is None and "total_cents" not in form.faults:
        form.refuse("total_cents", marked("Write an amount such as 1250.50."))
    lines = [line for one in (vendor.lines if vendor else ()) if (line := _line(form, one)) is not None]
    other, other_cents = form.text("other"), form.cents("other_cents")
    if other_cents:
        lines.append(WrittenLine(other_cents, name=other))
    form.checked()
    return WrittenInvoice(
        number, day or date.min, lines, total or 0, freight or 0, tax or 0, is_credit="is_credit" in request.form
    )


def _line(form: FormReader, line: LineStanding) -> WrittenLine | None:
    key = f"{line.order_id}-{line.line}"
    eaches, cents = form.whole(f"eaches-{key}", most=100_000_000), form.cents(f"amount-{key}")
    if not eaches and not cents:
        return None
    return WrittenLine(cents or 0, line.order_id, line.line, eaches=eaches or 0)


def _vendor(own: Purchase, chosen: str) -> VendorStanding | None:
    vendors = standing_of(own).vendors
    fitting = [one for one in vendors if str(one.vendor_public_id) == chosen]
    return next(iter(fitting or vendors), None)


def _form(own: Purchase, chosen: str, typed: Mapping[str, str] | None, errors: Mapping[str, Any]) -> str:
    vendor = _vendor(own, chosen)
    return render_template(
        "settlement/new_invoice.html",
        purchase=own,
        vendor=vendor,
        vendors=standing_of(own).vendors,
        typed=_filled(vendor) if typed is None else typed,
        errors=errors,
    )


def _filled(vendor: VendorStanding | None) -> dict[str, str]:
    """Return what most invoices say: what came and is not billed yet, at the ordered price."""
    found = {"invoiced_on": now().date().isoformat()}
    total = 0
    for line in vendor.lines if vendor else ():
        eaches = max(0, line.received_eaches - line.billed_eaches)
        cents = max(0, line.received_cents - line.billed_cents) if eaches else 0
        found[f"eaches-{line.order_id}-{line.line}"] = str(eaches)
        found[f"amount-{line.order_id}-{line.line}"] = amount_text(cents)
        total += cents
    return {**found, "total_cents": amount_text(total)}


@blueprint.get("/vendor-invoices/<vendor_invoice:invoice_id>")
@needs(P.MONEY_WRITE)
def vendor_invoice(invoice_id: UUID) -> ResponseReturnValue:
    """Show an invoice and what differs."""
    require(P.MONEY_WRITE)
    return _shown(queries.vendor_invoice_or_404(invoice_id), {}, {})


@blueprint.post("/vendor-invoices/<vendor_invoice:invoice_id>")
@needs(P.MONEY_WRITE)
def decide_invoice(invoice_id: UUID) -> ResponseReturnValue:
    """Decide about an invoice that differs."""
    require(P.MONEY_WRITE)
    own = queries.vendor_invoice_or_404(invoice_id)

    def change() -> Sentence:
        form = FormReader(request.form)
        to = form.choice("act", InvoiceState, InvoiceState.DISPUTED)
        reason = form.text("reason", wanted=True, most=500)
        bearer = form.choice("borne_by", Bearer, Bearer.OWNER) if request.form.get("borne_by") else None
        form.checked()
        if to not in _DECISIONS:
            raise Invalid("form", marked("Choose from the list."))
        decide(signed_in().actor, own.id, to, reason, form.version(), bearer)
        return marked("It is decided and written down.")

    def shown(refused: Refusal) -> str:
        return _shown(queries.vendor_invoice_or_404(invoice_id), request.form, faults_of(refused))

    return done_or_shown(change, lambda: url_for(".vendor_invoice", invoice_id=invoice_id), shown)


def _shown(own: VendorInvoice, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    return render_template(
        "settlement/vendor_invoice.html",
        invoice=own,
        purchase=own_purchase(own.purchase_id),
        vendor=queries.vendor_of(own.vendor_id),
        lines=queries.lines_of_invoice(own),
        parts=queries.parts_of_invoice(own),
        differences=[difference_sentence(one) for one in own.differences],
        typed=typed,
        errors=errors,
    )
