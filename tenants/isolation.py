"""Row-level security: the policies as code, and the audit that proves them against a live database."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlalchemy import Connection, Table, text

from tenants.database import Base
from tenants.preparation import APP, BACKUP, SEARCH
from tenants.refusals import Refused


@dataclass(frozen=True)
class Policy:
    """One row-level security policy; expressions are written as PostgreSQL prints them back."""

    name: str
    command: str
    using: str | None
    check: str | None
    role: str = "public"

    def create(self, table: str) -> str:
        """Return the statement that creates the policy on a table."""
        parts = [f"create policy {self.name} on public.{table} for {self.command} to {self.role}"]
        if self.using:
            parts.append(f"using ({self.using})")
        if self.check:
            parts.append(f"with check ({self.check})")
        return " ".join(parts)


_TENANT = "(tenant_id = ( SELECT app.tenant_id() AS tenant_id))"
_VENDOR = "(vendor_id = ( SELECT app.vendor_id() AS vendor_id))"
_OWNER = (
    "((scope_kind = ( SELECT app.scope_kind() AS scope_kind)) AND (scope_id = ( SELECT app.scope_id() AS scope_id)))"
)
_ANYONE = "(( SELECT app.scope_kind() AS scope_kind) IS NOT NULL)"
_OFFICE = "( SELECT app.is_office() AS is_office)"
_REGISTRAR = "(registered_by = ( SELECT app.tenant_id() AS tenant_id))"
_ENTRY_KEEPER = f"({_REGISTRAR} OR (id = ( SELECT app.vendor_id() AS vendor_id)) OR {_OFFICE})"

_WRITERS: dict[str, tuple[Policy, ...]] = {
    "office": (
        Policy("written_by_office", "insert", None, _OFFICE),
        Policy("changed_by_office", "update", _OFFICE, _OFFICE),
    ),
    "registrar": (
        Policy("written_by_registrar", "insert", None, _REGISTRAR),
        Policy("changed_by_keeper", "update", _ENTRY_KEEPER, _ENTRY_KEEPER),
    ),
}

_KINDS: dict[str, tuple[Policy, ...]] = {
    "tenant": (Policy("own_tenant", "all", _TENANT, _TENANT),),
    "vendor": (Policy("own_vendor", "all", _VENDOR, _VENDOR),),
    "infrastructure": (Policy("own_scope", "all", _OWNER, _OWNER),),
    "shared": (Policy("readable", "select", _ANYONE, None),),
    "bridge": (
        Policy("own_tenant", "all", _TENANT, _TENANT),
        Policy("own_vendor", "select", _VENDOR, None),
    ),
}

DEFINER_FUNCTIONS = frozenset({"verified_scope", "search_catalog_items"})
"""The reviewed functions that run with their owner's rights; the audit refuses any other."""


def _addressed(topics: Sequence[str]) -> Policy:
    """A vendor may leave work of these topics for a state; it can neither see nor take back what it left."""
    wanted = " OR ".join(f"(topic = '{one}'::text)" for one in topics)
    wanted = f"({wanted})" if len(topics) > 1 else wanted
    by_vendor = "(( SELECT app.vendor_id() AS vendor_id) IS NOT NULL)"
    return Policy(
        "addressed_by_vendor", "insert", None, f"((scope_kind = 'tenant'::text) AND {wanted} AND {by_vendor})"
    )


def policies(
    kind: str,
    writers: str = "office",
    searched: bool = False,
    vendor_adds: bool = False,
    addressed: Sequence[str] = (),
) -> tuple[Policy, ...]:
    """Return the policies that a table of a kind must have, no more and no fewer."""
    found = _KINDS[kind] + (_WRITERS[writers] if kind == "shared" else ())
    if vendor_adds:
        found += (Policy("added_by_vendor", "insert", None, _VENDOR),)
    if addressed:
        found += (_addressed(addressed),)
    if searched:
        found += (Policy("searchable", "select", "true", None, SEARCH),)
    return (*found, Policy("kept_safe", "select", "true", None, BACKUP))


def protect(
    table: str, kind: str, *, writers: str = "office", searched: bool = False, vendor_adds: bool = False
) -> list[str]:
    """Return the statements with which a migration protects a new table."""
    statements = [
        f"alter table public.{table} enable row level security",
        f"alter table public.{table} force row level security",
        *(policy.create(table) for policy in policies(kind, writers, searched, vendor_adds)),
    ]
    if searched:
        statements.append(f"grant select on public.{table} to {SEARCH}")
    return statements


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    check: str
    subject: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """What an audit found."""

    findings: tuple[Finding, ...]

    @property
    def holes(self) -> tuple[Finding, ...]:
        """The findings that are not as they must be."""
        return tuple(finding for finding in self.findings if not finding.ok)

    def as_json(self) -> dict[str, Any]:
        """Return the report for printing."""
        return {
            "ok": not self.holes,
            "checked": len(self.findings),
            "holes": [asdict(finding) for finding in self.holes],
            "findings": [asdict(finding) for finding in self.findings],
        }


def audit(connection: Connection) -> Report:
    """Check the catalogue of a live database against the registered models. Reads only catalogues."""
    checks = (_tables, _policies, _keys, _foreign_keys, _views, _functions, _role, _grants, _doors)
    return Report(tuple(finding for check in checks for finding in check(connection)))


def _models() -> dict[str, Any]:
    return {cast(Table, mapper.local_table).name: mapper.class_ for mapper in Base.registry.mappers}


def _tables(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,"
            " has_table_privilege(:app, c.oid, 'select') as readable"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname not in ('pg_catalog', 'information_schema', 'sec', 'pg_toast')"
            " and not (n.nspname = 'app' and c.relname = 'alembic_version')"
            " and c.relkind in ('r', 'p', 'f') order by c.relname"
        ),
        {"app": APP},
    ).all()
    models = _models()
    for row in rows:
        if row.relispartition:
            yield Finding("a partition is not open to the application itself", row.relname, not row.readable)
            continue
        yield Finding("table belongs to a model", row.relname, row.relname in models)
        yield Finding("row security is on", row.relname, row.relrowsecurity)
        yield Finding("row security binds the owner too", row.relname, row.relforcerowsecurity)
    present = {row.relname for row in rows}
    for name in models:
        yield Finding("model has its table", name, name in present)


def _policies(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select tablename, policyname, permissive, lower(cmd) as cmd, qual, with_check, roles::text[] as roles"
            " from pg_policies where schemaname = 'public'"
        )
    ).all()
    for name, model in _models().items():
        wanted = {
            (p.name, p.command, p.using, p.check, p.role)
            for p in policies(
                model.isolation,
                getattr(model, "writers", "office"),
                getattr(model, "searched", False),
                getattr(model, "vendor_adds", False),
                getattr(model, "addressed", ()),
            )
        }
        found = {
            (r.policyname, r.cmd, r.qual, r.with_check, ",".join(r.roles))
            for r in rows
            if r.tablename == name and r.permissive == "PERMISSIVE"
        }
        detail = (
            ""
            if wanted == found
            else f"missing {sorted(map(str, wanted - found))}, extra {sorted(map(str, found - wanted))}"
        )
        yield Finding("policies are exactly those of its kind", name, wanted == found, detail)


def _scope_key(model: Any) -> tuple[str, ...]:
    return {
        "tenant": ("tenant_id",),
        "bridge": ("tenant_id",),
        "vendor": ("vendor_id",),
        "infrastructure": ("scope_kind", "scope_id"),
    }.get(model.isolation, ())


def _keys(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select c.relname as table_name, i.relname as index_name,"
            " array(select a.attname::text from unnest(x.indkey::int[]) with ordinality k(n, o)"
            "   left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.n order by k.o) as columns"
            " from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid"
            " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and x.indisunique"
        )
    ).all()
    models = _models()
    for row in rows:
        key = _scope_key(models[row.table_name]) if row.table_name in models else ()
        begins = tuple(row.columns[: len(key)]) == key
        yield Finding(
            "unique key begins with the scope", f"{row.table_name}.{row.index_name}", begins, str(row.columns)
        )


def _foreign_keys(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select c.conname, t.relname as own, f.relname as other,"
            " array(select a.attname::text from unnest(c.conkey) with ordinality k(n, o) join pg_attribute a"
            "   on a.attrelid = c.conrelid and a.attnum = k.n order by k.o) as own_columns,"
            " array(select a.attname::text from unnest(c.confkey) with ordinality k(n, o) join pg_attribute a"
            "   on a.attrelid = c.confrelid and a.attnum = k.n order by k.o) as other_columns"
            " from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class f on f.oid = c.confrelid"
            " join pg_namespace n on n.oid = t.relnamespace where c.contype = 'f' and n.nspname = 'public'"
        )
    ).all()
    models = _models()
    for row in rows:
        other = models.get(row.other)
        key = _scope_key(other) if other is not None else ("unknown",)
        pairs = set(zip(row.own_columns, row.other_columns, strict=True))
        yield Finding("foreign key carries the scope", f"{row.own}.{row.conname}", all((k, k) in pairs for k in key))


def _views(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select c.relname, c.relkind::text as kind, coalesce('security_invoker=true' = any(c.reloptions)"
            " or 'security_invoker=on' = any(c.reloptions), false) as invoker"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname in ('public', 'app', 'sec') and c.relkind in ('v', 'm')"
        )
    ).all()
    yield Finding("views were looked for", "public, app, sec", True, f"{len(rows)} found")
    for row in rows:
        yield Finding("view asks with its reader's rights", row.relname, row.kind == "v" and row.invoker)


def _functions(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select p.proname, coalesce(array_to_string(p.proconfig, ','), '') as config,"
            " r.rolname, r.rolsuper, r.rolbypassrls"
            " from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner"
            " where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')"
        )
    ).all()
    for row in rows:
        reviewed = row.proname in DEFINER_FUNCTIONS and "search_path=" in row.config
        plain = not row.rolsuper and not row.rolbypassrls
        yield Finding(
            "function with its owner's rights is reviewed", row.proname, reviewed and plain, f"owner {row.rolname}"
        )


def _role(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        text(
            "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as strong,"
            " (select count(*) from pg_shdepend d where d.refobjid = r.oid and d.deptype = 'o') as owned,"
            " (select count(*) from pg_auth_members m where m.member = r.oid) as memberships,"
            " (select count(*) from pg_db_role_setting s where s.setrole = r.oid) as settings"
            " from pg_roles r where rolname = :app"
        ),
        {"app": APP},
    ).one_or_none()
    yield Finding("application role exists", APP, row is not None)
    if row is None:
        return
    yield Finding("application role is weak", APP, not row.strong)
    yield Finding("application role owns nothing", APP, row.owned == 0, f"{row.owned} objects")
    yield Finding("application role is a member of no role", APP, row.memberships == 0)
    yield Finding("application role has no settings of its own", APP, row.settings == 0)


def _grants(connection: Connection) -> Iterator[Finding]:
    rows = connection.execute(
        text(
            "select c.relname, has_table_privilege(:app, c.oid, 'truncate')"
            " or has_table_privilege(:app, c.oid, 'references')"
            " or has_table_privilege(:app, c.oid, 'trigger') as strong"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p')"
        ),
        {"app": APP},
    ).all()
    for row in rows:
        yield Finding("application may not truncate, refer to or trigger", row.relname, not row.strong)


def _doors(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        text(
            "select has_database_privilege(:app, current_database(), 'temp') as temp,"
            " has_schema_privilege(:app, 'public', 'create') or has_schema_privilege(:app, 'app', 'create') as ddl,"
            " has_schema_privilege(:app, 'sec', 'usage') as keys,"
            " has_function_privilege(:app, 'pg_catalog.pg_terminate_backend(integer, bigint)', 'execute') as kill,"
            " has_function_privilege(:app, 'pg_catalog.lo_creat(integer)', 'execute')"
            "   or has_function_privilege(:app, 'pg_catalog.lo_create(oid)', 'execute')"
            "   or has_function_privilege(:app, 'pg_catalog.lo_from_bytea(oid, bytea)', 'execute') as large"
        ),
        {"app": APP},
    ).one()
    yield Finding("no temporary tables", APP, not row.temp)
    yield Finding("no tables or functions of its own", APP, not row.ddl)
    yield Finding("signing keys out of reach", APP, not row.keys)
    yield Finding("cannot end other sessions", APP, not row.kill)
    yield Finding("no large objects", APP, not row.large)


class StrongRole(Refused):
    """The application signed in to the database with a role that row-level security does not bind."""


def refuse_strong_role(connection: Connection) -> None:
    """Refuse to serve with a role that owns tables, is a superuser or bypasses row security. Raises StrongRole."""
    row = connection.execute(
        text(
            "select current_user as role, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as strong,"
            " exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            "   where n.nspname = 'public' and pg_has_role(current_user, c.relowner, 'member')) as owner"
            " from pg_roles where rolname = current_user"
        )
    ).one()
    if row.strong or row.owner:
        raise StrongRole(
            f"DATABASE_URL signs in as {row.role}, which row-level security does not bind. Use the role {APP},"
            " which `carepool database prepare` creates."
        )
