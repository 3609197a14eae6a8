"""JSON routes of settlement: vendors' invoices, settling, programs' invoices, the ledger."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response
from flask.views import MethodView

from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.queries import contract_or_404, purchase_or_404
from carepool.purchasing.settlement import queries, schemas
from carepool.purchasing.settlement.actions import invoice_files, invoicing, settling, statement_files
from carepool.purchasing.settlement.books import EVERY_BOOK, books_named
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import InvoiceFile, ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.invoices import VendorInvoice
from carepool.purchasing.settlement.models.ledger import LedgerEntry
from carepool.purchasing.settlement.models.statements import StatementFile
from carepool.purchasing.settlement.standing import PurchaseStanding, standing_of
from carepool.vendors.actions import vendor_number
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tag, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("settlement", __name__, description="Invoices, the ledger, and what is owed and paid")
P = Permission
_INVOICE_OUT, _TOLERANCE_OUT = schemas.VendorInvoiceWithLines(), schemas.ToleranceOut()


def _invoice(invoice: VendorInvoice, status: int = 200) -> Response:
    response = tagged_body(_INVOICE_OUT, queries.vendor_invoice_body(invoice), invoice.version)
    response.status_code = status
    return response


def tagged_body(schema: Any, body: dict[str, Any], version: int) -> Response:
    """Answer with a body and its version as the ETag."""
    return tag(make_response(jsonify(schema.dump(body))), version)


@blueprint.route("/purchases/<purchase:purchase_id>/settlement")
class Settling(MethodView):
    """A purchase from order to payment."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(200, schemas.PurchaseAccountOut)
    def get(self, purchase_id: UUID) -> PurchaseStanding:
        """Read what was ordered, received, billed and paid, and whether the purchase can be settled."""
        require(P.MONEY_WRITE)
        return standing_of(purchase_or_404(purchase_id))

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.SettlePurchaseIn)
    @idempotent
    @blueprint.response(202, schemas.SettlementOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> Settlement:
        """Ask a worker to settle: programs get invoices, the rest is the owner's, nothing changes afterwards."""
        require(P.MONEY_WRITE)
        return settling.ask_settling(signed_in().actor, purchase_or_404(purchase_id).id, **body)


@blueprint.route("/purchases/<purchase:purchase_id>/vendor-invoices")
class VendorInvoices(MethodView):
    """Invoices and credit notes of vendors."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.VendorInvoiceOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the invoices of a purchase."""
        require(P.MONEY_WRITE)
        return listed(queries.vendor_invoices(purchase_or_404(purchase_id)), [VendorInvoice.id], query)

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.VendorInvoiceIn)
    @idempotent
    @blueprint.response(201, schemas.VendorInvoiceWithLines)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> Response:
        """Enter an invoice or credit note; it is matched at once. A number is taken once a vendor."""
        require(P.MONEY_WRITE)
        own, vendor = purchase_or_404(purchase_id), vendor_number(body["vendor_id"])
        return _invoice(invoicing.record_invoice(signed_in().actor, own.id, vendor, body["written"]), 201)


@blueprint.route("/purchases/<purchase:purchase_id>/matching")
class Matching(MethodView):
    """Matching once more."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(204)
    def post(self, purchase_id: UUID) -> None:
        """Match the invoices again that wait for a decision: more may have been counted since."""
        require(P.MONEY_WRITE)
        invoicing.match_again(signed_in().actor, purchase_or_404(purchase_id).id)


@blueprint.route("/vendor-invoices/<vendor_invoice:invoice_id>")
class OneVendorInvoice(MethodView):
    """One invoice of a vendor."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(200, schemas.VendorInvoiceWithLines)
    def get(self, invoice_id: UUID) -> Response:
        """Read an invoice and what differs; the ETag is its version."""
        require(P.MONEY_WRITE)
        return _invoice(queries.vendor_invoice_or_404(invoice_id))

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.DecisionIn)
    @idempotent
    @blueprint.response(200, schemas.VendorInvoiceWithLines)
    def put(self, body: dict[str, Any], invoice_id: UUID) -> Response:
        """Accept it with its differences, dispute it, or say that it was taken back; send If-Match."""
        require(P.MONEY_WRITE)
        own = queries.vendor_invoice_or_404(invoice_id)
        by, bearer = signed_in().actor, body["borne_by"]
        return _invoice(invoicing.decide(by, own.id, body["state"], body["reason"], based_on(), bearer))


@blueprint.route("/contracts/<contract:contract_id>/match-tolerance")
class Tolerance(MethodView):
    """How much invoices of a contract may differ."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(200, schemas.ToleranceOut)
    def get(self, contract_id: UUID) -> Response:
        """Read it; the ETag is its version, 0 before anything was set."""
        require(P.MONEY_WRITE)
        return tagged(_TOLERANCE_OUT, invoicing.tolerance_of(contract_or_404(contract_id).id))

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.ToleranceIn)
    @idempotent
    @blueprint.response(200, schemas.ToleranceOut)
    def put(self, body: dict[str, int], contract_id: UUID) -> Response:
        """Set it; send If-Match with the ETag that you read."""
        require(P.MONEY_WRITE)
        own = contract_or_404(contract_id)
        return tagged(_TOLERANCE_OUT, invoicing.set_tolerance(signed_in().actor, own.id, **body, based_on=based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/program-invoices")
class InvoicesOfPurchase(MethodView):
    """Invoices of all programs of a purchase."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProgramInvoiceOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List what programs owe for a settled purchase."""
        require(P.MONEY_WRITE)
        return listed(queries.invoices_of_purchase(purchase_or_404(purchase_id)), [ProgramInvoice.id], query)


@blueprint.route("/programs/<program:program_id>/invoices")
class InvoicesOfProgram(MethodView):
    """Invoices of one program."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProgramInvoiceOut))
    def get(self, query: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """List the invoices of a program, the newest first."""
        own = program_or_404(program_id, P.ORDERS_READ)
        return listed(queries.program_invoices(own.id), [ProgramInvoice.id], query, newest_first=True)


@blueprint.route("/purchases/<purchase:purchase_id>/program-adjustments")
class AdjustmentsOfPurchase(MethodView):
    """What changed for programs after their purchase was settled."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProgramAdjustmentOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List what programs owe more or got as a credit."""
        require(P.MONEY_WRITE)
        own = purchase_or_404(purchase_id)
        return listed(queries.adjustments_of_purchase(own), [ProgramAdjustment.id], query)


@blueprint.route("/programs/<program:program_id>/adjustments")
class AdjustmentsOfProgram(MethodView):
    """What changed for one program after its purchases were settled."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProgramAdjustmentOut))
    def get(self, query: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """List what a program owes more or got as a credit, the newest first."""
        own = program_or_404(program_id, P.ORDERS_READ)
        return listed(queries.program_adjustments(own.id), [ProgramAdjustment.id], query, newest_first=True)


@blueprint.route("/program-invoices/<program_invoice:invoice_id>")
class OneProgramInvoice(MethodView):
    """One invoice of a program."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.ProgramInvoiceOut)
    def get(self, invoice_id: UUID) -> ProgramInvoice:
        """Read an invoice."""
        return queries.program_invoice_or_404(invoice_id)


@blueprint.route("/program-invoices/<program_invoice:invoice_id>/files")
class InvoiceFiles(MethodView):
    """An invoice as a PDF."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(schemas.InvoiceFileIn)
    @idempotent
    @blueprint.response(202, schemas.InvoiceFileOut)
    def post(self, body: dict[str, str], invoice_id: UUID) -> InvoiceFile:
        """Ask for an invoice as a PDF; asked again in the same language, it is the same one."""
        own = queries.program_invoice_or_404(invoice_id)
        return invoice_files.ask_file(signed_in().actor, own.id, body["language"])


@blueprint.route("/invoice-files/<invoice_file:file_id>")
class OneInvoiceFile(MethodView):
    """One invoice as a PDF."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.InvoiceFileOut)
    def get(self, file_id: UUID) -> InvoiceFile:
        """Read whether it is set."""
        return queries.invoice_file_or_404(file_id)


@blueprint.route("/invoice-files/<invoice_file:file_id>/file")
class InvoicePdf(MethodView):
    """The PDF of an invoice."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
    def get(self, file_id: UUID) -> Response:
        """Read the PDF."""
        return file_answer(queries.stored_invoice_or_404(queries.invoice_file_or_404(file_id)))


@blueprint.route("/programs/<program:program_id>/statements")
class Statements(MethodView):
    """Statements of what a program owes and paid."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.StatementOut))
    def get(self, query: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """List the statements that were asked for, the newest first."""
        own = program_or_404(program_id, P.ORDERS_READ)
        return listed(queries.statements_of(own.id), [StatementFile.id], query, newest_first=True)

    @needs(P.ORDERS_READ)
    @blueprint.arguments(schemas.StatementIn)
    @idempotent
    @blueprint.response(202, schemas.StatementOut)
    def post(self, body: dict[str, Any], program_id: UUID) -> StatementFile:
        """Ask for a statement of a book as a PDF: the balance before, all that was booked, the balance after."""
        own = program_or_404(program_id, P.ORDERS_READ)
        return statement_files.ask_statement(signed_in().actor, own.id, **body)


@blueprint.route("/statements/<statement_file:file_id>")
class OneStatement(MethodView):
    """One statement."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.StatementOut)
    def get(self, file_id: UUID) -> StatementFile:
        """Read whether it is set."""
        return queries.statement_or_404(file_id)


@blueprint.route("/statements/<statement_file:file_id>/file")
class StatementPdf(MethodView):
    """The PDF of a statement."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
    def get(self, file_id: UUID) -> Response:
        """Read the PDF."""
        return file_answer(queries.stored_statement_or_404(queries.statement_or_404(file_id)))


@blueprint.route("/ledger")
class Ledger(MethodView):
    """The ledger of the state and its alliances."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.LedgerQuery, location="query")
    @blueprint.response(200, page_schema(schemas.LedgerEntryOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List entries with their lines, the newest first: all, of a book, an account, a program or a purchase."""
        require(P.MONEY_WRITE)
        books = books_named(query["book"], EVERY_BOOK)
        found = queries.entries_of_ledger(query["account"], query["program_id"], query["purchase_id"], books)
        page = page_of(found, [LedgerEntry.id], query["cursor"], query["limit"], newest_first=True)
        return {"items": queries.entry_bodies(page.rows), "next_cursor": page.next_cursor}
