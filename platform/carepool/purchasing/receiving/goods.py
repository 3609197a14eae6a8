"""What is there for programs to collect: shares of what arrived and leftovers they took, less what was handed out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, union_all

from carepool.programs.models import Program
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.models.purchases import DeliveryPoint, PurchaseItem
from carepool.purchasing.receiving.counts import terms_of
from carepool.purchasing.receiving.models.collecting import HandOut, HandOutLine, Leftover, LeftoverTaking
from carepool.purchasing.receiving.models.sharing import ArrivalBill, ArrivalShare
from tenants.database import db, one_of

Key = tuple[UUID, UUID]
"""(program, item)."""
_PROGRAMS_AT_A_TIME = 1000


@dataclass(frozen=True)
class Goods:
    """Eaches of one item for one program: its share, more that it took, handed out, gone on to others; cents of the share."""

    share: int = 0
    took: int = 0
    handed: int = 0
    given_on: int = 0
    amount_cents: int = 0

    @property
    def remaining(self) -> int:
        """Eaches that are still to be collected; a recount may leave fewer than were handed out."""
        return max(0, self.share + self.took - self.handed - self.given_on)

    @property
    def own_remaining(self) -> int:
        """Eaches of its own share that are still there: what was handed out came from what it took first."""
        return min(self.remaining, max(0, self.share - self.given_on))


def goods_of(purchase_id: UUID, program_ids: Iterable[UUID]) -> dict[Key, Goods]:
    """Return what is there for some programs of a purchase whose goods are shared out."""
    ids = list(program_ids)
    version = terms_of(purchase_id).arrival_version
    found: dict[Key, dict[str, int]] = {}

    def put(name: str, query: Select[tuple[UUID, UUID, int]]) -> None:
        for program, item, eaches in db.session.execute(query):
            if eaches:
                found.setdefault((program, item), {})[name] = int(eaches)

    of_result = (ArrivalShare.purchase_id == purchase_id, ArrivalShare.version == version)
    mine = (*of_result, one_of(ArrivalShare.program_id, ids))
    put("share", select(ArrivalShare.program_id, ArrivalShare.item_id, ArrivalShare.got).where(*mine))
    put("amount_cents", select(ArrivalShare.program_id, ArrivalShare.item_id, ArrivalShare.amount_cents).where(*mine))
    put("took", _taken(LeftoverTaking.program_id, purchase_id, ids))
    put("given_on", _taken(Leftover.program_id, purchase_id, ids))
    handed = (
        select(HandOut.program_id, HandOutLine.item_id, func.sum(HandOutLine.eaches))
        .join(HandOut, and_(HandOut.tenant_id == HandOutLine.tenant_id, HandOut.id == HandOutLine.hand_out_id))
        .where(HandOut.purchase_id == purchase_id, one_of(HandOut.program_id, ids))
        .group_by(HandOut.program_id, HandOutLine.item_id)
    )
    put("handed", handed)
    return {key: Goods(**counts) for key, counts in found.items()}


def _taken(whose: Any, purchase_id: UUID, ids: list[UUID]) -> Select[tuple[UUID, UUID, int]]:
    of_offer = and_(Leftover.tenant_id == LeftoverTaking.tenant_id, Leftover.id == LeftoverTaking.leftover_id)
    return (
        select(whose, Leftover.item_id, func.sum(LeftoverTaking.eaches))
        .select_from(LeftoverTaking)
        .join(Leftover, of_offer)
        .where(Leftover.purchase_id == purchase_id, one_of(whose, ids))
        .group_by(whose, Leftover.item_id)
    )


def collecting_programs(purchase_id: UUID, point_id: UUID | None = None) -> Select[tuple[Program]]:
    """Return the programs that collect goods of a purchase at a pick-up site, at one site where it is given."""
    version = terms_of(purchase_id).arrival_version
    # Who got anything has one bill, and many shares. The offset keeps PostgreSQL from joining: right after a result was
    # written it knows nothing of its size, and would read all bills once an order.
    bill = (
        select(ArrivalBill.program_id)
        .where(
            ArrivalBill.tenant_id == ProgramOrder.tenant_id,
            ArrivalBill.purchase_id == purchase_id,
            ArrivalBill.version == version,
            ArrivalBill.program_id == ProgramOrder.program_id,
        )
        .offset(0)
    )
    sites = select(DeliveryPoint.id).where(DeliveryPoint.purchase_id == purchase_id, DeliveryPoint.kind == "site")
    if point_id is not None:
        sites = sites.where(DeliveryPoint.id == point_id)
    placed = select(ProgramOrder.program_id).where(
        ProgramOrder.purchase_id == purchase_id,
        ProgramOrder.state == OrderState.PLACED,
        ProgramOrder.delivery_point_id.in_(sites),
        bill.exists(),
    )
    offers = select(Leftover.id).where(Leftover.purchase_id == purchase_id, Leftover.pool_id.in_(sites))
    takers = select(LeftoverTaking.program_id).where(LeftoverTaking.leftover_id.in_(offers))
    # one set that is joined: with `or` PostgreSQL reads the set once a program
    return select(Program).where(Program.id.in_(union_all(placed, takers)))


def collecting_in_parts(purchase_id: UUID, point_id: UUID | None = None) -> Iterator[Sequence[Program]]:
    """Yield the same programs by id, some at a time."""
    query = collecting_programs(purchase_id, point_id).order_by(Program.id).limit(_PROGRAMS_AT_A_TIME)
    some = db.session.scalars(query).all()
    while some:
        yield some
        some = db.session.scalars(query.where(Program.id > some[-1].id)).all()


def items_by_id(purchase_id: UUID, ids: Iterable[UUID]) -> dict[UUID, PurchaseItem]:
    """Return some items of a purchase."""
    query = select(PurchaseItem).where(PurchaseItem.purchase_id == purchase_id, one_of(PurchaseItem.id, set(ids)))
    return {one.id: one for one in db.session.scalars(query)}
