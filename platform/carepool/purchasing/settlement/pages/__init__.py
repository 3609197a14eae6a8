"""Pages of settlement: a purchase from order to payment, vendors' invoices, what a program owes, the state's money."""

from carepool.purchasing.settlement.pages import accounts, alliance_ledgers, invoicing, money, settling, terms
from carepool.purchasing.settlement.pages.frame import blueprint

__all__ = ["accounts", "alliance_ledgers", "blueprint", "invoicing", "money", "settling", "terms"]
