"""Reads of forecasts at a vendor's desk."""

from collections.abc import Sequence

from sqlalchemy import select

from carepool.vendors.forecasts.models import DeskForecast
from tenants.database import db, session


def own_forecast() -> Sequence[DeskForecast]:
    """Return what states let this vendor see, by month and state."""
    own = select(DeskForecast).where(DeskForecast.vendor_id == session().scope.id)
    return db.session.scalars(own.order_by(DeskForecast.month, DeskForecast.tenant_id)).all()
