"""An alliance's ledger: what its accounts come to, what each member owes, its entries, its export.

Those who keep the money read every alliance's, the staff of a hub that of their own alliance.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from carepool.alliances.models import Alliance
from carepool.errors import Invalid
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.sales_tax.actions import today
from carepool.purchasing.settlement import journal, queries
from carepool.purchasing.settlement.accounts import CHART, Account
from carepool.purchasing.settlement.books import Books
from carepool.purchasing.settlement.exporting import Format
from carepool.purchasing.settlement.ledgers_api import export_answer
from carepool.purchasing.settlement.models.ledger import LedgerEntry
from carepool.purchasing.settlement.pages.frame import PAGE, blueprint
from carepool.web.changes import faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, statewide
from carepool.web.paging import page_of

P = Permission


@blueprint.get("/alliances/<alliance:alliance_id>/ledger")
@needs(P.MONEY_WRITE, P.ALLIANCES_READ)
def alliance_ledger(alliance_id: UUID) -> ResponseReturnValue:
    """Show what an alliance's accounts come to, and what each member owes."""
    return _shown(queries.ledger_or_404(alliance_id), {}, {})


@blueprint.get("/alliances/<alliance:alliance_id>/ledger/entries")
@needs(P.MONEY_WRITE, P.ALLIANCES_READ)
def alliance_entries(alliance_id: UUID) -> ResponseReturnValue:
    """Show the entries of an alliance's ledger, the newest first."""
    own = queries.ledger_or_404(alliance_id)
    found = queries.entries_of_ledger(books=Books(own.id))
    page = page_of(found, [LedgerEntry.id], request.args.get("cursor"), PAGE, newest_first=True)
    return render_template(
        "settlement/alliance_entries.html",
        alliance=own,
        entries=list(journal.told(page.rows)),
        next_cursor=page.next_cursor,
        chart=CHART,
    )


@blueprint.get("/alliances/<alliance:alliance_id>/ledger/export")
@needs(P.MONEY_WRITE, P.ALLIANCES_READ)
def alliance_export(alliance_id: UUID) -> ResponseReturnValue:
    """Give an alliance's ledger of a period as a file."""
    own = queries.ledger_or_404(alliance_id)
    form = FormReader(request.args)
    since, until, kind = form.day("since"), form.day("until"), form.choice("format", Format, Format.JOURNAL_CSV)
    try:
        form.checked()
        return export_answer(journal.Period.of(since, until), kind, Books(own.id))
    except Invalid as refused:
        return _shown(own, request.args, faults_of(refused)), refused.status


def _shown(own: Alliance, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    balances = queries.balances(own.id)
    found = queries.programs_of_book(own.id)
    members = page_of(found, [Program.name, Program.id], request.args.get("cursor"), PAGE)
    return render_template(
        "settlement/alliance_ledger.html",
        alliance=own,
        balances=[(CHART[one].number, CHART[one].name, balances.get(one, 0)) for one in Account],
        owed=balances.get(Account.RECEIVABLE, 0),
        credits=-balances.get(Account.CREDITS, 0),
        members=queries.debts_of(own.id, members.rows),
        next_cursor=members.next_cursor,
        keeps=statewide(P.MONEY_WRITE),
        first=today().replace(day=1).isoformat(),
        last=today().isoformat(),
        typed=typed,
        errors=errors,
    )
