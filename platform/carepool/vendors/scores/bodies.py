"""Scorecards as their schemas want them."""

from dataclasses import asdict
from typing import Any

from carepool.vendors.scores.queries import Scorecard
from carepool.vendors.scores.scorecard import Counts

_MEASURES = ("fill_rate", "on_time", "price_drift", "invoice_accuracy")


def measured(counts: Counts) -> dict[str, Any]:
    """Return counts with the measures that follow from them."""
    return {**asdict(counts), **{name: getattr(counts, name) for name in _MEASURES}}


def scorecard_body(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard in sum and by quarter."""
    quarters = [{"year": year, "quarter": part, **measured(one)} for (year, part), one in card.by_quarter]
    return {"whole": measured(card.whole), "quarters": quarters}
