"""JSON routes of a program's favourites of what the catalog costs it and of what it saved."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields

from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.catalogs.schemas import CatalogQuery
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.queries import catalog_item_or_404, catalog_items
from carepool.shopping import actions, queries
from carepool.shopping.savings import by_year
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_schema
from carepool.web.guards import needs, tenant_zone
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("shopping", __name__, description="Favourites and prices as a program sees them")
P = Permission


class OfferOut(Schema):
    """An item with the cents of a case at the first price, and the cents and eaches that the program got last."""

    id = fields.UUID(required=True)
    contract_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    uses_per_each = fields.Integer(required=True, allow_none=True)
    min_cases = fields.Integer(required=True)
    storage = fields.String(required=True)
    favourite = fields.Boolean(required=True)
    case_cents = fields.Integer(required=True)
    last_paid_cents = fields.Integer(required=True, allow_none=True)
    last_paid_eaches = fields.Integer(required=True, allow_none=True)


def _body(offer: queries.Offer) -> dict[str, Any]:
    names = ("id", "contract_id", "sku", "name", "case_size", "uses_per_each", "min_cases", "storage")
    cents, eaches = offer.last_paid or (None, None)
    return {
        **{name: getattr(offer.item, name) for name in names},
        "favourite": offer.favourite,
        "case_cents": offer.case_cents,
        "last_paid_cents": cents,
        "last_paid_eaches": eaches,
    }


def _answer(program_id: UUID, found: Any, query: dict[str, Any]) -> dict[str, Any]:
    page = page_of(found, [CatalogItem.name, CatalogItem.id], query["cursor"], query["limit"])
    return {"items": [_body(one) for one in queries.offers(program_id, page.rows)], "next_cursor": page.next_cursor}


@blueprint.route("/programs/<program:program_id>/catalog")
class ProgramCatalog(MethodView):
    """The catalog as a program sees it."""

    @needs(P.CATALOGS_READ)
    @blueprint.arguments(CatalogQuery, location="query")
    @blueprint.response(200, page_schema(OfferOut))
    def get(self, query: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """List what is offered by name, with favourites marked and the last price paid."""
        program = program_or_404(program_id, P.ORDERS_READ)
        return _answer(program.id, catalog_items(query["words"]), query)


@blueprint.route("/programs/<program:program_id>/favourites")
class Favourites(MethodView):
    """A program's favourites."""

    @needs(P.CATALOGS_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(OfferOut))
    def get(self, query: dict[str, Any], program_id: UUID) -> dict[str, Any]:
        """List the favourites that are offered now, by name."""
        program = program_or_404(program_id, P.ORDERS_READ)
        return _answer(program.id, queries.favourite_items(program.id), query)


@blueprint.route("/programs/<program:program_id>/favourites/<catalog_item:item_id>")
class OneFavourite(MethodView):
    """One item as a favourite."""

    @needs(P.ORDERS_WRITE)
    @idempotent
    @blueprint.response(204)
    def put(self, program_id: UUID, item_id: UUID) -> None:
        """Mark an item; it stays marked through catalogs and purchases by contract and SKU."""
        program = program_or_404(program_id, P.ORDERS_WRITE)
        actions.mark(signed_in().actor, program.id, catalog_item_or_404(item_id))

    @needs(P.ORDERS_WRITE)
    @idempotent
    @blueprint.response(204)
    def delete(self, program_id: UUID, item_id: UUID) -> None:
        """Take the mark off."""
        program = program_or_404(program_id, P.ORDERS_WRITE)
        actions.unmark(signed_in().actor, program.id, catalog_item_or_404(item_id))


class _Amounts(Schema):
    """What goods cost alone, and what was paid with freight and handling: both without tax, in cents."""

    alone_cents = fields.Integer(required=True)
    paid_cents = fields.Integer(required=True)
    saved_cents = fields.Integer(required=True)


class SavedOut(_Amounts):
    """One closed purchase: what the goods cost alone, what was paid with freight and handling, both without tax, in cents."""

    purchase_id = fields.UUID(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class YearOut(_Amounts):
    """The sums of a calendar year of the state, in cents."""

    year = fields.Integer(required=True)
    purchases = fields.Integer(required=True)


class SavingsOut(Schema):
    """What a program saved, the newest first; negative where buying together cost more."""

    purchases = fields.List(fields.Nested(SavedOut), required=True)
    years = fields.List(fields.Nested(YearOut), required=True)


@blueprint.route("/programs/<program:program_id>/savings")
class Savings(MethodView):
    """What a program saved."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, SavingsOut)
    def get(self, program_id: UUID) -> dict[str, Any]:
        """Read what a program saved in all purchases and in each year."""
        rows = queries.saved_in(program_or_404(program_id, P.ORDERS_READ).id)
        return {"purchases": rows, "years": by_year(rows, tenant_zone())}
