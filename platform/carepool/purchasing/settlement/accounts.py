"""The chart of accounts, one for all states: small, and the same numbers everywhere. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from carepool.sentences import Sentence, marked


class Account(StrEnum):
    """An account of the ledger."""

    BANK = "bank"
    #: What programs owe; each line names its program.
    RECEIVABLE = "receivable"
    #: What vendors billed less what programs were billed; empty once a purchase is settled.
    GOODS = "goods"
    FREIGHT = "freight"
    HANDLING = "handling"
    #: What is owed to vendors; each line names its vendor.
    PAYABLE = "payable"
    #: Sales tax that programs paid and that no vendor billed: to be handed in.
    SALES_TAX = "sales_tax"
    #: What programs paid too much; each line names its program.
    CREDITS = "credits"
    #: What the owner of purchases (the state) bears, or keeps where it stands in credit.
    OWNER = "owner"
    WRITE_OFFS = "write_offs"


class Kind(StrEnum):
    """What an account is, as bookkeepers sort accounts."""

    ASSET = "asset"
    LIABILITY = "liability"
    EXPENSE = "expense"


@dataclass(frozen=True)
class Entry:
    """One account of the chart: its number, its kind, what it is called, and its type in QuickBooks' lists."""

    number: int
    kind: Kind
    name: Sentence
    #: ACCNTTYPE of an IIF file.
    quickbooks: str


CHART: dict[Account, Entry] = {
    Account.BANK: Entry(1000, Kind.ASSET, marked("Bank"), "BANK"),
    Account.RECEIVABLE: Entry(1100, Kind.ASSET, marked("Owed by programs"), "AR"),
    Account.GOODS: Entry(1300, Kind.ASSET, marked("Goods bought together"), "OCASSET"),
    Account.FREIGHT: Entry(1310, Kind.ASSET, marked("Freight"), "OCASSET"),
    Account.HANDLING: Entry(1320, Kind.ASSET, marked("Handling"), "OCASSET"),
    Account.PAYABLE: Entry(2000, Kind.LIABILITY, marked("Owed to vendors"), "AP"),
    Account.SALES_TAX: Entry(2100, Kind.LIABILITY, marked("Sales tax"), "OCLIAB"),
    Account.CREDITS: Entry(2200, Kind.LIABILITY, marked("Credits of programs"), "OCLIAB"),
    Account.OWNER: Entry(5000, Kind.EXPENSE, marked("Owner's account"), "EXP"),
    Account.WRITE_OFFS: Entry(6000, Kind.EXPENSE, marked("Written off"), "EXP"),
}
OF_PROGRAMS = frozenset({Account.RECEIVABLE, Account.CREDITS})
"""Accounts whose lines each name a program."""
OF_VENDORS = frozenset({Account.PAYABLE})
"""Accounts whose lines each name a vendor."""
CLEARED = (Account.GOODS, Account.FREIGHT, Account.HANDLING)
"""Accounts that stand at 0 once a purchase is settled."""
