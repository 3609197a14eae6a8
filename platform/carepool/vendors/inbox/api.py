"""JSON routes of files that vendors bring: taken in for them, listed, and the shipments that they announce."""

from contextlib import closing
from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.purchasing.queries import purchase_or_404
from carepool.vendors.inbox import schemas
from carepool.vendors.inbox.actions import take_by_hand
from carepool.vendors.inbox.models import VendorFile
from carepool.vendors.inbox.queries import expected_in, vendor_files
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("vendor_files", __name__, description="Files that vendors bring")
P = Permission


@blueprint.route("/purchases/<purchase:purchase_id>/vendor-files")
class VendorFiles(MethodView):
    """Confirmations, receipts and ship notices of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.VendorFileOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List those that were taken, the oldest first."""
        require(P.PURCHASES_WRITE)
        return listed(vendor_files(purchase_or_404(purchase_id).id), [VendorFile.id], query)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.VendorFileForm, location="form")
    @blueprint.arguments(schemas.VendorFileUpload, location="files")
    @blueprint.response(200, schemas.VendorFileOut)
    def post(self, form: dict[str, Any], files: dict[str, Any], purchase_id: UUID) -> VendorFile:
        """Take a file in that a vendor sent to a person. The same bytes a second time are the same file."""
        require(P.PURCHASES_WRITE)
        own, upload = purchase_or_404(purchase_id), files["file"]
        with closing(upload):
            return take_by_hand(signed_in().actor, own, form["vendor_id"], upload.stream, upload.filename or "").file


@blueprint.route("/purchases/<purchase:purchase_id>/expected-shipments")
class ExpectedShipments(MethodView):
    """What vendors say is on its way."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.ExpectedShipmentsOut)
    def get(self, purchase_id: UUID) -> dict[str, Any]:
        """List the shipments of a purchase by their newest notices."""
        require(P.PURCHASES_WRITE)
        return {"items": expected_in(purchase_or_404(purchase_id))}
