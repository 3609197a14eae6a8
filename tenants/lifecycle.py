"""A state's life: provision, suspend, resume."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from tenants.database import bulk_insert
from tenants.ids import new_id
from tenants.kits import Kit
from tenants.refusals import Refused
from tenants.registry import HostName, Tenant, TenantEntry, TenantState, tenant_by_code
from tenants.scope import Scope, ScopeKind, visiting
from tenants.state_words import StateWord, WordKind


class NoSuchState(Refused):
    """No state of the registry has this code."""


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
