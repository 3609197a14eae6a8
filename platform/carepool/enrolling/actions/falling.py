"""The verb of a rate that falls: a step that members of an agreed contract reach holds for all from the next period on."""

from carepool import events
from carepool.clock import today_here
from carepool.enrolling.actions.contracts import count_members
from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceRate
from carepool.enrolling.schedule import next_period
from carepool.enrolling.standing import rate_rows
from carepool.outbox import Actor, record_event
from tenants.database import db, find


def let_rate_fall(own: ServiceContract) -> ServiceRate | None:
    """Write the lower rate of a locked contract whose members reached a step, and return it; None where nothing falls.

    A rate never rises again, also where members leave.
    """
    if own.state != ContractState.AGREED or not own.rate_falls:
        return None
    db.session.flush()
    members, rows = count_members(own.id), rate_rows(own.id)
    value, begins = own.rates.value_at(members), next_period(own.term, today_here())
    if begins is None or not own.rates.is_better(value, rows[-1].value):
        return None
    before = rows[-1].value
    row = find(ServiceRate, own.id, begins)
    if row is None:
        row = ServiceRate(contract_id=own.id, first_day=begins, members=members, value=value)
        db.session.add(row)
    else:
        # a rate that no period has begun with yet
        row.members, row.value = members, value
    told = {"value": [before, value], "members": members, "first_day": begins.isoformat()}
    record_event(events.SERVICE_RATE_FELL, own.id, Actor.task(), told)
    db.session.flush()
    return row
