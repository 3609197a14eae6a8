"""Verbs of a state: accept or decline prices that a vendor proposed, and let accepted ones come into force on their day."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.notifications.letters import Sender
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.catalogs import change_prices
from carepool.sentences import marked
from carepool.vendors.desk.publishing import publish_items
from carepool.vendors.prices.models import PriceProposal, PriceState
from carepool.vendors.prices.proposing import lines_of
from tenants.database import db, find, session

_AT_ONCE = 100


def proposals_of_state(vendor_id: int | None = None) -> Select[tuple[PriceProposal]]:
    """Return the query of all proposals to this state; of one vendor where it is named."""
    own = select(PriceProposal).where(PriceProposal.tenant_id == session().scope.id)
    return own if vendor_id is None else own.where(PriceProposal.vendor_id == vendor_id)


def own_proposal_or_404(proposal_id: UUID) -> PriceProposal:
    """Return a proposal to this state. Raises NotFound."""
    own = find(PriceProposal, proposal_id)
    if own is None:
        raise NotFound("price proposal")
    return own


def accept(by: Actor, proposal_id: UUID, reason: str = "") -> PriceProposal:
    """Accept a proposal: its prices hold from its day, also where that has come; purchases that are open keep theirs.

    Raises NotFound, and Refusal where it is decided already, so that of two presses at once one counts.
    """
    own = _decide(by, proposal_id, PriceState.ACCEPTED, reason)
    if own.effective_on <= _today():
        put_in_force(own)
    return own


def decline(by: Actor, proposal_id: UUID, reason: str) -> PriceProposal:
    """Decline a proposal: all prices stay. The vendor sees the reason at its desk. Raises NotFound, Refusal."""
    return _decide(by, proposal_id, PriceState.DECLINED, reason)


def _decide(by: Actor, proposal_id: UUID, state: PriceState, reason: str) -> PriceProposal:
    own = own_proposal_or_404(proposal_id)
    db.session.refresh(own, with_for_update=True)
    if own.state != PriceState.WAITING:
        raise Refusal("prices-decided", marked("This proposal is decided already."))
    own.state, own.decided_at, own.reason = state, now(), reason
    diff = {"state": [str(PriceState.WAITING), str(state)]}
    record_event(events.PRICES_DECIDED, own.id, by, diff)
    db.session.flush()
    return own


def put_in_force(own: PriceProposal) -> None:
    """Change the prices of the catalog as an accepted proposal says; items that are gone by now are left."""
    for line in lines_of(own):
        change_prices(Actor.task(), line.item_id, line.ladder, line.list_cents)
    own.state, own.in_force_at = PriceState.IN_FORCE, now()
    record_event(events.PRICES_TAKEN_OVER, own.id, Actor.task())
    db.session.flush()
    publish_items(own.vendor_id)


def take_over_due() -> int:
    """Let accepted prices come into force whose day has come where the state is; return how many. A sweep calls this."""
    due = proposals_of_state().where(PriceProposal.state == PriceState.ACCEPTED, PriceProposal.effective_on <= _today())
    rows = due.order_by(PriceProposal.effective_on, PriceProposal.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
    found = list(db.session.scalars(rows))
    for own in found:
        put_in_force(own)
    return len(found)


def _today() -> date:
    return now().astimezone(ZoneInfo(Sender.here().tenant.zone)).date()
