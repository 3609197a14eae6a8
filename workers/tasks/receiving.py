"""Work that follows from goods that arrive."""

from uuid import UUID

from carepool import events
from carepool.outbox import Actor
from carepool.purchasing.receiving import notices, ready
from carepool.purchasing.receiving.actions import printing, sharing
from carepool.vendors.scores import counting as scores
from workers.handlers import does_each


@does_each(events.ARRIVAL_ASKED)
def share_out(arrival_id: UUID) -> None:
    """Share out what arrived."""
    sharing.compute_sharing(Actor.task(), arrival_id)


@does_each(events.SITE_PAPER_ASKED)
def set_paper(document_id: UUID) -> None:
    """Set labels or a pick list to print."""
    printing.set_paper(document_id)


@does_each(events.LEFTOVERS_OFFERED)
def tell_left(purchase_id: UUID) -> None:
    """Tell the programs near what is left."""
    notices.leftovers_offered(purchase_id)


@does_each(events.ARRIVAL_SHARED)
def tell_shared(arrival_id: UUID) -> None:
    """Tell those for whom it is different now and those whose goods are there, and write it into scorecards."""
    notices.arrival_shared(arrival_id)
    ready.ready_to_collect(arrival_id)
    scores.score_arrival(arrival_id)
