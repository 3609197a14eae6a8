"""Verbs of a vendor: propose other prices to one state, by item or as a file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import IO, Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, select

from carepool import events
from carepool.clock import now
from carepool.errors import Invalid, NotFound
from carepool.identity.actions import SignedIn
from carepool.outbox import leave_for
from carepool.purchasing.ladder import BadLadder, PriceBasis, check_terms
from carepool.sentences import Sentence, marked
from carepool.tabular.reading import read_table
from carepool.tabular.tables import BadRow, UnreadableFile
from carepool.vendors.desk.models import DeskItem, DeskPartner
from carepool.vendors.prices.file import BadHeaders, PriceRow, read_prices
from carepool.vendors.prices.models import PriceProposal, PriceProposalLine
from tenants.database import db, session
from tenants.ids import new_id
from tenants.registry import tenant_entry

MOST_FAULTS = 50
"""Faults of a file that are told at once."""
LATEST = timedelta(days=730)


@dataclass(frozen=True)
class Wanted:
    """Other price terms of an item: rungs as the catalog keeps them, and the list price of a case in cents."""

    item: DeskItem
    ladder: list[Any]
    list_cents: int | None


def partners_at_desk() -> Sequence[DeskPartner]:
    """Return what each state shows at this vendor's desk, in the order of the states' numbers."""
    own = select(DeskPartner).where(DeskPartner.vendor_id == session().scope.id)
    return db.session.scalars(own.order_by(DeskPartner.tenant_id)).all()


def items_of(state: int | None) -> Select[Any]:
    """Return the query of the items that this vendor sells to a state (its number); to all states for None."""
    own = [] if state is None else [DeskItem.tenant_id == state]
    return select(DeskItem).where(DeskItem.vendor_id == session().scope.id, *own, ~DeskItem.gone)


def item_or_404(item_id: UUID) -> DeskItem:
    """Return an item of this vendor in whichever state. Raises NotFound."""
    own = DeskItem.vendor_id == session().scope.id, DeskItem.id == item_id
    found = db.session.scalars(select(DeskItem).where(*own)).one_or_none()
    if found is None:
        raise NotFound("catalog item")
    return found


def first_day(partner: DeskPartner) -> date:
    """Return the first day from which a price that is proposed now may hold, where the state is."""
    state = tenant_entry(partner.tenant_id)
    return now().astimezone(ZoneInfo(state.zone if state else "UTC")).date() + timedelta(days=partner.notice_days)


def new_terms(item: DeskItem, prices: Mapping[int, int]) -> Wanted:
    """Return an item's terms with other prices. `prices`: cents a case by the cases from which they hold.

    Of an item whose rungs are percent off a list price, the one price from 1 case is the new list price. Raises Invalid.
    """
    basis = PriceBasis(item.price_basis)
    if basis is PriceBasis.PERCENT_OFF:
        if set(prices) != {1}:
            raise _fault(marked("This item has a list price and percents off it. Write one price, the new list price."))
        wanted = Wanted(item, item.ladder, prices[1])
    else:
        kept = dict(item.ladder)
        wanted = Wanted(item, [[start, cents] for start, cents in sorted({**kept, **prices}.items())], item.list_cents)
    try:
        check_terms(basis, wanted.ladder, wanted.list_cents)
    except BadLadder as refused:
        raise _fault(refused.sentence) from None
    return wanted


def _fault(sentence: Sentence) -> Invalid:
    return Invalid("bad-price", sentence, {"price": [sentence]})


def propose(
    who: SignedIn, partner: DeskPartner, wanted: Iterable[Wanted], effective_on: date | None, note: str
) -> PriceProposal:
    """Propose prices to one state from a day on. Raises Invalid where the day is too soon or nothing differs."""
    least = first_day(partner)
    if effective_on is None or effective_on < least:
        sentence = marked(
            "This state wants %(days)s days of notice. Choose %(day)s or a later day.",
            days=partner.notice_days,
            day=least,
        )
        raise Invalid("too-soon", sentence, {"effective_on": [sentence]})
    if effective_on > least + LATEST:
        sentence = marked("Choose a day within two years.")
        raise Invalid("too-late", sentence, {"effective_on": [sentence]})
    lines = [one for one in wanted if (one.ladder, one.list_cents) != (one.item.ladder, one.item.list_cents)]
    if not lines:
        sentence = marked("No price differs from the one that holds now.")
        raise Invalid("nothing-new", sentence, {"price": [sentence]})
    proposal = {
        "tenant_id": partner.tenant_id,
        "vendor_id": partner.vendor_id,
        "id": new_id(),
        "effective_on": effective_on,
        "note": note,
        "person_id": who.person.id,
        "person_name": who.person.name,
    }
    own = {name: proposal[name] for name in ("tenant_id", "vendor_id")}
    db.session.execute(insert(PriceProposal).values(proposal))
    rows = [
        {
            **own,
            "proposal_id": proposal["id"],
            "item_id": one.item.id,
            "sku": one.item.sku,
            "name": one.item.name,
            "ladder_before": one.item.ladder,
            "ladder": one.ladder,
            "list_before": one.item.list_cents,
            "list_cents": one.list_cents,
        }
        for one in lines
    ]
    db.session.execute(insert(PriceProposalLine), rows)
    leave_for(partner.tenant_id, events.PRICES_PROPOSED, cast(UUID, proposal["id"]))
    return proposal_or_404(cast(UUID, proposal["id"]))


def read_file(partner: DeskPartner, stream: IO[bytes]) -> list[Wanted]:
    """Read a file of prices for one state. Raises Invalid with the faults by row and column; then nothing is taken."""
    faults: list[Sentence] = []
    found: dict[UUID, dict[int, int]] = defaultdict(dict)
    items = _by_sku(partner.tenant_id)
    try:
        for row in read_prices(read_table(stream)):
            fault = row.reason if isinstance(row, BadRow) else _place(row, items, found)
            if fault is not None:
                faults.append(marked("Row %(row)s: %(reason)s", row=str(row.number), reason=fault))
    except (UnreadableFile, BadHeaders) as refused:
        faults.append(refused.sentence)
    known = {one.id: one for some in items.values() for one in some}
    wanted = []
    for item_id, prices in found.items():
        try:
            wanted.append(new_terms(known[item_id], prices))
        except Invalid as refused:
            faults.append(marked("Item %(sku)s: %(reason)s", sku=known[item_id].sku, reason=refused.sentence))
    if faults:
        more = [marked("And %(more)s more.", more=len(faults) - MOST_FAULTS)] if len(faults) > MOST_FAULTS else []
        sentence = marked("Some rows of the file must be mended. Nothing was sent.")
        raise Invalid("bad-file", sentence, {"file": [*faults[:MOST_FAULTS], *more]})
    return wanted


def _by_sku(state: int) -> dict[str, list[DeskItem]]:
    items: dict[str, list[DeskItem]] = defaultdict(list)
    for one in db.session.scalars(items_of(state)):
        items[one.sku.casefold()].append(one)
    return items


def _place(
    row: PriceRow, items: Mapping[str, Sequence[DeskItem]], found: dict[UUID, dict[int, int]]
) -> Sentence | None:
    """Put a price to its item; return what is wrong where that cannot be."""
    fitting = [one for one in items.get(row.sku.casefold(), ()) if row.contract in ("", one.contract)]
    if not fitting:
        return marked("Column %(column)s: the state buys no item %(sku)s.", column="SKU", sku=row.sku)
    if len(fitting) > 1:
        return marked("Column %(column)s: item %(sku)s is in several contracts. Name one.", column="Contract",
                      sku=row.sku)  # fmt: skip
    prices = found[fitting[0].id]
    if prices.setdefault(row.from_cases, row.cents) != row.cents:
        return marked("Column %(column)s: the item has another price above.", column="New price")
    return None


def proposals_at_desk() -> Select[Any]:
    """Return the query of all proposals of this vendor."""
    return select(PriceProposal).where(PriceProposal.vendor_id == session().scope.id)


def proposal_or_404(proposal_id: UUID) -> PriceProposal:
    """Return a proposal of this vendor. Raises NotFound."""
    own = PriceProposal.vendor_id == session().scope.id, PriceProposal.id == proposal_id
    found = db.session.scalars(select(PriceProposal).where(*own)).one_or_none()
    if found is None:
        raise NotFound("price proposal")
    return found


def lines_of(proposal: PriceProposal) -> Sequence[PriceProposalLine]:
    """Return the items of a proposal by their numbers; in the scope of the vendor or of the state."""
    own = (
        PriceProposalLine.tenant_id == proposal.tenant_id,
        PriceProposalLine.vendor_id == proposal.vendor_id,
        PriceProposalLine.proposal_id == proposal.id,
    )
    return db.session.scalars(select(PriceProposalLine).where(*own).order_by(PriceProposalLine.sku)).all()
