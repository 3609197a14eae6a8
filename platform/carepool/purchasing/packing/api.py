"""JSON routes of packing lists to print."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.actions import packing_documents
from carepool.purchasing.models.packing_documents import PackingDocument, PackingKind
from carepool.ui.languages import LOCALES
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, Strict, listed, page_schema
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("packing", __name__, description="Packing lists to print")
P = Permission


class PackingIn(Strict):
    """Which packing list, in which language."""

    kind = fields.Enum(PackingKind, by_value=True, required=True)
    language = fields.String(load_default="en", validate=validate.OneOf(sorted(LOCALES)))


class PackingOut(Schema):
    """A packing list; `file_id` is null until its job is done, then its file can be read."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in PackingKind]))
    language = fields.String(required=True)
    version = fields.Integer(required=True)
    job_id = fields.UUID(required=True)
    file_id = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)


@blueprint.route("/purchases/<purchase:purchase_id>/packing-documents")
class PackingDocuments(MethodView):
    """Packing lists of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(PackingOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the packing lists of the newest close."""
        require(P.PURCHASES_WRITE)
        found = queries.packing_documents(queries.purchase_or_404(purchase_id))
        return listed(found, [PackingDocument.id], query)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PackingIn)
    @idempotent
    @blueprint.response(202, PackingOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> PackingDocument:
        """Ask for a packing list of the newest close; asked again, it is the same one."""
        require(P.PURCHASES_WRITE)
        own = queries.purchase_or_404(purchase_id)
        return packing_documents.ask_packing(signed_in().actor, own.id, body["kind"], body["language"])


@blueprint.route("/packing-documents/<packing_document:document_id>")
class OnePackingDocument(MethodView):
    """One packing list."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, PackingOut)
    def get(self, document_id: UUID) -> PackingDocument:
        """Read whether it is made."""
        require(P.PURCHASES_WRITE)
        return queries.packing_or_404(document_id)


@blueprint.route("/packing-documents/<packing_document:document_id>/file")
class PackingFile(MethodView):
    """The file of a packing list."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
    def get(self, document_id: UUID) -> Response:
        """Read the PDF, or the ZIP of several where it is long."""
        require(P.PURCHASES_WRITE)
        row = queries.packing_file_or_404(queries.packing_or_404(document_id))
        return file_answer(row)
