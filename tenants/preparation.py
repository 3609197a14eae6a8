"""What a database needs once, from an administrator: roles, schemas, signing keys, functions that check scopes.

Idempotent; run by `carepool database prepare --admin-url`. Migrations run afterwards as the owner.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tenants.refusals import Refused
from tenants.signing import KeyRing

OWNER = "carepool_owner"
APP = "carepool_app"
SIGNER = "carepool_sign"
SEARCH = "carepool_search"
BACKUP = "carepool_backup"

EXTENSIONS = ("pg_trgm", "btree_gin")

_SCOPE_FUNCTIONS = """
create table if not exists sec.signing_key (
    number smallint primary key,
    inner_block bytea not null,
    outer_block bytea not null
);
alter table sec.signing_key owner to carepool_sign;

create or replace function app.verified_scope() returns text[]
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
declare
    token text := current_setting('app.scope', true);
    part text[];
    key sec.signing_key%rowtype;
    claim text;
begin
    if token is null or token = '' then
        raise exception 'no scope' using errcode = '28000';
    end if;
    part := string_to_array(token, '.');
    if array_length(part, 1) is distinct from 6 or part[3] !~ '^[0-9]{1,5}$' then
        raise exception 'malformed scope' using errcode = '28000';
    end if;
    select * into key from sec.signing_key where number = part[3]::integer;
    claim := array_to_string(part[1:5], '.');
    if key.number is null or part[6] is distinct from
        encode(sha256(key.outer_block || sha256(key.inner_block || convert_to(claim, 'UTF8'))), 'hex') then
        raise exception 'forged scope' using errcode = '28000';
    end if;
    if part[4] <> pg_backend_pid()::text
        or part[5] <> (extract(epoch from transaction_timestamp()) * 1000000)::bigint::text then
        raise exception 'stale scope' using errcode = '28000';
    end if;
    return part;
end $$;
alter function app.verified_scope() owner to carepool_sign;

"""

# plpgsql: a function in SQL that may not be inlined costs three times as much a call
_ASKING_FUNCTIONS = "".join(
    f"""
create or replace function app.{name}() returns {kind}
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
declare
    part text[] := app.verified_scope();
begin
    return {answer};
end $$;
"""
    for name, kind, answer in (
        ("scope_kind", "text", "part[1]"),
        ("scope_id", "bigint", "part[2]::bigint"),
        ("tenant_id", "smallint", "case when part[1] = 'tenant' then part[2]::smallint end"),
        ("vendor_id", "bigint", "case when part[1] = 'vendor' then part[2]::bigint end"),
        ("is_office", "boolean", "part[1] = 'office'"),
    )
)

_GRANTS = """
revoke all on schema public from public;
grant usage, create on schema public to carepool_owner;
grant usage on schema public to carepool_app, carepool_search, carepool_backup;
grant usage on schema app to carepool_app, carepool_owner, carepool_search, carepool_sign, carepool_backup;
grant create on schema app to carepool_owner, carepool_search;
revoke all on schema sec from public;
grant usage on schema sec to carepool_sign;
revoke execute on all functions in schema app from public;
grant execute on function app.verified_scope(), app.scope_kind(), app.scope_id(), app.tenant_id(), app.vendor_id(),
    app.is_office() to carepool_app, carepool_owner, carepool_search, carepool_backup;
alter default privileges for role carepool_owner in schema public
    grant select, insert, update, delete on tables to carepool_app;
alter default privileges for role carepool_owner in schema public grant select on tables to carepool_backup;
alter default privileges for role carepool_owner in schema public grant usage on sequences to carepool_app;
revoke execute on function pg_catalog.pg_terminate_backend(integer, bigint) from public;
revoke execute on function pg_catalog.pg_cancel_backend(integer) from public;
revoke execute on function pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea)
    from public;
"""


@dataclass(frozen=True)
class Preparation:
    """What to prepare: an administrator's address, the addresses of owner and application, and the signing keys."""

    admin_url: str
    owner_url: str
    app_url: str
    keyring: KeyRing


_STRONG = (
    "select from pg_roles where rolname = %s"
    " and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)"
)


class UnusableAddress(Refused):
    """A database address that does not fit the roles; the message says which setting to mend."""


def prepare(preparation: Preparation) -> None:
    """Create or mend roles, database, schemas, functions, keys and grants. Raises UnusableAddress, psycopg.Error."""
    owner, app = make_url(preparation.owner_url), make_url(preparation.app_url)
    for url, role, setting in ((owner, OWNER, "DATABASE_OWNER_URL"), (app, APP, "DATABASE_URL")):
        if url.username != role:
            raise UnusableAddress(f"{setting} must sign in as {role}, not as {url.username}.")
    if owner.database != app.database:
        raise UnusableAddress("DATABASE_OWNER_URL and DATABASE_URL must name the same database.")
    admin = make_url(preparation.admin_url)
    with psycopg.connect(libpq(admin), autocommit=True) as connection:
        _create_roles(connection, owner, app)
        _create_database(connection, str(app.database))
    with psycopg.connect(libpq(admin.set(database=app.database))) as connection:
        # two preparations at once would trip over each other's catalogue rows
        connection.execute("select pg_advisory_xact_lock(hashtext('carepool prepare'))")
        _create_objects(connection, str(app.database), preparation.keyring)


def libpq(url: URL) -> str:
    """Return a SQLAlchemy address as libpq understands it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _create_roles(connection: psycopg.Connection, owner: URL, app: URL) -> None:
    for role, password in (
        (OWNER, owner.password),
        (APP, app.password),
        (SIGNER, None),
        (SEARCH, None),
        (BACKUP, None),
    ):
        name = sql.Identifier(role)
        if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            connection.execute(sql.SQL("create role {}").format(name))
        if password:
            connection.execute(sql.SQL("alter role {} login password {}").format(name, sql.Literal(password)))
        if connection.execute(_STRONG, [role]).fetchone():
            # only where it is needed: an administrator who is no superuser may not even name these
            connection.execute(
                sql.SQL("alter role {} nosuperuser nocreatedb nocreaterole noreplication nobypassrls").format(name)
            )
    _join_roles(connection)


def _join_roles(connection: psycopg.Connection) -> None:
    """Make an administrator who is no superuser (managed servers) a member of the roles whose objects it sets up."""
    superuser, version = connection.execute(
        "select rolsuper, current_setting('server_version_num')::integer from pg_roles where rolname = current_user"
    ).fetchone() or (False, 0)
    if superuser:
        return
    way = sql.SQL(" with inherit true, set true" if version >= 160000 else "")
    for role in (OWNER, SIGNER):
        connection.execute(sql.SQL("grant {} to current_user{}").format(sql.Identifier(role), way))


def _create_database(connection: psycopg.Connection, name: str) -> None:
    if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        connection.execute(
            sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )


def _create_objects(connection: psycopg.Connection, name: str, keyring: KeyRing) -> None:
    database = sql.Identifier(name)
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
    connection.execute("create schema if not exists app; create schema if not exists sec")
    connection.execute("grant create on schema sec, app to carepool_sign; grant usage on schema sec to carepool_sign")
    connection.execute(_SCOPE_FUNCTIONS)
    connection.execute(_ASKING_FUNCTIONS)
    connection.execute("revoke create on schema sec, app from carepool_sign")
    connection.execute(_GRANTS)
    connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(SEARCH), sql.Identifier(OWNER)))
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    connection.execute(sql.SQL("grant connect, temporary on database {} to {}").format(database, sql.Identifier(OWNER)))
    connection.execute(
        sql.SQL("grant connect on database {} to {}, {}").format(database, sql.Identifier(APP), sql.Identifier(BACKUP))
    )
    for key in keyring.keys:
        connection.execute(
            "insert into sec.signing_key values (%s, %s, %s)"
            " on conflict (number) do update"
            " set inner_block = excluded.inner_block, outer_block = excluded.outer_block",
            [key.number, *key.blocks()],
        )
    connection.execute("delete from sec.signing_key where number <> all(%s)", [[key.number for key in keyring.keys]])
