"""Reads of scorecards: a vendor's own across states, and a state's own of its vendors."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Select, select

from carepool.vendors.scores.models import VendorScore
from carepool.vendors.scores.scorecard import Counts, added, quarter_of
from tenants.database import db, session

_MOST = 2_000
"""Newest purchases that a scorecard adds up."""


@dataclass(frozen=True)
class Scorecard:
    """All of a vendor: in sum, by state (its number), and by quarter, the newest first."""

    whole: Counts
    by_state: dict[int, Counts]
    by_quarter: list[tuple[tuple[int, int], Counts]]


def own_scorecard() -> Scorecard:
    """Return the scorecard of the vendor whose desk it is, across states."""
    return _card(db.session.scalars(_newest(VendorScore.vendor_id == session().scope.id)).all())


def scorecard_of(vendor_id: int) -> Scorecard:
    """Return the scorecard of a vendor from this state's own purchases."""
    own = VendorScore.tenant_id == session().scope.id, VendorScore.vendor_id == vendor_id
    return _card(db.session.scalars(_newest(*own)).all())


def _newest(*conditions: ColumnElement[bool]) -> Select[tuple[VendorScore]]:
    query = select(VendorScore).where(*conditions)
    return query.order_by(VendorScore.day.desc(), VendorScore.purchase_id).limit(_MOST)


def _card(rows: Sequence[VendorScore]) -> Scorecard:
    states: dict[int, list[Counts]] = defaultdict(list)
    quarters: dict[tuple[int, int], list[Counts]] = defaultdict(list)
    for row in rows:
        counts = Counts(**{one.name: getattr(row, one.name) for one in fields(Counts)})
        states[row.tenant_id].append(counts)
        quarters[quarter_of(row.day)].append(counts)
    return Scorecard(
        whole=added(one for some in states.values() for one in some),
        by_state={state: added(some) for state, some in sorted(states.items())},
        by_quarter=[(quarter, added(some)) for quarter, some in sorted(quarters.items(), reverse=True)],
    )
