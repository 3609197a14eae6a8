"""JSON routes of the vendor directory."""

from typing import Any

from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.vendors import schemas
from carepool.vendors.actions import vendors_named
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from tenants.registry import Vendor

blueprint = ApiBlueprint("vendors", __name__, description="The vendor directory")


@blueprint.route("/vendors")
class Vendors(MethodView):
    """Vendors that all states know."""

    @needs(Permission.CATALOGS_WRITE)
    @blueprint.arguments(schemas.VendorQuery, location="query")
    @blueprint.response(200, page_schema(schemas.VendorOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List vendors by name."""
        require(Permission.CATALOGS_WRITE)
        found = vendors_named(query["words"])
        return page_body(page_of(found, [Vendor.name, Vendor.public_id], query["cursor"], query["limit"]))
