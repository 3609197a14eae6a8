"""Verbs of alliances: found, change and end one, add members, and end a member's time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool import events
from carepool.alliances.models import Alliance, AllianceMember
from carepool.clock import now, today_here
from carepool.email_addresses import NOT_ONE, is_address
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.identity.models import Membership
from carepool.identity.roles import end_membership
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sentences import Sentence, marked
from tenants.database import bulk_insert, db, find, one_of
from tenants.ids import new_id
from tenants.turns import take_turn

MOST_PASTED = 1000
"""License numbers that are taken at once."""
_NOT_YET = marked("Choose today or a day before.")


@dataclass(frozen=True)
class Added:
    """What became of pasted license numbers: how many programs joined, and how many were members already."""

    added: int
    present: int


def found_alliance(by: Actor, facts: dict[str, Any]) -> Alliance:
    """Found an alliance without members.

    `facts`: {name, shape, hub_name, contact_name, contact_email, contact_phone, started_on}; it starts today where no day
    is given. Raises Invalid, also for a day to come, and Refusal for a name in use.
    """
    _check_address(facts)
    started_on = _past("started_on", facts.get("started_on"))
    _free_name(facts["name"], None)
    own = Alliance(id=new_id(), **{**facts, "started_on": started_on})
    db.session.add(own)
    record_event(events.ALLIANCE_FOUNDED, own.id, by, {"name": [None, own.name], "shape": [None, str(own.shape)]})
    db.session.flush()
    return own


def change_alliance(by: Actor, alliance_id: UUID, facts: dict[str, Any], based_on: int | None) -> Alliance:
    """Change some of what is known of an alliance; nothing where nothing is new.

    Raises Stale where it was changed since version `based_on` was read, Invalid, Refusal for a name in use or an alliance
    that ended, NotFound.
    """
    own = _locked(alliance_id, based_on)
    _check_address(facts)
    changes = {name: [_plain(getattr(own, name)), _plain(value)] for name, value in facts.items()}
    changes = {name: change for name, change in changes.items() if change[0] != change[1]}
    if not changes:
        return own
    _past("started_on", facts.get("started_on"))
    if "name" in changes:
        _free_name(facts["name"], own.id)
    for name, value in facts.items():
        setattr(own, name, value)
    own.version += 1
    record_event(events.ALLIANCE_CHANGED, own.id, by, changes)
    db.session.flush()
    return own


def end_alliance(by: Actor, alliance_id: UUID, ended_on: date | None, based_on: int | None) -> Alliance:
    """End an alliance, and with it the time of its members and the roles of its hub's people; on a day, or today (None).

    Its purchases go on being settled. Raises Stale, NotFound, Invalid for a day to come or before it started, Refusal
    while a purchase of it is open, and for an alliance that ended.
    """
    own = _locked(alliance_id, based_on)
    day = _past("ended_on", ended_on)
    if day < own.started_on:
        sentence = marked("The alliance started on %(day)s. It cannot end before.", day=own.started_on)
        raise Invalid("ends-too-early", sentence, {"ended_on": [sentence]})
    running = Purchase.state.in_([PurchaseState.OPEN, PurchaseState.CLOSING])
    title = db.session.scalar(select(Purchase.title).where(Purchase.alliance_id == own.id, running).limit(1))
    if title is not None:
        sentence = marked(
            "%(title)s is a purchase of this alliance and is open. Close or cancel it first.", title=title
        )
        raise Refusal("purchase-open", sentence)
    staying = update(AllianceMember).where(*_members_now(own.id))
    left = staying.values(left_on=func.greatest(AllianceMember.joined_on, day)).returning(AllianceMember.id)
    members = db.session.execute(left.execution_options(synchronize_session=False)).all()
    at = now()
    hub = select(Membership.id).where(Membership.alliance_id == own.id, Membership.valid_to.is_(None))
    for membership_id in db.session.scalars(hub).all():
        end_membership(by, membership_id, at)
    own.ended_on = day
    own.version += 1
    record_event(events.ALLIANCE_ENDED, own.id, by, {"ended_on": [None, day.isoformat()], "members": [len(members), 0]})
    db.session.flush()
    return own


def add_member(by: Actor, alliance_id: UUID, program_id: UUID, joined_on: date | None = None) -> AllianceMember:
    """Make a program a member of an alliance, from a day or from today (None) on; its directors are told.

    Raises NotFound, Invalid for a day to come or before it left the last time, Refusal for a program that is a member or
    no longer in the roster, and for an alliance that ended.
    """
    own, day = _locked(alliance_id), _past("joined_on", joined_on)
    program = find(Program, program_id)
    if program is None:
        raise NotFound("program")
    if program.gone_at is not None:
        sentence = marked("%(program)s is no longer in the roster.", program=program.name)
        raise Refusal("program-gone", sentence, {"program_id": [sentence]})
    if _present(own.id, [program.id]):
        sentence = marked("%(program)s is a member already.", program=program.name)
        raise Refusal("member-known", sentence, {"program_id": [sentence]})
    for fault in _too_early(own.id, [program.id], day).values():
        raise Invalid("joins-too-early", fault, {"joined_on": [fault]})
    _join(by, own.id, [program.id], day)
    mine = select(AllianceMember).where(*_members_now(own.id), AllianceMember.program_id == program.id)
    return db.session.scalars(mine).one()


def add_members(by: Actor, alliance_id: UUID, numbers: Sequence[str], joined_on: date | None = None) -> Added:
    """Make the programs of many license numbers members, all or none; who is a member already stays as it is.

    Raises NotFound, Invalid that names each number that nobody has, and Refusal for an alliance that ended.
    """
    own, day = _locked(alliance_id), _past("joined_on", joined_on)
    if len(numbers) > MOST_PASTED:
        sentence = marked("Name at most %(most)s programs.", most=MOST_PASTED)
        raise Invalid("too-many-programs", sentence, {"licence_numbers": [sentence]})
    rows = db.session.execute(
        select(Program.licence_number, Program.id, Program.gone_at).where(one_of(Program.licence_number, numbers))
    )
    known = {number: (program_id, gone_at) for number, program_id, gone_at in rows}
    here = {number: program_id for number, (program_id, gone_at) in known.items() if gone_at is None}
    present = _present(own.id, list(here.values()))
    fresh = {number: one for number, one in here.items() if one not in present}
    early = _too_early(own.id, list(fresh.values()), day)
    faults = {
        f"licence_numbers.{place}": [fault]
        for place, number in enumerate(numbers)
        if (fault := _fault(number, known, early)) is not None
    }
    if faults:
        sentence = marked("%(count)s of these license numbers cannot be taken. Nobody was added.", count=len(faults))
        raise Invalid("bad-programs", sentence, faults)
    _join(by, own.id, list(fresh.values()), day)
    return Added(len(fresh), len(present))


def _fault(number: str, known: dict[str, Any], early: dict[UUID, Sentence]) -> Sentence | None:
    if number not in known:
        return marked("%(number)s: no program has this license number. Check how it is written.", number=number)
    program_id, gone_at = known[number]
    if gone_at is not None:
        return marked("%(number)s: this program is no longer in the roster.", number=number)
    if program_id in early:
        return marked("%(number)s: %(reason)s", number=number, reason=early[program_id])
    return None


def end_member(by: Actor, alliance_id: UUID, member_id: UUID, left_on: date | None = None) -> AllianceMember:
    """End a member's time on a day, or today (None): it can order no more in the alliance's purchases.

    What it ordered stands. Ending twice changes nothing. Raises NotFound, and Invalid for a day to come or before it
    joined.
    """
    _alliance_row(alliance_id)
    own = find(AllianceMember, member_id)
    if own is None or own.alliance_id != alliance_id:
        raise NotFound("alliance member")
    # the time that another press may have ended while this one waited for the lock
    db.session.refresh(own)
    if own.left_on is not None:
        return own
    day = _past("left_on", left_on)
    if day < own.joined_on:
        sentence = marked("It joined on %(day)s. It cannot leave before.", day=own.joined_on)
        raise Invalid("leaves-too-early", sentence, {"left_on": [sentence]})
    own.left_on = day
    facts = {**_facts(own.alliance_id, own.program_id), "left_on": [None, day.isoformat()]}
    record_event(events.ALLIANCE_MEMBER_LEFT, own.id, by, facts)
    db.session.flush()
    return own


def _join(by: Actor, alliance_id: UUID, program_ids: Sequence[UUID], day: date) -> None:
    rows = [(new_id(), one) for one in program_ids]
    same = {"alliance_id": alliance_id, "joined_on": day}
    bulk_insert(AllianceMember, ("id", "program_id"), rows, same=same)
    for member_id, program_id in rows:
        facts = {**_facts(alliance_id, program_id), "joined_on": [None, day.isoformat()]}
        record_event(events.ALLIANCE_MEMBER_ADDED, member_id, by, facts)


def _facts(alliance_id: UUID, program_id: UUID) -> dict[str, Any]:
    return {"alliance": str(alliance_id), "program": str(program_id)}


def _members_now(alliance_id: UUID) -> Iterator[Any]:
    yield AllianceMember.alliance_id == alliance_id
    yield AllianceMember.left_on.is_(None)


def _present(alliance_id: UUID, program_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these programs are members now."""
    among = one_of(AllianceMember.program_id, program_ids)
    return set(db.session.scalars(select(AllianceMember.program_id).where(*_members_now(alliance_id), among)))


def _too_early(alliance_id: UUID, program_ids: Sequence[UUID], day: date) -> dict[UUID, Sentence]:
    """Return what is wrong with programs that were members on a day, or joined again after it, by program."""
    ended = select(AllianceMember.program_id, func.max(AllianceMember.left_on)).where(
        AllianceMember.alliance_id == alliance_id, one_of(AllianceMember.program_id, program_ids)
    )
    late = ended.group_by(AllianceMember.program_id).having(func.max(AllianceMember.left_on) > day)
    return {
        program_id: marked("It left on %(day)s. Choose that day or a later one.", day=left_on)
        for program_id, left_on in db.session.execute(late)
    }


def _past(name: str, given: date | None) -> date:
    """Return a day that is not to come, today where none was given; who is a member now is then told by no clock."""
    today = today_here()
    if given is not None and given > today:
        raise Invalid("day-to-come", _NOT_YET, {name: [_NOT_YET]})
    return given or today


def _locked(alliance_id: UUID, *versions: int | None) -> Alliance:
    """Return an alliance that goes on, which nobody else can change before this transaction ends.

    `versions`: the one that the change is based on. Raises NotFound, Stale, and Refusal for one that ended.
    """
    own = _alliance_row(alliance_id)
    if any(own.version != based_on for based_on in versions):
        raise Stale()
    if own.ended_on is not None:
        raise Refusal("alliance-ended", marked("This alliance ended. It can no longer be changed."))
    return own


def _alliance_row(alliance_id: UUID) -> Alliance:
    query = select(Alliance).where(Alliance.id == alliance_id).with_for_update()
    own = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if own is None:
        raise NotFound("alliance")
    return own


def _check_address(facts: dict[str, Any]) -> None:
    address = facts.get("contact_email", "")
    if address and not is_address(address):
        raise Invalid("bad-email", NOT_ONE, {"contact_email": [NOT_ONE]})


def _free_name(name: str, own_id: UUID | None) -> None:
    # two who take the same name at once wait for each other here
    take_turn("alliance names")
    same = select(Alliance.id).where(func.lower(Alliance.name) == func.lower(name))
    if db.session.scalar(same.where(Alliance.id != own_id) if own_id else same) is not None:
        sentence = marked("An alliance of this state has this name already.")
        raise Refusal("name-in-use", sentence, {"name": [sentence]})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)
