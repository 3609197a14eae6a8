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
