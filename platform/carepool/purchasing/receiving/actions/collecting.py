"""Verbs of collecting: hand goods out to a program, and pass on at cost what nobody collected."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.money import half_up
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.receiving.counts import terms_of
from carepool.purchasing.receiving.goods import Goods, goods_of
from carepool.purchasing.receiving.models.collecting import HandOut, HandOutLine, Leftover, LeftoverTaking
from carepool.purchasing.receiving.models.sharing import Credit
from carepool.purchasing.receiving.pick_up_codes import same_code
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id

COLLECTED_IN = (PurchaseState.RECEIVING, PurchaseState.SETTLED)


@dataclass(frozen=True)
class Handing:
    """Goods that go to a program, against the name of who takes them or the code of the pick-up card.

    `key`: what the device calls it; `eaches`: {item: eaches}, None: all that is there for the program.
    """

    key: str
    taken_by: str = ""
    code: str = ""
    eaches: Mapping[UUID, int] | None = None

    def fingerprint(self, purchase_id: UUID, program_id: UUID) -> str:
        """Return a SHA-256 of what is handed out to whom."""
        lines = sorted((str(item), count) for item, count in (self.eaches or {}).items())
        facts = [str(purchase_id), str(program_id), self.taken_by, self.code, lines]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def hand_out(by: Actor, purchase_id: UUID, program_id: UUID, handing: Handing) -> HandOut:
    """Hand goods out to a program; the same key again is the same hand-out. Two hands at once give nothing twice.

    Raises Invalid for a wrong code, no name, or more than there is; Refusal; NotFound.
    """
    purchase = locked_purchase(purchase_id)
    if find(Program, program_id) is None:
        raise NotFound("program")
    fingerprint = handing.fingerprint(purchase.id, program_id)
    known = db.session.scalars(
        select(HandOut).where(HandOut.purchase_id == purchase.id, HandOut.count_key == handing.key)
    ).one_or_none()
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Refusal("count-key-used", marked("This was sent before with other numbers. Load the page again."))
        return known
    _must_be_shared(purchase)
    if handing.code and not same_code(handing.code, purchase.id, program_id):
        sentence = marked("This is not the code of this program's pick-up card.")
        raise Invalid("wrong-code", sentence, {"code": [sentence]})
    if not (handing.code or handing.taken_by):
        sentence = marked("Write who takes the goods, or the code of the pick-up card.")
        raise Invalid("who-takes-it", sentence, {"taken_by": [sentence]})
    lines = _lines(goods_of(purchase.id, [program_id]), program_id, handing.eaches)
    own = HandOut(
        id=new_id(),
        purchase_id=purchase.id,
        program_id=program_id,
        count_key=handing.key,
        fingerprint=fingerprint,
        taken_by=handing.taken_by,
        person_id=by.person_id,
    )
    db.session.add(own)
    db.session.flush()
    db.session.add_all(HandOutLine(hand_out_id=own.id, item_id=item, eaches=count) for item, count in lines.items())
    told = {"purchase": str(purchase.id), "program": str(program_id), "lines": len(lines), "who": handing.taken_by}
    record_event(events.GOODS_HANDED_OUT, own.id, by, told)
    db.session.flush()
    return own


def _lines(
    found: Mapping[tuple[UUID, UUID], Goods], program_id: UUID, wanted: Mapping[UUID, int] | None
) -> dict[UUID, int]:
    there = {item: goods.remaining for (_, item), goods in found.items() if goods.remaining}
    if wanted is None:
        if not there:
            raise Refusal("nothing-left", marked("Nothing is left to hand out to this program."))
        return there
    lines = {item: count for item, count in wanted.items() if count}
    if any((program_id, item) not in found for item in lines):
        raise NotFound("item")
    faults = {
        f"eaches.{item}": [marked("Only %(count)s are there.", count=there.get(item, 0))]
        for item, count in lines.items()
        if not 0 < count <= there.get(item, 0)
    }
    if not lines:
        faults = {"eaches": [marked("Nothing was chosen to hand out.")]}
    if faults:
        raise Invalid("invalid", marked("Something needs to be corrected."), faults)
    return lines


def _must_be_shared(purchase: Purchase) -> None:
    if purchase.state not in COLLECTED_IN or not terms_of(purchase.id).arrival_version:
        raise Refusal("not-shared-yet", marked("The goods are not counted and shared out yet. Count them first."))


@dataclass(frozen=True)
class Taking:
    """What a program takes of what is left; `key`: what the device calls it."""

    key: str
    eaches: int


def take_leftover(by: Actor, leftover_id: UUID, program_id: UUID, taking: Taking) -> LeftoverTaking:
    """Let a program take goods that are left, at cost: it owes what they cost, and who did not collect them owes that less.

    First come, first served: two presses at once never take more than there is. Raises Refusal, Invalid, NotFound.
    """
    offer = find(Leftover, leftover_id)
    if offer is None:
        raise NotFound("leftover")
    if find(Program, program_id) is None:
        raise NotFound("program")
    locked_purchase(offer.purchase_id)
    known = db.session.scalars(
        select(LeftoverTaking).where(LeftoverTaking.leftover_id == offer.id, LeftoverTaking.count_key == taking.key)
    ).one_or_none()
    if known is not None:
        if (known.program_id, known.eaches) != (program_id, taking.eaches):
            raise Refusal("count-key-used", marked("This was sent before with other numbers. Load the page again."))
        return known
    if offer.program_id == program_id:
        raise Refusal("own-goods", marked("These goods are yours. Collect them; you pay for them already."))
    before = taken_of(offer.id)
    left = left_of(offer, before)
    if not 0 < taking.eaches <= left:
        sentence = marked("Only %(count)s are left. Somebody may have been faster.", count=left)
        raise Invalid("not-enough-left", sentence, {"eaches": [sentence]})
    cents = cost_of(offer, before + taking.eaches) - cost_of(offer, before)
    own = LeftoverTaking(
        id=new_id(),
        leftover_id=offer.id,
        program_id=program_id,
        count_key=taking.key,
        eaches=taking.eaches,
        amount_cents=cents,
    )
    db.session.add(own)
    db.session.flush()
    for program, amount in ((program_id, -cents), (offer.program_id, cents)):
        if program is not None and amount:
            db.session.add(
                Credit(
                    id=new_id(), purchase_id=offer.purchase_id, program_id=program, cause="left_over", cause_id=own.id,
                    amount_cents=amount,
                )
            )  # fmt: skip
    told = {"purchase": str(offer.purchase_id), "program": str(program_id), "eaches": taking.eaches}
    record_event(events.LEFTOVER_TAKEN, own.id, by, told)
    db.session.flush()
    return own


def cost_of(offer: Leftover, eaches: int) -> int:
    """Return what the first so many eaches of an offer cost, in cents: all takings together cost what the offer does."""
    return half_up(offer.cost_cents * eaches, offer.eaches)


def taken_of(leftover_id: UUID) -> int:
    """Return how many eaches of an offer were taken."""
    taken = select(func.sum(LeftoverTaking.eaches)).where(LeftoverTaking.leftover_id == leftover_id)
    return int(db.session.scalar(taken) or 0)


def left_of(offer: Leftover, taken: int) -> int:
    """Return how many eaches of an offer are left; who owns them may have collected them meanwhile."""
    left = offer.eaches - taken
    if offer.program_id is None:
        return left
    goods = goods_of(offer.purchase_id, [offer.program_id]).get((offer.program_id, offer.item_id), Goods())
    return max(0, min(left, goods.own_remaining))
