"""Verbs of a vendor at its desk: see an order of any state, and say something of it.

All that is written is one row, and work for the state that the order is from; what follows is worked out there.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import NotFound, Refusal
from carepool.identity.actions import SignedIn
from carepool.outbox import leave_for
from carepool.sentences import marked
from carepool.vendors.answers.actions import LineSaid, check_said
from carepool.vendors.desk.models import DeskOrder, DeskPartner, DeskSaid, SaidKind, SaidState
from carepool.vendors.documents.kept import from_json
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.links.invoices import MOST_BYTES, kind_of
from tenants.database import db, session
from tenants.ids import new_id

STANDINGS = ("new", "opened", "acknowledged", "answered", "old")
"""Where an order stands at the desk; each word is a choice of the list."""


def orders_at_desk(state: int | None = None, standing: str = "") -> Select[Any]:
    """Return the query of the vendor's orders: of one state (its number), of one of STANDINGS; all without either."""
    found = select(DeskOrder).where(DeskOrder.vendor_id == session().scope.id)
    if state is not None:
        found = found.where(DeskOrder.tenant_id == state)
    conditions: dict[str, list[Any]] = {
        "new": [DeskOrder.current, DeskOrder.opened_at.is_(None), DeskOrder.acknowledged_at.is_(None)],
        "opened": [DeskOrder.current, DeskOrder.opened_at.is_not(None), DeskOrder.acknowledged_at.is_(None)],
        "acknowledged": [DeskOrder.current, DeskOrder.acknowledged_at.is_not(None), DeskOrder.answered_at.is_(None)],
        "answered": [DeskOrder.current, DeskOrder.answered_at.is_not(None)],
        "old": [~DeskOrder.current],
    }
    return found.where(*conditions.get(standing, ()))


def standing_of(own: DeskOrder) -> str:
    """Return which of STANDINGS an order has. Pure."""
    if not own.current:
        return "old"
    if own.answered_at:
        return "answered"
    return "acknowledged" if own.acknowledged_at else "opened" if own.opened_at else "new"


def states_at_desk() -> Sequence[int]:
    """Return the numbers of the states that work with this desk."""
    own = select(DeskPartner.tenant_id).where(DeskPartner.vendor_id == session().scope.id)
    return db.session.scalars(own.order_by(DeskPartner.tenant_id)).all()


def order_or_404(order_id: UUID) -> DeskOrder:
    """Return an order of this vendor, of whichever state. Raises NotFound."""
    own = DeskOrder.vendor_id == session().scope.id, DeskOrder.id == order_id
    found = db.session.scalars(select(DeskOrder).where(*own)).one_or_none()
    if found is None:
        raise NotFound("order")
    return found


def document_of(own: DeskOrder) -> Order:
    """Return the order as it was sent."""
    return from_json(own.document)


def open_order(who: SignedIn, own: DeskOrder) -> None:
    """Say, once, that someone of the vendor sees the order."""
    if own.opened_at is None and own.acknowledged_at is None:
        _say(who, own, SaidKind.OPENED)


def acknowledge(who: SignedIn, own: DeskOrder) -> None:
    """Say, once, that the vendor has the order. Raises Refusal for one that counts no more."""
    _must_be_current(own)
    if own.acknowledged_at is None:
        _say(who, own, SaidKind.ACKNOWLEDGED)


def answer(who: SignedIn, own: DeskOrder, said: Mapping[int, LineSaid], note: str) -> DeskSaid:
    """Say what comes of each line. Raises Invalid naming the line's fields, and Refusal for an order that counts no more."""
    _must_be_current(own)
    check_said(said, {line.line: line.cases for line in document_of(own).lines})
    body = {"lines": {str(number): _kept(one) for number, one in said.items()}, "note": note}
    return _say(who, own, SaidKind.ANSWERED, body)


def bring_invoice(who: SignedIn, own: DeskOrder, stream: IO[bytes], name: str) -> DeskSaid:
    """Bring an invoice as a file. Raises Invalid where it is empty, too large, or of a kind that nobody can read."""
    kind_of(stream)
    return _say(who, own, SaidKind.INVOICED, {"name": name[:200]}, stream.read(MOST_BYTES))


def _must_be_current(own: DeskOrder) -> None:
    if not own.current:
        raise Refusal("order-changed", marked("A newer version of this order was sent. Answer that one."))


def _say(
    who: SignedIn, own: DeskOrder, kind: SaidKind, body: Mapping[str, Any] | None = None, content: bytes | None = None
) -> DeskSaid:
    said_id = new_id()
    values = {
        "tenant_id": own.tenant_id,
        "vendor_id": own.vendor_id,
        "id": said_id,
        "order_id": own.id,
        "kind": kind,
        "body": dict(body or {}),
        "content": content,
        "person_id": who.person.id,
        "person_name": who.person.name,
    }
    db.session.execute(insert(DeskSaid).values(values).on_conflict_do_nothing())
    same = (DeskSaid.tenant_id == own.tenant_id, DeskSaid.vendor_id == own.vendor_id, DeskSaid.order_id == own.id)
    newest = select(DeskSaid).where(*same, DeskSaid.kind == kind).order_by(DeskSaid.id.desc()).limit(1)
    made = db.session.scalars(newest).one()
    if made.id == said_id:
        leave_for(own.tenant_id, events.DESK_SAID, said_id)
    return made


def not_taken(own: DeskOrder) -> Sequence[DeskSaid]:
    """Return what was said of an order and is not taken in: what waits, and the newest word where it was refused."""
    same = (DeskSaid.tenant_id == own.tenant_id, DeskSaid.vendor_id == own.vendor_id, DeskSaid.order_id == own.id)
    told = DeskSaid.kind.in_([SaidKind.ANSWERED, SaidKind.INVOICED])
    newest = db.session.scalars(select(DeskSaid).where(*same, told).order_by(DeskSaid.id.desc()).limit(10)).all()
    return [
        one for place, one in enumerate(newest)
        if one.state == SaidState.WAITING or (place == 0 and one.state == SaidState.REFUSED)
    ]  # fmt: skip


def _kept(one: LineSaid) -> dict[str, Any]:
    day = one.promised_on.isoformat() if one.promised_on else None
    return {
        "status": str(one.status), "cases": one.cases, "price_cents": one.price_cents, "promised_on": day,
        "substitute_sku": one.substitute_sku, "substitute_name": one.substitute_name,
    }  # fmt: skip


def said_lines(body: Mapping[str, Any]) -> dict[int, LineSaid]:
    """Read the lines of an answer that was kept."""
    return {
        int(number): LineSaid(
            LineStatus(one["status"]),
            one["cases"],
            one["price_cents"],
            date.fromisoformat(one["promised_on"]) if one["promised_on"] else None,
            one["substitute_sku"],
            one["substitute_name"],
        )
        for number, one in body["lines"].items()
    }
