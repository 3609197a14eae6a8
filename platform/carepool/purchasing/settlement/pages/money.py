"""The money of a book on one page: balances, what waits for a person, files for the bank, write-offs, exports.

It is the state's book unless the address or the form names an alliance's.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Invalid, Refusal
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.purchasing.sales_tax.actions import today
from carepool.purchasing.settlement import journal, queries
from carepool.purchasing.settlement.accounts import CHART, Account
from carepool.purchasing.settlement.actions import bank_files, bank_returns, writing_off
from carepool.purchasing.settlement.books import Books, all_books, books_named, one_book_named
from carepool.purchasing.settlement.exporting import Format
from carepool.purchasing.settlement.ledgers_api import export_answer
from carepool.purchasing.settlement.models.payments import (
    AchFile,
    Method,
    Payment,
    PaymentState,
    WriteOff,
    WriteOffState,
)
from carepool.purchasing.settlement.pages.frame import PAGE, blueprint
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

P = Permission
_SHOWN = 50


@blueprint.get("/money")
@needs(P.MONEY_WRITE)
def money() -> ResponseReturnValue:
    """Show balances and what waits for a person."""
    require(P.MONEY_WRITE)
    return _shown(one_book_named(request.args.get("book")), {}, {})


@blueprint.post("/money/bank-files")
@needs(P.MONEY_WRITE)
def make_bank_file() -> ResponseReturnValue:
    """Write the payments of a book that wait into a file for its bank."""
    require(P.MONEY_WRITE)
    book = one_book_named(request.form.get("book"))

    def make() -> Sentence:
        form = FormReader(request.form)
        day = form.day("effective_on")
        if day is None and not form.faults:
            form.refuse("effective_on", marked("Write a day such as 2026-11-27."))
        form.checked()
        bank_files.make_file(signed_in().actor, day or today(), book)
        return marked("The file for the bank is made. Give it to your bank; its payments are booked.")

    return _changing(book, make)


@blueprint.post("/money/returns")
@needs(P.MONEY_WRITE)
def take_returns() -> ResponseReturnValue:
    """Take in the file of returned payments of a book's bank."""
    require(P.MONEY_WRITE)
    book = one_book_named(request.form.get("book"))

    def take() -> Sentence:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise Invalid("no-file", marked("Choose a file."), {"file": [marked("Choose a file.")]})
        taken = bank_returns.take_returns(signed_in().actor, file.stream, book)
        count = {one: sum(row.outcome == one for row in taken) for one in bank_returns.Outcome}
        unknown = ", ".join(str(one.entry.line) for one in taken if one.outcome == bank_returns.Outcome.UNKNOWN)
        done, before = count[bank_returns.Outcome.REVERSED], count[bank_returns.Outcome.ALREADY]
        if unknown:
            return marked(
                "Reversed now: %(reversed)s. Reversed before: %(already)s. Not known here: lines %(lines)s of the file;"
                " look for those by hand.",
                reversed=done,
                already=before,
                lines=unknown,
            )
        return marked("Reversed now: %(reversed)s. Reversed before: %(already)s.", reversed=done, already=before)

    return _changing(book, take)


@blueprint.get("/money/bank-files/<ach_file:file_id>")
@needs(P.MONEY_WRITE)
def bank_file(file_id: UUID) -> ResponseReturnValue:
    """Give a file for the bank."""
    require(P.MONEY_WRITE)
    return file_answer(queries.bank_file_or_404(file_id))


@blueprint.post("/write-offs/<write_off:write_off_id>/decision")
@needs(P.MONEY_WRITE)
def decide_write_off(write_off_id: UUID) -> ResponseReturnValue:
    """Approve or refuse that something is written off."""
    require(P.MONEY_WRITE)
    own = queries.write_off_or_404(write_off_id)

    def decide() -> Sentence:
        writing_off.decide_write_off(signed_in().actor, own.id, approve=request.form.get("act") == "approve")
        return marked("It is decided and written down.")

    return _changing(own.alliance_id, decide)


@blueprint.get("/money/export")
@needs(P.MONEY_WRITE)
def export() -> ResponseReturnValue:
    """Give a book of a period, or all books, as a file."""
    require(P.MONEY_WRITE)
    books = books_named(request.args.get("books") or request.args.get("book"))
    shown = one_book_named(request.args.get("book"))
    form = FormReader(request.args)
    since, until, kind = form.day("since"), form.day("until"), form.choice("format", Format, Format.JOURNAL_CSV)
    try:
        form.checked()
        return export_answer(journal.Period.of(since, until), kind, books)
    except Invalid as refused:
        faults = {{"book": "books"}.get(name, name): told for name, told in faults_of(refused).items()}
        return _shown(shown, request.args, faults), refused.status


def _changing(book: UUID | None, change: Callable[[], Sentence]) -> ResponseReturnValue:
    def shown(refused: Refusal) -> str:
        return _shown(book, request.form, faults_of(refused))

    return done_or_shown(change, lambda: url_for(".money", book=book), shown)


def _shown(book: UUID | None, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    own = Books(book)
    waits = Payment.state.in_((PaymentState.WAITING, PaymentState.UNKNOWN))
    waiting = page_of(queries.payments(None, None, own).where(waits), [Payment.id], request.args.get("cursor"), PAGE)
    asked = queries.write_offs(own).where(WriteOff.state == WriteOffState.ASKED).order_by(WriteOff.id).limit(_SHOWN)
    write_offs = db.session.scalars(asked).all()
    files = db.session.scalars(queries.bank_files(own).order_by(AchFile.id.desc()).limit(PAGE)).all()
    balances = queries.balances(book)
    ids = [one.program_id for one in (*waiting.rows, *write_offs) if one.program_id]
    books = all_books()
    return render_template(
        "settlement/money.html",
        book=book,
        book_choices=[(one.name, one.owner) for one in books],
        owner=next(one.owner for one in books if one.alliance_id == book),
        balances=[(CHART[one].number, CHART[one].name, balances.get(one, 0)) for one in Account],
        waiting=waiting,
        for_bank=sum(one.method == Method.ACH and one.state == PaymentState.WAITING for one in waiting.rows),
        write_offs=write_offs,
        programs=queries.program_names(ids),
        files=files,
        me=signed_in().person.id,
        first=today().replace(day=1).isoformat(),
        last=today().isoformat(),
        typed=typed,
        errors=errors,
    )
