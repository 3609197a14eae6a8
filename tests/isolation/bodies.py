"""A valid body for each API route that takes one: {(endpoint, method): body of a state}, and headers that it needs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from carepool.alliances.models import Alliance
from carepool.clock import now
from carepool.enrolling.models.enrolments import Enrolment
from carepool.notifications.actions import tell
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.purchasing.settlement.models.payments import Payment
from carepool.vendors.changes.actions import edit_or_404
from carepool.vendors.changes.models import OrderEdit
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.desk.models import DeskItem
from tenants.database import db
from tenants.ids import new_id
from tenants.registry import Vendor
from tests.buying import add_item, draft, make_contract, make_item, open_buy, work
from tests.cast import State
from tests.contracting import agreed, drafted, offered, terms
from tests.hubs import founded, hub_staff
from tests.isolation.factories import (
    how_bought,
    kept_of,
    make,
    member_of_one,
    procured,
    signed_service,
    waiting_payment,
)
from tests.ordering import VENDOR, closed, sets_terms
from tests.receiving import bought, first_order, short_purchase, uncollected
from tests.settling import billed, received, settled

Ids = dict[str, Any]
Body = Callable[[State, Ids], dict[str, Any]]


def _order(state: State, ids: Ids) -> dict[str, Any]:
    path = f"/purchases/{ids['purchase_id']}"
    unknown = [{"id": str(ids["purchase_id"])}]
    [item, *_] = state.api("GET", f"{path}/items", state.administrator).json.get("items") or unknown
    [point, *_] = state.api("GET", f"{path}/delivery-points", state.administrator).json.get("items") or unknown
    line = {"item_id": item["id"], "wanted": 3}
    return {"delivery_point_id": point["id"], "lines": [line], "place": True}


def _own_message(state: State, _: Ids) -> dict[str, Any]:
    with state.scope():
        tell([state.administrator.id], Notice.PURCHASE_OPENED, new_id(), {"title": "T"})
        own = select(Message.id).where(Message.person_id == state.administrator.id)
        return {"up_to": str(db.session.scalars(own.limit(1)).one())}


def _untouched(state: State) -> Ids:
    return {"purchase_id": open_buy(state).id, "program_id": state.director.program_id}


def _handing(state: State, ids: Ids) -> dict[str, Any]:
    path = f"/purchases/{ids['purchase_id']}/items"
    [item, *_] = state.api("GET", path, state.administrator).json.get("items") or [{"id": str(ids["purchase_id"])}]
    return {"key": f"key-{uuid4()}", "taken_by": "Ana", "lines": [{"item_id": item["id"], "eaches": 1}]}


def _receiving_terms(state: State, ids: Ids) -> dict[str, Any]:
    path = f"/purchases/{ids['purchase_id']}/items"
    [item, *_] = state.api("GET", path, state.administrator).json.get("items") or [{"id": str(ids["purchase_id"])}]
    return {"over_cases": 1, "tracked_items": [item["id"]]}


def _unsent(state: State) -> Ids:
    """The state's one closed purchase whose orders were not sent when it was made."""
    known = kept_of(state.host)
    if "unsent" not in known:
        known["unsent"] = UUID(closed(state).buy.id)
    return {"purchase_id": known["unsent"]}


def _edit(state: State, ids: Ids) -> dict[str, Any]:
    """A change of the director's order in a purchase; of another's purchase it names what is not there."""
    path = f"/purchases/{ids['purchase_id']}/items"
    [item, *_] = state.api("GET", path, state.administrator).json.get("items") or [{"id": str(ids["purchase_id"])}]
    line = {"item_id": item["id"], "wanted": 10}
    return {"programs": [{"program_id": str(state.director.program_id), "lines": [line]}]}


def _just_closed(state: State) -> Ids:
    """A purchase that was closed for this alone and in which the director got something."""
    return {"purchase_id": UUID(closed(state).buy.id)}


def _refused(state: State) -> Ids:
    """An order that a mail server refused."""
    one = make(OrderDelivery, state)
    with state.scope():
        db.session.execute(update(OrderDelivery).where(OrderDelivery.id == one).values(state=OrderStage.REFUSED))
    return {"delivery_id": one}


def _with_way(state: State) -> Ids:
    """A contract whose vendor is ordered from by mail and webhook."""
    contract = make_contract(state, vendor=VENDOR)
    sets_terms(state, contract, webhook_url="https://example.org/orders")
    return {"contract_id": contract}


def _vendor_of(state: State, ids: Ids) -> str:
    """The public id of the vendor of a closed purchase; of any vendor for a purchase that is not there."""
    path = f"/purchases/{ids['purchase_id']}/vendor-orders"
    found = state.api("GET", path, state.administrator).json.get("items")
    if found:
        return str(found[0]["vendor_id"])
    with state.scope():
        return str(db.session.scalars(select(Vendor.public_id).limit(1)).one())


def _licence(state: State) -> str:
    """The license number of the director's program."""
    path = f"/programs/{state.director.program_id}"
    return str(state.api("GET", path, state.administrator).json["licence_number"])


def _busy_alliance(state: State) -> Ids:
    """An alliance with a member, a purchase and a person of its hub."""
    alliance = founded(state, state.director)
    open_buy(state, alliance_id=alliance)
    hub_staff(state, alliance)
    return {"alliance_id": alliance}


_TERMS = {"title": "T", "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2027-01-01T00:00:00Z"}


def _draft_with(state: State, what: str, body: dict[str, Any], id_name: str) -> Ids:
    """A draft and the one item or delivery point in it."""
    path = f"/purchases/{(purchase := draft(state))}/{what}"
    made = state.api("POST", path, state.coordinator, json=body).json
    return {"purchase_id": purchase, id_name: made["id"] if "id" in made else made["items"][0]["id"]}


def _draft_with_item(state: State) -> Ids:
    item = {"catalog_item_id": make_item(state), "baseline_kind": "vendor_list"}
    return _draft_with(state, "items", {"items": [item]}, "item_id")


def _draft_page_item(state: State) -> Ids:
    return {"purchase_id": draft(state), "catalog_item_id": make_item(state)}


def _set_of(state: State, _: Ids) -> dict[str, Any]:
    """A set of one item of this state."""
    contract = make_contract(state)
    add_item(state, contract, "GLOVES")
    return {"name": f"Set {uuid4()}", "items": [{"contract_id": contract, "sku": "GLOVES"}]}


def _short(state: State) -> Ids:
    """An open purchase whose one vendor is below its minimum."""
    contract = make_contract(state, 10**6)
    buy = open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")})
    buy.order(state.director, {"GLOVES": (20,)})
    return {"purchase_id": buy.id, "contract_id": contract}


def _failed(state: State) -> Ids:
    ids = _short(state)
    state.api("POST", f"/purchases/{ids['purchase_id']}/close", state.coordinator)
    work(state)
    return {"purchase_id": ids["purchase_id"]}


def _invoice(state: State, ids: Ids) -> dict[str, Any]:
    """An invoice of what came in a purchase of this state; of another's purchase it names what is not there."""
    vendors = state.api("GET", f"/purchases/{ids['purchase_id']}/settlement", state.administrator).json.get("vendors")
    line = vendors[0]["lines"][0] if vendors else {"order_id": str(uuid4()), "line": 1}
    return {
        "vendor_id": vendors[0]["vendor_id"] if vendors else str(uuid4()),
        "number": f"N-{uuid4()}",
        "invoiced_on": "2026-11-26",
        "total_cents": 5,
        "lines": [{"purchase_order_id": line["order_id"], "line": line["line"], "eaches": 1, "amount_cents": 5}],
    }


def _payment(state: State, _: Ids) -> dict[str, Any]:
    return {
        "key": f"key-{uuid4()}",
        "method": "check",
        "program_id": str(state.director.program_id),
        "purchase_id": open_buy(state).id,
        "alliance_id": None,
        "amount_cents": 5,
        "paid_on": "2026-11-26",
        "reference": "7",
    }


def _bank_file(state: State, _: Ids) -> dict[str, Any]:
    waiting_payment(state)
    return {"alliance_id": None, "effective_on": "2026-11-30"}


def _write_off(state: State, _: Ids) -> dict[str, Any]:
    settled(state)
    return {"program_id": str(state.director.program_id), "alliance_id": None, "amount_cents": 1, "reason": "R"}


def _with_cards(state: State) -> Ids:
    body = {"is_on": True, "secret": "sk_test_1234"}
    state.api("PUT", "/card-provider", state.administrator, json=body, headers={"If-Match": '"0"'})
    return {"program_id": state.director.program_id}


def _drafted_service(state: State) -> Ids:
    return {"contract_id": drafted(state).id}


def _offered_service(state: State) -> Ids:
    return {"contract_id": offered(state).id, "program_id": state.director.program_id}


def _agreed_service(state: State) -> Ids:
    return {"contract_id": agreed(state).id, "program_id": state.director.program_id}


def _enrolled(state: State) -> Ids:
    return {"contract_id": signed_service(state).id, "program_id": state.director.program_id}


def _asked_service(state: State) -> Ids:
    """An enrollment that waits for a director."""
    ids = _enrolled(state)
    with state.scope():
        mine = update(Enrolment).where(Enrolment.contract_id == UUID(str(ids["contract_id"])))
        db.session.execute(mine.values(state="asked"))
    return ids


_ACCOUNT = {"holder": "H", "routing": "021000021", "account": "1", "authorized_on": "2026-11-01"}
OWN: dict[tuple[str, str], Callable[[State], Ids]] = {
    ("alliances.AllianceMemberEnding", "POST"): member_of_one,
    ("alliances_pages.ask_end_member", "GET"): member_of_one,
    ("alliances_pages.end_member", "POST"): member_of_one,
    # of one that is changed by this alone
    ("alliances.OneAlliance", "PATCH"): lambda state: {"alliance_id": make(Alliance, state)},
    ("alliances.AllianceEnding", "POST"): lambda state: {"alliance_id": make(Alliance, state)},
    ("alliances.AllianceMembers", "POST"): lambda state: {"alliance_id": founded(state)},
    ("purchasing.Items", "POST"): lambda state: {"purchase_id": draft(state)},
    ("purchasing.Points", "POST"): lambda state: {"purchase_id": draft(state)},
    ("purchasing.OnePurchase", "PUT"): lambda state: {"purchase_id": draft(state)},
    ("purchasing.OnePoint", "DELETE"): lambda state: _draft_with(
        state, "delivery-points", {"name": "Hall"}, "point_id"
    ),
    ("purchasing.OneItem", "DELETE"): _draft_with_item,
    ("enrolling.OneServiceContract", "PUT"): _drafted_service,
    ("enrolling.Opening", "POST"): _drafted_service,
    ("enrolling.Documents", "POST"): _drafted_service,
    ("enrolling.Closing", "POST"): _enrolled,
    ("enrolling.Renewing", "POST"): _agreed_service,
    ("enrolling.Members", "GET"): _agreed_service,
    ("enrolling.OneEnrolment", "GET"): _enrolled,
    ("enrolling.OneEnrolment", "PUT"): _offered_service,
    ("enrolling.OneEnrolment", "DELETE"): _enrolled,
    ("enrolling.EnrolmentApproval", "POST"): _asked_service,
    ("enrolling.EnrolmentEnding", "POST"): _agreed_service,
    ("enrolling_pages.change_terms", "POST"): _drafted_service,
    ("enrolling_pages.open_contract", "POST"): _drafted_service,
    ("enrolling_pages.renew_contract", "POST"): _agreed_service,
    ("enrolling_pages.members_file", "GET"): _agreed_service,
    ("enrolling_pages.enrol", "POST"): _offered_service,
    ("enrolling_pages.withdraw", "POST"): _enrolled,
    ("enrolling_pages.decide", "POST"): _asked_service,
    ("enrolling_pages.end", "POST"): _agreed_service,
    ("purchasing.Order", "PUT"): _untouched,
    ("minimums.OneRemedy", "PUT"): _short,
    ("sets.LayingSet", "POST"): lambda state: {"purchase_id": draft(state)},
    ("vendor_orders.VendorOrders", "POST"): _unsent,
    ("vendor_orders.ByHand", "POST"): _unsent,
    ("vendor_orders.Again", "POST"): _refused,
    ("vendor_orders.OtherWay", "POST"): _refused,
    ("ordering_terms.Terms", "PUT"): lambda state: {"contract_id": make_contract(state, vendor=f"New {uuid4()}")},
    ("vendor_pages.change", "POST"): lambda state: {"contract_id": make_contract(state, vendor=f"New {uuid4()}")},
    ("ordering_terms.WebhookSecret", "POST"): _with_way,
    ("ordering_terms.TestOrder", "POST"): _with_way,
    ("vendor_pages.rotate", "POST"): _with_way,
    ("vendor_pages.rotate_door", "POST"): _with_way,
    ("ordering_terms.DoorSecret", "POST"): _with_way,
    ("vendor_pages.test", "POST"): _with_way,
    ("order_edits.Preview", "POST"): _unsent,
    ("order_edits.Edits", "POST"): _just_closed,
    ("order_edit_pages.look_or_confirm", "POST"): _unsent,
    ("order_message_pages.send", "POST"): _unsent,
    ("order_message_pages.by_hand", "POST"): _unsent,
    ("order_message_pages.again", "POST"): _refused,
    ("order_message_pages.other_way", "POST"): _refused,
    ("sets.OneSet", "PUT"): lambda state: {"set_id": make(SavedSet, state)},
    ("minimums.RollingOver", "POST"): _failed,
    ("receiving.Terms", "PUT"): lambda state: {"purchase_id": bought(state).id},
    ("collecting.HandOuts", "POST"): lambda state: _received(state),
    ("collecting.Takings", "POST"): lambda state: _offered(state),
    ("receiving_pages.take", "POST"): lambda state: _offered(state),
    ("receiving_pages.ask_for_paper", "POST"): lambda state: _received(state),
    ("receiving_pages.hand_out_goods", "POST"): lambda state: _received(state),
    ("receiving.Corrections", "POST"): lambda state: {"order_id": short_purchase(state)[1]},
    ("receiving.Arrived", "GET"): lambda state: _received(state),
    ("settlement.Settling", "POST"): lambda state: {"purchase_id": billed(state).id},
    ("settlement.VendorInvoices", "POST"): lambda state: {"purchase_id": received(state).id},
    ("payments.Ending", "PUT"): lambda state: {"payment_id": waiting_payment(state)},
    ("payments.CardPayments", "POST"): _with_cards,
    ("settlement_pages.end", "POST"): lambda state: {"payment_id": waiting_payment(state)},
    ("settlement_pages.pay_by_card", "POST"): _with_cards,
    ("settlement_pages.settle", "POST"): lambda state: {"purchase_id": billed(state).id},
    ("savings.EvidenceOfPurchase", "POST"): lambda state: _with_item(state),
    ("savings.Procurement", "PUT"): lambda state: {"purchase_id": _closed(state)["purchase_id"]},
    ("savings.ProcurementFiles", "POST"): lambda state: {"purchase_id": procured(state).id},
    ("purchasing_pages.remedy_vendor", "POST"): _short,
    ("purchasing_pages.roll_over", "POST"): _failed,
    ("purchasing_pages.add_item", "POST"): _draft_page_item,
    ("purchasing_pages.take_item_out", "POST"): _draft_with_item,
    ("purchasing_pages.take_point_out", "POST"): lambda state: _draft_with(
        state, "delivery-points", {"name": "Hall"}, "point_id"
    ),
}
"""Own ids that a route can work with, where any row of the model would be in the wrong state."""


BODIES: dict[tuple[str, str], Body] = {
    ("alliances.Alliances", "POST"): lambda state, _: {
        "name": f"Alliance {uuid4()}",
        "shape": "home_network",
        "hub_name": "Hub House",
    },
    ("alliances.OneAlliance", "PATCH"): lambda state, _: {"hub_name": "Other House"},
    ("alliances.AllianceEnding", "POST"): lambda state, _: {},
    ("alliances.AllianceMembers", "POST"): lambda state, _: {"program_id": str(state.director.program_id)},
    ("alliances.AllianceMembersByLicence", "POST"): lambda state, _: {"licence_numbers": [_licence(state)]},
    ("alliances.AllianceMemberEnding", "POST"): lambda state, _: {},
    ("alliances_pages.change", "POST"): lambda state, _: {
        "name": f"Alliance {uuid4()}",
        "hub_name": "Hub House",
        "started_on": "2026-01-01",
        "version": "1",
    },
    ("alliances_pages.end", "POST"): lambda state, _: {"version": "1"},
    ("alliances_pages.add_member", "POST"): lambda state, _: {"program_id": str(state.director.program_id)},
    ("alliances_pages.add_members", "POST"): lambda state, _: {"numbers": _licence(state)},
    ("enrolling.ServiceContracts", "POST"): lambda state, _: terms(),
    ("enrolling.OneServiceContract", "PUT"): lambda state, _: terms(),
    ("enrolling.Documents", "POST"): lambda state, _: {"name": "Agreement", "file": b"%PDF-1.7"},
    ("enrolling.Cancelling", "POST"): lambda state, _: {"reason": "R"},
    ("enrolling.OneEnrolment", "PUT"): lambda state, _: {"earlier_cents": 5},
    ("enrolling.EnrolmentEnding", "POST"): lambda state, _: {"last_day": terms()["starts_on"], "reason": "R"},
    ("programs.Programs", "POST"): lambda state, _: {"licence_number": "N-1", "name": "New Program"},
    ("identity.People", "POST"): lambda state, _: {
        "email": "new@example.org",
        "role": "program_staff",
        "program_id": str(state.director.program_id),
        "alliance_id": None,
    },
    ("desk.PriceProposals", "POST"): lambda state, _: {
        "effective_on": (now() + timedelta(days=60)).date().isoformat(),
        "prices": [{"item_id": str(make(DeskItem, state)), "price_cents": 4100}],
    },
    ("desk.OneDeskPerson", "PUT"): lambda state, _: {"role": "desk_staff", "enabled": True},
    ("desk_partners.Desk", "PUT"): lambda state, _: {"shown": True, "notice_days": 30, "shares_forecast": False},
    ("desk_partners.Declining", "POST"): lambda state, _: {"reason": "Too much."},
    ("roles.Roles", "POST"): lambda state, _: {
        "role": "program_staff",
        "program_id": str(state.director.program_id),
        "alliance_id": None,
    },
    ("roles.Delegations", "POST"): lambda state, _: {
        "person_id": str(state.director.id),
        "permissions": ["orders:write"],
        "valid_to": (now() + timedelta(days=1)).isoformat(),
    },
    ("claims.Declining", "POST"): lambda state, _: {"reason": "Not known at this address."},
    ("identity.MyTokens", "POST"): lambda state, _: {"scopes": ["programs:read"]},
    ("provider.Provider", "PUT"): lambda state, _: {
        "switched_on": False,
        "issuer": "https://login.example.gov",
        "client_id": "carepool",
        "client_secret": "a secret",
        "label_en": "Agency account",
        "domains": ["example.gov"],
    },
    ("catalogs.Contracts", "POST"): lambda state, _: {"vendor_name": "V", "number": "N-9", "title": "T"},
    ("catalogs.ContractItems", "POST"): lambda state, _: {
        "sku": "S",
        "name": "N",
        "case_size": 1,
        "ladder": [[1, 100]],
    },
    ("catalogs.OneContract", "PUT"): lambda state, _: {"number": f"N-{uuid4()}", "title": "T"},
    ("catalogs.OneCatalogItem", "PUT"): lambda state, _: {
        "sku": "GLOVES",
        "name": "N",
        "case_size": 1,
        "ladder": [[1, 100]],
    },
    ("purchasing.Purchases", "POST"): lambda state, _: {**_TERMS, "alliance_id": founded(state)},
    ("purchasing.OnePurchase", "PUT"): lambda state, _: {**_TERMS, "alliance_id": founded(state)},
    ("purchasing.Points", "POST"): lambda state, _: {"name": "Church hall"},
    ("purchasing.Items", "POST"): lambda state, _: {
        "items": [{"catalog_item_id": make_item(state), "baseline_kind": "vendor_list"}]
    },
    ("purchasing.Order", "PUT"): _order,
    ("invitations.Inviting", "PUT"): lambda state, _: {"program_ids": [str(state.director.program_id)]},
    ("packing.PackingDocuments", "POST"): lambda state, _: {"kind": "matrix"},
    ("sets.KeepingSet", "POST"): lambda state, _: {"name": f"Set {uuid4()}"},
    ("sets.LayingSet", "POST"): lambda state, _: {"set_id": str(make(SavedSet, state))},
    ("sets.OneSet", "PUT"): _set_of,
    ("minimums.OneRemedy", "PUT"): lambda state, _: {"remedy": "leave_out", "reason": "R"},
    ("minimums.Extending", "POST"): lambda state, _: {"until": (now() + timedelta(days=9)).isoformat()},
    ("spending.Spending", "PUT"): lambda state, _: {"approve_above_cents": 10_000, "budget_cents": None},
    ("substitutes.Substitutes", "PUT"): lambda state, _: {"catalog_item_id": make_item(state), "choice": "never"},
    ("tax.TaxExemption", "PUT"): lambda state, _: {"certificate": "E-1"},
    # bytes are sent as a file
    ("savings.EvidenceOfPurchase", "POST"): lambda state, ids: {
        "item_id": str(ids["item_id"]),
        "kind": "vendor_list",
        "day": "2026-01-15",
        "source": "Price list",
        "file": b"%PDF-1.7",
    },
    ("savings.Withdrawal", "POST"): lambda state, _: {"reason": "The wrong page."},
    ("savings.Procurement", "PUT"): lambda state, _: how_bought(8000),
    ("savings.SavingsExports", "POST"): lambda state, _: {"format": "xlsx"},
    ("savings.SavingsSettings", "PUT"): lambda state, _: {"least_programs": 5, "quotes_wanted": 3},
    ("spending.SendingBack", "POST"): lambda state, _: {"note": "Fewer, please."},
    ("receiving.Receipts", "POST"): lambda state, _: {"key": f"key-{uuid4()}", "lines": [{"line": 1, "cases": 1}]},
    ("receiving.Corrections", "POST"): lambda state, _: {
        "key": f"key-{uuid4()}",
        "cause": "Typed wrong",
        "lines": [{"line": 1, "cases": -1}],
    },
    ("receiving.Terms", "PUT"): _receiving_terms,
    ("receiving.Papers", "POST"): lambda state, _: {"kind": "case_labels"},
    ("collecting.HandOuts", "POST"): _handing,
    ("receiving_pages.take", "POST"): lambda state, _: {"key": f"key-{uuid4()}", "eaches": "1"},
    ("receiving_pages.hand_out_goods", "POST"): lambda state, _: {"key": f"key-{uuid4()}", "taken_by": "Ana"},
    ("collecting.Takings", "POST"): lambda state, _: {"key": f"key-{uuid4()}", "eaches": 1},
    ("receiving.OneVendorClaim", "PUT"): lambda state, _: {"state": "sent"},
    ("settlement.Settling", "POST"): lambda state, _: {"due_days": 10},
    ("settlement.VendorInvoices", "POST"): _invoice,
    ("settlement.OneVendorInvoice", "PUT"): lambda state, _: {"state": "accepted", "reason": "R"},
    ("settlement.Tolerance", "PUT"): lambda state, _: {"cents": 5},
    ("settlement.InvoiceFiles", "POST"): lambda state, _: {"language": "en"},
    ("settlement.Statements", "POST"): lambda state, _: {"language": "en", "alliance_id": None},
    ("payments.Payments", "POST"): _payment,
    ("payments.Reversal", "POST"): lambda state, _: {"reason": "R"},
    ("payments.Ending", "PUT"): lambda state, _: {"state": "failed", "reason": "R"},
    ("payments.CardPayments", "POST"): lambda state, _: {
        "key": f"key-{uuid4()}",
        "alliance_id": None,
        "amount_cents": 5,
    },
    ("payments.ProgramBankAccount", "PUT"): lambda state, _: _ACCOUNT,
    ("payments.VendorBankAccount", "PUT"): lambda state, _: _ACCOUNT,
    ("payments.Origin", "PUT"): lambda state, _: {
        "bank_name": "B",
        "bank_routing": "102001017",
        "company_id": "1",
        "company_name": "S",
    },
    ("payments.BankFiles", "POST"): _bank_file,
    ("payments.Cards", "PUT"): lambda state, _: {"is_on": True, "secret": "sk_test_1234"},
    ("payments.WriteOffs", "POST"): _write_off,
    ("payments.WriteOffDecision", "PUT"): lambda state, _: {"approve": True},
    ("settlement_pages.settle", "POST"): lambda state, _: {"due_days": "10"},
    ("settlement_pages.decide_invoice", "POST"): lambda state, _: {"act": "disputed", "reason": "R", "version": "2"},
    ("settlement_pages.reverse", "POST"): lambda state, _: {"reason": "R", "version": "2"},
    ("settlement_pages.end", "POST"): lambda state, _: {"act": "failed", "reason": "R", "version": "1"},
    ("purchasing_pages.save_order", "POST"): lambda state, _: {"act": "place"},
    ("imports.Columns", "POST"): lambda state, _: {"column_map": None},
    ("people_pages.give_role", "POST"): lambda state, _: {"role": "purchasing_coordinator"},
    ("imports_pages.confirm_columns", "POST"): lambda state, _: {"column.licence_number": "0", "column.name": "1"},
    ("records.Retention", "PUT"): lambda state, _: {"days": {"messages": 365}},
    ("records.Hold", "PUT"): lambda state, _: {"reason": "A case"},
    ("records.PublicRecords", "POST"): lambda state, _: {
        "purchase_id": draft(state),
        "program_id": str(state.director.program_id),
    },
    ("records.Exports", "POST"): lambda state, _: {"kind": "activity"},
    ("notifications.Reading", "POST"): _own_message,
    ("webhooks.Endpoints", "POST"): lambda state, _: {"url": "https://example.org/hook"},
    ("webhooks.OneEndpoint", "PUT"): lambda state, _: {"url": "https://example.org/hook"},
    ("webhooks.ResendingFailed", "POST"): lambda state, _: {"since": "2026-01-01T00:00:00Z"},
    ("webhooks_pages.change", "POST"): lambda state, _: {"url": "https://example.org/hook", "enabled": "1"},
    ("notifications.Retrying", "POST"): lambda state, _: {"channel": "mail"},
    ("channels_pages.settle", "POST"): lambda state, _: {"outcome": "sent"},
    ("purchasing.ClosingTime", "PUT"): lambda state, _: {"closes_at": (now() + timedelta(hours=9)).isoformat()},
    ("purchasing_pages.move_close", "POST"): lambda state, _: {
        "version": "1",
        "closes_at": f"{now() + timedelta(hours=9):%Y-%m-%dT%H:%M}",
    },
    ("ordering_terms.Terms", "PUT"): lambda state, _: {"channel": "hand"},
    ("ordering_terms.TestOrder", "POST"): lambda state, _: {"channel": "mail"},
    ("vendor_pages.change", "POST"): lambda state, _: {
        "channel": "hand",
        "format": "pdf",
        "weekdays": "1",
        "lead_days": "5",
        "cutoff_days": "1",
        "version": "0",
    },
    ("vendor_pages.test", "POST"): lambda state, _: {"way": "mail"},
    ("vendor_files.VendorFiles", "POST"): lambda state, ids: {"vendor_id": _vendor_of(state, ids), "file": b"ISA"},
    ("vendor_answer_pages.bring_file", "POST"): lambda state, ids: {"vendor": _vendor_of(state, ids)},
    ("order_edits.Preview", "POST"): _edit,
    ("order_edits.Edits", "POST"): lambda state, ids: {**_edit(state, ids), "key": f"key-{uuid4()}", "reason": "R"},
    ("order_edits.Answering", "POST"): lambda state, _: {"accepted": False, "note": "By phone"},
    ("order_edit_pages.answer", "POST"): lambda state, _: {"said": "no", "note": "By phone"},
    ("order_edit_pages.look_or_confirm", "POST"): lambda state, ids: {
        "act": "look",
        "program": str(state.director.program_id),
        **{
            f"wanted.{state.director.program_id}.{line['item_id']}": str(line["wanted"])
            for line in _edit(state, ids)["programs"][0]["lines"]
        },
    },
    ("vendor_orders.ByHand", "POST"): lambda state, ids: {"vendor_id": _vendor_of(state, ids), "note": "By phone"},
    ("order_message_pages.by_hand", "POST"): lambda state, ids: {"vendor": _vendor_of(state, ids), "note": "By phone"},
    ("vendor_orders.Settling", "POST"): lambda state, _: {"settlement": "sent"},
    ("order_message_pages.settle", "POST"): lambda state, _: {"settlement": "sent"},
    ("notifications.Resolving", "POST"): lambda state, _: {"outcome": "sent"},
}
HEADERS: dict[tuple[str, str], dict[str, str]] = {
    ("enrolling.OneServiceContract", "PUT"): {"If-Match": '"1"'},
    ("enrolling.Closing", "POST"): {"If-Match": '"2"'},
    ("enrolling.OneEnrolment", "PUT"): {"If-None-Match": "*"},
    ("enrolling.OneEnrolment", "DELETE"): {"If-Match": '"1"'},
    ("enrolling.EnrolmentApproval", "POST"): {"If-Match": '"1"'},
    ("enrolling.EnrolmentEnding", "POST"): {"If-Match": '"1"'},
    ("order_edits.Edits", "POST"): {"If-Match": '"1"'},
    ("ordering_terms.Terms", "PUT"): {"If-Match": '"0"'},
    ("desk_partners.Desk", "PUT"): {"If-Match": '"1"'},
    **{
        (f"catalogs.{one}", method): {"If-Match": '"1"'}
        for one in ("OneContract", "OneCatalogItem")
        for method in ("PUT", "DELETE")
    },
    ("purchasing.OnePurchase", "PUT"): {"If-Match": '"1"'},
    ("alliances.OneAlliance", "PATCH"): {"If-Match": '"1"'},
    ("alliances.AllianceEnding", "POST"): {"If-Match": '"1"'},
    ("minimums.OneRemedy", "PUT"): {"If-Match": '"1"'},
    ("sets.OneSet", "PUT"): {"If-Match": '"1"'},
    ("minimums.Extending", "POST"): {"If-Match": '"1"'},
    ("receiving.Terms", "PUT"): {"If-Match": '"0"'},
    ("receiving.OneVendorClaim", "PUT"): {"If-Match": '"1"'},
    ("settlement.OneVendorInvoice", "PUT"): {"If-Match": '"2"'},
    ("settlement.Tolerance", "PUT"): {"If-Match": '"0"'},
    ("payments.Reversal", "POST"): {"If-Match": '"2"'},
    ("payments.Ending", "PUT"): {"If-Match": '"1"'},
    ("payments.ProgramBankAccount", "PUT"): {"If-None-Match": "*"},
    ("payments.VendorBankAccount", "PUT"): {"If-None-Match": "*"},
    ("payments.Origin", "PUT"): {"If-Match": '"0"'},
    ("payments.Cards", "PUT"): {"If-Match": '"0"'},
    ("purchasing.ClosingTime", "PUT"): {"If-Match": '"1"'},
    ("purchasing.Order", "PUT"): {"If-None-Match": "*"},
    ("purchasing.Order", "DELETE"): {"If-Match": '"1"'},
    ("spending.Spending", "PUT"): {"If-Match": '"0"'},
    ("savings.Procurement", "PUT"): {"If-None-Match": "*"},
    ("savings.SavingsSettings", "PUT"): {"If-Match": '"0"'},
    ("tax.TaxExemption", "PUT"): {"If-Match": '"0"'},
    ("spending.Approving", "POST"): {"If-Match": '"1"'},
    ("spending.SendingBack", "POST"): {"If-Match": '"1"'},
}


def _closed(state: State) -> Ids:
    """A purchase whose close is computed and in which the director got something."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    return {"purchase_id": buy.id, "program_id": state.director.program_id}


def _with_item(state: State) -> Ids:
    """An open purchase and its item that was ordered."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    return {"purchase_id": buy.id, "item_id": buy.items["GLOVES"]}


def _received(state: State) -> Ids:
    return {"purchase_id": short_purchase(state)[0].id, "program_id": state.director.program_id}


def _offered(state: State) -> Ids:
    """Goods of the director that are offered, and another program that may take them."""
    return {"leftover_id": uncollected(state)[1], "program_id": state.fellow.program_id}


def _asked(state: State) -> Ids:
    """A purchase with a change that a vendor is asked for."""
    edit = make(OrderEdit, state)
    with state.scope():
        return {"purchase_id": edit_or_404(edit).purchase_id}


def _near_leftovers(state: State) -> Ids:
    """A program with goods of another one near it."""
    uncollected(state)
    return {"program_id": state.director.program_id}


def _claimed(state: State) -> Ids:
    """A purchase with a claim that its vendor has not answered."""
    buy, _ = short_purchase(state)
    [claim] = state.api("GET", buy.path("/vendor-claims"), state.coordinator).json["items"]
    sent = {"json": {"state": "sent"}, "headers": {"If-Match": '"1"'}}
    state.api("PUT", f"/vendor-claims/{claim['id']}", state.coordinator, **sent)
    return {"purchase_id": buy.id}


def _owing(state: State) -> Ids:
    """A program with an invoice and a payment."""
    settled(state)
    make(Payment, state)
    return {"program_id": state.director.program_id}


ON_PAGES: dict[str, Callable[[State], Ids]] = {
    "alliances_pages.alliance": lambda state: _busy_alliance(state),
    "alliances_pages.ask_end_member": member_of_one,
    "enrolling_pages.terms": _drafted_service,
    "enrolling_pages.enrolment": _offered_service,
    "purchasing_pages.order": _untouched,
    "purchasing_pages.packing": _closed,
    "purchasing_pages.pick_up_card": _closed,
    "purchasing_pages.minimums": _short,
    "receiving_pages.receive": lambda state: {"order_id": first_order(bought(state))},
    "receiving_pages.arrivals": lambda state: _received(state),
    "receiving_pages.arrived": lambda state: _received(state),
    "receiving_pages.pick_list": lambda state: _received(state),
    "receiving_pages.hand_out_form": lambda state: _received(state),
    "receiving_pages.papers": lambda state: _received(state),
    "receiving_pages.leftovers": lambda state: _near_leftovers(state),
    "receiving_pages.correct_form": lambda state: {"order_id": short_purchase(state)[1]},
    "receiving_pages.vendor_claims": lambda state: _claimed(state),
    "order_message_pages.orders": _unsent,
    "order_edit_pages.change_orders": _unsent,
    "order_edit_pages.order_versions": _unsent,
    "order_edit_pages.order_changes": lambda state: _asked(state),
    "purchasing_pages.item_filling": _with_item,
    "savings_pages.item_evidence": _with_item,
    "settlement_pages.settlement": lambda state: {"purchase_id": billed(state).id},
    "settlement_pages.new_invoice": lambda state: {"purchase_id": received(state).id},
    "settlement_pages.account": _owing,
    "savings_pages.procurement": lambda state: {"purchase_id": procured(state).id},
}
"""Own ids that belong together, for pages whose addresses name more than one thing."""

NO_PAGES = {
    "enrolling_pages.document_file",
    "enrolling_pages.members_file",
    "enrolling_pages.signed_file",
    "desk_price_pages.file",
    "desk_pages.document",
    "receiving_pages.photo",
    "receiving_pages.paper_file",
    "receiving_pages.sharing_progress",
    "imports_pages.progress",
    "isolation_pages.progress",
    "order_message_pages.progress",
    "vendor_answer_pages.invoice_file",
    "vendor_answer_pages.vendor_file",
    "settlement_pages.alliance_export",
    "settlement_pages.bank_file",
    "settlement_pages.export",
    "settlement_pages.invoice_file",
    "settlement_pages.statement",
    "purchasing_pages.tax_exemption_file",
    "purchasing_pages.packing_file",
    "purchasing_pages.packing_workbook",
    "purchasing_pages.progress",
    "records_pages.export_file",
    "records_pages.export_progress",
    "savings_pages.evidence_file",
    "savings_pages.procurement_data",
    "savings_pages.procurement_pdf",
    "shopping_pages.savings_file",
}
"""Addresses read by a browser that answer with a piece of a page, a file or a way on."""
