"""What each event books: pure rules. Amounts in whole cents; a line above 0 is a debit, below 0 a credit.

Every rule returns lines that add up to 0. Lines of 0 are left out, so an event of no money books nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from carepool.purchasing.settlement.accounts import CLEARED, Account
from carepool.purchasing.settlement.sharing_adjustments import Part


@dataclass(frozen=True)
class Posting:
    """One line: an account, cents (debit above 0, credit below 0), and the program or vendor it is about."""

    account: Account
    cents: int
    program_id: UUID | None = None
    vendor_id: int | None = None


Postings = tuple[Posting, ...]


@dataclass(frozen=True)
class VendorBill:
    """What a vendor's invoice comes to; `total_cents` is what the vendor asks for, also where it adds up wrong."""

    vendor_id: int
    goods_cents: int
    freight_cents: int
    tax_cents: int
    total_cents: int


@dataclass(frozen=True)
class ProgramBill:
    """What a program owes for one purchase; `exchange_cents`: leftovers it took less leftovers of its own that went on."""

    program_id: UUID
    goods_cents: int
    freight_cents: int
    handling_cents: int
    tax_cents: int
    exchange_cents: int = 0

    @property
    def total_cents(self) -> int:
        """All together."""
        charges = self.freight_cents + self.handling_cents + self.tax_cents
        return self.goods_cents + charges + self.exchange_cents


def vendor_bill(bill: VendorBill, *, is_credit: bool = False) -> Postings:
    """Book an invoice that is matched or accepted; what it adds up wrong is borne by the owner. A credit note: reversed."""
    wrong = bill.total_cents - bill.goods_cents - bill.freight_cents - bill.tax_cents
    lines = _booked(
        Posting(Account.GOODS, bill.goods_cents),
        Posting(Account.FREIGHT, bill.freight_cents),
        Posting(Account.SALES_TAX, bill.tax_cents),
        Posting(Account.OWNER, wrong),
        Posting(Account.PAYABLE, -bill.total_cents, vendor_id=bill.vendor_id),
    )
    return reversal(lines) if is_credit else lines


def program_bill(bill: ProgramBill) -> Postings:
    """Book what a program owes for a purchase. Leftovers go from goods to goods: what programs give and take stays there."""
    return _booked(
        Posting(Account.RECEIVABLE, bill.total_cents, program_id=bill.program_id),
        Posting(Account.GOODS, -bill.goods_cents - bill.exchange_cents),
        Posting(Account.FREIGHT, -bill.freight_cents),
        Posting(Account.HANDLING, -bill.handling_cents),
        Posting(Account.SALES_TAX, -bill.tax_cents),
    )


def program_adjustment(part: Part) -> Postings:
    """Book what a program owes more after its purchase was settled, or, below 0, what it gets as a credit."""
    cents = part.total_cents
    account = Account.RECEIVABLE if cents > 0 else Account.CREDITS
    return _booked(
        Posting(account, cents, program_id=part.program_id),
        Posting(Account.GOODS, -part.goods_cents),
        Posting(Account.FREIGHT, -part.freight_cents),
        Posting(Account.SALES_TAX, -part.tax_cents),
    )


def clearing(balances: Mapping[Account, int]) -> Postings:
    """Hand what vendors billed and programs did not pay for, or the other way, to the owner's account.

    `balances`: what a purchase's lines come to, {account: debits less credits}. Tax that programs paid stays where it is,
    to be handed in; tax that vendors billed beyond it is the owner's.
    """
    rests = {account: balances.get(account, 0) for account in CLEARED}
    rests[Account.SALES_TAX] = max(0, balances.get(Account.SALES_TAX, 0))
    return _booked(
        *(Posting(account, -cents) for account, cents in rests.items()), Posting(Account.OWNER, sum(rests.values()))
    )


def paid_by_program(program_id: UUID, cents: int, owed_cents: int) -> Postings:
    """Book money that came from a program; what is more than it owes is kept as its credit."""
    settled = min(cents, max(0, owed_cents))
    return _booked(
        Posting(Account.BANK, cents),
        Posting(Account.RECEIVABLE, -settled, program_id=program_id),
        Posting(Account.CREDITS, settled - cents, program_id=program_id),
    )


def paid_to_vendor(vendor_id: int, cents: int) -> Postings:
    """Book money that went to a vendor."""
    return _booked(Posting(Account.PAYABLE, cents, vendor_id=vendor_id), Posting(Account.BANK, -cents))


def refunded(program_id: UUID, cents: int) -> Postings:
    """Book a program's credit that was paid back."""
    return _booked(Posting(Account.CREDITS, cents, program_id=program_id), Posting(Account.BANK, -cents))


def credit_used(program_id: UUID, cents: int) -> Postings:
    """Book a program's credit that pays what it owes."""
    return _booked(
        Posting(Account.CREDITS, cents, program_id=program_id),
        Posting(Account.RECEIVABLE, -cents, program_id=program_id),
    )


def written_off(program_id: UUID, cents: int) -> Postings:
    """Book what a program owes and will not pay."""
    return _booked(Posting(Account.WRITE_OFFS, cents), Posting(Account.RECEIVABLE, -cents, program_id=program_id))


def reversal(lines: Iterable[Posting]) -> Postings:
    """Book lines the other way round; nothing is taken out of a ledger."""
    return tuple(replace(line, cents=-line.cents) for line in lines)


def balance(lines: Iterable[Posting]) -> dict[Account, int]:
    """Return {account: debits less credits}."""
    found: dict[Account, int] = {}
    for line in lines:
        found[line.account] = found.get(line.account, 0) + line.cents
    return found


def oldest_first(amounts: Sequence[int], paid: int) -> list[int]:
    """Return how much of each amount is paid when money goes to the oldest first; amounts below 0 pay for others."""
    left = paid - sum(min(0, one) for one in amounts)
    parts = []
    for one in amounts:
        part = min(0, one) if one <= 0 else max(0, min(one, left))
        left -= max(0, part)
        parts.append(part)
    return parts


def _booked(*lines: Posting) -> Postings:
    return tuple(line for line in lines if line.cents)


def reversed_payment(lines: Postings, credit_left: int) -> Postings:
    """Take a payment back. What it left as a credit and was used since is owed again: no credit falls below 0."""
    found = []
    for line in reversal(lines):
        if line.account is Account.CREDITS and line.cents > 0:
            kept = min(line.cents, max(0, credit_left))
            found += [replace(line, cents=kept), replace(line, account=Account.RECEIVABLE, cents=line.cents - kept)]
        else:
            found.append(line)
    return _booked(*found)
