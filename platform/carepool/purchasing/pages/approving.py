"""Orders that wait for approval on the page of the order, and a program's page of what it lets its staff spend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing import queries
from carepool.purchasing.actions import approving, spending
from carepool.purchasing.actions.asking import name_of
from carepool.purchasing.actions.ordering import placed_lines
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.models.spending import ApprovalState, OrderApproval
from carepool.purchasing.pages.frame import blueprint
from carepool.purchasing.spending.rules import BudgetPer, BudgetStanding, OverBudget, must_wait
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import find

P = Permission


@dataclass(frozen=True)
class ApprovalShown:
    """A request as the page of its order shows it."""

    request: OrderApproval
    asked_by: str
    decided_by: str
    may_decide: bool


def approval_shown(purchase: Purchase, program_id: UUID) -> ApprovalShown | None:
    """Return the newest request of an order, or None."""
    found = find(OrderApproval, purchase.id, program_id)
    if found is None:
        return None
    waits = found.state == ApprovalState.WAITING and purchase.state == PurchaseState.OPEN
    may = waits and signed_in().rights.may(P.ORDERS_APPROVE, program_id)
    return ApprovalShown(found, name_of(found.asked_by), name_of(found.decided_by), may)


@dataclass(frozen=True)
class SpendingShown:
    """What a program's rule says of an order as it is typed: the budget, and whether it would wait."""

    budget: BudgetStanding | None
    waits: bool
    above_cents: int


def spending_shown(purchase: Purchase, program_id: UUID, most_cents: int) -> SpendingShown:
    """Return what the rule says of an order that can cost so many cents at the most."""
    rights, rule = signed_in().rights, spending.rule_of(program_id)
    budget = None
    if rule.budget is not None:
        held = spending.most_cost_of(purchase.id, program_id, placed_lines(purchase.id, program_id)).total_cents
        budget = spending.standing_of(rule.budget, purchase.id, program_id, held, most_cents)
    waits = must_wait(most_cents, rule.approve_above_cents, approves=rights.orders_alone(program_id))
    return SpendingShown(budget, waits, rule.approve_above_cents or 0)


@blueprint.post("/purchases/<purchase:purchase_id>/orders/<program:program_id>/approval")
@needs(P.ORDERS_READ)
def decide(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Approve the order that waits, or send it back with a note."""
    queries.purchase_or_404(purchase_id)
    program_or_404(program_id, P.ORDERS_APPROVE)
    form = FormReader(request.form)
    by, version = signed_in().actor, form.whole("version")

    def decided() -> Sentence:
        form.checked()
        if request.form.get("act") == "send_back":
            note = form.text("note", most=500)
            form.checked()
            approving.send_back(by, purchase_id, program_id, note, version)
            return marked("The order was sent back with your note.")
        approving.approve_order(by, purchase_id, program_id, version)
        return marked("The order is approved and counts now.")

    def shown(refused: Refusal) -> str:
        told = next(iter(refused.fields.values()), [refused.sentence])
        return _refused(purchase_id, program_id, {"note": told}, request.form)

    return done_or_shown(decided, lambda: url_for(".order", purchase_id=purchase_id, program_id=program_id), shown)


def _refused(purchase_id: UUID, program_id: UUID, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    purchase = queries.purchase_or_404(purchase_id)
    return render_template(
        "purchasing/approval_refused.html",
        purchase=purchase,
        program=program_or_404(program_id, P.ORDERS_READ),
        order=queries.order_or_404(purchase_id, program_id),
        request=approval_shown(purchase, program_id),
        errors=errors,
        typed=typed,
    )


@blueprint.get("/programs/<program:program_id>/spending")
@needs(P.ORDERS_READ)
def spending_rule(program_id: UUID) -> ResponseReturnValue:
    """Show what a program lets its staff spend; who approves may change it."""
    rule = spending.rule_of(program_or_404(program_id, P.ORDERS_READ).id)
    typed = {
        "version": str(rule.version),
        "approve_above": amount_text(rule.approve_above_cents),
        "budget": amount_text(rule.budget_cents),
        "budget_per": rule.budget_per,
        "year_starts": str(rule.year_starts),
        "over_budget": rule.over_budget,
    }
    return _rule_form(program_id, typed, {})


@blueprint.post("/programs/<program:program_id>/spending")
@needs(P.ORDERS_READ)
def save_spending_rule(program_id: UUID) -> ResponseReturnValue:
    """Keep what a program lets its staff spend."""
    program_or_404(program_id, P.ORDERS_APPROVE)
    form = FormReader(request.form)
    facts = {
        "approve_above_cents": form.cents("approve_above"),
        "budget_cents": form.cents("budget"),
        "budget_per": form.choice("budget_per", BudgetPer, BudgetPer.PURCHASE),
        "year_starts": form.whole("year_starts", least=1, most=12) or 1,
        "over_budget": form.choice("over_budget", OverBudget, OverBudget.REFUSE),
    }
    version = form.whole("version")

    def kept() -> Sentence:
        form.checked()
        spending.set_rule(signed_in().actor, program_id, facts, version)
        return marked("The amounts are kept.")

    return done_or_shown(
        kept,
        lambda: url_for(".spending_rule", program_id=program_id),
        lambda refused: _rule_form(program_id, request.form, faults_of(refused)),
    )


def _rule_form(program_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    program = program_or_404(program_id, P.ORDERS_READ)
    may_change = signed_in().rights.may(P.ORDERS_APPROVE, program_id)
    return render_template(
        "purchasing/spending_rule.html", program=program, typed=typed, errors=errors, may_change=may_change
    )
