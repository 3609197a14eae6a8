"""What a program decided about its own spending, and requests to approve an order."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.spending import Budget, BudgetPer, OverBudget
from tenants.database import TenantTable, tenant_fk


class SpendingRule(TenantTable):
    """A program's amount above which orders of its staff wait for approval, and its budget. Amounts in cents."""

    __tablename__ = "spending_rule"

    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: None: every order of staff waits.
    approve_above_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: None: no budget.
    budget_cents: Mapped[int | None] = mapped_column(BigInteger)
    budget_per: Mapped[BudgetPer] = mapped_column(Text, default=BudgetPer.PURCHASE)
    #: The month in which the program's year begins.
    year_starts: Mapped[int] = mapped_column(SmallInteger, default=1)
    over_budget: Mapped[OverBudget] = mapped_column(Text, default=OverBudget.REFUSE)
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("program_id", "program"),
        CheckConstraint("approve_above_cents >= 0 and budget_cents >= 0", name="amounts_not_negative"),
        CheckConstraint("year_starts between 1 and 12", name="year_starts_in_a_month"),
        CheckConstraint("budget_per in ('purchase', 'month', 'quarter', 'year')", name="budget_per_known"),
        CheckConstraint("over_budget in ('refuse', 'warn')", name="over_budget_known"),
    )

    @property
    def budget(self) -> Budget | None:
        """The budget as the rules know it, or None."""
        if self.budget_cents is None:
            return None
        return Budget(self.budget_cents, BudgetPer(self.budget_per), self.year_starts, OverBudget(self.over_budget))


class ApprovalState(StrEnum):
    """Where a request to approve an order stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    SENT_BACK = "sent_back"


class OrderApproval(TenantTable):
    """The newest request to approve a program's order; its lines are the order's unsent ones."""

    __tablename__ = "order_approval"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[ApprovalState] = mapped_column(Text, default=ApprovalState.WAITING)
    #: The version of the order that is asked for.
    version: Mapped[int] = mapped_column(Integer)
    #: The most that it can cost, in cents.
    most_cents: Mapped[int] = mapped_column(BigInteger)
    delivery_point_id: Mapped[UUID]
    #: Who asked; None for a task.
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        tenant_fk(["purchase_id", "program_id"], "program_order.purchase_id,program_id"),
        tenant_fk("delivery_point_id", "delivery_point"),
        tenant_fk("asked_by", "person"),
        tenant_fk("decided_by", "person"),
        CheckConstraint("state in ('waiting', 'approved', 'sent_back')", name="state_known"),
    )
