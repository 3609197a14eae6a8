"""What a program owes and paid: its people read it and pay by card, the state's staff record payments and ask to write off."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.clock import now, today_here
from carepool.errors import Invalid, Refusal
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing.queries import purchase_or_404
from carepool.purchasing.settlement import queries
from carepool.purchasing.settlement.actions import invoice_files, paying, statement_files, writing_off
from carepool.purchasing.settlement.actions.bank_accounts import account_of
from carepool.purchasing.settlement.actions.card_settings import takes_cards
from carepool.purchasing.settlement.actions.paying import WrittenPayment
from carepool.purchasing.settlement.books import Books, one_book_named, owner_name, owner_names, owner_of
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import ProgramInvoice
from carepool.purchasing.settlement.models.payments import Direction, Method, Payment, PaymentState
from carepool.purchasing.settlement.models.statements import StatementFile
from carepool.purchasing.settlement.pages.frame import PAGE, blueprint
from carepool.sentences import Sentence, marked
from carepool.ui.formats import spoken_language
from carepool.web.changes import done_or_shown, faults_of, made_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require, statewide
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.ids import new_id

P = Permission
_STATEMENTS = 5


@blueprint.get("/programs/<program:program_id>/account")
@needs(P.ORDERS_READ)
def account(program_id: UUID) -> ResponseReturnValue:
    """Show what a program owes and paid."""
    return _shown(program_or_404(program_id, P.ORDERS_READ), {}, {})


@blueprint.post("/programs/<program:program_id>/payments")
@needs(P.MONEY_WRITE)
def record(program_id: UUID) -> ResponseReturnValue:
    """Record a payment of a program."""
    own = _of_staff(program_id)

    def pay() -> Sentence:
        form = FormReader(request.form)
        method = form.choice("method", Method, Method.CHECK)
        cents, reference = _amount(form, "amount_cents"), form.text("reference", most=60)
        day = form.day("paid_on") or now().date()
        form.checked()
        key = form.text("key", most=100) or str(new_id())
        book = Books(one_book_named(form.text("book")))
        written = WrittenPayment(
            key, Direction.IN, method, cents, day, program_id=own.id, reference=reference, book=book
        )
        paying.record_payment(signed_in().actor, written)
        return marked("The payment is recorded.")

    return _changing(own, pay, {"alliance_id": "book"})


@blueprint.post("/programs/<program:program_id>/credit-use")
@needs(P.MONEY_WRITE)
def use_credit(program_id: UUID) -> ResponseReturnValue:
    """Let a credit pay what is owed."""
    own = _of_staff(program_id)

    def use() -> Sentence:
        paying.use_credit(signed_in().actor, own.id, one_book_named(request.form.get("book")))
        return marked("The credit pays what it can.")

    return _changing(own, use)


@blueprint.post("/programs/<program:program_id>/write-offs")
@needs(P.MONEY_WRITE)
def ask_write_off(program_id: UUID) -> ResponseReturnValue:
    """Ask that another person let something be written off."""
    own = _of_staff(program_id)

    def ask() -> Sentence:
        form = FormReader(request.form)
        cents, reason = _amount(form, "off_cents"), form.text("off_reason", wanted=True, most=500)
        book = one_book_named(form.text("off_book"))
        form.checked()
        writing_off.ask_write_off(signed_in().actor, own.id, cents, reason, book)
        return marked("Another person has to approve it now, on the page Money.")

    return _changing(own, ask, {"amount_cents": "off_cents", "reason": "off_reason"})


@blueprint.post("/programs/<program:program_id>/card-payments")
@needs(P.ORDERS_WRITE)
def pay_by_card(program_id: UUID) -> ResponseReturnValue:
    """Ask for the provider's page on which a card is typed."""
    own = program_or_404(program_id, P.ORDERS_WRITE)

    def pay() -> tuple[Sentence, str]:
        form = FormReader(request.form)
        cents = _amount(form, "card_cents")
        form.checked()
        key = form.text("key", most=100) or str(new_id())
        written = WrittenPayment(key, Direction.IN, Method.CARD, cents, now().date(), program_id=own.id)
        made = paying.record_payment(signed_in().actor, written)
        told = marked("The page of the card provider is being opened. Load this page again in a moment.")
        return told, url_for(".payment", payment_id=made.id)

    def shown(refused: Refusal) -> str:
        return _shown(own, request.form, _renamed(refused, {"amount_cents": "card_cents"}))

    return made_or_shown(pay, shown)


def _amount(form: FormReader, name: str) -> int:
    cents = form.cents(name)
    if not cents and name not in form.faults:
        form.refuse(name, marked("Write an amount such as 1250.50."))
    return cents or 0


def _of_staff(program_id: UUID) -> Program:
    require(P.MONEY_WRITE)
    return program_or_404(program_id, P.MONEY_WRITE)


def _renamed(refused: Refusal, names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): told for name, told in faults_of(refused).items()}


def _changing(
    own: Program, change: Callable[[], Sentence], names: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    return done_or_shown(
        change,
        lambda: url_for(".account", program_id=own.id),
        lambda refused: _shown(own, request.form, _renamed(refused, names or {})),
    )


def _shown(own: Program, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    invoices = page_of(
        queries.program_invoices(own.id), [ProgramInvoice.id], request.args.get("cursor"), PAGE, newest_first=True
    )
    payments = page_of(queries.payments(None, own.id), [Payment.id], None, PAGE, newest_first=True)
    changes = page_of(queries.program_adjustments(own.id), [ProgramAdjustment.id], None, PAGE, newest_first=True).rows
    keeps = statewide(P.MONEY_WRITE)
    sums = queries.account_sums(own.id)
    statements = page_of(queries.statements_of(own.id), [StatementFile.id], None, _STATEMENTS, newest_first=True).rows
    purchase_ids = [one.purchase_id for one in (*invoices.rows, *changes)]
    return render_template(
        "settlement/account.html",
        program=own,
        sums=sums,
        of_state=sums["books"][0],
        book_choices=[(one.name, one.owner) for one in queries.books_of_program(own.id)],
        owners=queries.owners_of_purchases(purchase_ids),
        owner_names=owner_names(one.alliance_id for one in (*payments.rows, *statements)),
        invoices=invoices,
        adjustments=changes,
        statements=statements,
        first=today_here().replace(day=1).isoformat(),
        last=today_here().isoformat(),
        purchases=queries.purchase_titles(purchase_ids),
        payments=payments.rows,
        keeps=keeps,
        banked=keeps and account_of(own.id, None) is not None,
        cards=takes_cards() and signed_in().rights.may(P.ORDERS_WRITE, own.id),
        today=now().date().isoformat(),
        key=new_id(),
        typed=typed,
        errors=errors,
    )


@blueprint.get("/program-invoices/<program_invoice:invoice_id>")
@needs(P.ORDERS_READ)
def program_invoice(invoice_id: UUID) -> ResponseReturnValue:
    """Show an invoice of a program, with its PDF once it is set."""
    own = queries.program_invoice_or_404(invoice_id)
    purchase = purchase_or_404(own.purchase_id)
    return render_template(
        "settlement/program_invoice.html",
        invoice=own,
        program=program_or_404(own.program_id, P.ORDERS_READ),
        purchase=purchase,
        owner=owner_of(purchase.alliance_id),
        amounts=invoice_files.amounts_of(own),
        file=queries.invoice_file_in(own.id, spoken_language()),
    )


@blueprint.post("/program-invoices/<program_invoice:invoice_id>/files")
@needs(P.ORDERS_READ)
def ask_invoice_file(invoice_id: UUID) -> ResponseReturnValue:
    """Ask for an invoice as a PDF in the reader's language."""
    own = queries.program_invoice_or_404(invoice_id)
    invoice_files.ask_file(signed_in().actor, own.id, spoken_language())
    return redirect(url_for(".program_invoice", invoice_id=own.id))


@blueprint.get("/invoice-files/<invoice_file:file_id>/file")
@needs(P.ORDERS_READ)
def invoice_file(file_id: UUID) -> ResponseReturnValue:
    """Give the PDF of an invoice."""
    return file_answer(queries.stored_invoice_or_404(queries.invoice_file_or_404(file_id)))


@blueprint.post("/programs/<program:program_id>/statements")
@needs(P.ORDERS_READ)
def ask_statement(program_id: UUID) -> ResponseReturnValue:
    """Ask for a statement as a PDF in the reader's language."""
    own = program_or_404(program_id, P.ORDERS_READ)

    def ask() -> Sentence:
        form = FormReader(request.form)
        since, until = form.day("since"), form.day("until")
        book = one_book_named(form.text("of_book"))
        form.checked()
        statement_files.ask_statement(signed_in().actor, own.id, since, until, spoken_language(), book)
        return marked("The statement is being made. Load this page again in a moment.")

    return _changing(own, ask)


@blueprint.get("/statements/<statement_file:file_id>/file")
@needs(P.ORDERS_READ)
def statement(file_id: UUID) -> ResponseReturnValue:
    """Give the PDF of a statement."""
    return file_answer(queries.stored_statement_or_404(queries.statement_or_404(file_id)))


@blueprint.get("/payments/<payment:payment_id>")
@needs(P.MONEY_WRITE, P.ORDERS_READ)
def payment(payment_id: UUID) -> ResponseReturnValue:
    """Show a payment."""
    return _payment(payment_id, {}, {})


@blueprint.post("/payments/<payment:payment_id>/reversal")
@needs(P.MONEY_WRITE)
def reverse(payment_id: UUID) -> ResponseReturnValue:
    """Take a booked payment back."""

    def change(form: FormReader, reason: str) -> Sentence:
        paying.reverse_payment(signed_in().actor, payment_id, reason, form.version())
        return marked("The payment is reversed by an entry of its own.")

    return _deciding(payment_id, change)


@blueprint.post("/payments/<payment:payment_id>/ending")
@needs(P.MONEY_WRITE)
def end(payment_id: UUID) -> ResponseReturnValue:
    """Write down how a payment ended."""

    def change(form: FormReader, reason: str) -> Sentence:
        to = form.choice("act", PaymentState, PaymentState.FAILED)
        if to not in paying.ENDINGS:
            raise Invalid("form", marked("Choose from the list."))
        paying.settle_payment(signed_in().actor, payment_id, to, reason, form.version())
        return marked("It is written down how the payment ended.")

    return _deciding(payment_id, change)


def _deciding(payment_id: UUID, change: Callable[[FormReader, str], Sentence]) -> ResponseReturnValue:
    require(P.MONEY_WRITE)
    queries.payment_or_404(payment_id)

    def decide() -> Sentence:
        form = FormReader(request.form)
        reason = form.text("reason", wanted=True, most=500)
        form.checked()
        return change(form, reason)

    return done_or_shown(
        decide,
        lambda: url_for(".payment", payment_id=payment_id),
        lambda refused: _payment(payment_id, request.form, faults_of(refused)),
    )


def _payment(payment_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    own = queries.payment_or_404(payment_id)
    return render_template(
        "settlement/payment.html",
        payment=own,
        program=program_or_404(own.program_id, P.ORDERS_READ) if own.program_id else None,
        vendor=queries.vendor_of(own.vendor_id) if own.vendor_id is not None else None,
        owner=owner_name(own.alliance_id) if own.alliance_id else "",
        keeps=statewide(P.MONEY_WRITE),
        typed=typed,
        errors=errors,
    )
