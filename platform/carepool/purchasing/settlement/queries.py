"""Reads of settlement. Loaders are the guard: they answer only within the scope and the caller's rights."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from carepool.errors import NotFound
from carepool.files import StoredFile
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import InvoiceFile, ProgramInvoice
from carepool.purchasing.settlement.models.invoices import VendorInvoice, VendorInvoiceLine
from carepool.purchasing.settlement.models.ledger import Cause, LedgerEntry, LedgerLine
from carepool.purchasing.settlement.models.payments import AchFile, Payment, PaymentState, WriteOff
from carepool.purchasing.settlement.models.statements import StatementFile
from carepool.purchasing.settlement.sentences import difference_sentence
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of
from tenants.registry import Vendor

_P = Permission


def vendor_invoice_or_404(invoice_id: UUID) -> VendorInvoice:
    """Return a vendor's invoice of this state. Raises NotFound."""
    found = find(VendorInvoice, invoice_id)
    if found is None:
        raise NotFound("invoice")
    return found


def vendor_invoices(purchase: Purchase) -> Select[Any]:
    """Return the invoices and credit notes of a purchase."""
    return select(VendorInvoice).where(VendorInvoice.purchase_id == purchase.id)


def vendor_of(vendor_id: int) -> Vendor:
    """Return an entry of the directory. Raises NotFound."""
    found = db.session.scalars(select(Vendor).where(Vendor.id == vendor_id)).one_or_none()
    if found is None:
        raise NotFound("vendor")
    return found


def vendor_invoice_body(invoice: VendorInvoice) -> dict[str, Any]:
    """Return an invoice with its vendor, lines and the sentences of its differences."""
    vendor = vendor_of(invoice.vendor_id)
    names = (
        "id", "purchase_id", "is_credit", "number", "invoiced_on", "freight_cents", "tax_cents", "total_cents", "state",
        "reason", "borne_by", "recorded_at", "version",
    )  # fmt: skip
    return {
        **{name: getattr(invoice, name) for name in names},
        "vendor_id": vendor.public_id,
        "vendor": vendor.name,
        "lines": lines_of_invoice(invoice),
        "differences": [
            {"reason": one["reason"], "line": one["place"], "sentence": difference_sentence(one)}
            for one in invoice.differences
        ],
    }


def lines_of_invoice(invoice: VendorInvoice) -> list[VendorInvoiceLine]:
    """Return the lines of an invoice as they stand on it."""
    query = select(VendorInvoiceLine).where(VendorInvoiceLine.invoice_id == invoice.id)
    return list(db.session.scalars(query.order_by(VendorInvoiceLine.place)))


def program_invoices(program_id: UUID) -> Select[Any]:
    """Return the invoices of a program."""
    return select(ProgramInvoice).where(ProgramInvoice.program_id == program_id)


def invoices_of_purchase(purchase: Purchase) -> Select[Any]:
    """Return the invoices of all programs for a purchase."""
    return select(ProgramInvoice).where(ProgramInvoice.purchase_id == purchase.id)


def program_adjustments(program_id: UUID) -> Select[Any]:
    """Return what changed for a program after its purchases were settled."""
    return select(ProgramAdjustment).where(ProgramAdjustment.program_id == program_id)


def adjustments_of_purchase(purchase: Purchase) -> Select[Any]:
    """Return what changed for programs after a purchase was settled."""
    return select(ProgramAdjustment).where(ProgramAdjustment.purchase_id == purchase.id)


def parts_of_invoice(invoice: VendorInvoice) -> list[tuple[str, ProgramAdjustment]]:
    """Return (program's name, part) of a vendor's invoice that programs bear after settling, by name."""
    own = (Program.tenant_id == ProgramAdjustment.tenant_id) & (Program.id == ProgramAdjustment.program_id)
    query = select(Program.name, ProgramAdjustment).join(Program, own)
    mine = query.where(ProgramAdjustment.invoice_id == invoice.id)
    return list(db.session.execute(mine.order_by(Program.name, Program.id)).tuples())


def program_invoice_or_404(invoice_id: UUID) -> ProgramInvoice:
    """Return an invoice of a program whose orders the caller may read. Raises NotFound."""
    found = find(ProgramInvoice, invoice_id)
    if found is None or not signed_in().rights.may(_P.ORDERS_READ, found.program_id):
        raise NotFound("invoice")
    return found


def entries_of_ledger(account: Account | None, program_id: UUID | None, purchase_id: UUID | None) -> Select[Any]:
    """Return the entries of the ledger: all, or those with a line on an account, of a program, of a purchase."""
    query = select(LedgerEntry)
    if account is not None or program_id is not None:
        lines = select(LedgerLine.entry_id)
        lines = lines.where(LedgerLine.account == account) if account is not None else lines
        lines = lines.where(LedgerLine.program_id == program_id) if program_id is not None else lines
        query = query.where(LedgerEntry.id.in_(lines))
    return query.where(LedgerEntry.purchase_id == purchase_id) if purchase_id is not None else query


def entry_bodies(entries: list[LedgerEntry]) -> list[dict[str, Any]]:
    """Return entries with their lines."""
    query = select(LedgerLine).where(one_of(LedgerLine.entry_id, [one.id for one in entries]))
    lines: dict[UUID, list[LedgerLine]] = {}
    for line in db.session.scalars(query.order_by(LedgerLine.entry_id, LedgerLine.line)):
        lines.setdefault(line.entry_id, []).append(line)
    names = ("id", "cause", "cause_id", "at", "purchase_id", "person_id", "facts")
    return [{**{name: getattr(one, name) for name in names}, "lines": lines.get(one.id, [])} for one in entries]


def invoice_file_or_404(file_id: UUID) -> InvoiceFile:
    """Return an invoice as a file of a program whose orders the caller may read. Raises NotFound."""
    found = find(InvoiceFile, file_id)
    if found is None:
        raise NotFound("invoice")
    program_invoice_or_404(found.invoice_id)
    return found


def statement_or_404(file_id: UUID) -> StatementFile:
    """Return a statement of a program whose orders the caller may read. Raises NotFound."""
    found = find(StatementFile, file_id)
    if found is None or not signed_in().rights.may(_P.ORDERS_READ, found.program_id):
        raise NotFound("statement")
    return found


def statements_of(program_id: UUID) -> Select[Any]:
    """Return the statements that were asked for of a program."""
    return select(StatementFile).where(StatementFile.program_id == program_id)


def stored_statement_or_404(own: StatementFile) -> StoredFile:
    """Return the stored bytes of a statement. Raises NotFound while a worker sets it."""
    found = find(StoredFile, own.file_id) if own.file_id else None
    if found is None:
        raise NotFound("file")
    return found


def stored_invoice_or_404(own: InvoiceFile) -> StoredFile:
    """Return the stored bytes of an invoice. Raises NotFound while a worker sets it."""
    found = find(StoredFile, own.file_id) if own.file_id else None
    if found is None:
        raise NotFound("file")
    return found


def payments(state: PaymentState | None, program_id: UUID | None) -> Select[Any]:
    """Return payments: all, of a state, of a program."""
    query = select(Payment)
    query = query.where(Payment.state == state) if state is not None else query
    return query.where(Payment.program_id == program_id) if program_id is not None else query


def payment_or_404(payment_id: UUID) -> Payment:
    """Return a payment: any for those who keep the money, else of a program whose orders the caller reads."""
    found = find(Payment, payment_id)
    rights = signed_in().rights
    if found is None:
        raise NotFound("payment")
    if not rights.may(_P.MONEY_WRITE) and not (found.program_id and rights.may(_P.ORDERS_READ, found.program_id)):
        raise NotFound("payment")
    return found


def bank_files() -> Select[Any]:
    """Return all files for the bank."""
    return select(AchFile)


def bank_file_or_404(file_id: UUID) -> StoredFile:
    """Return the stored bytes of a file for the bank. Raises NotFound."""
    own = find(AchFile, file_id)
    stored = find(StoredFile, own.file_id) if own else None
    if stored is None:
        raise NotFound("bank file")
    return stored


def write_offs() -> Select[Any]:
    """Return all wishes to write something off."""
    return select(WriteOff)


def write_off_or_404(write_off_id: UUID) -> WriteOff:
    """Return a wish to write something off of this state. Raises NotFound."""
    found = find(WriteOff, write_off_id)
    if found is None:
        raise NotFound("write-off")
    return found


def account_sums(program_id: UUID) -> dict[str, int]:
    """Return what a program owes, has to its credit, was invoiced, paid, what changed later, was written off, in cents."""
    own = (LedgerLine.tenant_id == LedgerEntry.tenant_id) & (LedgerLine.entry_id == LedgerEntry.id)
    query = (
        select(LedgerEntry.cause, LedgerLine.account, func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents))
        .join(LedgerEntry, own)
        .where(LedgerLine.program_id == program_id)
        .group_by(LedgerEntry.cause, LedgerLine.account)
    )
    sums: dict[tuple[str, str], int] = {
        (cause, account): int(cents) for cause, account, cents in db.session.execute(query)
    }

    def of(account: Account | None, *causes: Cause) -> int:
        return sum(
            cents
            for (cause, held), cents in sums.items()
            if (account is None or held == account) and (not causes or cause in causes)
        )

    return {
        "owed_cents": of(Account.RECEIVABLE),
        "credit_cents": -of(Account.CREDITS),
        "invoiced_cents": of(Account.RECEIVABLE, Cause.PROGRAM_INVOICE),
        "adjusted_cents": of(None, Cause.PROGRAM_ADJUSTMENT),
        "paid_cents": -of(None, Cause.PAYMENT, Cause.PAYMENT_REVERSED),
        "written_off_cents": -of(Account.RECEIVABLE, Cause.WRITE_OFF),
    }


def invoice_file_in(invoice_id: UUID, language: str) -> InvoiceFile | None:
    """Return an invoice as a file in a language, where anyone asked for it."""
    query = select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id, InvoiceFile.language == language)
    return db.session.scalars(query).one_or_none()


def program_names(program_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what programs are called."""
    query = select(Program.id, Program.name).where(one_of(Program.id, set(program_ids)))
    return dict(db.session.execute(query).tuples().all())


def purchase_titles(purchase_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what purchases are called."""
    query = select(Purchase.id, Purchase.title).where(one_of(Purchase.id, set(purchase_ids)))
    return dict(db.session.execute(query).tuples().all())


def balances() -> dict[Account, int]:
    """Return what every account comes to: debits less credits, in cents."""
    sums = func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents)
    query = select(LedgerLine.account, sums).group_by(LedgerLine.account)
    return {Account(account): int(cents) for account, cents in db.session.execute(query)}
