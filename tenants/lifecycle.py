"""A state's life: provision, suspend, resume; and the host name of a vendor's desk."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import count

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from tenants.database import bulk_insert
from tenants.ids import new_id
from tenants.kits import Kit
from tenants.refusals import Refused
from tenants.registry import HostName, Tenant, TenantEntry, TenantState, Vendor, refresh_directory, tenant_by_code
from tenants.scope import Scope, ScopeKind, visiting
from tenants.state_words import StateWord, WordKind


class NoSuchState(Refused):
    """No state of the registry has this code."""


class NoSuchVendor(Refused):
    """No vendor of the directory has this number."""


class HostTaken(Refused):
    """A host name already opens another scope."""


def provision(kit: Kit, hosts: Sequence[str], code: str | None = None) -> TenantEntry:
    """Make a state from its kit, or bring an existing one up to date with it; safe to run again.

    `hosts`: host names without port. `code`: the registry's code, the kit's own by default. Raises HostTaken.
    """
    code = (code or kit.code).lower()
    with visiting(Scope.office()) as session:
        # two provisions at once would take the same number
        session.execute(text("select pg_advisory_xact_lock(hashtext('carepool registry'))"))
        number = session.scalar(select(Tenant.id).where(Tenant.code == code))
        if number is None:
            number = (session.scalar(select(func.max(Tenant.id))) or 0) + 1
            session.add(
                Tenant(
                    id=number,
                    public_id=new_id(),
                    code=code,
                    name=kit.name,
                    name_es=kit.name_es,
                    title=kit.title,
                    zone=kit.zone,
                    languages=list(kit.languages),
                    **asdict(kit.brand),
                )
            )
            session.flush()
        for host in hosts:
            row = insert(HostName).values(host=host.lower(), scope_kind=str(ScopeKind.TENANT), scope_id=number)
            session.execute(row.on_conflict_do_nothing())
            found = session.get(HostName, host.lower())
            if found is None or (found.scope_kind, found.scope_id) != (ScopeKind.TENANT, number):
                raise HostTaken(f"The host name {host} already opens something else.")
    with visiting(Scope.tenant(number)):
        bulk_insert(StateWord, ("kind", "word", "national"), _words(kit), keep=True)
    entry = tenant_by_code(code)
    if entry is None:
        raise RuntimeError(f"The state {code} was not provisioned.")
    return entry


def open_desk(vendor_id: int, domain: str) -> str:
    """Give a vendor's desk its host name under a domain, or return the one it has; safe to run again.

    Raises NoSuchVendor.
    """
    with visiting(Scope.office()) as session:
        session.execute(text("select pg_advisory_xact_lock(hashtext('carepool registry'))"))
        own = select(HostName.host).where(HostName.scope_kind == ScopeKind.VENDOR, HostName.scope_id == vendor_id)
        known = session.scalars(own.limit(1)).first()
        if known is not None:
            return known
        name = session.scalar(select(Vendor.name).where(Vendor.id == vendor_id))
        if name is None:
            raise NoSuchVendor(f"The directory has no vendor {vendor_id}.")
        taken = set(session.scalars(select(HostName.host).where(HostName.host.endswith(f".{domain}"))))
        host = next(one for one in _hosts(name, domain) if one not in taken)
        session.add(HostName(host=host, scope_kind=str(ScopeKind.VENDOR), scope_id=vendor_id))
    refresh_directory()
    return host


def _hosts(name: str, domain: str) -> Iterator[str]:
    """Yield host names for a vendor, the plainest first."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:40].strip("-")
    # two letters alone are a state's
    base = slug if len(slug) > 2 else f"vendor-{slug}".rstrip("-")
    yield f"{base}.{domain}"
    yield from (f"{base}-{number}.{domain}" for number in count(2))


def suspend(code: str) -> None:
    """Close a state's doors; nothing is removed. Raises NoSuchState."""
    _set_state(code, TenantState.SUSPENDED)


def resume(code: str) -> None:
    """Open a suspended state's doors again. Raises NoSuchState."""
    _set_state(code, TenantState.ACTIVE)


def _set_state(code: str, state: TenantState) -> None:
    with visiting(Scope.office()) as session:
        changed = update(Tenant).where(Tenant.code == code.lower(), Tenant.state != TenantState.ERASED)
        if session.scalar(changed.values(state=state).returning(Tenant.id)) is None:
            raise NoSuchState(f"There is no state {code}. `carepool tenant list` shows those there are.")


def _words(kit: Kit) -> Iterable[tuple[str, str, str]]:
    for word, national in kit.types.items():
        yield WordKind.TYPE, word, str(national)
    for word, national in kit.statuses.items():
        yield WordKind.STATUS, word, str(national)
    for word, level in kit.quality_levels.items():
        yield WordKind.QUALITY, word, str(level)
    for word, counties in kit.regions.items():
        yield WordKind.REGION, word, ", ".join(counties)
