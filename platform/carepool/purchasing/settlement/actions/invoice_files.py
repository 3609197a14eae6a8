"""Verbs of invoices as files: ask for one in a language, and set it (a worker does)."""

from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from carepool import events
from carepool.errors import NotFound
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.receiving.models.sharing import ArrivalShare
from carepool.purchasing.settlement.books import owner_of
from carepool.purchasing.settlement.models.bills import InvoiceFile, ProgramInvoice
from carepool.typesetting import Section
from carepool.typesetting.keeping import keep_document
from carepool.typesetting.looks import Owner, look_here
from carepool.ui.formats import day, money, number
from carepool.ui.languages import LOCALES
from tenants.database import db, find
from tenants.ids import new_id


def ask_file(by: Actor, invoice_id: UUID, language: str) -> InvoiceFile:
    """Ask a worker to set an invoice in a language; asked again, it is the same file. Raises NotFound."""
    held = select(ProgramInvoice).where(ProgramInvoice.id == invoice_id).with_for_update(key_share=True)
    if db.session.scalars(held).one_or_none() is None:
        raise NotFound("invoice")
    same = select(InvoiceFile).where(InvoiceFile.invoice_id == invoice_id, InvoiceFile.language == language)
    found = db.session.scalars(same).one_or_none()
    if found is None:
        found = InvoiceFile(id=new_id(), invoice_id=invoice_id, language=language, file_id=None)
        db.session.add(found)
        db.session.flush()
        record_event(events.INVOICE_FILE_ASKED, found.id, by, {"language": language})
    return found


def set_file(file_id: UUID) -> None:
    """Set an invoice and store it; running again changes nothing. Raises NotFound."""
    own = find(InvoiceFile, file_id)
    invoice = find(ProgramInvoice, own.invoice_id) if own else None
    program = find(Program, invoice.program_id) if invoice else None
    purchase = find(Purchase, invoice.purchase_id) if invoice else None
    if own is None or invoice is None or program is None or purchase is None:
        raise NotFound("invoice")
    if own.file_id is not None:
        return
    with force_locale(LOCALES[own.language]):
        owner = owner_of(purchase.alliance_id)
        sections = [_amounts(invoice, program, purchase, owner), _goods(invoice)]
        look = look_here(_("Invoice"), invoice.number, own.language, owner=owner)
        stored = keep_document(f"{_('Invoice')} {invoice.number}", look, sections)
    own.file_id = stored.id
    db.session.flush()


def amounts_of(invoice: ProgramInvoice) -> list[tuple[str, int]]:
    """Return what an invoice is made of, in words and cents, without what is 0."""
    tax = _("Sales tax on %(amount)s", amount=money(invoice.taxable_cents))
    rows = [
        (_("Goods"), invoice.goods_cents),
        (_("Your part of the freight"), invoice.freight_cents),
        (_("Your part of the handling"), invoice.handling_cents),
        (tax, invoice.tax_cents),
        (_("Left goods of others that you took, less yours that went on"), invoice.exchange_cents),
    ]
    return [(str(said), cents) for said, cents in rows if cents]


def _amounts(invoice: ProgramInvoice, program: Program, purchase: Purchase, owner: Owner | None) -> Section:
    said = _(
        "%(purchase)s %(title)s. Issued on %(issued)s, due on %(due)s.",
        purchase=purchase.number,
        title=purchase.title,
        issued=day(invoice.issued_at.date()),
        due=day(invoice.due_on),
    )
    if invoice.certificate:
        said = f"{said} " + str(_("No sales tax: certificate %(number)s.", number=invoice.certificate))
    if owner is not None:
        said = f"{said} {billed_by(owner)}"
    rows = [(what, money(cents)) for what, cents in amounts_of(invoice)]
    rows.append((str(_("To pay")), money(invoice.total_cents)))
    head = f"{program.name} ({program.licence_number})"
    return Section(head, said, (_("For"), _("Amount")), (False, True), rows)


def billed_by(owner: Owner) -> str:
    """Return who bills for an alliance, and to whom it is paid, in a sentence."""
    return str(_("Billed by %(alliance)s. Pay to %(hub)s.", alliance=owner.name, hub=owner.at_hub))


def _goods(invoice: ProgramInvoice) -> Section:
    item = (PurchaseItem.tenant_id == ArrivalShare.tenant_id) & (PurchaseItem.id == ArrivalShare.item_id)
    query = (
        select(PurchaseItem.name, PurchaseItem.sku, ArrivalShare.got, ArrivalShare.amount_cents)
        .join(PurchaseItem, item)
        .where(
            ArrivalShare.purchase_id == invoice.purchase_id,
            ArrivalShare.version == invoice.arrival_version,
            ArrivalShare.program_id == invoice.program_id,
            ArrivalShare.got > 0,
        )
        .order_by(PurchaseItem.name, PurchaseItem.id)
    )
    rows = [(name, sku, number(got), money(cents)) for name, sku, got, cents in db.session.execute(query).tuples()]
    columns = (_("Item"), _("Vendor's number"), _("Quantity"), _("Amount"))
    return Section(_("What you got"), "", columns, (False, False, True, True), rows)
