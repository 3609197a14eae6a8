"""Vendors that are ordered from: terms, closed purchases, and the steps of a test with them."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.vendors.deliveries.models import OrderDelivery, OrderStep
from carepool.vendors.links.actions import make_link
from tenants.database import db, session
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State
from workers.sweeps import SWEEPS

VENDOR = "Order Desk Supply"
"""A vendor that is ordered from here; other purchases of the same state are ordered elsewhere."""
MAIL = {"channel": "mail", "mail_to": ["orders@vendor.example"], "format": "csv"}


def sets_terms(state: State, contract: str, **facts: Any) -> dict[str, Any]:
    """Keep how the vendor of a contract is ordered from, as a coordinator would; return what the API answered."""
    path = f"/contracts/{contract}/ordering-terms"
    known = state.api("GET", path, state.coordinator)
    headers = {"If-Match": known.headers["ETag"]}
    kept = state.api("PUT", path, state.coordinator, json={**MAIL, **facts}, headers=headers)
    assert kept.status_code == 200, kept.text
    return dict(kept.json)


@dataclass(frozen=True)
class Ordered:
    """A closed purchase whose orders wait to be sent, and the contract of its vendor."""

    buy: Buy
    contract: str

    @property
    def state(self) -> State:
        return self.buy.state

    def send(self) -> Any:
        """Press "Send the orders"."""
        return self.state.api("POST", self.buy.path("/vendor-orders"), self.state.coordinator)

    def vendors(self) -> list[dict[str, Any]]:
        """Return where each vendor stands."""
        answer = self.state.api("GET", self.buy.path("/vendor-orders"), self.state.coordinator)
        assert answer.status_code == 200, answer.text
        return list(answer.json["items"])

    def deliveries(self) -> list[dict[str, Any]]:
        """Return the messages of the first vendor, the oldest first."""
        return list(self.vendors()[0]["deliveries"])

    def purchase_state(self) -> str:
        return str(self.state.api("GET", self.buy.path(), self.state.coordinator).json["state"])

    def link(self) -> str:
        """Return the path of a fresh link to the newest message."""
        return link_to(self.state, UUID(self.deliveries()[-1]["id"]))


def closed(state: State, wanted: int = 20, fellow: int = 0, **terms: Any) -> Ordered:
    """Close a purchase from one vendor with ordering terms (by mail unless said otherwise); its orders are not sent."""
    contract = make_contract(state, vendor=VENDOR)
    sets_terms(state, contract, **terms)
    item = add_item(state, contract, "GLOVES", pack_text="10/CS")
    buy = open_buy(state, {"GLOVES": item})
    buy.order(state.director, {"GLOVES": (wanted,)})
    if fellow:
        buy.order(state.fellow, {"GLOVES": (fellow,)})
    buy.close()
    return Ordered(buy, contract)


def link_to(state: State, delivery_id: UUID) -> str:
    """Return the path of a fresh link to a message."""
    with state.scope():
        return f"/vendor-orders/{make_link(delivery_id)}"


def link_in(text: str) -> str:
    """Return the path of the link in a letter."""
    found = re.search(r"https?://[^/\s]+(/vendor-orders/\S+)", text)
    assert found, text
    return found.group(1)


def steps(state: State, delivery_id: str) -> list[tuple[str, str]]:
    """Return (stage, evidence) of every step of a message."""
    with state.scope():
        found = select(OrderStep.state, OrderStep.evidence).where(OrderStep.delivery_id == UUID(delivery_id))
        return [(str(stage), proof) for stage, proof in db.session.execute(found.order_by(OrderStep.id))]


def later(state: State, wait: timedelta = timedelta(0)) -> None:
    """Let time pass for orders that wait until they are due, and do what follows."""
    with state.scope():
        own = OrderDelivery.tenant_id == session().scope.id, OrderDelivery.due_at.is_not(None)
        waiting = update(OrderDelivery).where(*own)
        db.session.execute(waiting.values(due_at=func.now(), made_at=OrderDelivery.made_at - wait))
    with state.scope():
        SWEEPS["send_due_orders"]()
    work(state)
