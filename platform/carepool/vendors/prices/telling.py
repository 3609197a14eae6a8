"""What a vendor is told of decided prices: its people at the desk, or where it has none, the vendor itself."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool.clock import now
from carepool.identity.vendor_models import VendorPerson
from carepool.notifications.actions import tell
from carepool.notifications.desk_letters import write_to_vendor
from carepool.notifications.letters import Sender
from carepool.notifications.notices import Notice
from carepool.vendors.prices.deciding import own_proposal_or_404
from carepool.vendors.prices.models import PriceProposal, PriceState
from carepool.vendors.terms.actions import own_vendor_mail, terms_of
from tenants.database import db
from tenants.scope import Scope, visiting


def tell_decided(proposal_id: UUID) -> None:
    """Tell a vendor by mail that its prices were accepted or declined, each person once. Run again, nothing more.

    A task calls this in the state's scope; the desk is visited in its own. Raises NotFound, and LetterNotTaken where a
    letter surely did not leave, so that it is tried again.
    """
    own = own_proposal_or_404(proposal_id)
    db.session.refresh(own, with_for_update=True)
    if own.state == PriceState.WAITING or own.told_at is not None:
        return
    facts, vendor_id = _facts(own), own.vendor_id
    terms = terms_of(vendor_id)
    address = next(iter(terms.mail_to), own_vendor_mail(vendor_id))
    with visiting(Scope.vendor(vendor_id)):
        people = list(db.session.scalars(select(VendorPerson.id).where(VendorPerson.disabled_at.is_(None))))
        if people:
            tell(people, Notice.PRICES_DECIDED, proposal_id, facts)
        elif address:
            write_to_vendor(address, terms.language, Notice.PRICES_DECIDED, proposal_id, facts)
    own.told_at = now()
    db.session.flush()


def _facts(own: PriceProposal) -> dict[str, Any]:
    return {
        "state": Sender.here().tenant.title,
        "accepted": own.state != PriceState.DECLINED,
        "day": own.effective_on.isoformat(),
        "reason": own.reason,
    }
