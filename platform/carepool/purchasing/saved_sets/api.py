"""JSON routes of saved sets of items."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.actions import saved_sets
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import IdOf, PageQuery, Strict, Text, listed, page_schema
from carepool.web.etags import based_on, tag
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("sets", __name__, description="Saved sets of items")
P = Permission


class SetName(Strict):
    """How a set is called."""

    name = Text(required=True, least=1, most=100)


class SetItemIn(Strict):
    """An item as contracts name it, and the most eaches for each licensed place."""

    contract_id = IdOf("contract", required=True)
    sku = Text(required=True, least=1, most=80)
    eaches_per_place = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 10_000)
    )


class SetIn(SetName):
    """A whole set."""

    items = fields.List(fields.Nested(SetItemIn), required=True, validate=validate.Length(max=1000))


class SetOut(Schema):
    """A set."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)


class SetItemOut(Schema):
    """An item of a set; `catalog_item_id` is null where it is no longer offered."""

    contract_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    eaches_per_place = fields.Integer(required=True, allow_none=True)
    catalog_item_id = fields.UUID(required=True, allow_none=True)


class SetWithItems(SetOut):
    """A set with its items by name."""

    items = fields.List(fields.Nested(SetItemOut), required=True)


class LayIn(Strict):
    """Which set to lay into a draft."""

    set_id = IdOf("saved_set", required=True)


class LaidOut(Schema):
    """What became of a set: items added, items that were there already, names of those no longer offered."""

    added = fields.Integer(required=True)
    present = fields.Integer(required=True)
    gone = fields.List(fields.String(), required=True)


@blueprint.route("/sets")
class Sets(MethodView):
    """Saved sets."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(SetOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the state's sets by name."""
        require(P.PURCHASES_WRITE)
        return listed(select(SavedSet), [SavedSet.name, SavedSet.id], query)


@blueprint.route("/sets/<saved_set:set_id>")
class OneSet(MethodView):
    """One set."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, SetWithItems)
    def get(self, set_id: UUID) -> Response:
        """Read a set with its items; the ETag is its version."""
        require(P.PURCHASES_WRITE)
        return _answer(queries.set_or_404(set_id))

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(SetIn)
    @idempotent
    @blueprint.response(200, SetWithItems)
    def put(self, body: dict[str, Any], set_id: UUID) -> Response:
        """Replace a set; send If-Match with the ETag that you read."""
        require(P.PURCHASES_WRITE)
        for one in body["items"]:
            queries.contract_or_404(one["contract_id"])
        return _answer(saved_sets.change_set(signed_in().actor, set_id, body["name"], body["items"], based_on()))

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(204)
    def delete(self, set_id: UUID) -> None:
        """Remove a set."""
        require(P.PURCHASES_WRITE)
        saved_sets.remove_set(signed_in().actor, set_id)


@blueprint.route("/purchases/<purchase:purchase_id>/keep-set")
class KeepingSet(MethodView):
    """Keeping the items of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(SetName)
    @idempotent
    @blueprint.response(201, SetWithItems)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> Response:
        """Keep the items of a purchase as a set."""
        require(P.PURCHASES_WRITE)
        kept = saved_sets.keep_set(signed_in().actor, queries.purchase_or_404(purchase_id).id, body["name"])
        answer = _answer(kept)
        answer.status_code = 201
        return answer


@blueprint.route("/purchases/<purchase:purchase_id>/lay-set")
class LayingSet(MethodView):
    """Laying a set into a draft."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(LayIn)
    @idempotent
    @blueprint.response(200, LaidOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> saved_sets.Laid:
        """Put the items of a set that are offered now into a draft; the answer names those that are not."""
        require(P.PURCHASES_WRITE)
        own = queries.purchase_or_404(purchase_id)
        return saved_sets.lay_set(signed_in().actor, own.id, body["set_id"])


_SET_OUT = SetWithItems()


def _answer(kept: SavedSet) -> Response:
    facts = {"id": kept.id, "name": kept.name, "version": kept.version, "items": saved_sets.lines_of(kept.id)}
    return tag(make_response(jsonify(_SET_OUT.dump(facts))), kept.version)
