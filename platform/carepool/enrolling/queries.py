"""Reads of service contracts. Loaders are the guard: they answer only within the scope and the caller's rights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceDocument
from carepool.enrolling.models.enrolments import MEMBERS, Enrolment, EnrolmentState, Signature
from carepool.errors import NotFound
from carepool.files import StoredFile
from carepool.identity.rights import Permission, Rights
from carepool.programs.models import Program
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of
from tenants.registry import Vendor
from tenants.spoken import Spoken, spoken

_P = Permission


def contract_or_404(contract_id: UUID) -> ServiceContract:
    """Return a contract that the caller may see: drafts only for coordinators. Raises NotFound."""
    own = find(ServiceContract, contract_id)
    if own is None or (own.state == ContractState.DRAFT and not signed_in().rights.may(_P.PURCHASES_WRITE)):
        raise NotFound("service contract")
    return own


def contracts_seen(state: ContractState | None = None) -> Select[Any]:
    """Return the contracts that the caller may see."""
    return contracts_for(signed_in().rights, state)


def contracts_for(rights: Rights, state: ContractState | None = None) -> Select[Any]:
    """Return the contracts that someone with these rights may see; a draft that was canceled was never on offer."""
    query = select(ServiceContract)
    if state is not None:
        query = query.where(ServiceContract.state == state)
    if rights.may(_P.PURCHASES_WRITE):
        return query
    if not rights.may_anywhere(_P.PURCHASES_READ):
        return query.where(ServiceContract.id.is_(None))
    taken = exists().where(
        Enrolment.tenant_id == ServiceContract.tenant_id, Enrolment.contract_id == ServiceContract.id
    )
    return query.where(
        ServiceContract.state != ContractState.DRAFT, or_(ServiceContract.state != ContractState.CANCELLED, taken)
    )


def taken_by(rights: Rights) -> Select[Any]:
    """Return the agreed contracts of someone's programs, or all for coordinators, the first to end first."""
    query = select(ServiceContract).where(ServiceContract.state == ContractState.AGREED)
    if not rights.may(_P.PURCHASES_WRITE):
        mine = exists().where(
            Enrolment.tenant_id == ServiceContract.tenant_id,
            Enrolment.contract_id == ServiceContract.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.program_id.in_(rights.programs_with(_P.ORDERS_READ)),
        )
        query = query.where(mine)
    return query.order_by(ServiceContract.ends_on, ServiceContract.id)


def document_or_404(document_id: UUID) -> ServiceDocument:
    """Return a document, of any version, of a contract that the caller may see. Raises NotFound."""
    row = find(ServiceDocument, document_id)
    if row is None:
        raise NotFound("service document")
    contract_or_404(row.contract_id)
    return row


def signature_or_404(signature_id: UUID) -> Signature:
    """Return a signature of a program whose orders the caller may read. Raises NotFound."""
    row = find(Signature, signature_id)
    if row is None or not signed_in().rights.may(_P.ORDERS_READ, row.program_id):
        raise NotFound("service signature")
    return row


def file_of(document: ServiceDocument) -> StoredFile:
    """Return the stored file of a document. Raises NotFound."""
    row = find(StoredFile, document.file_id)
    if row is None:
        raise NotFound("file")
    return row


def enrolment_or_404(contract_id: UUID, program_id: UUID) -> Enrolment:
    """Return a program's enrollment. Raises NotFound."""
    row = find(Enrolment, contract_id, program_id)
    if row is None:
        raise NotFound("enrolment")
    return row


def enrolments_of(contract_id: UUID, state: EnrolmentState | None = None) -> Select[Any]:
    """Return the enrollments in a contract."""
    query = select(Enrolment).where(Enrolment.contract_id == contract_id)
    return query if state is None else query.where(Enrolment.state == state)


def own_enrolments(contract_ids: Iterable[UUID], program_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], Enrolment]:
    """Return {(contract, program): enrollment} of some programs in some contracts."""
    wanted = list(contract_ids)
    if not wanted or not program_ids:
        return {}
    found = select(Enrolment).where(one_of(Enrolment.contract_id, wanted), one_of(Enrolment.program_id, program_ids))
    return {(one.contract_id, one.program_id): one for one in db.session.scalars(found)}


def counts_of(contract_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return {contract: how many programs are enrolled}, 0 for those with none."""
    wanted = list(contract_ids)
    counted = (
        select(Enrolment.contract_id, func.count())
        .where(one_of(Enrolment.contract_id, wanted), Enrolment.state == EnrolmentState.ENROLLED)
        .group_by(Enrolment.contract_id)
    )
    found = dict(db.session.execute(counted).tuples().all()) if wanted else {}
    return {one: int(found.get(one, 0)) for one in wanted}


def signatures_of(contract_id: UUID, program_id: UUID) -> list[tuple[Signature, ServiceDocument]]:
    """Return what a program signed in a contract, the newest first."""
    found = (
        select(Signature, ServiceDocument)
        .join(
            ServiceDocument,
            (ServiceDocument.tenant_id == Signature.tenant_id) & (ServiceDocument.id == Signature.document_id),
        )
        .where(ServiceDocument.contract_id == contract_id, Signature.program_id == program_id)
        .order_by(Signature.id.desc())
    )
    return [(one, document) for one, document in db.session.execute(found)]


def vendors_of(contracts: Iterable[ServiceContract]) -> dict[int, Vendor]:
    """Return {number: vendor} of contracts."""
    numbers = {one.vendor_id for one in contracts}
    found = select(Vendor).where(one_of(Vendor.id, numbers))
    return {one.id: one for one in db.session.scalars(found)} if numbers else {}


def programs_by_id(program_ids: Iterable[UUID]) -> dict[UUID, Program]:
    """Return {id: program}."""
    wanted = list(program_ids)
    found = select(Program).where(one_of(Program.id, wanted))
    return {one.id: one for one in db.session.scalars(found)} if wanted else {}


@dataclass(frozen=True)
class Listed:
    """A member as its vendor hears of it: nothing else about the program is told."""

    name: str
    licence_number: str
    enrolment: Enrolment


def members_listed(contract_id: UUID) -> list[Listed]:
    """Return the members of a contract by name, those that left among them."""
    found = (
        select(Program.name, Program.licence_number, Enrolment)
        .join(Enrolment, (Enrolment.tenant_id == Program.tenant_id) & (Enrolment.program_id == Program.id))
        .where(Enrolment.contract_id == contract_id, Enrolment.state.in_(MEMBERS))
        .order_by(Program.name, Program.id)
    )
    return [Listed(name, number, one) for name, number, one in db.session.execute(found)]


def title_in(own: ServiceContract, language: str) -> Spoken:
    """Return a contract's title in a language, or in the one there is."""
    return spoken({"en": own.title, "es": own.title_es}, language)


def description_in(own: ServiceContract, language: str) -> Spoken:
    """Return a contract's description in a language, or in the one there is."""
    return spoken({"en": own.description, "es": own.description_es}, language)


def documents_in(contract_id: UUID) -> Select[Any]:
    """Return every version of the documents of a contract."""
    return select(ServiceDocument).where(ServiceDocument.contract_id == contract_id)
