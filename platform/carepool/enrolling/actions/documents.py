"""Verbs of documents to be signed: add a PDF or a newer version, take one out. Nothing changes once someone signed."""

import hashlib
from typing import IO
from uuid import UUID

from sqlalchemy import exists, func, select

from carepool import events
from carepool.enrolling.actions.contracts import locked_contract
from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceDocument
from carepool.enrolling.models.enrolments import Enrolment, EnrolmentState, Signature
from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import keep_file
from carepool.outbox import Actor, record_event
from carepool.sentences import Sentence, marked
from tenants.database import database_now, db, find
from tenants.ids import new_id

LARGEST = 10 * 1024 * 1024
"""Bytes of a document."""
MOST = 20
"""Versions of documents that a contract may have."""
PDF = "application/pdf"


def add_document(by: Actor, contract_id: UUID, name: str, stream: IO[bytes], file_name: str) -> ServiceDocument:
    """Keep a PDF to be signed and return it; one of the same name takes the place of the one before, as a new version.

    The same file sent twice is kept once. Raises NotFound, Refusal (someone signed, over), Invalid.
    """
    own = _unsigned(contract_id)
    _check_pdf(stream)
    sha256 = _digest(stream)
    versions = select(ServiceDocument).where(ServiceDocument.contract_id == own.id, ServiceDocument.name == name)
    known = list(db.session.scalars(versions.order_by(ServiceDocument.version.desc())))
    if known and known[0].sha256 == sha256 and known[0].replaced_at is None:
        return known[0]
    mine = ServiceDocument.contract_id == own.id
    if (db.session.scalar(select(func.count()).select_from(ServiceDocument).where(mine)) or 0) >= MOST:
        raise Refusal("too-many-documents", marked("A contract has at most %(most)s versions of documents.", most=MOST))
    for one in known:
        one.replaced_at = one.replaced_at or database_now()
    stored = keep_file(stream, file_name, PDF)
    row = ServiceDocument(
        id=new_id(),
        contract_id=own.id,
        name=name,
        version=known[0].version + 1 if known else 1,
        file_id=stored.id,
        file_name=stored.name,
        sha256=stored.sha256,
        size=stored.size,
        person_id=by.person_id,
    )
    db.session.add(row)
    told = {"document": [None, f"{name} {row.version}"], "sha256": row.sha256}
    record_event(events.SERVICE_DOCUMENT_ADDED, own.id, by, told)
    db.session.flush()
    return row


def take_document_out(by: Actor, document_id: UUID) -> ServiceDocument:
    """Ask for a document's signature no longer; it is kept. Taken out twice, nothing more happens. Raises as above."""
    row = find(ServiceDocument, document_id)
    if row is None:
        raise NotFound("service document")
    own = _unsigned(row.contract_id)
    db.session.refresh(row)
    if row.replaced_at is None:
        row.replaced_at = database_now()
        told = {"document": [f"{row.name} {row.version}", None], "sha256": row.sha256}
        record_event(events.SERVICE_DOCUMENT_TAKEN_OUT, own.id, by, told)
        db.session.flush()
    return row


def documents_of(contract_id: UUID) -> list[ServiceDocument]:
    """Return the documents to be signed, by name."""
    current = (ServiceDocument.contract_id == contract_id, ServiceDocument.replaced_at.is_(None))
    return list(db.session.scalars(select(ServiceDocument).where(*current).order_by(ServiceDocument.name)))


def _unsigned(contract_id: UUID) -> ServiceContract:
    """Return a locked contract whose documents may still change. Raises NotFound, Refusal."""
    own = locked_contract(contract_id)
    if own.state not in (ContractState.DRAFT, ContractState.OPEN):
        raise Refusal("wrong-state", marked("The window is closed. The documents do not change any more."))
    mine = ServiceDocument.contract_id == own.id
    signed = exists().where(
        Signature.tenant_id == ServiceDocument.tenant_id, Signature.document_id == ServiceDocument.id
    )
    counted = exists().where(Enrolment.contract_id == own.id, Enrolment.state == EnrolmentState.ENROLLED)
    if db.session.scalar(select(counted)) or db.session.scalar(select(ServiceDocument.id).where(mine, signed).limit(1)):
        raise Refusal(
            "signed-already",
            marked("A program has agreed already. Cancel this contract and draft a new one with the other document."),
        )
    return own


def _check_pdf(stream: IO[bytes]) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    start = stream.read(5)
    stream.seek(0)
    if size > LARGEST:
        mib = LARGEST >> 20
        raise _refused("file-too-large", marked("The file is larger than %(most)s MB. Send a smaller one.", most=mib))
    if start != b"%PDF-":
        raise _refused("unknown-file", marked("Send the document as a PDF."))


def _refused(kind: str, sentence: Sentence) -> Invalid:
    return Invalid(kind, sentence, {"file": [sentence]})


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()
