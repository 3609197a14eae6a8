"""Proposals: what a vendor's answer would change, with what follows from it; accepted by a rule or a person."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.actions.recomputing import ItemSupplied, as_decided, recompute
from carepool.purchasing.models.purchase_orders import PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.notices import item_substituted, result_changed
from carepool.sentences import marked
from carepool.vendors.answers.actions import lines_of
from carepool.vendors.answers.carrying import carry_over, follow
from carepool.vendors.answers.consequences import consequences_of
from carepool.vendors.answers.models import OrderAnswer, OrderAnswerLine, OrderProposal, ProposalState
from carepool.vendors.answers.substitutes import put_refusals, who_takes
from carepool.vendors.changes.difference import within
from carepool.vendors.deliveries.actions import send_reply
from carepool.vendors.deliveries.contents import orders_of
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.deliveries.standing import delivery_or_404, is_current
from carepool.vendors.desk.publishing import refresh_purchase
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.terms.actions import terms_of
from carepool.vendors.terms.models import OrderingTerms
from tenants.database import bulk_insert, db, find
from tenants.ids import new_id

_CHANGEABLE = (PurchaseState.CLOSED, PurchaseState.ORDERED)


def work_out(by: Actor, answer_id: UUID) -> None:
    """Make a proposal of each line that is answered otherwise than ordered; run again, nothing more.

    An earlier answer's proposals that wait are overtaken. Of an answer to a version that was replaced before this ran, what
    is left is held against the newest. What the terms accept by rule is accepted at once.
    """
    answer = find(OrderAnswer, answer_id)
    if answer is None:
        raise NotFound("order answer")
    purchase = locked_purchase(answer.purchase_id)
    if _answered_anew(answer):
        return
    replaced = not is_current(purchase, delivery_or_404(answer.delivery_id))
    old = update(OrderProposal).where(
        OrderProposal.purchase_id == purchase.id,
        OrderProposal.vendor_id == answer.vendor_id,
        OrderProposal.answer_id != answer.id,
        OrderProposal.state == ProposalState.WAITING,
    )
    db.session.execute(
        old.values(state=ProposalState.OVERTAKEN, decided_at=now()).execution_options(synchronize_session=False)
    )
    rows = list(_rows(purchase, answer, work_out_now=not replaced))
    columns = ("id", "purchase_order_id", "line", "item_id", "pool_id", "code", "changes", "consequences")
    same = {"purchase_id": purchase.id, "vendor_id": answer.vendor_id, "answer_id": answer.id}
    bulk_insert(OrderProposal, columns, rows, same={**same, "state": ProposalState.WAITING}, keep=True)
    terms = terms_of(answer.vendor_id)
    db.session.flush()
    if replaced:
        carry_over(purchase)
    mine = OrderProposal.answer_id == answer.id, OrderProposal.state == ProposalState.WAITING
    for one in db.session.scalars(select(OrderProposal).where(*mine)):
        if is_harmless(one.changes, terms) or _all_take_it(one, terms):
            _decide(by, purchase, one, ProposalState.ACCEPTED)
    db.session.flush()
    refresh_purchase(purchase.id, answer.vendor_id)


def _answered_anew(answer: OrderAnswer) -> bool:
    """Tell whether the vendor said something else later, of the same version or of a newer one: that counts."""
    version = select(OrderDelivery.version).where(
        OrderDelivery.tenant_id == OrderAnswer.tenant_id, OrderDelivery.id == OrderAnswer.delivery_id
    )
    same = (
        OrderAnswer.tenant_id == answer.tenant_id,
        OrderAnswer.purchase_id == answer.purchase_id,
        OrderAnswer.vendor_id == answer.vendor_id,
    )
    newest = select(OrderAnswer.id).where(*same).order_by(version.scalar_subquery().desc(), OrderAnswer.number.desc())
    return db.session.scalars(newest.limit(1)).first() != answer.id


def is_harmless(changes: dict[str, Any], terms: OrderingTerms) -> bool:
    """Tell whether all that a proposal changes is accepted by the terms' rules: a lower price, an earlier date. Pure."""
    allowed = {
        "price_cents": lambda pair: terms.accept_cheaper and pair[1] < pair[0],
        "promised_on": lambda pair: terms.accept_earlier and pair[0] is not None and pair[1] <= pair[0],
    }
    return bool(changes) and all(name in allowed and allowed[name](pair) for name, pair in changes.items())


def _all_take_it(own: OrderProposal, terms: OrderingTerms) -> bool:
    """Tell whether a rule accepts a substitute: every program takes it, and nothing is dearer, fewer or later."""
    wishes = own.consequences.get("substitutes")
    rest = {name: pair for name, pair in own.changes.items() if name != "substitute"}
    # a lower price is as harmless here as alone; what is as it was is not among the changes
    harmless = not rest or is_harmless(rest, terms)
    return bool(wishes and terms.accept_wanted_substitutes and harmless and wishes["all_take"])


def accept(by: Actor, proposal_id: UUID, *, same_brand: bool = False, based_on: int | None = None) -> OrderProposal:
    """Accept a change; a worker works the purchase out again. Raises NotFound, and Refusal where it is decided.

    `based_on`: the version of the close of which it was read what follows; Stale for another, None for whatever it is now.
    `same_brand`: the person says that a substitute is of the same brand. Programs that do not take it get and owe nothing.
    """
    purchase, own = _waiting(proposal_id)
    if based_on not in (None, purchase.close_version):
        raise Stale()
    if same_brand and "substitutes" in own.consequences:
        own.consequences = {**own.consequences, "same_brand": True}
    _decide(by, purchase, own, ProposalState.ACCEPTED)
    db.session.flush()
    return own


def decline(by: Actor, proposal_id: UUID) -> OrderProposal:
    """Decline a change: the order stands as it was sent. Raises NotFound, and Refusal where it is decided."""
    purchase, own = _waiting(proposal_id)
    _decide(by, purchase, own, ProposalState.DECLINED)
    db.session.flush()
    return own


def apply_accepted(by: Actor, purchase_id: UUID) -> None:
    """Work a purchase out again with all accepted changes that are not in it yet; run again, nothing more.

    Exactly those programs are told whose goods or bill differ, and each vendor whose orders changed gets them anew.
    """
    purchase = locked_purchase(purchase_id)
    waiting = select(OrderProposal).where(
        OrderProposal.purchase_id == purchase.id,
        OrderProposal.state == ProposalState.ACCEPTED,
        OrderProposal.into_version.is_(None),
    )
    accepted = list(db.session.scalars(waiting.order_by(OrderProposal.decided_at, OrderProposal.id).with_for_update()))
    if not accepted or purchase.state not in _CHANGEABLE:
        return
    changes = supplies(accepted)
    before = purchase.close_version
    swapped = [one for one in accepted if "substitute" in one.changes]
    if changes or swapped:
        released = put_refusals(purchase, swapped)
        limits = _limits(purchase, accepted, released)
        version = recompute(by, purchase, {**changes, **limits}, instead_of(purchase), released)
        result_changed(purchase.id, before, version)
        for one in swapped:
            item_substituted(purchase.id, one.item_id, one.pool_id, version)
    for one in accepted:
        one.into_version = purchase.close_version
    db.session.flush()
    if changes or swapped:
        follow(by, purchase, before)


def _limits(purchase: Purchase, accepted: list[OrderProposal], released: frozenset[UUID]) -> dict[UUID, ItemSupplied]:
    """Return what comes of items whose wishes were released: no more than the vendor brings, at its price."""
    if not released:
        return {}
    said = dict(what_vendors_bring(purchase))
    for one in accepted:
        line = find(OrderAnswerLine, one.answer_id, one.purchase_order_id, one.line)
        if one.item_id in released and line is not None:
            known = said.get(one.item_id, ItemSupplied())
            said[one.item_id] = ItemSupplied({**known.pools, str(one.pool_id): line.cases}, line.price_cents)
    return within(as_decided(purchase, released), said, released)


def what_vendors_bring(purchase: Purchase) -> dict[UUID, ItemSupplied]:
    """Return what vendors said of items and what is worked in: the most cases by pool, and cents per case."""
    accepted = select(OrderProposal).where(
        OrderProposal.purchase_id == purchase.id,
        OrderProposal.state == ProposalState.ACCEPTED,
        OrderProposal.into_version.is_not(None),
    )
    return supplies(list(db.session.scalars(accepted.order_by(OrderProposal.decided_at, OrderProposal.id))))


def instead_of(purchase: Purchase) -> dict[tuple[UUID, str], tuple[str, str]]:
    """Return {(item, pool): number and name of what comes instead} of all accepted substitutions, the newest last."""
    accepted = select(OrderProposal).where(
        OrderProposal.purchase_id == purchase.id,
        OrderProposal.state == ProposalState.ACCEPTED,
        OrderProposal.code == LineStatus.SUBSTITUTED,
    )
    found = {}
    for one in db.session.scalars(accepted.order_by(OrderProposal.decided_at, OrderProposal.id)):
        said = find(OrderAnswerLine, one.answer_id, one.purchase_order_id, one.line)
        ordered = find(PurchaseOrderLine, one.purchase_order_id, one.line)
        if said is not None and ordered is not None:
            # a vendor that gives no number of its own delivers under the one that was ordered
            found[one.item_id, str(one.pool_id)] = (said.substitute_sku or ordered.sku, said.substitute_name)
    return found


def supplies(accepted: list[OrderProposal]) -> dict[UUID, ItemSupplied]:
    """Return what comes of each item after all; a price holds for all places of an item, the last one said. Pure."""
    found: dict[UUID, ItemSupplied] = {}
    for one in accepted:
        known = found.get(one.item_id, ItemSupplied())
        cases, price = one.changes.get("cases"), one.changes.get("price_cents")
        if cases is None and price is None:
            continue
        pools = {**known.pools, str(one.pool_id): cases[1]} if cases else known.pools
        found[one.item_id] = ItemSupplied(pools, price[1] if price else known.price_cents)
    return found


def proposals_of(purchase_id: UUID) -> Select[Any]:
    """Return the proposals of a purchase."""
    return select(OrderProposal).where(OrderProposal.purchase_id == purchase_id)


def states_of(answer_id: UUID) -> dict[tuple[UUID, int], str]:
    """Return where the proposals of an answer stand by (purchase order, line)."""
    own = select(OrderProposal).where(OrderProposal.answer_id == answer_id)
    return {(one.purchase_order_id, one.line): str(one.state) for one in db.session.scalars(own)}


def count_waiting(purchase_id: UUID) -> int:
    """Return how many changes of a purchase wait for a person."""
    own = OrderProposal.purchase_id == purchase_id, OrderProposal.state == ProposalState.WAITING
    return db.session.scalar(select(func.count()).select_from(OrderProposal).where(*own)) or 0


def proposal_or_404(proposal_id: UUID) -> OrderProposal:
    """Return a proposal of this state. Raises NotFound."""
    own = find(OrderProposal, proposal_id)
    if own is None:
        raise NotFound("proposal")
    return own


def _waiting(proposal_id: UUID) -> tuple[Purchase, OrderProposal]:
    own = proposal_or_404(proposal_id)
    purchase = locked_purchase(own.purchase_id)
    db.session.refresh(own, with_for_update=True)
    if own.state != ProposalState.WAITING:
        raise Refusal("proposal-decided", marked("This change is decided already, or the vendor answered anew."))
    purchase.must_be(*_CHANGEABLE)
    return purchase, own


def _decide(by: Actor, purchase: Purchase, own: OrderProposal, state: ProposalState) -> None:
    own.state, own.decided_at, own.decided_by = state, now(), by.person_id
    diff = {"state": [str(ProposalState.WAITING), str(state)], "purchase": str(purchase.id)}
    record_event(events.PROPOSAL_DECIDED, own.id, by, diff)
    if state is ProposalState.ACCEPTED:
        record_event(events.PROPOSALS_ACCEPTED, purchase.id, by)
    db.session.flush()
    refresh_purchase(purchase.id, own.vendor_id)
    _reply(by, own.answer_id)


def _reply(by: Actor, answer_id: UUID) -> None:
    """Tell the vendor, when the last change of its answer is decided and one was declined."""
    states = set(db.session.scalars(select(OrderProposal.state).where(OrderProposal.answer_id == answer_id)))
    answer = find(OrderAnswer, answer_id)
    if answer is not None and ProposalState.WAITING not in states and ProposalState.DECLINED in states:
        send_reply(by, delivery_or_404(answer.delivery_id), answer_id)


def _rows(purchase: Purchase, answer: OrderAnswer, *, work_out_now: bool) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each line that is answered otherwise than ordered, and where it is worked out now, what follows."""
    delivery = delivery_or_404(answer.delivery_id)
    orders = orders_of(purchase, delivery.version, answer.vendor_id)[answer.vendor_id]
    told = lines_of(answer)
    changed = [
        (order, line, said, changes)
        for order, line in orders.numbered().values()
        if (said := told.get((order.id, line.line))) and (changes := changes_of(delivery, line, said))
    ]
    calculation = as_decided(purchase) if changed and work_out_now else None
    for order, line, said, changes in changed:
        consequences = consequences_of(calculation, order, line, changes) if calculation else {}
        if calculation and "substitute" in changes:
            consequences["substitutes"] = who_takes(calculation.items[line.item_id], order.pool_id, line, said)
        yield (
            new_id(), order.id, line.line, line.item_id, order.pool_id, str(said.code), changes, consequences,
        )  # fmt: skip


def changes_of(delivery: OrderDelivery, line: PurchaseOrderLine, said: OrderAnswerLine) -> dict[str, Any]:
    """Return what an answer changes of a line: {cases, price_cents, promised_on, substitute: [before, after]}."""
    asked: date | None = delivery.deliver_on
    found: dict[str, Any] = {}
    if said.cases != line.cases:
        found["cases"] = [line.cases, said.cases]
    if said.price_cents != line.price_cents and said.cases:
        found["price_cents"] = [line.price_cents, said.price_cents]
    if said.promised_on is not None and said.promised_on != asked:
        found["promised_on"] = [asked.isoformat() if asked else None, said.promised_on.isoformat()]
    if said.code == LineStatus.SUBSTITUTED:
        after = " ".join(one for one in (said.substitute_sku, said.substitute_name) if one)
        found["substitute"] = [f"{line.sku} {line.name}", after]
    return found
