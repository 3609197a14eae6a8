"""Work that follows from service contracts: everybody hears of it."""

from uuid import UUID

from carepool import events
from carepool.enrolling import notices
from workers.handlers import does_each


@does_each(events.SERVICE_OPENED)
def tell_opened(contract_id: UUID) -> None:
    """Tell programs of a contract that is on offer."""
    notices.contract_opened(contract_id)


@does_each(events.SERVICE_EXTENDED)
def tell_extended(contract_id: UUID) -> None:
    """Tell those who enrolled that the window is put off."""
    notices.window_extended(contract_id)


@does_each(events.SERVICE_AGREED)
def tell_agreed(contract_id: UUID) -> None:
    """Tell the members that the contract is agreed."""
    notices.contract_agreed(contract_id)


@does_each(events.SERVICE_FAILED)
def tell_failed(contract_id: UUID) -> None:
    """Tell those who enrolled that too few did."""
    notices.contract_failed(contract_id)


@does_each(events.SERVICE_CANCELLED)
def tell_cancelled(contract_id: UUID) -> None:
    """Tell those who were in it that the contract is canceled."""
    notices.contract_cancelled(contract_id)


@does_each(events.SERVICE_RATE_FELL)
def tell_rate_fell(contract_id: UUID) -> None:
    """Tell the members that all pay less."""
    notices.rate_fell(contract_id)
