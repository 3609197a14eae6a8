"""What the things that the activity log tells of are called now, some hundreds at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from carepool.alliances.models import Alliance, AllianceMember
from carepool.enrolling.models.contracts import ServiceContract
from carepool.identity.models import AccessToken, Claim, Delegation, Membership, Passkey, Person
from carepool.imports.models import FileImport
from carepool.jobs.models import Job
from carepool.notifications.models import Message, SilencedAddress
from carepool.outbox import Activity
from carepool.programs.models import Program
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.closings import DryRun
from carepool.purchasing.models.packing_documents import PackingDocument
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.purchasing.receiving.models.claims import VendorClaim
from carepool.purchasing.receiving.models.collecting import HandOut, LeftoverTaking
from carepool.purchasing.receiving.models.counting import Receipt
from carepool.purchasing.receiving.models.documents import SiteDocument
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.purchasing.savings.models import ProcurementFile
from carepool.purchasing.settlement.models.bills import Settlement
from carepool.purchasing.settlement.models.invoices import VendorInvoice
from carepool.purchasing.settlement.models.payments import WriteOff
from carepool.vendors.answers.models import OrderAnswer, OrderProposal
from carepool.vendors.changes.models import OrderEdit, OrderQuestion
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.desk.models import DeskPartner, DeskSaid
from carepool.vendors.inbox.models import VendorFile
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.vendors.prices.models import PriceProposal
from carepool.webhooks.models import WebhookEndpoint
from tenants.database import db, one_of
from tenants.registry import Vendor

_NAMES: dict[str, tuple[Any, Select[Any]]] = {
    "person": (Person.id, select(Person.id, Person.name)),
    "membership": (Membership.id, select(Membership.id, Person.name).join(Person, Person.id == Membership.person_id)),
    "delegation": (Delegation.id, select(Delegation.id, Person.name).join(Person, Person.id == Delegation.person_id)),
    "access_token": (
        AccessToken.id,
        select(AccessToken.id, func.coalesce(func.nullif(AccessToken.label, ""), Person.name)).join(
            Person, Person.id == AccessToken.person_id
        ),
    ),
    "claim": (Claim.id, select(Claim.id, Claim.licence_number)),
    "program": (Program.id, select(Program.id, Program.name)),
    "contract": (Contract.id, select(Contract.id, Contract.title)),
    "service_contract": (ServiceContract.id, select(ServiceContract.id, ServiceContract.title)),
    "catalog_item": (CatalogItem.id, select(CatalogItem.id, CatalogItem.name)),
    "file_import": (FileImport.id, select(FileImport.id, FileImport.file_name)),
    "job": (Job.id, select(Job.id, Job.kind)),
    "purchase": (Purchase.id, select(Purchase.id, Purchase.title)),
    "dry_run": (DryRun.id, select(DryRun.id, Purchase.title).join(Purchase, Purchase.id == DryRun.purchase_id)),
    "message": (Message.id, select(Message.id, Person.name).join(Person, Person.id == Message.person_id)),
    "passkey": (Passkey.id, select(Passkey.id, Passkey.name)),
    "alliance": (Alliance.id, select(Alliance.id, Alliance.name)),
    "alliance_member": (
        AllianceMember.id,
        select(AllianceMember.id, Program.name).join(Program, Program.id == AllianceMember.program_id),
    ),
    "saved_set": (SavedSet.id, select(SavedSet.id, SavedSet.name)),
    "packing_document": (
        PackingDocument.id,
        select(PackingDocument.id, Purchase.title).join(Purchase, Purchase.id == PackingDocument.purchase_id),
    ),
    "receipt": (
        Receipt.id,
        select(Receipt.id, PurchaseOrder.number).join(PurchaseOrder, PurchaseOrder.id == Receipt.purchase_order_id),
    ),
    "site_document": (
        SiteDocument.id,
        select(SiteDocument.id, Purchase.title).join(Purchase, Purchase.id == SiteDocument.purchase_id),
    ),
    "hand_out": (HandOut.id, select(HandOut.id, Program.name).join(Program, Program.id == HandOut.program_id)),
    "leftover_taking": (
        LeftoverTaking.id,
        select(LeftoverTaking.id, Program.name).join(Program, Program.id == LeftoverTaking.program_id),
    ),
    "arrival": (Arrival.id, select(Arrival.id, Purchase.title).join(Purchase, Purchase.id == Arrival.purchase_id)),
    "vendor_claim": (
        VendorClaim.id,
        select(VendorClaim.id, PurchaseOrder.number).join(
            PurchaseOrder, PurchaseOrder.id == VendorClaim.purchase_order_id
        ),
    ),
    "vendor_invoice": (VendorInvoice.id, select(VendorInvoice.id, VendorInvoice.number)),
    "settlement": (
        Settlement.id,
        select(Settlement.id, Purchase.title).join(Purchase, Purchase.id == Settlement.purchase_id),
    ),
    "write_off": (WriteOff.id, select(WriteOff.id, Program.name).join(Program, Program.id == WriteOff.program_id)),
    "procurement_file": (
        ProcurementFile.id,
        select(ProcurementFile.id, Purchase.title).join(Purchase, Purchase.id == ProcurementFile.purchase_id),
    ),
    "webhook_endpoint": (WebhookEndpoint.id, select(WebhookEndpoint.id, WebhookEndpoint.url)),
    "order_delivery": (
        OrderDelivery.id,
        select(OrderDelivery.id, Vendor.name).join(Vendor, Vendor.id == OrderDelivery.vendor_id),
    ),
    "order_answer": (
        OrderAnswer.id,
        select(OrderAnswer.id, Vendor.name).join(Vendor, Vendor.id == OrderAnswer.vendor_id),
    ),
    "order_proposal": (
        OrderProposal.id,
        select(OrderProposal.id, Vendor.name).join(Vendor, Vendor.id == OrderProposal.vendor_id),
    ),
    "desk_partner": (
        DeskPartner.id,
        select(DeskPartner.id, Vendor.name).join(Vendor, Vendor.id == DeskPartner.vendor_id),
    ),
    "desk_said": (
        DeskSaid.id,
        select(DeskSaid.id, Vendor.name).join(Vendor, Vendor.id == DeskSaid.vendor_id),
    ),
    "price_proposal": (
        PriceProposal.id,
        select(PriceProposal.id, Vendor.name).join(Vendor, Vendor.id == PriceProposal.vendor_id),
    ),
    "order_edit": (
        OrderEdit.id,
        select(OrderEdit.id, Purchase.title).join(Purchase, Purchase.id == OrderEdit.purchase_id),
    ),
    "order_question": (
        OrderQuestion.id,
        select(OrderQuestion.id, Vendor.name).join(Vendor, Vendor.id == OrderQuestion.vendor_id),
    ),
    "vendor_file": (VendorFile.id, select(VendorFile.id, VendorFile.name)),
    "vendor_invoice_file": (VendorInvoiceFile.id, select(VendorInvoiceFile.id, VendorInvoiceFile.name)),
    "silenced_address": (SilencedAddress.id, select(SilencedAddress.id, SilencedAddress.address)),
}
NAMED = frozenset(_NAMES)
"""Kinds of things that have names; of the others a state has one, or they need none."""
_IN_DIFFS = ("person", "program", "purchase", "alliance")


def names_of(entries: Sequence[Activity]) -> dict[UUID, str]:
    """Return {id: name} of whatever some entries of the log name: actors, subjects, and ids in their diffs."""
    wanted: dict[str, set[UUID]] = {kind: set() for kind in _NAMES}
    for entry in entries:
        if entry.subject_kind in wanted:
            wanted[entry.subject_kind].add(entry.subject_id)
        if entry.person_id is not None:
            wanted["person"].add(entry.person_id)
        for one in _ids(entry.diff.values()):
            for kind in _IN_DIFFS:
                wanted[kind].add(one)
    found: dict[UUID, str] = {}
    for kind, ids in wanted.items():
        if ids:
            key, query = _NAMES[kind]
            found |= {one: name for one, name in db.session.execute(query.where(one_of(key, ids))).tuples() if name}
    return found


def _ids(values: Iterable[Any]) -> Iterator[UUID]:
    """Yield the ids among values of a diff and inside their pairs."""
    for value in values:
        if isinstance(value, list):
            yield from _ids(value)
        elif isinstance(value, str) and len(value) == 36:
            try:
                yield UUID(value)
            except ValueError:
                continue
