"""Reads of settlement. Loaders are the guard: they answer only within the scope and the caller's rights."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from carepool.alliances.models import Alliance, AllianceMember
from carepool.errors import NotFound
from carepool.files import StoredFile
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.books import EVERY_BOOK, Book, Books, owner_names, state_name
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import InvoiceFile, ProgramInvoice
from carepool.purchasing.settlement.models.invoices import VendorInvoice, VendorInvoiceLine
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, Cause, LedgerEntry, LedgerLine
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


def entries_of_ledger(
    account: Account | None = None,
    program_id: UUID | None = None,
    purchase_id: UUID | None = None,
    books: Books = EVERY_BOOK,
) -> Select[Any]:
    """Return the entries of books: all, or those with a line on an account, of a program, of a purchase."""
    query = select(LedgerEntry).where(*books.of(LedgerEntry.alliance_id))
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
    names = ("id", "cause", "cause_id", "at", "purchase_id", "alliance_id", "person_id", "facts")
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


def payments(state: PaymentState | None, program_id: UUID | None, books: Books = EVERY_BOOK) -> Select[Any]:
    """Return payments of books: all, of a state, of a program."""
    query = select(Payment).where(*books.of(Payment.alliance_id))
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


def bank_files(books: Books = EVERY_BOOK) -> Select[Any]:
    """Return the files for the banks of books."""
    return select(AchFile).where(*books.of(AchFile.alliance_id))


def bank_file_or_404(file_id: UUID) -> StoredFile:
    """Return the stored bytes of a file for the bank. Raises NotFound."""
    own = find(AchFile, file_id)
    stored = find(StoredFile, own.file_id) if own else None
    if stored is None:
        raise NotFound("bank file")
    return stored


def write_offs(books: Books = EVERY_BOOK) -> Select[Any]:
    """Return all wishes to write something off in books."""
    return select(WriteOff).where(*books.of(WriteOff.alliance_id))


def write_off_or_404(write_off_id: UUID) -> WriteOff:
    """Return a wish to write something off of this state. Raises NotFound."""
    found = find(WriteOff, write_off_id)
    if found is None:
        raise NotFound("write-off")
    return found


_SUMS = ("owed_cents", "credit_cents", "invoiced_cents", "adjusted_cents", "paid_cents", "written_off_cents")


def account_sums(program_id: UUID) -> dict[str, Any]:
    """Return what a program owes, has to its credit, was invoiced, paid, what changed later, was written off, in cents.

    In all books together, and under `books` to each owner apart: the state first, then each alliance with which it has
    an account, by name. What it owes to one owner is not paid by its credit with another.
    """
    query = (
        select(
            LedgerEntry.alliance_id,
            LedgerEntry.cause,
            LedgerLine.account,
            func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents),
        )
        .join(LedgerEntry, OF_ENTRY)
        .where(LedgerLine.program_id == program_id)
        .group_by(LedgerEntry.alliance_id, LedgerEntry.cause, LedgerLine.account)
    )
    found: dict[UUID | None, dict[tuple[str, str], int]] = {None: {}}
    for alliance_id, cause, account, cents in db.session.execute(query).tuples():
        found.setdefault(alliance_id, {})[(cause, account)] = int(cents)
    names = owner_names(found)
    told = [{"alliance_id": key, "owner": names[key], **_sums_of(sums)} for key, sums in found.items()]
    told.sort(key=lambda one: (one["alliance_id"] is not None, one["owner"], str(one["alliance_id"])))
    return {**{name: sum(one[name] for one in told) for name in _SUMS}, "books": told}


def _sums_of(sums: Mapping[tuple[str, str], int]) -> dict[str, int]:
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


def owners_of_purchases(purchase_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what the alliances are called that own purchases; purchases of the state are left out."""
    own = (Alliance.tenant_id == Purchase.tenant_id) & (Alliance.id == Purchase.alliance_id)
    query = select(Purchase.id, Alliance.name).join(Alliance, own).where(one_of(Purchase.id, set(purchase_ids)))
    return dict(db.session.execute(query).tuples().all())


def balances(alliance_id: UUID | None = None) -> dict[Account, int]:
    """Return what every account of an alliance's book (None: of the state's) comes to: debits less credits, in cents."""
    query = (
        select(LedgerLine.account, func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents))
        .join(LedgerEntry, OF_ENTRY)
        .where(LedgerEntry.alliance_id == alliance_id)
        .group_by(LedgerLine.account)
    )
    return {Account(account): int(cents) for account, cents in db.session.execute(query)}


def books_of_program(program_id: UUID) -> list[Book]:
    """Return the books in which a program can owe: the state's, those of its alliances, and those where it has an account."""
    lines = (
        select(LedgerEntry.alliance_id)
        .join(LedgerLine, OF_ENTRY)
        .where(LedgerLine.program_id == program_id, LedgerEntry.alliance_id.is_not(None))
    )
    joined = select(AllianceMember.alliance_id).where(AllianceMember.program_id == program_id)
    query = select(Alliance.id, Alliance.name).where(Alliance.id.in_(joined.union(lines)))
    found = db.session.execute(query.order_by(Alliance.name, Alliance.id)).tuples()
    return [Book(None, state_name()), *(Book(key, name) for key, name in found)]


def ledger_or_404(alliance_id: UUID) -> Alliance:
    """Return an alliance whose book the caller may read: any for those who keep the money, else that of their own hub.

    Raises NotFound.
    """
    found = find(Alliance, alliance_id)
    if found is None or not signed_in().rights.reads_book_of(alliance_id):
        raise NotFound("alliance")
    return found


def programs_of_book(alliance_id: UUID) -> Select[Any]:
    """Return the programs that an alliance has an account with: its members, and whoever was booked in its book."""
    joined = select(AllianceMember.program_id).where(
        AllianceMember.alliance_id == alliance_id, AllianceMember.left_on.is_(None)
    )
    booked = (
        select(LedgerLine.program_id)
        .join(LedgerEntry, OF_ENTRY)
        .where(LedgerEntry.alliance_id == alliance_id, LedgerLine.program_id.is_not(None))
    )
    return select(Program).where(Program.id.in_(joined.union(booked)))


def owed_in_book(alliance_id: UUID | None, program_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return {program: (what it owes, what it has to its credit)} in a book, in cents; programs without either are left out."""
    query = (
        select(LedgerLine.program_id, LedgerLine.account, func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents))
        .join(LedgerEntry, OF_ENTRY)
        .where(LedgerEntry.alliance_id == alliance_id, one_of(LedgerLine.program_id, set(program_ids)))
        .group_by(LedgerLine.program_id, LedgerLine.account)
    )
    found: dict[UUID, tuple[int, int]] = {}
    for program, account, cents in db.session.execute(query).tuples():
        if program is not None:
            owed, credit = found.get(program, (0, 0))
            more = (int(cents), 0) if account == Account.RECEIVABLE else (0, -int(cents))
            found[program] = (owed + more[0], credit + more[1])
    return found


def debts_of(alliance_id: UUID | None, programs: Iterable[Program]) -> list[dict[str, Any]]:
    """Return what each program owes in a book and has to its credit there, in their order."""
    some = list(programs)
    sums = owed_in_book(alliance_id, [one.id for one in some])
    rows = ((one, *sums.get(one.id, (0, 0))) for one in some)
    return [
        {"program_id": one.id, "program": one.name, "owed_cents": owed, "credit_cents": credit}
        for one, owed, credit in rows
    ]
