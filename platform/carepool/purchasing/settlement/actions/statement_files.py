"""Verbs of statements: ask for one of a period in a language, and set it (a worker does)."""

from datetime import date
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _

from carepool import events
from carepool.errors import NotFound
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.settlement.actions.invoice_files import billed_by
from carepool.purchasing.settlement.books import has_account, known_book, owner_of
from carepool.purchasing.settlement.journal import Period
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.models.statements import StatementFile
from carepool.purchasing.settlement.statements import Statement, statement_of
from carepool.typesetting import Section
from carepool.typesetting.keeping import keep_document
from carepool.typesetting.looks import Owner, look_here
from carepool.ui.formats import day, money
from carepool.ui.languages import LOCALES
from tenants.database import db, find
from tenants.ids import new_id


def ask_statement(
    by: Actor, program_id: UUID, since: date | None, until: date | None, language: str, alliance_id: UUID | None = None
) -> StatementFile:
    """Ask a worker for a statement of what a program owes to an alliance (None: to the state) and paid.

    Without days, of this month until today. Raises Invalid and NotFound.
    """
    if find(Program, program_id) is None:
        raise NotFound("program")
    if not has_account(program_id, known_book(alliance_id)):
        raise NotFound("alliance")
    period = Period.of(since, until)
    own = StatementFile(
        id=new_id(), program_id=program_id, alliance_id=alliance_id, since=period.since, until=period.until,
        language=language, file_id=None,
    )  # fmt: skip
    db.session.add(own)
    db.session.flush()
    told = {"since": period.since.isoformat(), "until": period.until.isoformat(), "language": language}
    record_event(events.STATEMENT_ASKED, own.id, by, told)
    return own


def set_statement(file_id: UUID) -> None:
    """Set a statement and store it; running again changes nothing. Raises NotFound."""
    own = find(StatementFile, file_id)
    program = find(Program, own.program_id) if own else None
    if own is None or program is None:
        raise NotFound("statement")
    if own.file_id is not None:
        return
    found, owner = statement_of(program.id, Period(own.since, own.until), own.alliance_id), owner_of(own.alliance_id)
    with force_locale(LOCALES[own.language]):
        sections = [_entries(found, own, program, owner), _bills(found)]
        parts = (_("Statement"), owner.name if owner else "", program.licence_number, own.since, own.until)
        name = " ".join(str(one) for one in parts if one)
        look = look_here(_("Statement"), program.licence_number, own.language, owner=owner, landscape=True)
        stored = keep_document(name, look, [one for one in sections if one.rows])
    own.file_id = stored.id
    db.session.flush()


def _said(cause: Cause) -> str:
    words = {
        Cause.PROGRAM_INVOICE: _("Invoice"),
        Cause.PROGRAM_ADJUSTMENT: _("Change after settling"),
        Cause.PAYMENT: _("Payment"),
        Cause.PAYMENT_REVERSED: _("Payment taken back"),
        Cause.CREDIT_USED: _("Credit used"),
        Cause.WRITE_OFF: _("Written off"),
    }
    return str(words.get(cause, cause))


def _entries(found: Statement, own: StatementFile, program: Program, owner: Owner | None) -> Section:
    said = _("From %(since)s to %(until)s.", since=day(own.since), until=day(own.until))
    if owner is not None:
        said = f"{said} {billed_by(owner)}"
    rows = [(_("Balance before"), "", "", "", money(found.before_cents))]
    rows += [
        (
            _said(one.cause),
            day(one.day),
            " · ".join(part for part in (one.document, one.purchase) if part),
            money(one.cents),
            money(one.balance_cents),
        )
        for one in found.entries
    ]
    rows.append((_("Balance after"), "", "", "", money(found.after_cents)))
    columns = (_("What"), _("Day"), _("For"), _("Amount"), _("Balance"))
    head = f"{program.name} ({program.licence_number})"
    return Section(head, said, columns, (False, False, False, True, True), rows)


def _bills(found: Statement) -> Section:
    names = ("goods_cents", "freight_cents", "handling_cents", "tax_cents", "exchange_cents", "total_cents")
    rows = [(f"{one.number} · {one.purchase}", *(money(getattr(one, name)) for name in names)) for one in found.bills]
    if rows:
        rows.append((_("In all"), *(money(sum(getattr(one, name) for one in found.bills)) for name in names)))
    columns = (
        _("Invoice"), _("Goods"), _("Freight"), _("Handling"), _("Sales tax"), _("Left goods"), _("Total"),
    )  # fmt: skip
    return Section(_("What the invoices are made of"), "", columns, (False, *([True] * 6)), rows)
