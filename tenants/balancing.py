"""Double entry held by the database: the statements with which a migration makes a pair of tables a ledger.

Entries and lines can only be added; at the commit each entry must have all of its lines, and they must add up to 0.
The application cannot get around it: it owns neither the tables nor the triggers.
"""

from tenants.preparation import APP

_FUNCTION = """
create function app.ledger_must_balance() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    entry uuid;
    lines bigint;
    wanted bigint;
    rest numeric;
begin
    if tg_table_name = '{entries}' then
        entry := new.id;
    else
        entry := new.entry_id;
    end if;
    select count(*), coalesce(sum(debit_cents - credit_cents), 0) into lines, rest
        from public.{lines} where tenant_id = new.tenant_id and entry_id = entry;
    select line_count into wanted from public.{entries} where tenant_id = new.tenant_id and id = entry;
    if rest <> 0 or lines is distinct from wanted then
        raise exception 'ledger entry % does not balance: % lines of %, rest %', entry, lines, wanted, rest
            using errcode = 'check_violation', constraint = 'ledger_must_balance';
    end if;
    return null;
end $$
"""
_TRIGGER = (
    "create constraint trigger must_balance after insert on public.{table} deferrable initially deferred"
    " for each row execute function app.ledger_must_balance()"
)


_IN_BOOK = """
create or replace function app.entry_in_its_book() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from fresh join public.{purchases} owned
            on owned.tenant_id = fresh.tenant_id and owned.id = fresh.purchase_id
            where owned.{owner} is distinct from fresh.{owner}
    ) then
        raise exception 'a row of % is in another book than its purchase', tg_table_name
            using errcode = 'check_violation', constraint = 'entry_in_its_book';
    end if;
    return null;
end $$
"""
_IN_FILE = """
create or replace function app.payment_in_its_file() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (
        select from fresh join public.{files} held on held.tenant_id = fresh.tenant_id and held.id = fresh.{files}_id
            where held.{owner} is distinct from fresh.{owner}
    ) then
        raise exception 'a payment is in another book than its file' using errcode = 'check_violation',
            constraint = 'payment_in_its_file';
    end if;
    return null;
end $$
"""
_OWNED = """
create or replace function app.owner_is_chosen_in_a_draft() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if old.state <> 'draft' and old.{owner} is distinct from new.{owner} then
        raise exception 'the owner of a purchase is chosen while it is a draft' using errcode = 'check_violation',
            constraint = 'owner_is_chosen_in_a_draft';
    end if;
    return null;
end $$
"""
_LOOKED_AT = (
    "create trigger {name}_{verb} after {verb} on public.{table} referencing new table as fresh"
    " for each statement execute function app.{name}()"
)
_FUNCTIONS = ("entry_in_its_book", "payment_in_its_file", "owner_is_chosen_in_a_draft")


def in_their_books(entries: str, payments: str, files: str, purchases: str, owner: str) -> list[str]:
    """Return the statements that keep entries and payments in the book of their purchase's owner; they may run again.

    All are tenant tables with a column `owner`, which is empty for the state; `entries` and `payments` have
    `purchase_id`, and payments the file in which they went to the bank. An owner is chosen while a purchase is a draft.
    """
    names = {"purchases": purchases, "files": files, "owner": owner}
    looked = [("entry_in_its_book", "insert", entries)]
    looked += [(name, verb, payments) for name in _FUNCTIONS[:2] for verb in ("insert", "update")]
    return [
        *(one.format(**names) for one in (_IN_BOOK, _IN_FILE, _OWNED)),
        *(f"revoke execute on function app.{one}() from public" for one in _FUNCTIONS),
        *_not_in_books(entries, payments, purchases),
        *(_LOOKED_AT.format(name=name, verb=verb, table=table) for name, verb, table in looked),
        f"create trigger owner_is_chosen_in_a_draft after update of {owner} on public.{purchases}"
        " for each row execute function app.owner_is_chosen_in_a_draft()",
    ]


def in_no_books(entries: str, payments: str, purchases: str) -> list[str]:
    """Return the statements that take it back."""
    return [*_not_in_books(entries, payments, purchases), *(f"drop function app.{one}()" for one in _FUNCTIONS)]


def _not_in_books(entries: str, payments: str, purchases: str) -> list[str]:
    gone = [("entry_in_its_book_insert", entries), ("owner_is_chosen_in_a_draft", purchases)]
    gone += [(f"{name}_{verb}", payments) for name in _FUNCTIONS[:2] for verb in ("insert", "update")]
    return [f"drop trigger if exists {name} on public.{table}" for name, table in gone]


def balanced(entries: str, lines: str) -> list[str]:
    """Return the statements that hold two new tables to double entry.

    `entries` has `id` and `line_count`; `lines` has `entry_id`, `debit_cents` and `credit_cents`; both are tenant tables.
    """
    return [
        _FUNCTION.format(entries=entries, lines=lines),
        "revoke execute on function app.ledger_must_balance() from public",
        *(_TRIGGER.format(table=table) for table in (entries, lines)),
        *(f"revoke update, delete on public.{table} from {APP}" for table in (entries, lines)),
    ]


def unbalanced(entries: str, lines: str) -> list[str]:
    """Return the statements that take it back, before the tables are dropped."""
    triggers = [f"drop trigger must_balance on public.{table}" for table in (entries, lines)]
    return [*triggers, "drop function app.ledger_must_balance()"]
