"""JSON routes of the ledgers of alliances: for those who keep the money, and, to be read, for the staff of their hubs."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.settlement import journal, queries
from carepool.purchasing.settlement import payment_schemas as schemas
from carepool.purchasing.settlement.books import Books
from carepool.purchasing.settlement.exporting import WRITERS, Format
from carepool.purchasing.settlement.models.ledger import LedgerEntry
from carepool.purchasing.settlement.schemas import LedgerEntryOut
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_schema
from carepool.web.guards import needs
from carepool.web.paging import page_of

blueprint = ApiBlueprint("alliance_ledgers", __name__, description="The ledgers of alliances")
P = Permission


@blueprint.route("/alliances/<alliance:alliance_id>/ledger")
class AllianceLedger(MethodView):
    """The book of an alliance, for those who keep the money and for the staff of its hub."""

    @needs(P.MONEY_WRITE, P.ALLIANCES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(LedgerEntryOut))
    def get(self, query: dict[str, Any], alliance_id: UUID) -> dict[str, Any]:
        """List its entries with their lines, the newest first."""
        own = queries.ledger_or_404(alliance_id)
        found = queries.entries_of_ledger(books=Books(own.id))
        page = page_of(found, [LedgerEntry.id], query["cursor"], query["limit"], newest_first=True)
        return {"items": queries.entry_bodies(page.rows), "next_cursor": page.next_cursor}


@blueprint.route("/alliances/<alliance:alliance_id>/ledger/balances")
class AllianceBalances(MethodView):
    """What the accounts of an alliance's book come to."""

    @needs(P.MONEY_WRITE, P.ALLIANCES_READ)
    @blueprint.response(200, schemas.AllianceLedgerOut)
    def get(self, alliance_id: UUID) -> dict[str, Any]:
        """Read what each account comes to now."""
        own = queries.ledger_or_404(alliance_id)
        return {"alliance_id": own.id, "balances": queries.balances(own.id)}


@blueprint.route("/alliances/<alliance:alliance_id>/ledger/members")
class AllianceDebts(MethodView):
    """What members owe to an alliance."""

    @needs(P.MONEY_WRITE, P.ALLIANCES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.MemberDebtOut))
    def get(self, query: dict[str, Any], alliance_id: UUID) -> dict[str, Any]:
        """List what each member, and whoever was booked in its book, owes and has to its credit, by name."""
        own = queries.ledger_or_404(alliance_id)
        keys = [Program.name, Program.id]
        page = page_of(queries.programs_of_book(own.id), keys, query["cursor"], query["limit"])
        return {"items": queries.debts_of(own.id, page.rows), "next_cursor": page.next_cursor}


@blueprint.route("/alliances/<alliance:alliance_id>/ledger/export")
class AllianceExport(MethodView):
    """The book of an alliance for accounting programs."""

    @needs(P.MONEY_WRITE, P.ALLIANCES_READ)
    @blueprint.arguments(schemas.AlliancePeriodQuery, location="query")
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
    def get(self, query: dict[str, Any], alliance_id: UUID) -> Response:
        """Read its entries of a period as QuickBooks IIF, QuickBooks CSV or a generic journal, as a stream."""
        own = queries.ledger_or_404(alliance_id)
        period = journal.Period.of(query["since"], query["until"])
        return export_answer(period, query["format"], Books(own.id))


def export_answer(period: journal.Period, form: Format, books: Books) -> Response:
    """Answer with an export as a file that is streamed. Raises Invalid for all books in a format that is of one."""
    answer = Response(journal.written(period, form, books), mimetype=WRITERS[form][2])
    name = journal.file_name(period, form, books)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
