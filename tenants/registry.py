"""The shared registry: which states, which host names, which vendors."""

import time
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask import current_app
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, SmallInteger, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from tenants.brand import COLOUR, Brand
from tenants.database import SharedTable
from tenants.ids import new_id
from tenants.scope import Scope, ScopeKind, visiting


class TenantState(StrEnum):
    """Where a state stands in its life."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASED = "erased"


class Tenant(SharedTable):
    """A jurisdiction that uses Carepool."""

    __tablename__ = "tenant"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    public_id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_es: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[TenantState] = mapped_column(Text, default=TenantState.ACTIVE)
    contact_name: Mapped[str] = mapped_column(Text, default="")
    contact_role: Mapped[str] = mapped_column(Text, default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(Text, default="")
    contact_email: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[str] = mapped_column(Text, default=COLOUR)
    logo: Mapped[str] = mapped_column(Text, default="")
    agency: Mapped[str] = mapped_column(Text, default="")
    agency_url: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Vendor(SharedTable):
    """A seller, known to all states once."""

    __tablename__ = "vendor"
    writers = "registrar"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    #: The state that put the vendor into the directory and may mend the entry.
    registered_by: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class HostName(SharedTable):
    """A host name and the scope that it opens."""

    __tablename__ = "host_name"

    host: Mapped[str] = mapped_column(Text, primary_key=True)
    scope_kind: Mapped[str] = mapped_column(Text)
    scope_id: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class TenantEntry:
    """What every request needs to know of its state; instants are shown in `zone`."""

    id: int
    public_id: UUID
    code: str
    name: str
    name_es: str
    title: str
    zone: str
    languages: tuple[str, ...]
    state: TenantState
    brand: Brand

    @property
    def scope(self) -> Scope:
        """The scope of this state."""
        return Scope.tenant(self.id)


@dataclass(frozen=True)
class VendorEntry:
    """What every request to a vendor's desk needs to know of the vendor; shown like a state's site."""

    id: int
    public_id: UUID
    name: str
    #: The time zone of the state that entered the vendor into the directory.
    zone: str
    brand: Brand
    languages: tuple[str, ...] = ("en", "es")

    @property
    def title(self) -> str:
        """What its desk is called."""
        return self.name

    @property
    def scope(self) -> Scope:
        """The scope of this vendor."""
        return Scope.vendor(self.id)


@dataclass(frozen=True)
class Directory:
    """The registry as it was read at one moment; read again after some seconds."""

    hosts: dict[str, Scope]
    tenants: dict[int, TenantEntry]
    #: Vendors that have a desk.
    vendors: dict[int, VendorEntry]
    read_at: float


_KEPT_SECONDS = 5.0


def _directory(fresh: bool = False) -> Directory:
    """Return the registry, read in a transaction of its own at most some seconds ago."""
    kept: Directory | None = current_app.extensions.get("tenant_directory")
    if kept is not None and not fresh and time.monotonic() - kept.read_at < _KEPT_SECONDS:
        return kept
    with visiting(Scope.directory()) as session:
        hosts = {row.host: Scope(ScopeKind(row.scope_kind), row.scope_id) for row in session.scalars(select(HostName))}
        tenants = {row.id: _entry(row) for row in session.scalars(select(Tenant))}
        desks = [one.id for one in hosts.values() if one.kind is ScopeKind.VENDOR]
        vendors = {row.id: _desk(row, tenants) for row in session.scalars(select(Vendor).where(Vendor.id.in_(desks)))}
    read = Directory(hosts, tenants, vendors, time.monotonic())
    current_app.extensions["tenant_directory"] = read
    return read


def refresh_directory() -> None:
    """Read the registry anew for this process, which otherwise happens every few seconds."""
    _directory(fresh=True)


def scope_of_host(host: str) -> Scope | None:
    """Return the scope that a host name opens (port and case do not matter), or None."""
    name = host.rpartition(":")[0].lower() if ":" in host else host.lower()
    # a host that is not known may be new
    return _directory().hosts.get(name) or _directory(fresh=True).hosts.get(name)


def tenant_entry(tenant_id: int) -> TenantEntry | None:
    """Return one state of the registry, or None."""
    return _directory().tenants.get(tenant_id)


def vendor_entry(vendor_id: int) -> VendorEntry | None:
    """Return a vendor that has a desk, or None."""
    return _directory().vendors.get(vendor_id) or _directory(fresh=True).vendors.get(vendor_id)


def desks() -> list[VendorEntry]:
    """Return all vendors that have a desk, in the order of their numbers."""
    return [one for _, one in sorted(_directory().vendors.items())]


def names_for_log(scope: Scope) -> dict[str, str]:
    """Return what a line of the log says of a scope: the scope, and a state's code."""
    tenant = tenant_entry(scope.id) if scope.kind is ScopeKind.TENANT else None
    return {"scope": str(scope), **({"tenant": tenant.code} if tenant else {})}


def active_tenants() -> list[TenantEntry]:
    """Return all active states in the order of their numbers. Visits the directory."""
    with visiting(Scope.directory()) as session:
        found = session.scalars(select(Tenant).where(Tenant.state == TenantState.ACTIVE).order_by(Tenant.id))
        return [_entry(tenant) for tenant in found]


def all_tenants() -> list[TenantEntry]:
    """Return all states but erased ones in the order of their codes. Visits the directory."""
    with visiting(Scope.directory()) as session:
        found = session.scalars(select(Tenant).where(Tenant.state != TenantState.ERASED).order_by(Tenant.code))
        return [_entry(tenant) for tenant in found]


def tenant_by_code(code: str) -> TenantEntry | None:
    """Return the state with a code such as `co`, or None. Visits the directory."""
    with visiting(Scope.directory()) as session:
        tenant = session.scalars(select(Tenant).where(Tenant.code == code.lower())).one_or_none()
        return _entry(tenant) if tenant else None


def host_of(tenant_id: int) -> str | None:
    """Return a host name of a state, the shortest first, or None. Visits the directory."""
    return _host_of(ScopeKind.TENANT, tenant_id)


def desk_host_of(vendor_id: int) -> str | None:
    """Return the host name of a vendor's desk, or None. Visits the directory."""
    return _host_of(ScopeKind.VENDOR, vendor_id)


def _host_of(kind: ScopeKind, number: int) -> str | None:
    with visiting(Scope.directory()) as session:
        query = select(HostName.host).where(HostName.scope_kind == kind, HostName.scope_id == number)
        return session.scalars(query.order_by(func.length(HostName.host), HostName.host).limit(1)).first()


def _entry(tenant: Tenant) -> TenantEntry:
    return TenantEntry(
        id=tenant.id,
        public_id=tenant.public_id,
        code=tenant.code,
        name=tenant.name,
        name_es=tenant.name_es,
        title=tenant.title,
        zone=tenant.zone,
        languages=tuple(tenant.languages),
        state=TenantState(tenant.state),
        brand=Brand(**{one.name: getattr(tenant, one.name) for one in fields(Brand)}),
    )


def _desk(vendor: Vendor, tenants: dict[int, TenantEntry]) -> VendorEntry:
    registrar = tenants.get(vendor.registered_by)
    return VendorEntry(vendor.id, vendor.public_id, vendor.name, registrar.zone if registrar else "UTC", Brand())
