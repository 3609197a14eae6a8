"""Whether something of what a vendor answered waits for a person: a new version of its order says so."""

from uuid import UUID

from sqlalchemy import func, select

from carepool.vendors.answers.models import OrderProposal, ProposalState
from tenants.database import db


def count_undecided(purchase_id: UUID, vendor_id: int) -> int:
    """Return how many changes of a vendor's answers to a purchase wait for a person."""
    own = (
        OrderProposal.purchase_id == purchase_id,
        OrderProposal.vendor_id == vendor_id,
        OrderProposal.state == ProposalState.WAITING,
    )
    return db.session.scalar(select(func.count()).select_from(OrderProposal).where(*own)) or 0
