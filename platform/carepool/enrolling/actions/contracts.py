"""Verbs of a service contract before its window closes: draft, change, open; and cancel it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool import events
from carepool.clock import day_here, today_here
from carepool.enrolling.actions.carrying import carry_members
from carepool.enrolling.models.contracts import ContractState, ServiceContract
from carepool.enrolling.models.enrolments import WAITING, Enrolment, EnrolmentState
from carepool.enrolling.rates import BadRates, IfShort, Pricing, Rates, check_rates
from carepool.enrolling.schedule import LONGEST, Per, months_on
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.sentences import Sentence, marked
from carepool.vendors.actions import register_vendor, vendor_number
from tenants.database import database_now, db, find
from tenants.ids import new_id

MOST_DAYS = 60
"""Days by which a window may be put off."""
_YEARS = range(2000, 2200)
TERMS = (
    "kind", "title", "title_es", "description", "description_es", "opens_at", "closes_at", "starts_on", "ends_on",
    "pricing", "basis", "per", "list_cents", "ladder", "min_members", "if_short", "extend_days", "notice_days",
    "late_join", "rate_falls",
)  # fmt: skip
"""What a coordinator says of a contract, besides its vendor."""


def draft_contract(by: Actor, facts: dict[str, Any]) -> ServiceContract:
    """Begin a contract with a vendor of the directory (`vendor_id`) or a new one (`vendor_name`); nobody sees it yet.

    `facts`: those of `TERMS`. Raises Invalid, NotFound.
    """
    terms = _checked(facts)
    own = ServiceContract(id=new_id(), state=ContractState.DRAFT, vendor_id=_vendor(facts), **terms)
    db.session.add(own)
    record_event(events.SERVICE_DRAFTED, own.id, by, {"title": [None, own.title]})
    db.session.flush()
    return own


def change_contract(by: Actor, contract_id: UUID, facts: dict[str, Any], based_on: int | None) -> ServiceContract:
    """Replace the terms of a draft. Raises Stale where they changed since version `based_on`; NotFound, Refusal, Invalid."""
    own = locked_contract(contract_id)
    if own.state != ContractState.DRAFT:
        raise Refusal("wrong-state", marked("This contract is no longer a draft. Its terms can no longer be changed."))
    if own.version != based_on:
        raise Stale()
    terms = _checked(facts)
    vendor = _vendor(facts)
    changes = {name: [getattr(own, name), value] for name, value in terms.items() if getattr(own, name) != value}
    for name, value in terms.items():
        setattr(own, name, value)
    if own.vendor_id != vendor:
        own.vendor_id, changes["vendor"] = vendor, [None, facts.get("vendor_name") or str(facts["vendor_id"])]
    own.version += 1
    told = {name: [_plain(before), _plain(after)] for name, (before, after) in changes.items()}
    record_event(events.SERVICE_CHANGED, own.id, by, told)
    db.session.flush()
    return own


def open_contract(by: Actor, contract_id: UUID) -> ServiceContract:
    """Open the window of a draft: programs see it, and members of the term before are asked to confirm.

    Opened twice, the second does nothing. Raises NotFound, Refusal.
    """
    own = locked_contract(contract_id)
    if own.state == ContractState.OPEN:
        return own
    if own.closes_at <= database_now():
        raise Refusal("closes-in-the-past", marked("The last day to enroll has passed. Choose a later one."))
    _check_term(terms_of(own))
    own.move(ContractState.OPEN)
    carried = carry_members(own)
    record_event(events.SERVICE_OPENED, own.id, by, {"state": ["draft", "open"], "carried": carried})
    db.session.flush()
    return own


def cancel_contract(by: Actor, contract_id: UUID, reason: str) -> ServiceContract:
    """Cancel a contract that is not over, with a reason that its members read. One that runs ends today.

    Canceled twice, the first reason stays. Raises NotFound, Refusal, Invalid.
    """
    if not reason.strip():
        sentence = marked("Write why it is canceled. The members read it.")
        raise Invalid("reason-missing", sentence, {"reason": [sentence]})
    own = locked_contract(contract_id)
    if own.state == ContractState.CANCELLED:
        return own
    before = own.state
    own.move(ContractState.CANCELLED)
    own.reason = reason.strip()
    _release(own, ended=before == ContractState.AGREED)
    record_event(events.SERVICE_CANCELLED, own.id, by, {"state": [before, own.state], "reason": [None, own.reason]})
    db.session.flush()
    db.session.expire_all()
    return own


def _release(own: ServiceContract, *, ended: bool) -> None:
    """Let everyone out of a contract that was canceled; `ended`: it was agreed, so its members stay for the days they had."""
    mine = update(Enrolment).where(Enrolment.contract_id == own.id).execution_options(synchronize_session=False)
    told = {"reason": own.reason, "version": Enrolment.version + 1, "changed_at": database_now()}
    # a member that began stays one until today; one that did not begin pays nothing
    last = max(today_here(), own.starts_on - timedelta(days=1))
    members = mine.where(Enrolment.state == EnrolmentState.ENROLLED, Enrolment.ends_on > last)
    if ended:
        db.session.execute(members.values({**told, "state": EnrolmentState.LEFT, "ends_on": last}))
    waiting = WAITING if ended else (*WAITING, EnrolmentState.ENROLLED)
    db.session.execute(mine.where(Enrolment.state.in_(waiting)).values({**told, "state": EnrolmentState.WITHDRAWN}))


def locked_contract(contract_id: UUID) -> ServiceContract:
    """Return a contract that nobody else enrolls in, closes or changes until the transaction ends. Raises NotFound."""
    own = find(ServiceContract, contract_id)
    if own is None:
        raise NotFound("service contract")
    db.session.refresh(own, with_for_update=True)
    return own


def terms_of(own: ServiceContract) -> dict[str, Any]:
    """Return what a contract says."""
    return {name: getattr(own, name) for name in TERMS}


def count_members(contract_id: UUID) -> int:
    """Return how many programs are enrolled now."""
    mine = (Enrolment.contract_id == contract_id, Enrolment.state == EnrolmentState.ENROLLED)
    return db.session.scalar(select(func.count()).select_from(Enrolment).where(*mine)) or 0


def _vendor(facts: dict[str, Any]) -> int:
    if (facts.get("vendor_id") is None) == (not facts.get("vendor_name")):
        sentence = marked("Choose a vendor of the list or name a new one, not both.")
        raise Invalid("which-vendor", sentence, {"vendor_name": [sentence]})
    return vendor_number(facts["vendor_id"]) if facts.get("vendor_id") else register_vendor(facts["vendor_name"]).id


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the terms as they are kept. Raises Invalid."""
    terms = {name: facts[name] for name in TERMS}
    terms["ladder"] = [[int(start), int(value)] for start, value in terms["ladder"]]
    if terms["if_short"] != IfShort.EXTEND:
        terms["extend_days"] = 0
    faults: dict[str, list[Sentence]] = {}
    try:
        check_rates(Rates(Pricing(terms["pricing"]), terms["ladder"], terms["list_cents"]))
    except BadRates as bad:
        faults[bad.at] = [bad.sentence]
    if terms["if_short"] == IfShort.EXTEND and not 1 <= terms["extend_days"] <= MOST_DAYS:
        faults["extend_days"] = [marked("Write a whole number from %(least)s to %(most)s.", least=1, most=MOST_DAYS)]
    if terms["rate_falls"] and (Per(terms["per"]) is Per.ONCE or not terms["late_join"]):
        faults["rate_falls"] = [
            marked("The rate can only fall where programs may join later and the rate is paid again and again.")
        ]
    if faults:
        raise Invalid("terms", marked("Some of what was typed must be mended."), faults)
    _check_term(terms)
    return terms


def _check_term(terms: dict[str, Any]) -> None:
    """Refuse times that do not follow each other. Raises Invalid."""
    faults = {
        name: [
            marked("Write a day between the years %(first)s and %(last)s.", first=str(_YEARS[0]), last=str(_YEARS[-1]))
        ]
        for name in ("opens_at", "closes_at", "starts_on", "ends_on")
        if terms[name].year not in _YEARS
    }
    if faults:
        raise Invalid("times", marked("Some of what was typed must be mended."), faults)
    latest = terms["closes_at"] + timedelta(days=terms["extend_days"])
    if terms["closes_at"] <= terms["opens_at"]:
        faults["closes_at"] = [marked("The last day to enroll must be later than the first.")]
    if terms["ends_on"] < terms["starts_on"]:
        faults["ends_on"] = [marked("The last day must not be before the first.")]
    elif terms["ends_on"] >= months_on(terms["starts_on"], 12 * LONGEST):
        faults["ends_on"] = [marked("A contract runs for at most %(years)s years.", years=LONGEST)]
    if day_here(latest) > terms["starts_on"]:
        faults["starts_on"] = [
            marked("The first day must not be before the last day to enroll, also where that is put off.")
        ]
    if terms["notice_days"] > (terms["ends_on"] - terms["starts_on"]).days:
        faults["notice_days"] = [marked("This is longer than the contract runs.")]
    if faults:
        raise Invalid("times", marked("Some of what was typed must be mended."), faults)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
