"""What an edit of programs' orders after the close asks for, checked and put into the orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from carepool.errors import Invalid, NotFound, Refusal
from carepool.programs.models import Program
from carepool.purchasing.actions.joining import LARGEST_QUANTITY, Line
from carepool.purchasing.actions.ordering import draft_lines, placed_lines, put_after_close
from carepool.purchasing.models.closings import LineResult
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.sentences import Sentence, marked
from tenants.database import db, find, one_of

MOST_PROGRAMS = 50
"""Programs that one edit changes; more is another purchase."""
_DOOR = "door"


@dataclass(frozen=True)
class ProgramWish:
    """What a coordinator wants for one program: eaches by item (others stay as they are), or nothing at all any more."""

    program_id: UUID
    wanted: Mapping[UUID, int]
    withdrawn: bool = False


@dataclass(frozen=True)
class EditedOrder:
    """One program's order before and after: its row, its pool, its lines as they are and as they will be."""

    order: ProgramOrder
    pool_id: UUID
    before: Sequence[Line]
    after: Sequence[Line]

    def changes(self) -> Iterator[tuple[UUID, int, int]]:
        """Yield (item, eaches wanted before, then) of every line that differs; an order that did not count wanted none."""
        old = {one.item_id: one for one in self.before} if self.order.state == OrderState.PLACED else {}
        new = {one.item_id: one for one in self.after}
        for item_id in {**old, **new}:
            before, after = old.get(item_id, Line(item_id, 0)), new.get(item_id, Line(item_id, 0))
            if before != after:
                yield item_id, before.wanted, after.wanted


def edited_orders(purchase: Purchase, wishes: Sequence[ProgramWish]) -> list[EditedOrder]:
    """Lock the orders that an edit names and return them as they are and will be.

    Raises NotFound for a program without an order or draft, Invalid naming `programs.<n>.lines.<n>.wanted`, and Refusal
    where nothing would change.
    """
    if not wishes:
        raise Invalid("no-programs", marked("Choose at least one program."))
    if len(wishes) > MOST_PROGRAMS:
        raise Invalid("too-many-programs", marked("Change at most %(most)s programs at once.", most=MOST_PROGRAMS))
    if len({one.program_id for one in wishes}) != len(wishes):
        raise Invalid("program-twice", marked("Name each program once."))
    items = {one.id: one for one in _items(purchase, {item for one in wishes for item in one.wanted})}
    orders = _orders(purchase, [one.program_id for one in wishes])
    found, faults = [], dict[str, list[Sentence]]()
    for place, wish in enumerate(wishes):
        order = orders.get(wish.program_id)
        if order is None:
            raise NotFound("order")
        own = _edited(order, wish)
        faults |= _faults(place, own, wish, items)
        found.append(own)
    if faults:
        raise Invalid("bad-edit", marked("Some of what was typed must be mended."), faults)
    edited = [one for one in found if any(one.changes())]
    if not edited:
        raise Refusal("nothing-changes", marked("Nothing is different. Change a quantity first."))
    _must_be_bought(purchase, {item for one in edited for item, _before, _after in one.changes()})
    return edited


def put(edited: Sequence[EditedOrder], at: datetime) -> None:
    """Write orders as they will be."""
    for one in edited:
        put_after_close(one.order, one.after, one.pool_id, at)
    db.session.flush()


def lines_of_order(order: ProgramOrder) -> list[Line]:
    """Return the lines of an order that counts, or those that were typed and never sent."""
    read = placed_lines if order.state == OrderState.PLACED else draft_lines
    return read(order.purchase_id, order.program_id)


def _edited(order: ProgramOrder, wish: ProgramWish) -> EditedOrder:
    before = lines_of_order(order)
    point = db.session.get_one(DeliveryPoint, (order.tenant_id, order.delivery_point_id))
    pool = order.program_id if point.kind == _DOOR else point.id
    if wish.withdrawn:
        return EditedOrder(order, pool, before, ())
    asked = {one.item_id: one for one in before}
    for item_id, wanted in wish.wanted.items():
        old = asked.get(item_id, Line(item_id, 0))
        if wanted == old.wanted:
            continue
        asked[item_id] = Line(item_id, wanted, old.extra, old.boost) if wanted else Line(item_id, 0)
    return EditedOrder(order, pool, before, tuple(one for one in asked.values() if not one.empty))


def _faults(
    place: int, own: EditedOrder, wish: ProgramWish, items: Mapping[UUID, PurchaseItem]
) -> dict[str, list[Sentence]]:
    program = find(Program, wish.program_id)
    found: dict[str, list[Sentence]] = {}
    after = {one.item_id: one for one in own.after}
    before = {one.item_id: one.wanted for one in own.before}
    for line, (item_id, wanted) in enumerate(wish.wanted.items()):
        at = f"programs.{place}.lines.{line}"
        if item_id not in items:
            found[f"{at}.item_id"] = [marked("This purchase has no such item.")]
        elif not 0 <= wanted <= LARGEST_QUANTITY:
            found[f"{at}.wanted"] = [marked("At most %(limit)s eaches of one item.", limit=LARGEST_QUANTITY)]
        elif item_id in after and wanted > before.get(item_id, 0):
            each, places = items[item_id].eaches_per_place, program.capacity if program else None
            own_line = after[item_id]
            if each is not None and own_line.wanted + own_line.extra + own_line.boost > each * (places or 0):
                sentence = marked(
                    "At most %(limit)s for %(places)s licensed places, extra and boost counted.",
                    limit=each * (places or 0),
                    places=places or 0,
                )
                found[f"{at}.wanted"] = [sentence]
    return found


def _items(purchase: Purchase, ids: set[UUID]) -> list[PurchaseItem]:
    own = PurchaseItem.purchase_id == purchase.id, one_of(PurchaseItem.id, ids)
    return list(db.session.scalars(select(PurchaseItem).where(*own)))


def _orders(purchase: Purchase, programs: Sequence[UUID]) -> dict[UUID, ProgramOrder]:
    own = ProgramOrder.purchase_id == purchase.id, one_of(ProgramOrder.program_id, programs)
    found = select(ProgramOrder).where(*own).order_by(ProgramOrder.program_id).with_for_update()
    return {one.program_id: one for one in db.session.scalars(found.execution_options(populate_existing=True))}


def _must_be_bought(purchase: Purchase, items: set[UUID]) -> None:
    """Refuse lines of a vendor of whom nothing was bought: there is no order that they could change."""
    dropped = (
        select(PurchaseItem.name)
        .join(
            LineResult,
            (LineResult.tenant_id == PurchaseItem.tenant_id) & (LineResult.item_id == PurchaseItem.id),
        )
        .where(
            LineResult.purchase_id == purchase.id,
            LineResult.version == purchase.close_version,
            LineResult.dropped,
            one_of(PurchaseItem.contract_id, _contracts(items)),
        )
    )
    name = db.session.scalars(dropped.order_by(PurchaseItem.name).limit(1)).first()
    if name is not None:
        sentence = marked(
            "Nothing was bought from the vendor of %(item)s, as its minimum was missed. Leave its items as they are.",
            item=name,
        )
        raise Refusal("vendor-left-out", sentence)


def _contracts(items: set[UUID]) -> list[UUID]:
    return list(db.session.scalars(select(PurchaseItem.contract_id).where(one_of(PurchaseItem.id, items)).distinct()))
