"""The one place that asks what time it is. Rules take the time as an argument; locks use the database's time.

Days are those of the state's calendar, which is that of the session's scope.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tenants.database import session
from tenants.registry import tenant_entry


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def zone_here() -> str:
    """Return the IANA time zone of the session's state."""
    state = tenant_entry(session().scope.id)
    return state.zone if state else "UTC"


def day_here(instant: datetime) -> date:
    """Return the day on which an instant falls where the state is."""
    return instant.astimezone(ZoneInfo(zone_here())).date()


def today_here() -> date:
    """Return the day that it is where the state is."""
    return day_here(now())
