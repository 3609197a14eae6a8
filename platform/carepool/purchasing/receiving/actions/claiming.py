"""Verbs of claims to a vendor: write down what is missing, say that a claim was sent, and what the vendor answered."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, NotFound, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.counts import line_counts
from carepool.purchasing.receiving.models.claims import ClaimKind, ClaimState, VendorClaim
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id


def claim_what_is_missing(by: Actor, purchase: Purchase, order: PurchaseOrder) -> None:
    """Bring the claims of an order of a locked purchase in line with its counts.

    What is missing beyond the claims that were sent is one open claim a line and kind; it grows, shrinks and is
    withdrawn with later counts. A claim that was sent stays as it is.
    """
    query = select(VendorClaim).where(VendorClaim.purchase_order_id == order.id).order_by(VendorClaim.round)
    made: dict[tuple[int, str], list[VendorClaim]] = {}
    for claim in db.session.scalars(query):
        made.setdefault((claim.line, str(claim.kind)), []).append(claim)
    for count in line_counts(purchase.id, [order]):
        for kind, eaches in count.standing.missing.items():
            earlier = made.get((count.line.line, str(kind)), [])
            fixed = [one for one in earlier if one.state not in (ClaimState.OPEN, ClaimState.WITHDRAWN)]
            rest = max(0, eaches - sum(one.eaches for one in fixed))
            cents = max(0, count.standing.claimed_cents[kind] - sum(one.amount_cents for one in fixed)) if rest else 0
            _bring(by, purchase, order, count.line.line, kind, earlier, rest, cents)
    db.session.flush()


def _bring(
    by: Actor,
    purchase: Purchase,
    order: PurchaseOrder,
    line: int,
    kind: ClaimKind,
    earlier: list[VendorClaim],
    eaches: int,
    cents: int,
) -> None:
    """Let the open claim of a line and kind say this; make or withdraw it where there is none or nothing to say."""
    own = next((one for one in earlier if one.state == ClaimState.OPEN), None)
    if own is None and eaches:
        own = VendorClaim(
            id=new_id(), purchase_id=purchase.id, purchase_order_id=order.id, line=line, kind=kind,
            round=len(earlier) + 1, eaches=eaches, amount_cents=cents, state=ClaimState.OPEN, accepted_cents=0, note="",
            version=1,
        )  # fmt: skip
        db.session.add(own)
        record_event(events.VENDOR_CLAIM_MADE, own.id, by, {**_facts(own, order), "eaches": [None, eaches]})
    elif own is not None and (own.eaches, own.amount_cents) != (eaches, cents):
        before = own.eaches
        if eaches:
            own.eaches, own.amount_cents = eaches, cents
        else:
            own.move(ClaimState.WITHDRAWN)
        own.version += 1
        record_event(events.VENDOR_CLAIM_CHANGED, own.id, by, {**_facts(own, order), "eaches": [before, eaches]})


def _facts(claim: VendorClaim, order: PurchaseOrder) -> dict[str, object]:
    return {"purchase": str(claim.purchase_id), "number": order.number, "line": claim.line, "kind": str(claim.kind)}


@dataclass(frozen=True)
class Settling:
    """What becomes of a claim: the state it goes to, what the vendor gives in cents where it accepts, and a note."""

    to: ClaimState
    accepted_cents: int | None = None
    note: str = ""


def settle_claim(by: Actor, claim_id: UUID, settling: Settling, based_on: int | None) -> VendorClaim:
    """Say that a claim was sent, accepted or refused. Accepted without an amount means all of it.

    Raises Stale where it was changed since version `based_on` was read, Invalid, Refusal and NotFound.
    """
    claim = find(VendorClaim, claim_id)
    if claim is None:
        raise NotFound("vendor claim")
    locked_purchase(claim.purchase_id)
    db.session.refresh(claim)
    if claim.version != based_on:
        raise Stale()
    given = 0
    if settling.to == ClaimState.ACCEPTED:
        given = claim.amount_cents if settling.accepted_cents is None else settling.accepted_cents
        if not 0 <= given <= claim.amount_cents:
            sentence = marked("The vendor cannot give more than was claimed.")
            raise Invalid("too-much", sentence, {"accepted_cents": [sentence]})
    before = claim.state
    claim.move(settling.to)
    claim.accepted_cents, claim.note = given, settling.note or claim.note
    claim.version += 1
    told = {"purchase": str(claim.purchase_id), "state": [str(before), str(claim.state)], "note": settling.note}
    record_event(events.VENDOR_CLAIM_SETTLED, claim.id, by, told | ({"accepted_cents": given} if given else {}))
    db.session.flush()
    return claim
