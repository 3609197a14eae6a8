"""The orders of a closed purchase on every way to a vendor on this machine, answered with changes, and sent anew."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import current_app
from standardwebhooks import Webhook

from carepool.demo.answering import OrderPage, link_in
from carepool.demo.order_documents import OrderRead, read
from carepool.demo.purchase import Demonstration, DemonstrationFailed, all_of, etag_of
from carepool.demo.receivers.drops import FOLDER
from carepool.demo.receivers.mail import DOMAIN
from carepool.demo.receivers.posts import CXML, WEBHOOK
from carepool.demo.receivers.taken import Taken
from carepool.demo.receivers.vendor import VendorSystems, vendor_systems
from carepool.demo.steps import Step
from carepool.vendors.terms.actions import contract_of, ssh_public_key, terms_of
from tenants.scope import visiting

WAYS = ("cxml", "webhook", "sftp", "mail", "link")
"""The ways of the first version, one after another: the vendor reads the order and says no on all but the last."""
_FORMATS = {"sftp": "xlsx"}
_WAIT_SECONDS = 120
_MAILBOXES = {"our_mailbox": "0060:123456789", "vendor_mailbox": "0060:987654321"}
_SECRET = "a shared secret of the demonstration"  # noqa: S105 - nothing listens for it but this process
_ENDED = {"sent", "delivered", "opened", "acknowledged", "refused", "bounced", "unknown", "withdrawn"}
_RISE_CENTS = 25


@dataclass
class Vendor:
    """A vendor whose orders are sent to this machine, and what it read last."""

    demo: Demonstration
    path: str
    id: str
    contract: str
    systems: VendorSystems
    webhook_secret: str = ""
    read: OrderRead | None = None
    link: str = ""
    version: int = 0
    known: dict[str, int] = field(default_factory=dict)

    def ordered_by(self, way: str, fallback: str | None = None) -> None:
        """Set by which way this vendor is ordered from, and which way follows where that one is refused."""
        path = f"/contracts/{self.contract}/ordering-terms"
        body = {
            "channel": way,
            "fallback": fallback,
            "format": _FORMATS.get(fallback or way, "csv"),
            "mail_to": [f"orders-{self.id[-8:]}@{DOMAIN}"],
            "webhook_url": self.systems.address(WEBHOOK),
            "cxml_url": self.systems.address(CXML),
            "cxml_secret": _SECRET,
            "sftp_host": "localhost",
            "sftp_port": self.systems.drop.port,
            "sftp_user": "carepool",
            "sftp_folder": FOLDER,
            "sftp_host_key": self.systems.drop.host_key,
            **_MAILBOXES,
        }
        self.demo.call("PUT", path, json=body, headers={"If-Match": etag_of(self.demo, path)})

    def order(self) -> OrderRead:
        """Return what was read last. Raises DemonstrationFailed where nothing came yet."""
        if self.read is None:
            raise DemonstrationFailed("Nothing came to the vendor yet.")
        return self.read

    def standing(self) -> dict[str, Any]:
        """Return where the orders of this vendor stand."""
        every = self.demo.call("GET", f"{self.path}/vendor-orders")["items"]
        return dict(next(one for one in every if one["vendor_id"] == self.id))

    def arrived(self, delivery: dict[str, Any]) -> dict[str, Any]:
        """Wait until a message ended, read what arrived, and return the proof."""
        way = delivery["channel"]
        ended = self.demo.wait(f"/order-deliveries/{delivery['id']}", _ENDED)
        number = self.known.get(way, 0)
        try:
            taken = self.systems.desk.wait(way, number, _WAIT_SECONDS)
        except TimeoutError:
            raise DemonstrationFailed(
                f"Nothing arrived by {way}; the order is {ended['state']}. {ended['error']}"
            ) from None
        self.known[way] = number + 1
        if len(self.systems.desk.of(way)) != self.known[way]:
            raise DemonstrationFailed(f"An order arrived by {way} more than once.")
        content, name = self._document(way, taken)
        self.read = read(way, content)
        self.link = self.read.link or taken.link or self.link
        self.version = ended["version"]
        digest = hashlib.sha256(content).hexdigest()
        if ended["state"] == "delivered" and way == "sftp" and digest not in str(ended["steps"]):
            raise DemonstrationFailed("The file on the SFTP server is another than Carepool says that it put down.")
        return {
            "way": way,
            "version": ended["version"],
            "state": ended["state"],
            "document": name,
            "bytes": len(content),
            "sha256": digest,
            "lines": len(self.read.lines),
            "lines_sha256": self.read.sha256,
            "cents": self.read.total_cents,
        }

    def _document(self, way: str, taken: Taken) -> tuple[bytes, str]:
        """Return the document that came; where only a link came, the one behind it."""
        if way == "webhook":
            Webhook(self.webhook_secret).verify(taken.body, taken.headers)
        if way == "link":
            self.link = link_in(taken.text)
            with OrderPage(self.demo.web, self.link) as page:
                page.open()
                return page.document("csv"), "behind the link, csv"
        if way == "mail":
            self.link = link_in(taken.text)
        if len(taken.files) != 1:
            raise DemonstrationFailed(f"{len(taken.files)} documents came by {way}, wanted one.")
        [(name, content)] = taken.files
        return content, name


@contextmanager
def vendors(demo: Demonstration, path: str) -> Iterator[list[Vendor]]:
    """Run the systems of the vendors of a closed purchase and have their orders sent there; the largest first."""
    contracts = {
        one["vendor_id"]: one["lines"][0]["contract_id"] for one in demo.call("GET", f"{path}/settlement")["vendors"]
    }
    every = demo.call("GET", f"{path}/vendor-orders")["items"]
    if any(one["sent"] for one in every):
        raise DemonstrationFailed(
            "A vendor of this purchase has its order already. Run `carepool demo purchase` first."
        )
    with vendor_systems(current_app.config) as systems:
        found = [
            Vendor(demo, path, one["vendor_id"], contracts[one["vendor_id"]], systems)
            for one in sorted(every, key=lambda one: (-one["total_cents"], one["vendor_id"]))
        ]
        keys = []
        for one in found:
            one.ordered_by(WAYS[0])
            secret = f"/contracts/{one.contract}/ordering-terms/webhook-secret"
            one.webhook_secret = demo.call("POST", secret)["secret"]
            keys.append(_our_key(demo, one.contract))
        systems.drop.let_in(*keys)
        yield found


def _our_key(demo: Demonstration, contract: str) -> str:
    """Return our public key, which the page of the vendor shows to be installed there."""
    with visiting(demo.tenant.scope):
        return ssh_public_key(terms_of(contract_of(UUID(contract)).vendor_id))


def sent_every_way(demo: Demonstration, path: str, every: list[Vendor]) -> Step:
    """Send one version on every way: each vendor reads it and says no, so that the next way is taken; the last is right."""
    documents = []
    for one in every:
        one.systems.desk.refusing = frozenset(WAYS[:-1])
    demo.call("POST", f"{path}/vendor-orders")
    for one in every:
        delivery = one.standing()["deliveries"][-1]
        documents.append(one.arrived(delivery))
        for way in WAYS[1:]:
            one.ordered_by(WAYS[0], way)
            delivery = demo.call("POST", f"/order-deliveries/{delivery['id']}/other-way")
            documents.append(one.arrived(delivery))
        one.ordered_by(WAYS[-1])
    for one in every:
        one.systems.desk.refusing = frozenset()
    _must_be_alike(documents, len(every))
    return _step("sent", demo, path, every, documents)


def _must_be_alike(documents: list[dict[str, Any]], many: int) -> None:
    hashes = {one["lines_sha256"] for one in documents}
    if len(hashes) > many:
        raise DemonstrationFailed("The documents of one version do not ask for the same on all ways.")
    for one in documents:
        if (one["state"] == "refused") != (one["way"] != WAYS[-1]):
            raise DemonstrationFailed(f"The order by {one['way']} is {one['state']}.")


def _step(name: str, demo: Demonstration, path: str, every: list[Vendor], documents: list[dict[str, Any]]) -> Step:
    """Return a step in which orders went out: what each vendor read is what is ordered, billed and shared out."""
    orders = sum(one["total_cents"] for one in all_of(demo, f"{path}/purchase-orders"))
    shares = sum(one["amount_cents"] for one in all_of(demo, f"{path}/shares"))
    billed = demo.call("GET", f"{path}/close")["sums"]["billed_cents"]
    standing = sum(one.standing()["total_cents"] for one in every)
    equal = [("orders and bill", orders, billed), ("programs' parts and bill", shares, billed)]
    for way in dict.fromkeys(one["way"] for one in documents):
        came = sum(one["cents"] for one in documents if one["way"] == way)
        equal.append((f"read by the vendor from {way}, and ordered", came, standing))
    return Step(name, {"orders": orders, "programs": shares}, equal, documents)


@dataclass(frozen=True)
class Change:
    """What a vendor answers: one line, and what its form says of it."""

    line: int
    said: dict[str, str]


def short(order: OrderRead) -> Change:
    """Say that a case less comes of the line of most cases. Raises DemonstrationFailed where none has two."""
    line = max(order.lines, key=lambda one: (one.cases, -one.line))
    if line.cases < 2:
        raise DemonstrationFailed("Every line is a single case, so none can come short. Show a larger purchase.")
    return Change(line.line, {"code": "change", "cases": str(line.cases - 1)})


def dearer(order: OrderRead) -> Change:
    """Say that a case of the cheapest line costs more."""
    line = min(order.lines, key=lambda one: (one.price_cents, one.line))
    price = line.price_cents + _RISE_CENTS
    return Change(line.line, {"code": "change", "price": f"{price // 100}.{price % 100:02d}"})


def substituted(order: OrderRead) -> Change:
    """Say that something else comes in place of the last line."""
    line = max(order.lines, key=lambda one: one.line)
    return Change(
        line.line, {"code": "substitute", "substitute_sku": "DEMO-ALT", "substitute_name": f"Like {line.name}"[:100]}
    )


@dataclass(frozen=True)
class Answer:
    """What a vendor answers, and the way by which the version that follows is sent."""

    name: str
    change: Callable[[OrderRead], Change]
    way: str


ANSWERS = (
    Answer("short line", short, "webhook"),
    Answer("price change", dearer, "sftp"),
    Answer("substitution", substituted, "mail"),
    Answer("short again", short, "cxml"),
)
"""What the vendor answers, one after another; each version goes by another way, and this time the vendor takes it."""


def answered(demo: Demonstration, path: str, every: list[Vendor], answer: Answer) -> Step:
    """Let the largest vendor answer with one change, accept it, and have the new version sent."""
    vendor = every[0]
    order = vendor.order()
    said = answer.change(order)
    before = _billed(demo, path)
    vendor.ordered_by(answer.way)
    known = {one["id"] for one in all_of(demo, f"{path}/proposals")}
    with OrderPage(demo.web, vendor.link) as page:
        page.open()
        page.answer(said.line, **said.said)
    proposal = _soon(lambda: [one for one in all_of(demo, f"{path}/proposals") if one["id"] not in known], answer.name)
    demo.call("POST", f"/order-proposals/{proposal['id']}/accept")
    delivery = _soon(
        lambda: [one for one in vendor.standing()["deliveries"] if one["version"] > vendor.version],
        f"the version after {answer.name}",
    )
    proof = vendor.arrived(delivery)
    if proof["state"] not in ("sent", "delivered") or proof["way"] != answer.way:
        raise DemonstrationFailed(f"The new version is {proof['state']} by {proof['way']}, wanted by {answer.way}.")
    if said.line not in {one.line for one in set(order.lines) ^ set(vendor.order().lines)}:
        raise DemonstrationFailed(f"The version after {answer.name} does not have the change of line {said.line}.")
    foreseen = proposal["consequences"].get("bill_cents", [0, 0])
    step, after = _step(answer.name, demo, path, [vendor], [proof]), _billed(demo, path)
    told = ("foreseen and real difference of the bill", foreseen[1] - foreseen[0], after - before)
    return Step(step.name, {**step.cents, "difference": after - before}, [*step.equal, told], step.documents)


def _billed(demo: Demonstration, path: str) -> int:
    return int(demo.call("GET", f"{path}/close")["sums"]["billed_cents"])


def _soon(look: Callable[[], list[dict[str, Any]]], what: str) -> dict[str, Any]:
    """Return the first of what is looked for, once it is there."""
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        if found := look():
            return found[0]
        time.sleep(0.1)
    raise DemonstrationFailed(f"{what} did not come; do the workers run?")
