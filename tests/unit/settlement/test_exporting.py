"""Exports are read again: every entry balances, sums equal the ledger, and names cannot run as formulas."""

import csv
import io
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.exporting import (
    JournalEntry,
    JournalLine,
    account_name,
    amount,
    journal_csv,
    quickbooks_csv,
    quickbooks_iif,
)

NAMES = st.text("aé=+@-\t\n\r,\"' ", max_size=12)


@st.composite
def entries(draw: st.DrawFn) -> JournalEntry:
    cents = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=4))
    accounts = [draw(st.sampled_from(Account)) for _ in range(len(cents) + 1)]
    lines = [JournalLine(one, part, draw(NAMES)) for one, part in zip(accounts, cents, strict=False)]
    lines.append(JournalLine(accounts[-1], -sum(cents), draw(NAMES)))
    return JournalEntry("e1", date(2026, 11, 26), "payment", draw(NAMES), draw(NAMES), tuple(lines))


def _sums(rows: list[JournalEntry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in rows:
        for line in entry.lines:
            name = account_name(line.account)
            found[name] = found.get(name, 0) + line.cents
    return {name: cents for name, cents in found.items() if cents}


def _cents(text: str) -> int:
    return int(Decimal(text or "0") * 100)


@given(st.lists(entries(), max_size=4))
def test_iif_balances_transaction_by_transaction(rows: list[JournalEntry]) -> None:
    text = b"".join(quickbooks_iif(rows)).decode()
    transactions: list[list[list[str]]] = []
    for line in text.split("\n"):
        cells = line.split("\t")
        if cells[0] == "TRNS":
            transactions.append([cells])
        elif cells[0] == "SPL":
            transactions[-1].append(cells)
    assert len(transactions) == len(rows) == text.count("\nENDTRNS\n")
    found: dict[str, int] = {}
    for transaction in transactions:
        assert {len(cells) for cells in transaction} == {9}
        assert {cells[2] for cells in transaction} == {"GENERAL JOURNAL"}
        assert sum(_cents(cells[6]) for cells in transaction) == 0
        for cells in transaction:
            found[cells[4]] = found.get(cells[4], 0) + _cents(cells[6])
    assert {name: cents for name, cents in found.items() if cents} == _sums(rows)


@given(st.lists(entries(), max_size=4))
def test_both_csv_files_come_to_the_ledger(rows: list[JournalEntry]) -> None:
    for writer, account, debit, credit in (
        (quickbooks_csv, "AccountName", "Debits", "Credits"),
        (journal_csv, "account", "debit", "credit"),
    ):
        text = b"".join(writer(rows)).decode("utf-8-sig")
        found: dict[str, int] = {}
        for row in csv.DictReader(io.StringIO(text, newline="")):
            assert bool(row[debit]) != bool(row[credit])
            name = row[account] if writer is quickbooks_csv else f"{row['account_number']} {row[account]}"
            found[name] = found.get(name, 0) + _cents(row[debit]) - _cents(row[credit])
        assert {name: cents for name, cents in found.items() if cents} == _sums(rows)


def test_a_name_is_no_formula() -> None:
    line = JournalLine(Account.RECEIVABLE, 5, "=1+1")
    other = JournalLine(Account.BANK, -5, "")
    entry = JournalEntry("e", date(2026, 1, 2), "payment", "", "@x", (line, other))
    text = b"".join(journal_csv([entry])).decode()
    assert "'=1+1" in text and "'@x" in text


def test_cents_are_written_as_dollars() -> None:
    assert [amount(one) for one in (0, 5, -5, 123456, -100)] == ["0.00", "0.05", "-0.05", "1234.56", "-1.00"]
