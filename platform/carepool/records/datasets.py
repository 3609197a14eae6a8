"""Which tables make up the public records of a purchase, a program or a period, and which columns are personal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, false, or_, select

from carepool.alliances.models import Alliance, AllianceMember
from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceDocument, ServiceRate
from carepool.enrolling.models.enrolments import Enrolment, Signature
from carepool.identity.models import Claim, Membership, Person
from carepool.imports.models import FileImport
from carepool.notifications.models import Message
from carepool.outbox import Activity
from carepool.programs.models import Program
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.models.closings import Close, LineResult, MemberBill, PoolCases, Saving, Share
from carepool.purchasing.models.invitations import HandReminder, Invitation, InvitedProgram
from carepool.purchasing.models.minimums import RollOver, VendorRemedy
from carepool.purchasing.models.orders import DraftLine, ProgramOrder, Wish
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.models.spending import OrderApproval
from carepool.purchasing.receiving.models.claims import VendorClaim
from carepool.purchasing.receiving.models.collecting import HandOut, HandOutLine, Leftover, LeftoverTaking
from carepool.purchasing.receiving.models.counting import (
    OrderReceiving,
    PurchaseReceiving,
    Receipt,
    ReceiptLine,
    ReceiptPhoto,
    TrackedItem,
)
from carepool.purchasing.receiving.models.sharing import (
    Arrival,
    ArrivalBill,
    ArrivalLine,
    ArrivalShare,
    ArrivalSupply,
    Credit,
)
from carepool.purchasing.sales_tax.models import TaxExemption
from carepool.purchasing.savings.models import Evidence, EvidenceItem, ItemSaving, ProcurementRecord, SavingsFreeze
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.invoices import VendorInvoice, VendorInvoiceLine
from carepool.purchasing.settlement.models.ledger import LedgerEntry, LedgerLine
from carepool.purchasing.settlement.models.payments import Payment, WriteOff
from carepool.purchasing.substitutes.models import SubstituteChoice
from carepool.vendors.answers.models import OrderAnswer, OrderAnswerLine, OrderProposal
from carepool.vendors.changes.models import OrderEdit, OrderEditLine, OrderQuestion
from carepool.vendors.deliveries.models import OrderDelivery, OrderStep
from carepool.vendors.desk.models import DeskOrder, DeskSaid
from carepool.vendors.inbox.models import ExpectedLine, ExpectedShipment, VendorFile
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.vendors.prices.models import PriceProposal, PriceProposalLine
from carepool.vendors.scores.models import VendorScore

PERSONAL_KEYS = frozenset(
    {
        "email", "name", "phone", "to", "who", "contact_name", "contact_email", "contact_phone", "address", "street", "zip",
        "reason", "note", "description", "subject", "mail_to", "invited_name", "invited_email", "person_name",
    }
)  # fmt: skip
"""Names inside facts and diffs whose values are left out with the personal data."""
SECRET_KEYS = frozenset({"url", "webhook_url", "cxml_url"})
"""Names inside facts and diffs whose values are always left out: the address of a webhook may hold a key."""
_NEVER = frozenset({"tenant_id", "scope_kind", "scope_id"})


def left_out_of_facts(without_personal: bool) -> frozenset[str]:
    """Return the names whose values are left out inside facts and diffs."""
    return SECRET_KEYS | PERSONAL_KEYS if without_personal else SECRET_KEYS


@dataclass(frozen=True)
class RecordsWish:
    """Whose records: of a purchase, of a program, of a period; what is given must all fit. `before` is not included."""

    purchase_id: UUID | None = None
    program_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None
    without_personal: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the wish for keeping."""
        ids = {name: str(one) for name in ("purchase_id", "program_id") if (one := getattr(self, name))}
        days = {name: one.isoformat() for name in ("since", "before") if (one := getattr(self, name))}
        return {**ids, **days, "without_personal": self.without_personal}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "RecordsWish":
        """Read what `as_json` wrote."""
        read: dict[str, Any] = {"purchase_id": UUID, "program_id": UUID, "without_personal": bool}
        read |= {"since": datetime.fromisoformat, "before": datetime.fromisoformat}
        return cls(**{name: read[name](value) for name, value in kept.items() if name in read})

    def within(self, column: Any) -> list[Any]:
        """Return the conditions that an instant lies in the period."""
        begin = [column >= self.since] if self.since else []
        return begin + ([column < self.before] if self.before else [])

    def purchases(self) -> Any:
        """Return the ids of the purchases: those that close in the period, in which the program has an order."""
        found = select(Purchase.id).where(*self.within(Purchase.closes_at))
        if self.purchase_id:
            found = found.where(Purchase.id == self.purchase_id)
        if self.program_id:
            mine = select(ProgramOrder.purchase_id).where(ProgramOrder.program_id == self.program_id)
            found = found.where(Purchase.id.in_(mine))
        return found

    def programs(self) -> Any:
        """Return the ids of the programs: the one, or those with an order in the purchases."""
        if self.program_id:
            return select(Program.id).where(Program.id == self.program_id)
        return select(ProgramOrder.program_id).where(ProgramOrder.purchase_id.in_(self.purchases()))

    def service_contracts(self) -> Any:
        """Return the ids of the service contracts: those whose window ends in the period, in which the program is."""
        found = select(ServiceContract.id).where(
            ServiceContract.state != ContractState.DRAFT, *self.within(ServiceContract.closes_at)
        )
        if self.purchase_id:
            return found.where(ServiceContract.id.is_(None))
        if self.program_id:
            mine = select(Enrolment.contract_id).where(Enrolment.program_id == self.program_id)
            found = found.where(ServiceContract.id.in_(mine))
        return found


Conditions = Callable[[RecordsWish], Sequence[Any]]


@dataclass(frozen=True)
class Dataset:
    """One table of an export. `personal`: columns left out with the personal data; `facts`: a column of JSON facts."""

    name: str
    model: Any
    wanted: Conditions
    personal: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()

    def columns(self, without_personal: bool) -> list[Column[Any]]:
        """Return the columns that go into the files."""
        out = _NEVER | self.hidden | (self.personal if without_personal else frozenset())
        return [column for column in self.model.__table__.columns if column.name not in out]

    def rows(self, wish: RecordsWish) -> Select[Any]:
        """Return the query of the rows, in the order of their keys."""
        table = self.model.__table__
        return select(*self.columns(wish.without_personal)).where(*self.wanted(wish)).order_by(*table.primary_key)


def _of_purchase(model: Any) -> Conditions:
    return lambda wish: [model.purchase_id.in_(wish.purchases())]


def _of_member(model: Any) -> Conditions:
    def conditions(wish: RecordsWish) -> Sequence[Any]:
        own = [model.program_id == wish.program_id] if wish.program_id else []
        return [model.purchase_id.in_(wish.purchases()), *own]

    return conditions


def _alliances(wish: RecordsWish) -> Sequence[Any]:
    owners = select(Purchase.alliance_id).where(Purchase.id.in_(wish.purchases()))
    joined = select(AllianceMember.alliance_id).where(AllianceMember.program_id.in_(wish.programs()))
    return [or_(Alliance.id.in_(owners), Alliance.id.in_(joined))]


def _lines(wish: RecordsWish) -> Sequence[Any]:
    orders = select(PurchaseOrder.id).where(PurchaseOrder.purchase_id.in_(wish.purchases()))
    return [PurchaseOrderLine.purchase_order_id.in_(orders)]


def _steps(wish: RecordsWish) -> Sequence[Any]:
    messages = select(OrderDelivery.id).where(OrderDelivery.purchase_id.in_(wish.purchases()))
    return [OrderStep.delivery_id.in_(messages)]


def _desk_words(wish: RecordsWish) -> Sequence[Any]:
    orders = select(DeskOrder.id).where(DeskOrder.purchase_id.in_(wish.purchases()))
    return [DeskSaid.order_id.in_(orders)]


def _proposed(wish: RecordsWish) -> Sequence[Any]:
    # prices are of the state, and of no purchase or program
    nobody = [false()] if wish.purchase_id or wish.program_id else []
    return [*wish.within(PriceProposal.at), *nobody]


def _proposed_lines(wish: RecordsWish) -> Sequence[Any]:
    return [PriceProposalLine.proposal_id.in_(select(PriceProposal.id).where(*_proposed(wish)))]


def _answer_lines(wish: RecordsWish) -> Sequence[Any]:
    answers = select(OrderAnswer.id).where(OrderAnswer.purchase_id.in_(wish.purchases()))
    return [OrderAnswerLine.answer_id.in_(answers)]


def _announced_lines(wish: RecordsWish) -> Sequence[Any]:
    announced = select(ExpectedShipment.id).where(ExpectedShipment.purchase_id.in_(wish.purchases()))
    return [ExpectedLine.shipment_id.in_(announced)]


def _edited_lines(wish: RecordsWish) -> Sequence[Any]:
    edits = select(OrderEdit.id).where(OrderEdit.purchase_id.in_(wish.purchases()))
    own = [OrderEditLine.program_id == wish.program_id] if wish.program_id else []
    return [OrderEditLine.edit_id.in_(edits), *own]


def _evidence_items(wish: RecordsWish) -> Sequence[Any]:
    found = select(Evidence.id).where(Evidence.purchase_id.in_(wish.purchases()))
    return [EvidenceItem.evidence_id.in_(found)]


def _contracts(wish: RecordsWish) -> Sequence[Any]:
    used = select(PurchaseItem.contract_id).where(PurchaseItem.purchase_id.in_(wish.purchases()))
    return [Contract.id.in_(used)]


def _people(wish: RecordsWish) -> Sequence[Any]:
    members = select(Membership.person_id).where(Membership.program_id.in_(wish.programs()))
    return [Person.id.in_(members)]


def _messages(wish: RecordsWish) -> Sequence[Any]:
    found = wish.within(Message.created_at)
    if wish.purchase_id:
        found.append(Message.subject_id == wish.purchase_id)
    if wish.program_id:
        members = select(Membership.person_id).where(Membership.program_id == wish.program_id)
        found.append(Message.person_id.in_(members))
    return found


def _claims(wish: RecordsWish) -> Sequence[Any]:
    own: list[Any] = [] if wish.since or wish.before else [Claim.program_id.in_(wish.programs())]
    own += [Claim.program_id == wish.program_id] if wish.program_id else []
    return [*own, *wish.within(Claim.created_at)]


def _imports(wish: RecordsWish) -> Sequence[Any]:
    # a file is of the whole state
    whole = not (wish.purchase_id or wish.program_id)
    return wish.within(FileImport.created_at) if whole else [FileImport.id.is_(None)]


def _activity(wish: RecordsWish) -> Sequence[Any]:
    found = wish.within(Activity.at)
    if wish.purchase_id:
        told = Activity.diff["purchase"].astext == str(wish.purchase_id)
        found.append(or_(Activity.subject_id == wish.purchase_id, told))
    if wish.program_id:
        found.append(Activity.subject_id == wish.program_id)
    return found


def _of_receipt(model: Any) -> Conditions:
    def conditions(wish: RecordsWish) -> Sequence[Any]:
        return [model.receipt_id.in_(select(Receipt.id).where(Receipt.purchase_id.in_(wish.purchases())))]

    return conditions


def _handed_out(wish: RecordsWish) -> Sequence[Any]:
    return [HandOutLine.hand_out_id.in_(select(HandOut.id).where(*_of_member(HandOut)(wish)))]


def _takings(wish: RecordsWish) -> Sequence[Any]:
    offered = select(Leftover.id).where(Leftover.purchase_id.in_(wish.purchases()))
    own = [LeftoverTaking.program_id == wish.program_id] if wish.program_id else []
    return [LeftoverTaking.leftover_id.in_(offered), *own]


def _booked(wish: RecordsWish) -> Sequence[Any]:
    found = wish.within(LedgerEntry.at)
    if wish.purchase_id:
        found.append(LedgerEntry.purchase_id == wish.purchase_id)
    if wish.program_id:
        mine = select(LedgerLine.entry_id).where(LedgerLine.program_id == wish.program_id)
        found.append(LedgerEntry.id.in_(mine))
    return found


def _booked_lines(wish: RecordsWish) -> Sequence[Any]:
    own = [LedgerLine.program_id == wish.program_id] if wish.program_id else []
    return [LedgerLine.entry_id.in_(select(LedgerEntry.id).where(*_booked(wish))), *own]


def _invoiced_lines(wish: RecordsWish) -> Sequence[Any]:
    invoices = select(VendorInvoice.id).where(VendorInvoice.purchase_id.in_(wish.purchases()))
    return [VendorInvoiceLine.invoice_id.in_(invoices)]


def _paid(wish: RecordsWish) -> Sequence[Any]:
    found = wish.within(Payment.made_at)
    found += [Payment.purchase_id == wish.purchase_id] if wish.purchase_id else []
    return found + ([Payment.program_id == wish.program_id] if wish.program_id else [])


def _written_off(wish: RecordsWish) -> Sequence[Any]:
    own: list[Any] = [WriteOff.program_id == wish.program_id] if wish.program_id else []
    return [*own, WriteOff.program_id.in_(wish.programs()), *wish.within(WriteOff.asked_at)]


def _of_service(model: Any) -> Conditions:
    return lambda wish: [model.contract_id.in_(wish.service_contracts())]


def _enrolled(wish: RecordsWish) -> Sequence[Any]:
    own = [Enrolment.program_id == wish.program_id] if wish.program_id else []
    return [Enrolment.contract_id.in_(wish.service_contracts()), *own]


def _signed(wish: RecordsWish) -> Sequence[Any]:
    documents = select(ServiceDocument.id).where(ServiceDocument.contract_id.in_(wish.service_contracts()))
    own = [Signature.program_id == wish.program_id] if wish.program_id else []
    return [Signature.document_id.in_(documents), *own]


_CONTACT = frozenset({"email", "phone", "contact_name", "street", "zip"})

DATASETS: tuple[Dataset, ...] = (
    Dataset("purchases", Purchase, lambda wish: [Purchase.id.in_(wish.purchases())]),
    Dataset("purchase_items", PurchaseItem, _of_purchase(PurchaseItem)),
    Dataset("delivery_points", DeliveryPoint, _of_purchase(DeliveryPoint), personal=frozenset({"address", "hours", "contact"})),
    Dataset("invitations", Invitation, _of_purchase(Invitation)),
    Dataset("invited_programs", InvitedProgram, _of_member(InvitedProgram)),
    Dataset("reminders_by_hand", HandReminder, _of_purchase(HandReminder)),
    Dataset("vendor_remedies", VendorRemedy, _of_purchase(VendorRemedy), personal=frozenset({"reason"})),
    Dataset("roll_overs", RollOver, _of_purchase(RollOver)),
    Dataset("contracts", Contract, _contracts),
    Dataset("orders", ProgramOrder, _of_member(ProgramOrder)),
    Dataset("order_approvals", OrderApproval, _of_member(OrderApproval), personal=frozenset({"note"})),
    Dataset("order_drafts", DraftLine, _of_member(DraftLine)),
    Dataset("order_lines", Wish, _of_member(Wish)),
    Dataset("closes", Close, _of_purchase(Close)),
    Dataset("close_lines", LineResult, _of_purchase(LineResult)),
    Dataset("close_pools", PoolCases, _of_purchase(PoolCases)),
    Dataset("shares", Share, _of_member(Share)),
    Dataset("member_bills", MemberBill, _of_member(MemberBill)),
    Dataset("savings", Saving, _of_member(Saving)),
    Dataset("item_savings", ItemSaving, _of_purchase(ItemSaving)),
    Dataset("savings_freezes", SavingsFreeze, _of_purchase(SavingsFreeze)),
    Dataset(
        "baseline_evidence", Evidence, _of_purchase(Evidence), hidden=frozenset({"file_id"}),
        personal=frozenset({"withdrawn_why"}),
    ),
    Dataset("baseline_evidence_items", EvidenceItem, _evidence_items),
    Dataset(
        "procurement", ProcurementRecord, _of_purchase(ProcurementRecord), personal=frozenset({"decided_by", "reason"})
    ),
    Dataset("purchase_orders", PurchaseOrder, _of_purchase(PurchaseOrder), personal=frozenset({"deliver_to"})),
    Dataset("purchase_order_lines", PurchaseOrderLine, _lines),
    Dataset("receiving_terms", PurchaseReceiving, _of_purchase(PurchaseReceiving)),
    Dataset("tracked_items", TrackedItem, _of_purchase(TrackedItem)),
    Dataset("orders_arrived", OrderReceiving, _of_purchase(OrderReceiving)),
    Dataset("receipts", Receipt, _of_purchase(Receipt), personal=frozenset({"note", "cause"})),
    Dataset("receipt_lines", ReceiptLine, _of_receipt(ReceiptLine), personal=frozenset({"note"})),
    Dataset("receipt_photos", ReceiptPhoto, _of_receipt(ReceiptPhoto)),
    Dataset("arrivals", Arrival, _of_purchase(Arrival)),
    Dataset("arrival_supplies", ArrivalSupply, _of_purchase(ArrivalSupply)),
    Dataset("arrival_lines", ArrivalLine, _of_purchase(ArrivalLine)),
    Dataset("arrival_shares", ArrivalShare, _of_member(ArrivalShare)),
    Dataset("arrival_bills", ArrivalBill, _of_member(ArrivalBill)),
    Dataset("credits", Credit, _of_member(Credit)),
    Dataset("vendor_claims", VendorClaim, _of_purchase(VendorClaim), personal=frozenset({"note"})),
    Dataset("hand_outs", HandOut, _of_member(HandOut), personal=frozenset({"taken_by"})),
    Dataset("hand_out_lines", HandOutLine, _handed_out),
    Dataset("leftovers", Leftover, _of_purchase(Leftover)),
    Dataset("leftovers_taken", LeftoverTaking, _takings),
    Dataset("order_messages", OrderDelivery, _of_purchase(OrderDelivery), personal=frozenset({"address"})),
    Dataset("order_message_steps", OrderStep, _steps, personal=frozenset({"evidence"})),
    Dataset("vendor_answers", OrderAnswer, _of_purchase(OrderAnswer), personal=frozenset({"note"})),
    Dataset("vendor_answer_lines", OrderAnswerLine, _answer_lines),
    Dataset("vendor_files", VendorFile, _of_purchase(VendorFile), personal=frozenset({"name"})),
    Dataset("shipments_announced", ExpectedShipment, _of_purchase(ExpectedShipment), personal=frozenset({"note"})),
    Dataset("shipment_lines_announced", ExpectedLine, _announced_lines, personal=frozenset({"note"})),
    Dataset("substitute_choices", SubstituteChoice, lambda wish: [SubstituteChoice.program_id.in_(wish.programs())]),
    Dataset("vendor_changes", OrderProposal, _of_purchase(OrderProposal)),
    Dataset("order_changes", OrderEdit, _of_purchase(OrderEdit), personal=frozenset({"reason", "made_by"})),
    Dataset("order_change_lines", OrderEditLine, _edited_lines),
    Dataset("order_questions", OrderQuestion, _of_purchase(OrderQuestion), personal=frozenset({"note", "lines"})),
    Dataset(
        "vendor_invoice_files", VendorInvoiceFile, _of_purchase(VendorInvoiceFile), personal=frozenset({"name"})
    ),
    Dataset(
        "desk_words", DeskSaid, _desk_words, personal=frozenset({"person_name"}), facts=frozenset({"body"}),
        hidden=frozenset({"content"}),
    ),
    Dataset("vendor_scores", VendorScore, _of_purchase(VendorScore)),
    Dataset("price_proposals", PriceProposal, _proposed, personal=frozenset({"person_name", "note", "reason"})),
    Dataset("price_proposal_lines", PriceProposalLine, _proposed_lines),
    Dataset("settlements", Settlement, _of_purchase(Settlement)),
    Dataset("vendor_invoices", VendorInvoice, _of_purchase(VendorInvoice), personal=frozenset({"reason"})),
    Dataset("vendor_invoice_lines", VendorInvoiceLine, _invoiced_lines),
    Dataset("program_invoices", ProgramInvoice, _of_member(ProgramInvoice)),
    Dataset("program_adjustments", ProgramAdjustment, _of_member(ProgramAdjustment)),
    Dataset("payments", Payment, _paid, personal=frozenset({"reason"}), hidden=frozenset({"card_page"})),
    Dataset("write_offs", WriteOff, _written_off, personal=frozenset({"reason"})),
    Dataset("ledger_entries", LedgerEntry, _booked, facts=frozenset({"facts"})),
    Dataset("ledger_lines", LedgerLine, _booked_lines),
    Dataset(
        "service_contracts", ServiceContract, lambda wish: [ServiceContract.id.in_(wish.service_contracts())],
        personal=frozenset({"reason"}),
    ),
    Dataset("service_rates", ServiceRate, _of_service(ServiceRate)),
    Dataset("service_documents", ServiceDocument, _of_service(ServiceDocument), hidden=frozenset({"file_id"})),
    Dataset("service_enrollments", Enrolment, _enrolled, personal=frozenset({"reason"})),
    Dataset("service_signatures", Signature, _signed, personal=frozenset({"typed_name"})),
    Dataset("programs", Program, lambda wish: [Program.id.in_(wish.programs())], personal=_CONTACT),
    Dataset("alliances", Alliance, _alliances, personal=frozenset({"contact_name", "contact_email", "contact_phone"})),
    Dataset("alliance_members", AllianceMember, lambda wish: [AllianceMember.program_id.in_(wish.programs())]),
    Dataset("tax_exemptions", TaxExemption, lambda wish: [TaxExemption.program_id.in_(wish.programs())]),
    Dataset("roles", Membership, lambda wish: [Membership.program_id.in_(wish.programs())]),
    Dataset(
        "people", Person, _people, personal=frozenset({"email", "name", "phone", "phone_verified_at", "language"}),
        hidden=frozenset({"password_hash", "totp_secret", "totp_since", "totp_step"}),
    ),
    Dataset("messages", Message, _messages, facts=frozenset({"facts"})),
    Dataset(
        "requests_to_manage", Claim, _claims, personal=frozenset({"email", "name", "reason"}),
        hidden=frozenset({"link_hash", "link_expires_at", "code_hash", "code_expires_at", "code_tries"}),
    ),
    Dataset("imports", FileImport, _imports),
    Dataset("activity", Activity, _activity, facts=frozenset({"diff"})),
)  # fmt: skip
"""The tables of an export, in the order of its files."""

LEFT_OUT = {
    "ach_file": "lists of bank accounts",
    "ach_origin": "how the bank knows the state",
    "bank_account": "secrets",
    "card_provider": "secrets",
    "invoice_counter": "told by the invoices",
    "invoice_file": "its files are in the folder of documents",
    "statement_file": "told by the ledger",
    "match_tolerance": "told by the activity log",
    "access_token": "secrets of sessions and tokens",
    "calendar_feed": "secret addresses",
    "catalog_item": "what was offered and not bought; a purchase keeps its own items",
    "delegation": "who stands in for whom is told by the activity log",
    "delivery": "machinery of sending",
    "desk_forecast": "sums of what is coming, worked out anew each day",
    "desk_item": "a copy of the catalog for the vendor",
    "desk_order": "a copy of the orders for the vendor",
    "desk_partner": "told by the activity log",
    "dry_run": "tries that decided nothing",
    "favourite": "a convenience",
    "import_row": "a preview; the activity log tells what was applied",
    "isolation_check": "checks of the installation",
    "kept_form": "what was typed and not sent yet; gone in a day",
    "legal_hold": "told by the activity log",
    "legal_entity": "owners of programs, named by each roster",
    "packing_document": "its files are in the folder of documents",
    "order_link": "secrets",
    "ordering_terms": "told by the activity log",
    "passkey": "secrets",
    "procurement_file": "its files are in the folder of documents",
    "provider_subject": "which account of the agency a person has",
    "saved_set": "a convenience",
    "saved_set_item": "a convenience",
    "savings_setting": "told by the activity log",
    "sign_in_attempt": "machinery of signing in",
    "sign_in_provider": "told by the activity log",
    "webhook_attempt": "machinery of sending",
    "webhook_delivery": "machinery of sending",
    "webhook_endpoint": "told by the activity log",
    "message_times": "how a person wants to be reached",
    "notice_choice": "how a person wants to be reached",
    "phone_code": "secrets",
    "record_export": "told by the activity log",
    "recovery_code": "secrets",
    "remembered_map": "a convenience",
    "retention_rule": "told by the activity log",
    "sign_in_failure": "hashes of addresses",
    "silenced_address": "how a person wants to be reached",
    "site_document": "printed from the shares, which are in the export",
    "spending_rule": "told by the activity log",
    "state_setting": "shown on every page",
    "state_word": "words of the roster",
}
"""Tables of a state that are no part of an export, and why; a test fails for a table that is in neither list."""
