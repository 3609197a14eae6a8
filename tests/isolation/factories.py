"""How to get one row of each model that an address or a task can name. A model without a line fails the suite."""

import io
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.identity import actions
from carepool.identity.claims import ask_claim
from carepool.identity.models import AccessToken, Claim, Delegation, Membership, Passkey, Person
from carepool.identity.rights import Role
from carepool.imports.models import FileImport
from carepool.jobs.models import Job
from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, DeliveryState, Message, SilencedAddress
from carepool.notifications.notices import Notice
from carepool.outbox import Actor, OutboxRow
from carepool.programs.actions import add_program
from carepool.programs.models import Program
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.closings import DryRun
from carepool.purchasing.models.packing_documents import PackingDocument
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.records.models import IsolationCheck, RecordExport
from carepool.vendors.answers.actions import LineSaid, record_answer
from carepool.vendors.answers.models import OrderAnswer, OrderProposal, ProposalState
from carepool.vendors.answers.proposals import work_out
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import delivery_or_404
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.links.invoices import bring_invoice
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.webhooks.announcing import send_test
from carepool.webhooks.endpoints import add_endpoint
from carepool.webhooks.models import WebhookDelivery, WebhookEndpoint
from tenants.database import db
from tenants.ids import new_id
from tests.buying import draft, make_contract, make_item, open_buy, work
from tests.cast import State
from tests.ordering import closed

Factory = Callable[[State], UUID]


def _token(state: State) -> UUID:
    at = now()
    with state.scope():
        person = state.administrator.id
        written = actions.issue_api_token(Actor.operator(), person, ["programs:read"], "", at + timedelta(days=1), at)
        return written.id


def _claim(state: State) -> UUID:
    """A claim that waits, of a program with an address on file."""
    number = f"C-{secrets.token_hex(4)}"
    with state.scope():
        add_program(Actor.operator(), {"licence_number": number, "name": "Fern Street", "email": "desk@example.org"})
        return ask_claim(number, "Flora Fern", f"{number.lower()}@example.org", secrets.token_hex(4))


def _membership(state: State) -> UUID:
    """A role of someone who is not of the cast, whose roles other tests need."""
    with state.scope():
        person = actions.invite_person(Actor.operator(), f"{secrets.token_hex(4)}@example.org", "Extra")
        actions.grant_role(Actor.operator(), person.id, Role.PROGRAM_STAFF, state.director.program_id)
        return db.session.scalars(select(Membership.id).where(Membership.person_id == person.id)).one()


def _delegation(state: State) -> UUID:
    body = {"person_id": str(state.fellow.id), "permissions": ["orders:write"]}
    body["valid_to"] = (now() + timedelta(days=1)).isoformat()
    return UUID(state.api("POST", "/me/delegations", state.administrator, json=body).json["id"])


def _passkey(state: State) -> UUID:
    with state.scope():
        one = Passkey(id=new_id(), person_id=state.administrator.id, name="Key", credential_id=secrets.token_bytes(16),
                      public_key=b"", sign_count=0)  # fmt: skip
        db.session.add(one)
        return one.id


def _saved_set(state: State) -> UUID:
    path = f"/purchases/{open_buy(state).id}/keep-set"
    return UUID(state.api("POST", path, state.coordinator, json={"name": secrets.token_hex(4)}).json["id"])


def _packing(state: State) -> UUID:
    """A packing list that was asked for and not made yet."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    answer = state.api("POST", buy.path("/packing-documents"), state.coordinator, json={"kind": "item"})
    return UUID(answer.json["id"])


def _first(model: Any) -> Factory:
    def first(state: State) -> UUID:
        with state.scope():
            return db.session.scalars(select(model.id).limit(1)).one()

    return first


def _purchase(state: State) -> UUID:
    """An open purchase in which the director has ordered."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    return UUID(buy.id)


def _closed(state: State) -> UUID:
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    return _first(PurchaseOrder)(state)


def _dry_run(state: State) -> UUID:
    purchase = _purchase(state)
    run = state.api("POST", f"/purchases/{purchase}/dry-runs", state.coordinator).json["id"]
    work(state)
    return UUID(run)


def _draft(state: State) -> UUID:
    return UUID(draft(state))


def _import(state: State) -> UUID:
    data = {"file": (io.BytesIO(b"License Number,Name,Type\n1,A Place,Center\n"), "r.csv"), "kind": "roster"}
    form = "multipart/form-data"
    one = state.api("POST", "/imports", state.administrator, data=data, content_type=form).json["id"]
    state.api("POST", f"/imports/{one}/columns", state.administrator, json={})
    work(state)
    return UUID(one)


def _job(state: State) -> UUID:
    _import(state)
    return _first(Job)(state)


def _message(state: State) -> UUID:
    """A message of the director whose delivery is unknown."""
    subject = new_id()
    with state.scope():
        tell([state.director.id], Notice.PURCHASE_OPENED, subject, {"title": "T"})
        one = db.session.scalars(select(Message.id).where(Message.subject_id == subject)).one()
        delivery = Delivery(message_id=one, channel="mail", address="director@example.org", state=DeliveryState.UNKNOWN)
        db.session.add(delivery)
        return one


def _silenced(state: State) -> UUID:
    with state.scope():
        one = SilencedAddress(id=new_id(), channel="mail", address=f"{new_id()}@example.org", reason="bounce")
        db.session.add(one)
        return one.id


def _webhook(state: State) -> UUID:
    """An endpoint that no event of another test wakes, at an address that nobody is let to."""
    facts = {"url": "https://127.0.0.1/hook", "description": "", "events": ["purchase.failed"]}
    with state.scope():
        return add_endpoint(Actor.operator(), facts).id


def _webhook_delivery(state: State) -> UUID:
    endpoint = _webhook(state)
    with state.scope():
        return send_test(endpoint).id


def _export(state: State) -> UUID:
    """An export of the administrator that is made."""
    one = state.api("POST", "/exports", state.administrator, json={"kind": "activity"}).json["id"]
    work(state)
    return UUID(one)


def _isolation_check(state: State) -> UUID:
    one = state.api("POST", "/isolation-checks", state.administrator).json["id"]
    work(state)
    return UUID(one)


@cache
def kept_of(host: str) -> dict[str, UUID]:
    """What a state keeps for all addresses that name orders to vendors, by name: a close for each would take minutes."""
    return {}


def _sent_order(state: State) -> UUID:
    """The order of the state's one closed purchase; it is queued."""
    known = kept_of(state.host)
    if "delivery" not in known:
        own = closed(state, fallback="link")
        own.send()
        known["delivery"] = UUID(own.deliveries()[0]["id"])
    return known["delivery"]


def _order_delivery(state: State) -> UUID:
    """An order that is to be sent by mail and is in doubt."""
    one = _sent_order(state)
    with state.scope():
        db.session.execute(update(OutboxRow).values(done_at=func.now()))
        mine = update(OrderDelivery).where(OrderDelivery.id == one)
        db.session.execute(mine.values(state=OrderStage.UNKNOWN, attempts=1, due_at=None))
    return one


def _order_answer(state: State) -> UUID:
    """An answer that brings fewer cases and was not looked at yet."""
    one = _sent_order(state)
    with state.scope():
        # never the same twice, so that it is a new one
        note = secrets.token_hex(4)
        said = {1: LineSaid(LineStatus.QUANTITY_CHANGED, 1)}
        return record_answer(Actor.vendor(), delivery_or_404(one), said, note, "link").id


def _order_proposal(state: State) -> UUID:
    """A change that waits."""
    known = kept_of(state.host)
    if "proposal" not in known:
        answer = _order_answer(state)
        with state.scope():
            work_out(Actor.operator(), answer)
            one = select(OrderProposal.id).where(OrderProposal.answer_id == answer)
            known["proposal"] = db.session.scalars(one).one()
    with state.scope():
        mine = update(OrderProposal).where(OrderProposal.id == known["proposal"])
        db.session.execute(mine.values(state=ProposalState.WAITING, into_version=None))
    return known["proposal"]


def _vendor_invoice(state: State) -> UUID:
    one = _sent_order(state)
    with state.scope():
        content = io.BytesIO(b"%PDF-1.7 " + secrets.token_bytes(8))
        return bring_invoice(delivery_or_404(one), content, "invoice.pdf").id


FACTORIES: dict[type[Any], Factory] = {
    Program: lambda state: state.director.program_id,
    Person: lambda state: state.director.id,
    Membership: _membership,
    AccessToken: _token,
    Delegation: _delegation,
    Claim: _claim,
    Passkey: _passkey,
    Contract: lambda state: UUID(make_contract(state)),
    CatalogItem: lambda state: UUID(make_item(state)),
    Purchase: _purchase,
    PurchaseItem: lambda state: UUID(next(iter(open_buy(state).items.values()))),
    DeliveryPoint: lambda state: UUID(open_buy(state).point),
    DryRun: _dry_run,
    SavedSet: _saved_set,
    PackingDocument: _packing,
    PurchaseOrder: _closed,
    FileImport: _import,
    Job: _job,
    Message: _message,
    SilencedAddress: _silenced,
    WebhookEndpoint: _webhook,
    WebhookDelivery: _webhook_delivery,
    OrderDelivery: _order_delivery,
    OrderAnswer: _order_answer,
    OrderProposal: _order_proposal,
    VendorInvoiceFile: _vendor_invoice,
    RecordExport: _export,
    IsolationCheck: _isolation_check,
}  # type: ignore[dict-item]


def make(model: type[Any], state: State) -> UUID:
    """Return the id of a row of a model in a state. Fails with what to do when there is no factory."""
    assert model in FACTORIES, f"Add a factory for {model.__name__} to tests/isolation/factories.py."
    return FACTORIES[model](state)
