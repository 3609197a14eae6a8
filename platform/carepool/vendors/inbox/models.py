"""Files that came from vendors, and the shipments that they announce."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.kept_sentences import KeptSentence
from carepool.sentences import NOTHING, Sentence
from tenants.database import BridgeTable, tenant_fk
from tenants.ids import new_id


class Door(StrEnum):
    """By which door a file came; these words are kept."""

    LINK = "link"
    CXML = "cxml"
    SFTP = "sftp"
    #: A coordinator who got it by mail.
    HAND = "hand"


class FileState(StrEnum):
    """What became of a file. A refused one changed nothing."""

    TAKEN = "taken"
    REFUSED = "refused"


class VendorFile(BridgeTable):
    """A file with answers, receipts or ship notices; the same bytes of the same vendor are taken once."""

    __tablename__ = "vendor_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The first purchase that it speaks of; None where that cannot be told.
    purchase_id: Mapped[UUID | None]
    file_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    door: Mapped[Door] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[FileState] = mapped_column(Text)
    #: Why it was refused, with the place in the file.
    error: Mapped[Sentence] = mapped_column(KeptSentence, default=NOTHING)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    #: What was in it: [{kind, order}, ...].
    documents: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        Index(
            "uq_vendor_file_taken",
            "tenant_id",
            "vendor_id",
            "sha256",
            unique=True,
            postgresql_where=sql("state = 'taken'"),
        ),
        Index("ix_vendor_file_purchase", "tenant_id", "purchase_id", "id"),
        Index("ix_vendor_file_vendor", "vendor_id", "id"),
    )


class ExpectedShipment(BridgeTable):
    """Goods that a vendor says are on their way; a later notice of the same number counts instead of the earlier one."""

    __tablename__ = "expected_shipment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    vendor_file_id: Mapped[UUID]
    #: The vendor's number of the shipment, and how often it told of it: 1 for the first time.
    number: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    shipped_on: Mapped[date | None] = mapped_column(Date)
    arrives_on: Mapped[date | None] = mapped_column(Date)
    carrier: Mapped[str] = mapped_column(Text, default="")
    tracking: Mapped[list[str]] = mapped_column(JSONB, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("vendor_file_id", "vendor_file"),
        UniqueConstraint("tenant_id", "purchase_id", "vendor_id", "number", "revision"),
        Index("ix_expected_shipment_vendor", "vendor_id", "id"),
    )


class ExpectedLine(BridgeTable):
    """So many cases of a line of a purchase order that are on their way, with their lot where it is told."""

    __tablename__ = "expected_line"

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Its place in the notice, from 1.
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    purchase_order_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    cases: Mapped[int] = mapped_column(Integer)
    lot: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        tenant_fk("shipment_id", "expected_shipment"),
        tenant_fk("purchase_order_id", "purchase_order"),
        Index("ix_expected_line_order", "tenant_id", "purchase_order_id"),
        Index("ix_expected_line_vendor", "vendor_id", "shipment_id"),
    )
