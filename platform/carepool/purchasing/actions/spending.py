"""Verbs of a program's spending: set its rule, and hold an order against it while no other order can change the sum."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg.errors
from sqlalchemy import bindparam, case, func, select
from sqlalchemy.exc import OperationalError

from carepool import events
from carepool.clock import zone_here
from carepool.errors import Refusal
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.joining import Joining, Line
from carepool.purchasing.actions.program_rows import replace_row
from carepool.purchasing.models.closings import MemberBill
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import WITHOUT_RESULT, Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.models.spending import SpendingRule
from carepool.purchasing.sales_tax.actions import exemption_of, tax_day
from carepool.purchasing.spending.estimate import AskedLine, Charges, MostCost, most_cost
from carepool.purchasing.spending.rules import Budget, BudgetStanding, must_wait, period_of
from carepool.sentences import Sentence, marked
from tenants.database import db, execute, find, one_of

RULE_FIELDS = ("approve_above_cents", "budget_cents", "budget_per", "year_starts", "over_budget")
_NOTHING_OWED = (PurchaseState.CANCELLED, PurchaseState.FAILED_MINIMUM)
_LOCKED_RULE = select(SpendingRule).with_for_update().execution_options(populate_existing=True)


def rule_of(program_id: UUID) -> SpendingRule:
    """Return a program's rule, or one of version 0 that says nothing."""
    plain = SpendingRule(program_id=program_id, version=0, budget_per="purchase", year_starts=1, over_budget="refuse")
    return find(SpendingRule, program_id) or plain


def set_rule(by: Actor, program_id: UUID, facts: dict[str, Any], based_on: int | None) -> SpendingRule:
    """Replace a program's rule. `based_on`: the version that was read, None or 0 where there was none. Raises Stale."""
    rule, changes = replace_row(SpendingRule, program_id, {name: facts[name] for name in RULE_FIELDS}, based_on)
    record_event(events.SPENDING_RULE_SET, program_id, by, changes)
    db.session.flush()
    return rule


def hold_against_rule(joining: Joining, before: Iterable[Line], lines: Iterable[Line], *, approves: bool) -> int | None:
    """Return the most cents for which an order must wait for approval, or None where it may be placed now.

    `before`: the lines that count, `lines`: those asked for. Until the transaction ends no other order of a program
    with a budget is placed, so that two at once cannot both take what is left. Raises Refusal (over budget, busy).
    """
    if approves and not joining.has_budget:
        return None
    rule = _locked_rule(joining.program_id) if joining.has_budget else find(SpendingRule, joining.program_id)
    most = most_cost_of(joining.purchase_id, joining.program_id, lines).total_cents
    if rule is not None and rule.budget is not None:
        held = most_cost_of(joining.purchase_id, joining.program_id, before).total_cents
        standing = standing_of(rule.budget, joining.purchase_id, joining.program_id, held, most)
        if standing.stops:
            raise _over_budget(standing)
    return most if must_wait(most, rule.approve_above_cents if rule else None, approves=approves) else None


def _locked_rule(program_id: UUID) -> SpendingRule | None:
    try:
        return db.session.scalars(_LOCKED_RULE.where(SpendingRule.program_id == program_id)).one_or_none()
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            sentence = marked("Another order of this program is just being placed. Try again in a moment.")
            raise Refusal("busy", sentence) from None
        raise


def _over_budget(standing: BudgetStanding) -> Refusal:
    sentence = marked(
        "This order can cost %(most)s at the most, and %(left)s is left of the budget of %(budget)s."
        " Order less, or ask your director about the budget.",
        most=dollars(standing.after_cents),
        left=dollars(standing.left_cents),
        budget=dollars(standing.budget.cents),
    )
    return Refusal("over-budget", sentence, {"form": [sentence]})


def dollars(cents: int) -> Sentence:
    """Return an amount for a sentence whose reader is not known yet; both languages write it alike."""
    return marked("$%(amount)s", amount=f"{cents / 100:,.2f}")


def most_cost_of(purchase_id: UUID, program_id: UUID, lines: Iterable[Line]) -> MostCost:
    """Return the most that lines of a purchase can cost a program, in cents."""
    asked = {line.item_id: line.wanted + line.extra + line.boost for line in lines if not line.empty}
    return most_costs(program_id, {purchase_id: asked})[purchase_id]


def most_costs(program_id: UUID, asked: Mapping[UUID, Mapping[UUID, int]]) -> dict[UUID, MostCost]:
    """Return the most that a program's orders of several purchases can cost, in cents: the one place that works it out.

    `asked`: {purchase: {item: eaches asked for in all}}. A program whose certificate holds on the day of the closing
    time pays no tax.
    """
    sold = [item for eaches in asked.values() for item in eaches]
    if not sold:
        return dict.fromkeys(asked, MostCost())
    found = select(PurchaseItem).where(one_of(PurchaseItem.id, sold))
    items = {item.id: item for item in db.session.scalars(found)}
    exemption, costs = exemption_of(program_id).exemption, {}
    for purchase in db.session.scalars(select(Purchase).where(one_of(Purchase.id, asked))):
        lines = [
            AskedLine(eaches, item.case_size, item.ladder[0][1], item.taxable)
            for key, eaches in asked[purchase.id].items()
            if (item := items.get(key)) and item.purchase_id == purchase.id
        ]
        exempt = exemption.holds_on(tax_day(purchase, purchase.closes_at))
        rate = 0 if exempt else purchase.tax_millionths
        costs[purchase.id] = most_cost(lines, Charges(purchase.freight_cents, purchase.handling_cents, rate))
    return costs


def standing_of(budget: Budget, purchase_id: UUID, program_id: UUID, before: int, after: int) -> BudgetStanding:
    """Return where a budget stands with an order of one purchase; `before` and `after` in cents at the most."""
    return BudgetStanding(budget, _elsewhere_cents(budget, purchase_id, program_id), before, after)


_INSTANT = func.coalesce(Purchase.cutoff_at, Purchase.closes_at)
# the close whose bills hold; 0 for an order that is still open, or open again
_BILLED = case((Purchase.state.in_([str(state) for state in WITHOUT_RESULT]), 0), else_=Purchase.close_version)
_OTHERS = (
    select(Purchase.id, _BILLED.label("billed"))
    .join(
        ProgramOrder,
        (ProgramOrder.tenant_id == Purchase.tenant_id) & (ProgramOrder.purchase_id == Purchase.id),
    )
    .where(
        ProgramOrder.program_id == bindparam("program"),
        ProgramOrder.state == str(OrderState.PLACED),
        Purchase.id != bindparam("purchase"),
        Purchase.state.not_in([str(state) for state in _NOTHING_OWED]),
        bindparam("start") <= _INSTANT,
        bindparam("end") > _INSTANT,
    )
)
_CLOSES = select(_INSTANT).where(Purchase.id == bindparam("purchase"))


def _elsewhere_cents(budget: Budget, purchase_id: UUID, program_id: UUID) -> int:
    """Return what other purchases of the period take: closed ones their bill, the others the most they can cost."""
    period = period_of(budget, execute(_CLOSES, purchase=purchase_id).scalar_one(), zone_here())
    if period is None:
        return 0
    others = list(execute(_OTHERS, program=program_id, purchase=purchase_id, start=period.start, end=period.end))
    billed = {one.id: one.billed for one in others if one.billed}
    return _billed_cents(program_id, billed) + _open_cents(program_id, [one.id for one in others if not one.billed])


def _billed_cents(program_id: UUID, versions: dict[UUID, int]) -> int:
    if not versions:
        return 0
    bills = select(MemberBill).where(MemberBill.program_id == program_id, MemberBill.purchase_id.in_(versions))
    return sum(bill.total_cents for bill in db.session.scalars(bills) if bill.version == versions[bill.purchase_id])


def _open_cents(program_id: UUID, purchases: Sequence[UUID]) -> int:
    if not purchases:
        return 0
    query = (
        select(Wish.purchase_id, Wish.item_id, func.sum(Wish.wanted + Wish.extra + Wish.boost))
        .where(Wish.program_id == program_id, one_of(Wish.purchase_id, purchases))
        .group_by(Wish.purchase_id, Wish.item_id)
    )
    asked: dict[UUID, dict[UUID, int]] = {}
    for purchase, item, eaches in db.session.execute(query):
        asked.setdefault(purchase, {})[item] = int(eaches)
    return sum(cost.total_cents for cost in most_costs(program_id, asked).values())
