"""What a state lets a vendor see at its desk, and what the vendor says there. Bridge tables: one state and one vendor."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.kept_sentences import KeptSentence
from carepool.sentences import NOTHING, Sentence
from tenants.database import BridgeTable, tenant_fk
from tenants.ids import new_id

NOTICE_DAYS = 30
"""Days between the proposal of a price and the day from which it holds, until a state says otherwise."""


class DeskPartner(BridgeTable):
    """That a state works with a vendor's desk, and what it shows there. Without a row the desk knows nothing of a state."""

    __tablename__ = "desk_partner"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Whether new orders are shown at the desk.
    shown: Mapped[bool] = mapped_column(Boolean, default=True)
    #: Who was asked to be the first administrator of the desk; empty where the vendor had people already.
    invited_name: Mapped[str] = mapped_column(Text, default="")
    #: In lower case.
    invited_email: Mapped[str] = mapped_column(Text, default="")
    #: Days of notice that the state wants before a price changes.
    notice_days: Mapped[int] = mapped_column(Integer, default=NOTICE_DAYS)
    #: Whether the state lets the vendor see sums of what is coming.
    shares_forecast: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Changes of the row; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        UniqueConstraint("tenant_id", "vendor_id"),
        CheckConstraint("notice_days between 0 and 365", name="notice_in_a_year"),
        Index("ix_desk_partner_vendor", "vendor_id", "id"),
    )


class DeskOrder(BridgeTable):
    """One order as the vendor was sent it: the neutral document, and where it stands."""

    __tablename__ = "desk_order"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: The message that counts for it.
    delivery_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    content_sha256: Mapped[str] = mapped_column(Text)
    #: The whole document; see `documents.kept`.
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    deliver_on: Mapped[date | None] = mapped_column(Date)
    cutoff_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Whether it is what the state asks for now; False: a newer version was sent, or the purchase was canceled.
    current: Mapped[bool] = mapped_column(Boolean, default=True)
    #: It says that nothing is wanted any more: its lines are those that are taken back.
    canceled: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The newest answer, by line number of the document: [code, cases, cents a case, day, number and name of a substitute].
    said: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, default=dict)
    #: What the state decided about it: {line number: `waiting`, `accepted`, `declined` or `overtaken`}.
    decided: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    #: Invoices that came: [[file name, instant], ...].
    invoices: Mapped[list[list[str]]] = mapped_column(JSONB, default=list)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("delivery_id", "order_delivery"),
        UniqueConstraint("tenant_id", "purchase_id", "vendor_id", "content_sha256"),
        Index("ix_desk_order_vendor", "vendor_id", "id"),
        Index("ix_desk_order_state", "vendor_id", "tenant_id", "id"),
    )


class SaidKind(StrEnum):
    """What a vendor says of an order at its desk; the words are kept."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    INVOICED = "invoiced"
    #: Yes or no to a change after the cut-off.
    CHANGE_ANSWERED = "change_answered"


class SaidState(StrEnum):
    """Whether the state's side has taken in what the vendor said."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"


class DeskSaid(BridgeTable):
    """What someone at a vendor said of an order: the vendor only adds the row, a task of the state takes it in."""

    __tablename__ = "desk_said"
    vendor_adds = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID]
    kind: Mapped[SaidKind] = mapped_column(Text)
    #: Of an answer {lines: {number: {status, cases, ...}}, note}; of an invoice {name}; of a yes or no {question, accepted,
    #: note}.
    body: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: The bytes of an invoice, until the state's side has kept them.
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Who said it: a person of the vendor, by id and name.
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(Text)
    state: Mapped[SaidState] = mapped_column(Text, default=SaidState.WAITING)
    #: Why it was refused.
    error: Mapped[Sentence] = mapped_column(KeptSentence, default=NOTHING)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    taken_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("order_id", "desk_order"),
        CheckConstraint(
            "kind in ('opened', 'acknowledged', 'answered', 'invoiced', 'change_answered')", name="kind_known"
        ),
        # of two presses at once one counts
        Index(
            "ux_desk_said_once", "tenant_id", "order_id", "kind", unique=True,
            postgresql_where=sql("kind in ('opened', 'acknowledged')"),
        ),
        Index("ix_desk_said_order", "tenant_id", "order_id", "id"),
        Index("ix_desk_said_vendor", "vendor_id", "id"),
    )  # fmt: skip


class DeskItem(BridgeTable):
    """An item of a contract as its vendor may see it, to propose other prices: copied from the catalog."""

    __tablename__ = "desk_item"

    #: The catalog item's own id.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    contract: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    pack_text: Mapped[str] = mapped_column(Text)
    price_basis: Mapped[str] = mapped_column(Text)
    ladder: Mapped[list[Any]] = mapped_column(JSONB)
    list_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: The version of the catalog item that this is a copy of.
    version: Mapped[int] = mapped_column(Integer)
    gone: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        tenant_fk("id", "catalog_item"),
        Index("ix_desk_item_vendor", "vendor_id", "tenant_id", "sku", "id"),
    )
