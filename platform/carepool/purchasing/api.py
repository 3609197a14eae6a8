"""JSON routes of group purchases, orders and what a close decided."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response
from flask.views import MethodView
from sqlalchemy import select

from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404, rights_or_404
from carepool.purchasing import queries, schemas
from carepool.purchasing.actions import closing, copying, ordering, phoning_in, purchases
from carepool.purchasing.last_time import last_lines
from carepool.purchasing.models.closings import Close, DryRun, Share
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tag, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("purchasing", __name__, description="Purchases, orders, closes")
P = Permission
_PURCHASE_OUT = schemas.PurchaseOut()


@blueprint.route("/purchases")
class Purchases(MethodView):
    """Group purchases."""

    @needs(P.PURCHASES_READ)
    @blueprint.arguments(schemas.PurchaseQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PurchaseOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the purchases that the caller may see, the newest first."""
        return listed(queries.purchases_seen(query["state"]), [Purchase.id], query, newest_first=True)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.PurchaseIn)
    @idempotent
    @blueprint.response(201, schemas.PurchaseOut)
    def post(self, body: dict[str, Any]) -> Purchase:
        """Draft a purchase."""
        require(P.PURCHASES_WRITE)
        return purchases.draft_purchase(signed_in().actor, body)


@blueprint.route("/purchases/<purchase:purchase_id>")
class OnePurchase(MethodView):
    """One group purchase."""

    @needs(P.PURCHASES_READ)
    @blueprint.response(200, schemas.PurchaseOut)
    def get(self, purchase_id: UUID) -> Response:
        """Read one purchase; the ETag is its version."""
        return tagged(_PURCHASE_OUT, queries.purchase_or_404(purchase_id))

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.PurchaseIn)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def put(self, body: dict[str, Any], purchase_id: UUID) -> Response:
        """Replace the terms of a draft; send If-Match with the ETag that you read."""
        require(P.PURCHASES_WRITE)
        return tagged(_PURCHASE_OUT, purchases.change_terms(signed_in().actor, purchase_id, body, based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/delivery-points")
class Points(MethodView):
    """Where the goods of a purchase are put down."""

    @needs(P.PURCHASES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PointOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the delivery points."""
        purchase = queries.purchase_or_404(purchase_id)
        return listed(select(DeliveryPoint).where(DeliveryPoint.purchase_id == purchase.id), [DeliveryPoint.id], query)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.PointIn)
    @idempotent
    @blueprint.response(201, schemas.PointOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> DeliveryPoint:
        """Add a delivery point to a draft."""
        require(P.PURCHASES_WRITE)
        return purchases.add_delivery_point(signed_in().actor, purchase_id, body)


@blueprint.route("/purchases/<purchase:purchase_id>/delivery-points/<delivery_point:point_id>")
class OnePoint(MethodView):
    """One delivery point."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(204)
    def delete(self, purchase_id: UUID, point_id: UUID) -> None:
        """Take a delivery point out of a draft."""
        require(P.PURCHASES_WRITE)
        purchases.take_point_out(signed_in().actor, purchase_id, point_id)


@blueprint.route("/purchases/<purchase:purchase_id>/items")
class Items(MethodView):
    """The items of a purchase."""

    @needs(P.PURCHASES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.LiveItemOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the items by name, each with its live ladder."""
        purchase = queries.purchase_or_404(purchase_id)
        found = select(PurchaseItem).where(PurchaseItem.purchase_id == purchase.id)
        shown = page_of(found, [PurchaseItem.name, PurchaseItem.id], query["cursor"], query["limit"])
        return {"items": queries.with_ladders(shown.rows, purchase.id), "next_cursor": shown.next_cursor}

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.NewItems)
    @idempotent
    @blueprint.response(201, schemas.AddedItems)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """Add catalog items to a draft."""
        require(P.PURCHASES_WRITE)
        return {"items": purchases.add_items(signed_in().actor, purchase_id, body["items"])}


@blueprint.route("/purchases/<purchase:purchase_id>/items/<purchase_item:item_id>")
class OneItem(MethodView):
    """One item of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(204)
    def delete(self, purchase_id: UUID, item_id: UUID) -> None:
        """Take an item out of a draft."""
        require(P.PURCHASES_WRITE)
        purchases.take_item_out(signed_in().actor, purchase_id, item_id)


@blueprint.route("/purchases/<purchase:purchase_id>/open")
class Opening(MethodView):
    """Opening a draft."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def post(self, purchase_id: UUID) -> Purchase:
        """Open a draft; prices are frozen and it gets its number."""
        require(P.PURCHASES_WRITE)
        return purchases.open_purchase(signed_in().actor, purchase_id)


@blueprint.route("/purchases/<purchase:purchase_id>/closing-time")
class ClosingTime(MethodView):
    """When an open purchase closes."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ClosingTimeIn)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def put(self, body: dict[str, Any], purchase_id: UUID) -> Response:
        """Let it close earlier; send If-Match with the ETag you read. Who ordered or began to is told.

        `extend` lets it close later.
        """
        require(P.PURCHASES_WRITE)
        return tagged(
            _PURCHASE_OUT, purchases.move_close(signed_in().actor, purchase_id, body["closes_at"], based_on())
        )


@blueprint.route("/purchases/<purchase:purchase_id>/cancel")
class Cancelling(MethodView):
    """Cancelling a purchase."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def post(self, purchase_id: UUID) -> Purchase:
        """Cancel a purchase before anything was ordered."""
        require(P.PURCHASES_WRITE)
        return purchases.cancel_purchase(signed_in().actor, purchase_id)


@blueprint.route("/purchases/<purchase:purchase_id>/copy")
class Copying(MethodView):
    """Drafting the same again."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(201, schemas.PurchaseOut)
    def post(self, purchase_id: UUID) -> Purchase:
        """Draft a purchase with the terms, delivery points and items of this one, at today's prices."""
        require(P.PURCHASES_WRITE)
        return copying.copy_purchase(signed_in().actor, queries.purchase_or_404(purchase_id).id)


@blueprint.route("/purchases/<purchase:purchase_id>/close")
class Closing(MethodView):
    """The close of a purchase."""

    @needs(P.PURCHASES_READ)
    @blueprint.response(200, schemas.CloseOut)
    def get(self, purchase_id: UUID) -> Close:
        """Read the newest computed close."""
        return queries.last_close_or_404(queries.purchase_or_404(purchase_id))

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(202, schemas.PurchaseOut)
    def post(self, purchase_id: UUID) -> Purchase:
        """Close now; a worker computes cases, shares and purchase orders."""
        require(P.PURCHASES_WRITE)
        return closing.begin_close(signed_in().actor, purchase_id)


@blueprint.route("/purchases/<purchase:purchase_id>/close/record")
class Record(MethodView):
    """The record of a close."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.RecordOut)
    def get(self, purchase_id: UUID) -> Response:
        """Read the canonical JSON of what went in and what came out; its SHA-256 is that of the close."""
        require(P.PURCHASES_WRITE)
        row = queries.record_or_404(queries.purchase_or_404(purchase_id))
        return file_answer(row)


@blueprint.route("/purchases/<purchase:purchase_id>/dry-runs")
class DryRuns(MethodView):
    """Tried closes."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DryRunOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the dry runs of a purchase, the newest first."""
        require(P.PURCHASES_WRITE)
        purchase = queries.purchase_or_404(purchase_id)
        return listed(select(DryRun).where(DryRun.purchase_id == purchase.id), [DryRun.id], query, newest_first=True)

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(202, schemas.DryRunOut)
    def post(self, purchase_id: UUID) -> DryRun:
        """Try the close as it would be now; nothing else changes."""
        require(P.PURCHASES_WRITE)
        return closing.ask_dry_run(signed_in().actor, purchase_id)


@blueprint.route("/dry-runs/<dry_run:run_id>")
class OneDryRun(MethodView):
    """One tried close."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.DryRunOut)
    def get(self, run_id: UUID) -> DryRun:
        """Read a dry run."""
        require(P.PURCHASES_WRITE)
        return queries.dry_run_or_404(run_id)


@blueprint.route("/purchases/<purchase:purchase_id>/shares")
class Shares(MethodView):
    """What everyone got."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ShareOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the shares of the newest close."""
        require(P.PURCHASES_WRITE)
        purchase = queries.purchase_or_404(purchase_id)
        return listed(queries.shares_of(purchase), [Share.item_id, Share.program_id], query)


@blueprint.route("/purchases/<purchase:purchase_id>/purchase-orders")
class PurchaseOrders(MethodView):
    """The bulk orders of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PurchaseOrderOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the purchase orders of the newest close by number."""
        require(P.PURCHASES_WRITE)
        found = queries.purchase_orders(queries.purchase_or_404(purchase_id))
        return listed(found, [PurchaseOrder.number, PurchaseOrder.id], query)


@blueprint.route("/purchase-orders/<purchase_order:order_id>")
class OnePurchaseOrder(MethodView):
    """One purchase order."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.PurchaseOrderWithLines)
    def get(self, order_id: UUID) -> dict[str, Any]:
        """Read a purchase order with its lines."""
        require(P.PURCHASES_WRITE)
        order = queries.purchase_order_or_404(order_id)
        names = schemas.PurchaseOrderOut().fields
        return {**{name: getattr(order, name) for name in names}, "lines": queries.purchase_order_lines(order)}


@blueprint.route("/purchases/<purchase:purchase_id>/orders")
class Orders(MethodView):
    """All programs' orders in a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.OrdersQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProgramOrderOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the orders of a purchase, drafts and withdrawn ones, too."""
        require(P.PURCHASES_WRITE)
        found = select(ProgramOrder).where(ProgramOrder.purchase_id == queries.purchase_or_404(purchase_id).id)
        if query["state"]:
            found = found.where(ProgramOrder.state == query["state"])
        return listed(found, [ProgramOrder.program_id], query)


@blueprint.route("/purchases/<purchase:purchase_id>/orders/<program:program_id>")
class Order(MethodView):
    """A program's order in a purchase."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.OrderOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> Response:
        """Read the order with the live ladder of its items; the ETag is its version."""
        queries.purchase_or_404(purchase_id)
        program_or_404(program_id, P.ORDERS_READ)
        return order_answer(ordering.Standing.of(queries.order_or_404(purchase_id, program_id)))

    @needs(P.ORDERS_WRITE)
    @blueprint.arguments(schemas.OrderIn)
    @idempotent
    @blueprint.response(200, schemas.OrderOut)
    def put(self, body: dict[str, Any], purchase_id: UUID, program_id: UUID) -> Response:
        """Save or place the whole order; send If-None-Match: * for the first, If-Match with the ETag for a change.

        Where someone places it who has no role in the program, such as the coordinator, its people get a message. Above
        the amount that the program set, what staff place comes to wait for its director: see `/approval`.
        """
        rights_or_404(program_id, P.ORDERS_WRITE)
        version, who = based_on(), signed_in()
        alone = who.rights.orders_alone(program_id)
        own = program_id in who.rights.programs_with(P.ORDERS_WRITE)
        save = partial(ordering.save_order, approves=alone) if own else phoning_in.save_order_for
        order = save(
            who.actor,
            purchase_id,
            program_id,
            body["delivery_point_id"],
            [ordering.Line(**line) for line in body["lines"]],
            place=body["place"],
            based_on=version,
        )
        return order_answer(order, 201 if version is None else 200)

    @needs(P.ORDERS_WRITE)
    @idempotent
    @blueprint.response(200, schemas.OrderOut)
    def delete(self, purchase_id: UUID, program_id: UUID) -> Response:
        """Withdraw the order; its lines are kept as a draft."""
        rights_or_404(program_id, P.ORDERS_WRITE)
        return order_answer(ordering.withdraw_order(signed_in().actor, purchase_id, program_id, based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/orders/<program:program_id>/last")
class LastTime(MethodView):
    """What a program asked for the last time."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.LastTimeOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> dict[str, Any]:
        """Read the lines of the program's last placed order for the items that this purchase offers (contract, SKU)."""
        purchase = queries.purchase_or_404(purchase_id)
        program_or_404(program_id, P.ORDERS_READ)
        return {"lines": list(last_lines(purchase.id, program_id).values())}


@blueprint.route("/purchases/<purchase:purchase_id>/results/<program:program_id>")
class Result(MethodView):
    """What the close means for a program."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.ResultOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> dict[str, Any]:
        """Read what a program got, why, what it pays and what it saved."""
        purchase = queries.purchase_or_404(purchase_id)
        program_or_404(program_id, P.ORDERS_READ)
        return queries.result_of(purchase, program_id)


_ORDER_OUT = schemas.OrderOut()


def order_answer(order: ordering.Standing, status: int = 200) -> Response:
    """Answer with an order and the live ladder of its items; the ETag is its version."""
    response = make_response(jsonify(_ORDER_OUT.dump(queries.order_body(order))), status)
    return tag(response, order.version)
