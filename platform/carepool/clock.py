"""The one place that asks what time it is. Rules take the time as an argument; locks use the database's time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)
