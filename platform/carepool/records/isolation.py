"""The check that states are kept apart, as each state is told of it: run by itself once a day, and when it is asked for."""

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select

from carepool import events
from carepool.errors import NotFound
from carepool.jobs import kinds
from carepool.jobs.actions import start_job
from carepool.jobs.models import UNDER_WAY, Job
from carepool.jobs.working import Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.records.models import IsolationCheck
from carepool.sentences import Sentence, marked
from tenants.database import database_now, db, find, session
from tenants.ids import new_id
from tenants.isolation import Finding, audit

EVERY = timedelta(days=1)

CHECKS: dict[str, Sentence] = {
    "a partition is not open to the application itself": marked("No part of a table can be read past its lock."),
    "table belongs to a model": marked("Every table is known, so none is forgotten."),
    "row security is on": marked("Every table is locked: each row is shown only to its own state."),
    "row security binds the owner too": marked("The lock also holds for the database's own owner."),
    "model has its table": marked("Every table that should be there is there."),
    "policies are exactly those of its kind": marked("The rules of who sees a row are exactly the reviewed ones."),
    "unique key begins with the scope": marked("Two states can use the same numbers and never learn of each other."),
    "foreign key carries the scope": marked("A record can only refer to records of its own state."),
    "views were looked for": marked("Prepared views of data were looked for."),
    "view asks with its reader's rights": marked("A prepared view shows nobody more than they may see."),
    "function with its owner's rights is reviewed": marked("Functions with special rights are few and reviewed."),
    "application role exists": marked("The application signs in to the database under its own name."),
    "application role is weak": marked("The application has no special rights in the database."),
    "application role owns nothing": marked("The application owns no table, so it cannot take a lock off."),
    "application role is a member of no role": marked("The application cannot borrow the rights of another."),
    "application role has no settings of its own": marked("No setting of the application loosens a lock."),
    "application may not truncate, refer to or trigger": marked("The application cannot empty tables or add triggers."),
    "no temporary tables": marked("The application cannot make hidden tables."),
    "no tables or functions of its own": marked("The application cannot add tables or functions."),
    "signing keys out of reach": marked("The keys that prove a state are out of the application's reach."),
    "cannot end other sessions": marked("The application cannot break off the work of another."),
    "no large objects": marked("The application cannot store things outside the locked tables."),
}
"""{what the audit checks: how a state is told of it}; a test fails for a check without words."""


def ask_check(by: Actor) -> IsolationCheck:
    """Ask a worker for a check; where one is under way already, that one is returned."""
    waiting = select(IsolationCheck).join(Job, Job.id == IsolationCheck.job_id)
    under_way = waiting.where(Job.state.in_(UNDER_WAY), IsolationCheck.done_at.is_(None))
    if own := db.session.scalars(under_way.order_by(IsolationCheck.id).limit(1)).first():
        return own
    own = IsolationCheck(id=new_id(), results={})
    own.job_id = start_job(by, kinds.ISOLATION_CHECK, own.id)
    db.session.add(own)
    record_event(events.ISOLATION_ASKED, own.id, by)
    db.session.flush()
    return own


def make_check(check_id: UUID) -> None:
    """Make a check that was asked for. Running again changes nothing."""
    own = check_or_404(check_id)
    if own.done_at is None and own.job_id is not None:
        carry_out(own.job_id, lambda progress: _make(check_or_404(check_id), progress))


def check_daily() -> None:
    """Make a check where the last one is a day old."""
    recent = select(IsolationCheck.id).where(IsolationCheck.done_at > func.clock_timestamp() - EVERY)
    if db.session.scalar(recent.limit(1)) is None:
        own = IsolationCheck(id=new_id(), results={})
        db.session.add(own)
        _make(own, Progress(None))


def _make(own: IsolationCheck, progress: Progress) -> None:
    counted: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    findings = audit(session().connection()).findings
    progress.expect(len(findings))
    for finding in progress.over(findings):
        counted[finding.check][0] += 1
        counted[finding.check][1] += not finding.ok
    for hole in (one for one in findings if not one.ok):
        _tell_operators(hole)
    own.results = dict(counted)
    own.done_at = database_now()
    db.session.flush()


def _tell_operators(hole: Finding) -> None:
    log = structlog.get_logger("carepool.records")
    log.error("isolation_hole", check=hole.check, subject=hole.subject, detail=hole.detail)


def last_check() -> IsolationCheck | None:
    """Return the newest check that was made."""
    made = select(IsolationCheck).where(IsolationCheck.done_at.is_not(None))
    return db.session.scalars(made.order_by(IsolationCheck.done_at.desc()).limit(1)).first()


def last_asked() -> IsolationCheck | None:
    """Return the newest check that someone asked for."""
    asked = select(IsolationCheck).where(IsolationCheck.job_id.is_not(None))
    return db.session.scalars(asked.order_by(IsolationCheck.id.desc()).limit(1)).first()


def check_or_404(check_id: UUID) -> IsolationCheck:
    """Return a check of this state. Raises NotFound."""
    own = find(IsolationCheck, check_id)
    if own is None:
        raise NotFound("check")
    return own
