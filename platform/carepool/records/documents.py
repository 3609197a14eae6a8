"""The documents of purchases that go into public records as they were stored.

Records of closes, packing lists, evidence of prices, procurement files, and documents of service contracts.
"""

from pathlib import Path

from sqlalchemy import and_, or_, select

from carepool.enrolling.models.contracts import ServiceContract, ServiceDocument
from carepool.files import StoredFile
from carepool.purchasing.models.closings import Close
from carepool.purchasing.models.packing_documents import PackingDocument
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.savings.models import Evidence, ProcurementFile
from carepool.records.datasets import RecordsWish
from tenants.database import db

FOLDER = "documents"


def documents_of(wish: RecordsWish) -> list[tuple[str, StoredFile]]:
    """Return (name in the archive, stored file) of every document of the purchases that are asked for.

    They name programs, license numbers and places, as the tables do, and nobody's contact data. A document tells of all
    members of a purchase, so one program's records hold none. A packing list that no worker made yet is left out.
    """
    if wish.program_id:
        return []
    return [*_records(wish), *_packing_lists(wish), *_evidence(wish), *_procurement_files(wish), *_to_be_signed(wish)]


def _records(wish: RecordsWish) -> list[tuple[str, StoredFile]]:
    query = (
        select(Purchase.number, Close.version, StoredFile)
        .join(Close, and_(Close.tenant_id == Purchase.tenant_id, Close.purchase_id == Purchase.id))
        .join(StoredFile, StoredFile.id == Close.record_id)
        .where(Purchase.id.in_(wish.purchases()))
        .order_by(Purchase.number, Close.version)
    )
    return [(_name(f"{number} close {version}", file), file) for number, version, file in db.session.execute(query)]


def _packing_lists(wish: RecordsWish) -> list[tuple[str, StoredFile]]:
    one = PackingDocument
    query = (
        select(Purchase.number, one.version, one.kind, one.language, StoredFile)
        .join(one, and_(one.tenant_id == Purchase.tenant_id, one.purchase_id == Purchase.id))
        .join(StoredFile, StoredFile.id == one.file_id)
        .where(Purchase.id.in_(wish.purchases()))
        .order_by(Purchase.number, one.version, one.kind, one.language)
    )
    return [
        (_name(f"{number} close {version} packing {kind} {language}", file), file)
        for number, version, kind, language, file in db.session.execute(query)
    ]


def _evidence(wish: RecordsWish) -> list[tuple[str, StoredFile]]:
    query = (
        select(Purchase.number, Purchase.id, Evidence.id, StoredFile)
        .join(Evidence, and_(Evidence.tenant_id == Purchase.tenant_id, Evidence.purchase_id == Purchase.id))
        .join(StoredFile, StoredFile.id == Evidence.file_id)
        .where(Purchase.id.in_(wish.purchases()))
        .order_by(Purchase.number, Evidence.id)
    )
    return [
        (_name(f"{number or purchase} evidence {one}", file), file)
        for number, purchase, one, file in db.session.execute(query)
    ]


def _procurement_files(wish: RecordsWish) -> list[tuple[str, StoredFile]]:
    one = ProcurementFile
    query = (
        select(Purchase.number, one.id, one.language, StoredFile)
        .join(one, and_(one.tenant_id == Purchase.tenant_id, one.purchase_id == Purchase.id))
        .join(StoredFile, or_(StoredFile.id == one.file_id, StoredFile.id == one.data_id))
        .where(Purchase.id.in_(wish.purchases()))
        .order_by(Purchase.number, one.id, StoredFile.id)
    )
    return [
        (_name(f"{number} procurement {own} {language}", file), file)
        for number, own, language, file in db.session.execute(query)
    ]


def _to_be_signed(wish: RecordsWish) -> list[tuple[str, StoredFile]]:
    one = ServiceDocument
    query = (
        select(ServiceContract.starts_on, one.id, one.version, StoredFile)
        .join(one, and_(one.tenant_id == ServiceContract.tenant_id, one.contract_id == ServiceContract.id))
        .join(StoredFile, StoredFile.id == one.file_id)
        .where(ServiceContract.id.in_(wish.service_contracts()))
        .order_by(ServiceContract.starts_on, one.id)
    )
    return [
        (_name(f"service contract {begins} {document} version {version}", file), file)
        for begins, document, version, file in db.session.execute(query)
    ]


def _name(what: str, file: StoredFile) -> str:
    return f"{FOLDER}/{what}{Path(file.name).suffix}"
