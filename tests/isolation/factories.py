"""How to get one row of each model that an address or a task can name. A model without a line fails the suite."""

import io
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from carepool.alliances.models import Alliance, AllianceMember
from carepool.clock import now
from carepool.enrolling.models.contracts import ServiceContract, ServiceDocument
from carepool.enrolling.models.enrolments import Signature
from carepool.identity import actions
from carepool.identity.claims import ask_claim
from carepool.identity.models import AccessToken, Claim, Delegation, Membership, Passkey, Person
from carepool.identity.rights import Role
from carepool.identity.vendor_models import VendorPasskey, VendorPerson, VendorToken
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
from carepool.purchasing.receiving.models.claims import VendorClaim
from carepool.purchasing.receiving.models.collecting import HandOut, Leftover, LeftoverTaking
from carepool.purchasing.receiving.models.counting import Receipt, ReceiptPhoto
from carepool.purchasing.receiving.models.documents import SiteDocument
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.purchasing.savings.models import Evidence, ProcurementFile
from carepool.purchasing.settlement.models.bills import InvoiceFile, ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.invoices import VendorInvoice
from carepool.purchasing.settlement.models.payments import AchFile, Payment, WriteOff
from carepool.purchasing.settlement.models.statements import StatementFile
from carepool.purchasing.substitutes.models import SubstituteChoice
from carepool.records.models import IsolationCheck, RecordExport
from carepool.sentences import marked
from carepool.vendors.answers.actions import LineSaid, record_answer
from carepool.vendors.answers.models import OrderAnswer, OrderProposal, ProposalState
from carepool.vendors.answers.proposals import work_out
from carepool.vendors.changes.actions import questions_of
from carepool.vendors.changes.models import EditState, OrderEdit, OrderQuestion, QuestionState
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import delivery_or_404
from carepool.vendors.desk.models import DeskItem, DeskOrder, DeskPartner, DeskSaid
from carepool.vendors.desk.publishing import publish_items
from carepool.vendors.desk.saying import order_or_404
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.inbox.actions import note_refused
from carepool.vendors.inbox.models import Door, VendorFile
from carepool.vendors.links.invoices import bring_invoice
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.vendors.prices.models import PriceProposal
from carepool.webhooks.announcing import send_test
from carepool.webhooks.endpoints import add_endpoint
from carepool.webhooks.models import WebhookDelivery, WebhookEndpoint
from tenants.database import db
from tenants.ids import new_id
from tests.buying import add_item, draft, make_contract, make_item, open_buy, work
from tests.cast import State
from tests.contracting import Service, offered
from tests.desks import colleague, desk_of, shown_order
from tests.hubs import founded, joined
from tests.ordering import VENDOR, closed
from tests.receiving import JPEG, bought, count, first_order, line, short_purchase, uncollected
from tests.settling import bill, received, right_lines, settled

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


def _alliance(state: State) -> UUID:
    """An alliance of which the director's program is a member."""
    return UUID(founded(state, state.director))


def member_of_one(state: State) -> dict[str, UUID]:
    """A new alliance, and the time of the fellow's program in it."""
    alliance = founded(state)
    return {"alliance_id": UUID(alliance), "member_id": UUID(joined(state, alliance, state.fellow.program_id))}


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


def show_price(state: State, purchase: str, item: str, **facts: Any) -> Any:
    """Send a document that shows an item's price; return the answer."""
    data = {"item_id": item, "kind": "vendor_list", "day": "2026-01-15", "source": "Price list", **facts}
    data.setdefault("file", (io.BytesIO(b"%PDF-1.7 a price list"), "list.pdf"))
    form = "multipart/form-data"
    return state.api("POST", f"/purchases/{purchase}/evidence", state.coordinator, data=data, content_type=form)


def _evidence(state: State) -> UUID:
    buy = open_buy(state)
    return UUID(show_price(state, buy.id, buy.items["GLOVES"]).json["id"])


def procured(state: State) -> Any:
    """A closed purchase of which it is written how it was bought; all is paid by the food program."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    answer = state.api("PUT", buy.path("/procurement"), state.coordinator, json=how_bought(8000),
                       headers={"If-None-Match": "*"})  # fmt: skip
    assert answer.status_code == 200, answer.text
    return buy


def how_bought(owed_cents: int) -> dict[str, Any]:
    """How a purchase was bought, as the API takes it."""
    return {"method": "small_purchase", "decided_by": "Cora, office", "reason": "The lowest of three quotes.",
            "origin": "no_food", "funding": {"cacfp": owed_cents}}  # fmt: skip


def _procurement_file(state: State) -> UUID:
    """A procurement file that was asked for and not made yet."""
    answer = state.api("POST", procured(state).path("/procurement-files"), state.coordinator, json={})
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


def _receipt(state: State) -> UUID:
    """A count of an order whose goods are arriving."""
    return UUID(count(state, first_order(bought(state)), line(1, 7)).json["id"])


def _receipt_photo(state: State) -> UUID:
    data = {"photo": (io.BytesIO(JPEG), "a.jpg"), "line": "1"}
    path, form = f"/receipts/{_receipt(state)}/photos", "multipart/form-data"
    return UUID(state.api("POST", path, state.coordinator, data=data, content_type=form).json["id"])


def _site_document(state: State) -> UUID:
    """Labels that were asked for and not made yet."""
    answer = state.api("POST", bought(state).path("/papers"), state.coordinator, json={"kind": "case_labels"})
    return UUID(answer.json["id"])


def _hand_out(state: State) -> UUID:
    buy, _ = short_purchase(state)
    body = {"key": secrets.token_hex(8), "taken_by": "Ana"}
    path = buy.path(f"/goods/{state.director.program_id}/hand-outs")
    return UUID(state.api("POST", path, state.coordinator, json=body).json["id"])


def _leftover_taking(state: State) -> UUID:
    _, offer = uncollected(state)
    path = f"/programs/{state.fellow.program_id}/leftovers/{offer}/takings"
    body = {"key": secrets.token_hex(8), "eaches": 1}
    return UUID(state.api("POST", path, state.fellow, json=body).json["id"])


def _short(list_: str) -> Factory:
    """A row of a list of a purchase of which less came than was ordered; shared out."""

    def first(state: State) -> UUID:
        buy, _ = short_purchase(state)
        return UUID(state.api("GET", buy.path(f"/{list_}"), state.coordinator).json["items"][0]["id"])

    return first


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


def _vendor_file(state: State) -> UUID:
    """A file that was refused at a door where nobody reads the answer."""
    one = _sent_order(state)
    with state.scope():
        vendor = delivery_or_404(one).vendor_id
        stream = io.BytesIO(secrets.token_bytes(8))
        made = note_refused(Actor.task(), vendor, stream, "answer.x12", Door.SFTP, [marked("The file")])
        assert made is not None
        return made.id


def _substitute_choice(state: State) -> UUID:
    """What the director's program takes of all items."""
    path = f"/programs/{state.director.program_id}/substitutes"
    state.api("PUT", path, state.director, json={"choice": "same_price"})
    with state.scope():
        own = SubstituteChoice.program_id == state.director.program_id
        return db.session.scalars(select(SubstituteChoice.id).where(own).limit(1)).one()


def _order_edit(state: State) -> UUID:
    """A change after the close that a vendor is asked for; its question waits."""
    known = kept_of(state.host)
    if "edit" not in known:
        own = closed(state)
        own.send()
        work(state)
        with state.scope():
            mine = OrderDelivery.purchase_id == UUID(own.buy.id)
            db.session.execute(update(OrderDelivery).where(mine).values(state=OrderStage.SENT, cutoff_at=now()))
        program = {
            "program_id": str(state.director.program_id),
            "lines": [{"item_id": own.buy.items["GLOVES"], "wanted": 10}],
        }
        body = {"programs": [program], "key": secrets.token_hex(8), "reason": "R"}
        headers = {"If-Match": '"1"'}
        made = state.api("POST", own.buy.path("/order-edits"), state.coordinator, json=body, headers=headers)
        known["edit"] = UUID(made.json["id"])
    with state.scope():
        mine = update(OrderEdit).where(OrderEdit.id == known["edit"])
        db.session.execute(mine.values(state=EditState.ASKING, based_on=1, into_version=None))
        asked = update(OrderQuestion).where(
            OrderQuestion.tenant_id == state.tenant.id, OrderQuestion.edit_id == known["edit"]
        )
        db.session.execute(asked.values(state=QuestionState.WAITING))
    return known["edit"]


def _order_question(state: State) -> UUID:
    edit = _order_edit(state)
    with state.scope():
        return questions_of(edit)[0].id


def _vendor_invoice_file(state: State) -> UUID:
    one = _sent_order(state)
    with state.scope():
        content = io.BytesIO(b"%PDF-1.7 " + secrets.token_bytes(8))
        return bring_invoice(delivery_or_404(one), content, "invoice.pdf").id


def _vendor_invoice(state: State) -> UUID:
    """An invoice that differs, so that a person decides."""
    buy = received(state)
    return UUID(bill(buy, *right_lines(buy), total_cents=1).json["id"])


def _settled_row(model: Any) -> Factory:
    """A row that is there once a purchase is settled."""

    def first(state: State) -> UUID:
        settled(state)
        return _first(model)(state)

    return first


def _invoice_file(state: State) -> UUID:
    """An invoice as a file that was asked for and not made yet."""
    settled(state)
    with state.scope():
        invoice = db.session.scalars(select(ProgramInvoice.id).order_by(ProgramInvoice.id.desc()).limit(1)).one()
    path = f"/program-invoices/{invoice}/files"
    return UUID(state.api("POST", path, state.coordinator, json={"language": "es"}).json["id"])


def _statement(state: State) -> UUID:
    """A statement that was asked for and not made yet."""
    path = f"/programs/{state.director.program_id}/statements"
    return UUID(state.api("POST", path, state.coordinator, json={"language": "es"}).json["id"])


def _payment(state: State) -> UUID:
    """A check of the director's program that is booked."""
    body = {"key": secrets.token_hex(8), "method": "check", "program_id": str(state.director.program_id),
            "amount_cents": 500, "paid_on": "2026-11-26", "reference": "1042"}  # fmt: skip
    return UUID(state.api("POST", "/payments", state.coordinator, json=body).json["id"])


def _bank_account(state: State) -> None:
    body = {"holder": "Sunny Hill", "routing": "021000021", "account": "0001", "authorized_on": "2026-11-01"}
    path = f"/programs/{state.director.program_id}/bank-account"
    state.api("PUT", path, state.coordinator, json=body, headers={"If-None-Match": "*"})


def waiting_payment(state: State) -> UUID:
    """A payment of the director's program that waits for the bank, whose address is known."""
    _bank_account(state)
    origin = {"bank_name": "B", "bank_routing": "102001017", "company_id": "1", "company_name": "S"}
    state.api("PUT", "/ach-origin", state.coordinator, json=origin, headers={"If-Match": '"0"'})
    body = {"key": secrets.token_hex(8), "method": "ach", "program_id": str(state.director.program_id),
            "amount_cents": 500, "paid_on": "2026-11-26"}  # fmt: skip
    return UUID(state.api("POST", "/payments", state.coordinator, json=body).json["id"])


def _ach_file(state: State) -> UUID:
    waiting_payment(state)
    body = {"effective_on": "2026-11-30"}
    return UUID(state.api("POST", "/ach-files", state.coordinator, json=body).json["id"])


def _write_off(state: State) -> UUID:
    """A wish of the coordinator's to write something off."""
    settled(state)
    body = {"program_id": str(state.director.program_id), "amount_cents": 100, "reason": "R"}
    return UUID(state.api("POST", "/write-offs", state.coordinator, json=body).json["id"])


def _document(state: State) -> UUID:
    path = offered(state).path("/documents")
    return UUID(state.api("GET", path, state.coordinator).json["items"][0]["id"])


def signed_service(state: State) -> Service:
    """A contract on offer that the director signed."""
    own = offered(state)
    assert own.enrol(state.director).status_code == 201
    return own


def _signature(state: State) -> UUID:
    own = signed_service(state)
    return UUID(own.of(state.director)["signatures"][0]["id"])


def _desk_person(state: State) -> UUID:
    return colleague(desk_of(state)).id


def _desk_token(state: State) -> UUID:
    """An API token of the administrator of a desk."""
    desk, at = desk_of(state), now()
    with desk.scope():
        person = desk.administrator.id
        return actions.issue_api_token(Actor.operator(), person, ["desk:read"], "", at + timedelta(days=1), at).id


def _desk_passkey(state: State) -> UUID:
    desk = desk_of(state)
    with desk.scope():
        one = VendorPasskey(id=new_id(), person_id=desk.administrator.id, name="Key", public_key=b"", sign_count=0,
                            credential_id=secrets.token_bytes(16))  # fmt: skip
        db.session.add(one)
        return one.id


def _desk_order(state: State) -> UUID:
    """The order at the desk of the state's vendor; it was sent there."""
    known = kept_of(state.host)
    if "desk order" not in known:
        known["desk order"] = shown_order(state)[2]
    return known["desk order"]


def _desk_said(state: State) -> UUID:
    """An answer at a desk that nobody has taken in."""
    desk, order = desk_of(state), _desk_order(state)
    with desk.scope():
        own = order_or_404(order)
        values = {"tenant_id": own.tenant_id, "vendor_id": own.vendor_id, "id": new_id(), "order_id": order,
                  "kind": "answered", "person_id": desk.administrator.id, "person_name": "Sal Vendor",
                  "body": {"lines": {}, "note": secrets.token_hex(4)}}  # fmt: skip
        return db.session.scalars(insert(DeskSaid).values(values).returning(DeskSaid.id)).one()


def _desk_partner(state: State) -> UUID:
    desk = desk_of(state)
    with state.scope():
        own = DeskPartner.tenant_id == state.tenant.id, DeskPartner.vendor_id == desk.vendor_id
        return db.session.scalars(select(DeskPartner.id).where(*own)).one()


def _desk_item(state: State) -> UUID:
    """An item of the desk's vendor, shown at the desk."""
    known = kept_of(state.host)
    if "desk item" not in known:
        desk = desk_of(state)
        item = UUID(add_item(state, make_contract(state, vendor=VENDOR), f"S-{secrets.token_hex(3)}"))
        with state.scope():
            publish_items(desk.vendor_id)
        known["desk item"] = item
    return known["desk item"]


def _price_proposal(state: State) -> UUID:
    """Prices of a vendor that wait for the state."""
    desk, item = desk_of(state), _desk_item(state)
    day = (now() + timedelta(days=60)).date().isoformat()
    body = {"effective_on": day, "prices": [{"item_id": str(item), "price_cents": 4100}]}
    return UUID(desk.api("POST", "/desk/price-proposals", json=body).json["id"])


FACTORIES: dict[type[Any], Factory] = {
    VendorPerson: _desk_person,
    VendorToken: _desk_token,
    VendorPasskey: _desk_passkey,
    DeskPartner: _desk_partner,
    DeskOrder: _desk_order,
    DeskSaid: _desk_said,
    DeskItem: _desk_item,
    PriceProposal: _price_proposal,
    Program: lambda state: state.director.program_id,
    Person: lambda state: state.director.id,
    Membership: _membership,
    Alliance: _alliance,
    AllianceMember: lambda state: member_of_one(state)["member_id"],
    AccessToken: _token,
    Delegation: _delegation,
    Claim: _claim,
    Passkey: _passkey,
    ServiceContract: lambda state: UUID(signed_service(state).id),
    ServiceDocument: _document,
    Signature: _signature,
    Contract: lambda state: UUID(make_contract(state)),
    CatalogItem: lambda state: UUID(make_item(state)),
    Purchase: _purchase,
    PurchaseItem: lambda state: UUID(next(iter(open_buy(state).items.values()))),
    DeliveryPoint: lambda state: UUID(open_buy(state).point),
    DryRun: _dry_run,
    SavedSet: _saved_set,
    PackingDocument: _packing,
    Evidence: _evidence,
    ProcurementFile: _procurement_file,
    PurchaseOrder: _closed,
    Receipt: _receipt,
    ReceiptPhoto: _receipt_photo,
    Arrival: _short("arrivals"),
    VendorClaim: _short("vendor-claims"),
    SiteDocument: _site_document,
    HandOut: _hand_out,
    Leftover: lambda state: uncollected(state)[1],
    LeftoverTaking: _leftover_taking,
    VendorInvoice: _vendor_invoice,
    Settlement: _settled_row(Settlement),
    ProgramInvoice: _settled_row(ProgramInvoice),
    InvoiceFile: _invoice_file,
    StatementFile: _statement,
    Payment: _payment,
    AchFile: _ach_file,
    WriteOff: _write_off,
    FileImport: _import,
    Job: _job,
    Message: _message,
    SilencedAddress: _silenced,
    WebhookEndpoint: _webhook,
    WebhookDelivery: _webhook_delivery,
    OrderDelivery: _order_delivery,
    OrderAnswer: _order_answer,
    OrderProposal: _order_proposal,
    SubstituteChoice: _substitute_choice,
    VendorFile: _vendor_file,
    OrderEdit: _order_edit,
    OrderQuestion: _order_question,
    VendorInvoiceFile: _vendor_invoice_file,
    RecordExport: _export,
    IsolationCheck: _isolation_check,
}  # type: ignore[dict-item]


def make(model: type[Any], state: State) -> UUID:
    """Return the id of a row of a model in a state. Fails with what to do when there is no factory."""
    assert model in FACTORIES, f"Add a factory for {model.__name__} to tests/isolation/factories.py."
    return FACTORIES[model](state)
