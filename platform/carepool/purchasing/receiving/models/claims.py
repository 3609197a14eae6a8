"""What is claimed from a vendor because it did not come, or not as ordered: one row a line, kind and round."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Refusal
from carepool.sentences import marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class ClaimKind(StrEnum):
    """What was wrong."""

    SHORT = "short"
    DAMAGED = "damaged"
    #: Another item came and was not taken.
    WRONG = "wrong"


class ClaimState(StrEnum):
    """Where a claim to a vendor stands; the history tells who moved it and when."""

    OPEN = "open"
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    #: A later count showed that nothing is missing.
    WITHDRAWN = "withdrawn"


_MOVES = {
    ClaimState.OPEN: {ClaimState.SENT, ClaimState.WITHDRAWN},
    ClaimState.SENT: {ClaimState.ACCEPTED, ClaimState.REFUSED},
    ClaimState.REFUSED: {ClaimState.SENT},
    ClaimState.ACCEPTED: set(),
    ClaimState.WITHDRAWN: set(),
}


class VendorClaim(TenantTable):
    """A claim for one line of a purchase order. One that was sent stays as it is; more of the same is a new round."""

    __tablename__ = "vendor_claim"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    purchase_order_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    kind: Mapped[ClaimKind] = mapped_column(Text)
    round: Mapped[int] = mapped_column(Integer)
    eaches: Mapped[int] = mapped_column(BigInteger)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[ClaimState] = mapped_column(Text, default=ClaimState.OPEN)
    #: What the vendor gave, in cents, where it accepted.
    accepted_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: Changes; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk(["purchase_order_id", "line"], "purchase_order_line.purchase_order_id,line"),
        UniqueConstraint("tenant_id", "purchase_order_id", "line", "kind", "round"),
        CheckConstraint("kind in ('short', 'damaged', 'wrong')", name="kind_known"),
        CheckConstraint("state in ('open', 'sent', 'accepted', 'refused', 'withdrawn')", name="state_known"),
        CheckConstraint("accepted_cents between 0 and amount_cents", name="accepted_within"),
        Index("ix_vendor_claim_purchase", "tenant_id", "purchase_id", "id"),
    )

    @property
    def moves(self) -> frozenset[ClaimState]:
        """The states that it may go to now."""
        return frozenset(_MOVES[ClaimState(self.state)])

    def move(self, to: ClaimState) -> None:
        """Change the state. Raises Refusal with where it stands."""
        if to not in self.moves:
            raise Refusal("wrong-state", _STANDS[ClaimState(self.state)])
        self.state = to


_STANDS = {
    ClaimState.OPEN: marked("This claim was not sent yet. Send it to the vendor first."),
    ClaimState.SENT: marked("This claim was sent. Write down whether the vendor accepts it."),
    ClaimState.ACCEPTED: marked("The vendor accepted this claim; it can no longer be changed."),
    ClaimState.REFUSED: marked("The vendor refused this claim. Send it once more, or leave it."),
    ClaimState.WITHDRAWN: marked("A later count showed that nothing is missing, so this claim was withdrawn."),
}
