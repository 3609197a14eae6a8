"""JSON routes of what a program lets its staff spend, and of orders that wait for approval."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing import queries
from carepool.purchasing.actions import approving, ordering, spending
from carepool.purchasing.api import order_answer
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.models.spending import OrderApproval
from carepool.purchasing.schemas import OrderOut
from carepool.purchasing.schemas.fields import cents
from carepool.purchasing.spending.rules import BudgetPer, OverBudget
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import Strict, Text
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in
from tenants.database import find

blueprint = ApiBlueprint("spending", __name__, description="Budgets of programs and approval of their orders")
P = Permission


class SpendingIn(Strict):
    """What a program lets its staff spend, wholly; amounts in cents."""

    approve_above_cents = cents(required=True, allow_none=True)
    budget_cents = cents(required=True, allow_none=True)
    budget_per = fields.Enum(BudgetPer, by_value=True, load_default=BudgetPer.PURCHASE)
    year_starts = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, 12))
    over_budget = fields.Enum(OverBudget, by_value=True, load_default=OverBudget.REFUSE)


class SpendingOut(Schema):
    """The rule: null for `approve_above_cents` lets each order of staff wait, null for `budget_cents` is no budget."""

    approve_above_cents = fields.Integer(required=True, allow_none=True)
    budget_cents = fields.Integer(required=True, allow_none=True)
    budget_per = fields.String(required=True)
    year_starts = fields.Integer(required=True)
    over_budget = fields.String(required=True)
    version = fields.Integer(required=True)


class BudgetOut(Schema):
    """Where the budget stands with the program's order in one purchase, in cents; null where there is no budget.

    `most_cents` is the sum of `goods_cents`, `freight_cents`, `handling_cents` and `tax_cents`, each at the most.
    """

    most_cents = fields.Integer(required=True)
    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    handling_cents = fields.Integer(required=True)
    tax_cents = fields.Integer(required=True)
    left_cents = fields.Integer(required=True, allow_none=True)
    over_cents = fields.Integer(required=True, allow_none=True)


class ApprovalOut(Schema):
    """The newest request to approve an order; `version` is that of the order that was asked for."""

    state = fields.String(required=True)
    version = fields.Integer(required=True)
    most_cents = fields.Integer(required=True)
    asked_by = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True)


class NoteIn(Strict):
    """What should be changed."""

    note = Text(required=True, least=1, most=500)


_RULE_OUT = SpendingOut()


@blueprint.route("/programs/<program:program_id>/spending")
class Spending(MethodView):
    """A program's amount for approval and its budget."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, SpendingOut)
    def get(self, program_id: UUID) -> Response:
        """Read the rule; the ETag is its version, 0 where none was set."""
        return tagged(_RULE_OUT, spending.rule_of(program_or_404(program_id, P.ORDERS_READ).id))

    @needs(P.ORDERS_READ)
    @blueprint.arguments(SpendingIn)
    @idempotent
    @blueprint.response(200, SpendingOut)
    def put(self, body: dict[str, Any], program_id: UUID) -> Response:
        """Replace the rule as one who approves the program's orders; send If-Match with the ETag that you read."""
        program_or_404(program_id, P.ORDERS_APPROVE)
        return tagged(_RULE_OUT, spending.set_rule(signed_in().actor, program_id, body, based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/orders/<program:program_id>/budget")
class BudgetStands(MethodView):
    """A program's budget and its order in one purchase."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, BudgetOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> dict[str, Any]:
        """Read what the placed order can cost at the most, and what is left of the budget without it."""
        purchase = queries.purchase_or_404(purchase_id)
        rule = spending.rule_of(program_or_404(program_id, P.ORDERS_READ).id)
        cost = spending.most_cost_of(purchase.id, program_id, ordering.placed_lines(purchase.id, program_id))
        most = cost.total_cents
        parts = {name: getattr(cost, name) for name in ("goods_cents", "freight_cents", "handling_cents", "tax_cents")}
        if rule.budget is None:
            return {"most_cents": most, **parts, "left_cents": None, "over_cents": None}
        standing = spending.standing_of(rule.budget, purchase.id, program_id, most, most)
        return {"most_cents": most, **parts, "left_cents": standing.left_cents, "over_cents": standing.over_cents}


@blueprint.route("/purchases/<purchase:purchase_id>/orders/<program:program_id>/approval")
class Approval(MethodView):
    """The request to approve an order."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, ApprovalOut)
    def get(self, purchase_id: UUID, program_id: UUID) -> OrderApproval:
        """Read the newest request."""
        purchase = queries.purchase_or_404(purchase_id)
        found = find(OrderApproval, purchase.id, program_or_404(program_id, P.ORDERS_READ).id)
        if found is None:
            raise NotFound("approval")
        return found


@blueprint.route("/purchases/<purchase:purchase_id>/orders/<program:program_id>/approve")
class Approving(MethodView):
    """Approving an order."""

    @needs(P.ORDERS_READ)
    @idempotent
    @blueprint.response(200, OrderOut)
    def post(self, purchase_id: UUID, program_id: UUID) -> Response:
        """Approve the order that waits, so that it counts; send If-Match with the order's ETag."""
        purchase = _own(purchase_id, program_id)
        return order_answer(approving.approve_order(signed_in().actor, purchase.id, program_id, based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/orders/<program:program_id>/send-back")
class SendingBack(MethodView):
    """Sending an order back."""

    @needs(P.ORDERS_READ)
    @blueprint.arguments(NoteIn)
    @idempotent
    @blueprint.response(200, OrderOut)
    def post(self, body: dict[str, Any], purchase_id: UUID, program_id: UUID) -> Response:
        """Send the order that waits back to who asked, with a note; send If-Match with the order's ETag."""
        purchase = _own(purchase_id, program_id)
        return order_answer(approving.send_back(signed_in().actor, purchase.id, program_id, body["note"], based_on()))


def _own(purchase_id: UUID, program_id: UUID) -> Purchase:
    purchase = queries.purchase_or_404(purchase_id)
    program_or_404(program_id, P.ORDERS_APPROVE)
    return purchase
