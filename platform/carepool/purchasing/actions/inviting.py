"""Verbs of invitations and reminders: choose who is told of a purchase, tell those not told yet, remind of unsent orders."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, false, func, or_, select, true, update

from carepool import events
from carepool.clock import day_here
from carepool.errors import Invalid, NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.actions.asking import waiting_in
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.joinable import fits, may_join
from carepool.purchasing.models.invitations import HandReminder, Invitation, InvitedProgram
from carepool.purchasing.models.orders import DraftLine, OrderState, ProgramOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.models.spending import OrderApproval
from carepool.sentences import marked
from tenants.database import bulk_insert, database_now, db, find, one_of

MOST_NAMED = 1000


def choose_invited(by: Actor, purchase_id: UUID, facts: dict[str, Any], named: Sequence[UUID]) -> Purchase:
    """Choose who is told when a purchase opens, among those who may join; nobody is told by this.

    `facts`: {program_types, counties, only_named}; `named`: programs that are told in any case. Raises Refusal for a
    purchase that is closed, NotFound, Invalid.
    """
    purchase = locked_purchase(purchase_id)
    if purchase.state not in (PurchaseState.DRAFT, PurchaseState.OPEN):
        raise Refusal("wrong-state", marked("This purchase is closed. Nobody can be invited any more."))
    ids = list(dict.fromkeys(named))
    known = set(db.session.scalars(select(Program.id).where(Program.id.in_(ids), may_join(purchase)))) if ids else set()
    if len(known) != len(ids):
        raise NotFound("program")
    if facts["only_named"] and not ids:
        sentence = marked("Name at least one program, or tell others, too.")
        raise Invalid("nobody-named", sentence, {"only_named": [sentence]})
    row = find(Invitation, purchase.id) or Invitation(purchase_id=purchase.id)
    for name, value in facts.items():
        setattr(row, name, value)
    db.session.add(row)
    not_told = (InvitedProgram.purchase_id == purchase.id, InvitedProgram.told_at.is_(None))
    db.session.execute(delete(InvitedProgram).where(*not_told))
    db.session.execute(update(InvitedProgram).where(InvitedProgram.purchase_id == purchase.id).values(named=False))
    bulk_insert(InvitedProgram, ("program_id",), [(one,) for one in ids], same=_named(purchase.id), keep=True)
    told = InvitedProgram.program_id.in_(ids)
    db.session.execute(update(InvitedProgram).where(InvitedProgram.purchase_id == purchase.id, told).values(named=True))
    record_event(
        events.INVITED_CHOSEN, purchase.id, by, {"named": len(ids), **{k: _plain(v) for k, v in facts.items()}}
    )
    db.session.flush()
    return purchase


def _named(purchase_id: UUID) -> dict[str, Any]:
    return {"purchase_id": purchase_id, "named": True}


def _plain(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, list) else value


def invite_now(by: Actor, purchase_id: UUID) -> Purchase:
    """Tell those who were chosen and not told yet that an open purchase is open. Raises Refusal, NotFound."""
    purchase = locked_purchase(purchase_id)
    if purchase.state != PurchaseState.OPEN:
        raise Refusal("wrong-state", marked("Messages go out when the purchase opens, and while it is open."))
    record_event(events.PURCHASE_INVITED, purchase.id, by)
    return purchase


def to_be_told(purchase: Purchase) -> Select[Any]:
    """Return the ids of the programs that were chosen and not told yet."""
    row = find(Invitation, purchase.id)
    named = select(InvitedProgram.program_id).where(InvitedProgram.purchase_id == purchase.id, InvitedProgram.named)
    told = select(InvitedProgram.program_id).where(
        InvitedProgram.purchase_id == purchase.id, InvitedProgram.told_at.is_not(None)
    )
    chosen: ColumnElement[bool] = true()
    if row is not None:
        fitting = false() if row.only_named else fits(row.program_types, row.counties)
        chosen = or_(fitting, Program.id.in_(named))
    return select(Program.id).where(may_join(purchase), chosen, Program.id.not_in(told))


def note_told(purchase_id: UUID, program_ids: Sequence[UUID]) -> list[UUID]:
    """Keep that programs are told, and return those that nobody told yet: each is told once a purchase."""
    rows = [(one, False) for one in program_ids]
    bulk_insert(InvitedProgram, ("program_id", "named"), rows, same={"purchase_id": purchase_id}, keep=True)
    not_told = (InvitedProgram.purchase_id == purchase_id, InvitedProgram.told_at.is_(None))
    noted = update(InvitedProgram).where(*not_told, one_of(InvitedProgram.program_id, program_ids))
    # a second delivery waits here for the first, and finds nobody left
    told = noted.values(told_at=func.clock_timestamp()).returning(InvitedProgram.program_id)
    return list(db.session.scalars(told.execution_options(synchronize_session=False)))


def remind_now(by: Actor, purchase_id: UUID) -> HandReminder:
    """Remind the programs whose lines are not sent, once a day of the state's calendar.

    Raises Refusal where that was done today, where nobody has unsent lines, or where the purchase is not open.
    """
    purchase = locked_purchase(purchase_id)
    if purchase.state != PurchaseState.OPEN:
        raise Refusal(
            "wrong-state", marked("Only while a purchase is open can programs be reminded to send their orders.")
        )
    count = count_unsent(purchase)
    if not count:
        raise Refusal("nobody-to-remind", marked("No program has an order that is not sent."))
    instant = database_now()
    day = day_here(instant)
    if find(HandReminder, purchase.id, day) is not None:
        raise Refusal("reminded-today", marked("A reminder went out today. The next one can go out tomorrow."))
    made = HandReminder(purchase_id=purchase.id, day=day, programs=count)
    db.session.add(made)
    record_event(events.PURCHASE_REMINDED, purchase.id, by, {"programs": count})
    db.session.flush()
    return made


def unsent_in(purchase: Purchase) -> Select[Any]:
    """Return the ids of the programs that typed lines, did not send them and still may.

    Those that wait for an approval were sent, and those of an order that was taken back are kept as they are.
    """
    own = (ProgramOrder.tenant_id == DraftLine.tenant_id) & (ProgramOrder.purchase_id == DraftLine.purchase_id)
    return (
        select(DraftLine.program_id)
        .join(ProgramOrder, own & (ProgramOrder.program_id == DraftLine.program_id))
        .join(Program, (Program.tenant_id == DraftLine.tenant_id) & (Program.id == DraftLine.program_id))
        .where(
            DraftLine.purchase_id == purchase.id,
            ProgramOrder.state != OrderState.WITHDRAWN,
            DraftLine.program_id.not_in(waiting_in(purchase.id, OrderApproval.program_id)),
            may_join(purchase),
        )
        .distinct()
    )


def count_unsent(purchase: Purchase) -> int:
    """Return how many programs have lines that they did not send."""
    return int(db.session.scalar(select(func.count()).select_from(unsent_in(purchase).subquery())) or 0)


def last_reminder(purchase_id: UUID) -> HandReminder | None:
    """Return the reminder that went out last by hand, or None."""
    query = select(HandReminder).where(HandReminder.purchase_id == purchase_id)
    return db.session.scalars(query.order_by(HandReminder.day.desc()).limit(1)).one_or_none()
