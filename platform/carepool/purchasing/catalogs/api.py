"""JSON routes of contracts and catalogs."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from sqlalchemy import select

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.actions import catalogs
from carepool.purchasing.catalogs import schemas
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("catalogs", __name__, description="Contracts and catalogs")
P = Permission
_CONTRACT_OUT = schemas.ContractOut()
_ITEM_OUT = schemas.CatalogItemOut()


@blueprint.route("/contracts")
class Contracts(MethodView):
    """Contracts with vendors."""

    @needs(P.CATALOGS_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ContractOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the state's contracts."""
        return listed(select(Contract), [Contract.id], query)

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.ContractIn)
    @idempotent
    @blueprint.response(201, schemas.ContractOut)
    def post(self, body: dict[str, Any]) -> Contract:
        """Record a contract."""
        require(P.CATALOGS_WRITE)
        return catalogs.make_contract(signed_in().actor, body)


@blueprint.route("/contracts/<contract:contract_id>")
class OneContract(MethodView):
    """One contract."""

    @needs(P.CATALOGS_READ)
    @blueprint.response(200, schemas.ContractOut)
    def get(self, contract_id: UUID) -> Response:
        """Read one contract; the ETag is its version."""
        return tagged(_CONTRACT_OUT, queries.contract_or_404(contract_id))

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.ContractTerms)
    @idempotent
    @blueprint.response(200, schemas.ContractOut)
    def put(self, body: dict[str, Any], contract_id: UUID) -> Response:
        """Correct what a contract says; send If-Match with the ETag that you read."""
        require(P.CATALOGS_WRITE)
        return tagged(_CONTRACT_OUT, catalogs.change_contract(signed_in().actor, contract_id, body, based_on()))


@blueprint.route("/contracts/<contract:contract_id>/items")
class ContractItems(MethodView):
    """The catalog of a contract."""

    @needs(P.CATALOGS_READ)
    @blueprint.arguments(schemas.CatalogQuery, location="query")
    @blueprint.response(200, page_schema(schemas.CatalogItemOut))
    def get(self, query: dict[str, Any], contract_id: UUID) -> dict[str, Any]:
        """List the items of a contract by name."""
        contract = queries.contract_or_404(contract_id)
        found = queries.catalog_items(query["words"], contract.id)
        return listed(found, [CatalogItem.name, CatalogItem.id], query)

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.CatalogItemIn)
    @idempotent
    @blueprint.response(201, schemas.CatalogItemOut)
    def post(self, body: dict[str, Any], contract_id: UUID) -> CatalogItem:
        """Add an item to the contract's catalog."""
        require(P.CATALOGS_WRITE)
        return catalogs.add_catalog_item(signed_in().actor, contract_id, body)


@blueprint.route("/catalog-items")
class CatalogItems(MethodView):
    """All items of all contracts."""

    @needs(P.CATALOGS_READ)
    @blueprint.arguments(schemas.CatalogQuery, location="query")
    @blueprint.response(200, page_schema(schemas.CatalogItemOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Search items by words and SKU, or list them by name."""
        return listed(queries.catalog_items(query["words"]), [CatalogItem.name, CatalogItem.id], query)


@blueprint.route("/catalog-items/<catalog_item:item_id>")
class OneCatalogItem(MethodView):
    """One catalog item."""

    @needs(P.CATALOGS_READ)
    @blueprint.response(200, schemas.CatalogItemOut)
    def get(self, item_id: UUID) -> Response:
        """Read one item; the ETag is its version."""
        return tagged(_ITEM_OUT, queries.catalog_item_or_404(item_id))

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.CatalogItemIn)
    @idempotent
    @blueprint.response(200, schemas.CatalogItemOut)
    def put(self, body: dict[str, Any], item_id: UUID) -> Response:
        """Correct an item; send If-Match with the ETag that you read. Open purchases keep their prices."""
        require(P.CATALOGS_WRITE)
        return tagged(_ITEM_OUT, catalogs.change_catalog_item(signed_in().actor, item_id, body, based_on()))

    @needs(P.CATALOGS_WRITE)
    @idempotent
    @blueprint.response(200, schemas.CatalogItemOut)
    def delete(self, item_id: UUID) -> Response:
        """Take an item out of the catalog; send If-Match with the ETag that you read. Open purchases keep it."""
        require(P.CATALOGS_WRITE)
        return tagged(_ITEM_OUT, catalogs.take_catalog_item_out(signed_in().actor, item_id, based_on()))
