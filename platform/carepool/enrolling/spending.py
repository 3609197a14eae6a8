"""How a program's spending rule meets a service contract: when staff wait for a director, and when a budget stops it."""

from uuid import UUID

from carepool.errors import Refusal
from carepool.purchasing.actions.spending import dollars, rule_of
from carepool.purchasing.spending.rules import BudgetPer, OverBudget, must_wait
from carepool.sentences import marked


def must_wait_for(program_id: UUID, most_cents: int | None, *, approves: bool) -> bool:
    """Tell whether an enrollment waits for a director. `most_cents`: the most it can cost in its whole term; None: unknown.

    A budget for each purchase holds for a contract, too; budgets by month, quarter or year count goods only. What is not
    known waits, unless who enrolls decides. Raises Refusal (over the budget).
    """
    rule = rule_of(program_id)
    budget = rule.budget
    if budget is not None and budget.per == BudgetPer.PURCHASE and budget.over == OverBudget.REFUSE:
        _check_budget(budget.cents, most_cents)
    if most_cents is None:
        return not approves
    return must_wait(most_cents, rule.approve_above_cents, approves=approves)


def _check_budget(budget_cents: int, most_cents: int | None) -> None:
    if most_cents is None or most_cents <= budget_cents:
        return
    sentence = marked(
        "This contract can cost %(most)s at the most, and the program's budget for a purchase is %(budget)s."
        " Ask your director about the budget.",
        most=dollars(most_cents),
        budget=dollars(budget_cents),
    )
    raise Refusal("over-budget", sentence, {"form": [sentence]})
