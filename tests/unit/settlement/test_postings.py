"""What events book always adds up to 0, and to the bill, to the cent."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.settlement import postings
from carepool.purchasing.settlement.accounts import CHART, CLEARED, Account
from carepool.purchasing.settlement.postings import ProgramBill, VendorBill, balance

CENTS = st.integers(0, 10**12)
PROGRAM = UUID(int=1)


def _is_balanced(lines: postings.Postings) -> bool:
    return sum(line.cents for line in lines) == 0 and all(line.cents for line in lines)


BILLS = st.builds(VendorBill, st.integers(1, 9), CENTS, CENTS, CENTS, CENTS)
PROGRAM_BILLS = st.builds(ProgramBill, st.builds(uuid4), CENTS, CENTS, CENTS, CENTS, st.integers(-(10**9), 10**9))


@given(BILLS, st.booleans())
def test_a_vendors_bill_is_owed_whole_also_where_it_adds_up_wrong(bill: VendorBill, is_credit: bool) -> None:
    lines = postings.vendor_bill(bill, is_credit=is_credit)
    assert _is_balanced(lines)
    assert -balance(lines).get(Account.PAYABLE, 0) == (-1 if is_credit else 1) * bill.total_cents


@given(PROGRAM_BILLS)
def test_a_programs_bill_is_owed_whole(bill: ProgramBill) -> None:
    lines = postings.program_bill(bill)
    assert _is_balanced(lines)
    assert balance(lines).get(Account.RECEIVABLE, 0) == bill.total_cents


@given(st.lists(BILLS, max_size=4), st.lists(PROGRAM_BILLS, max_size=8))
def test_what_programs_and_the_owner_bear_is_what_vendors_billed_and_the_tax_to_hand_in(
    bills: list[VendorBill], programs: list[ProgramBill]
) -> None:
    lines = [line for one in bills for line in postings.vendor_bill(one)]
    lines += [line for one in programs for line in postings.program_bill(one)]
    rest = postings.clearing(balance(lines))
    assert _is_balanced(rest)
    after = balance([*lines, *rest])
    assert not any(after.get(one, 0) for one in CLEARED)
    assert after.get(Account.SALES_TAX, 0) <= 0
    members, owner = after.get(Account.RECEIVABLE, 0), after.get(Account.OWNER, 0)
    assert members + owner == -after.get(Account.PAYABLE, 0) - after.get(Account.SALES_TAX, 0)


@given(CENTS, st.integers(-(10**9), 10**12))
def test_money_that_is_more_than_owed_becomes_a_credit(cents: int, owed: int) -> None:
    lines = postings.paid_by_program(PROGRAM, cents, owed)
    assert _is_balanced(lines)
    found = balance(lines)
    assert found.get(Account.BANK, 0) == cents
    assert -found.get(Account.CREDITS, 0) == cents - min(cents, max(0, owed))
    assert not any(balance([*lines, *postings.reversal(lines)]).values())


@given(st.integers(1, 10**12))
def test_the_other_events_balance(cents: int) -> None:
    for lines in (
        postings.paid_to_vendor(3, cents),
        postings.refunded(PROGRAM, cents),
        postings.credit_used(PROGRAM, cents),
        postings.written_off(PROGRAM, cents),
    ):
        assert _is_balanced(lines) and len(lines) == 2


@given(st.lists(st.integers(-1000, 10**6), max_size=8), CENTS)
def test_money_pays_the_oldest_first_and_never_more_than_there_is(amounts: list[int], paid: int) -> None:
    parts = postings.oldest_first(amounts, paid)
    assert all(part <= amount for part, amount in zip(parts, amounts, strict=True))
    assert sum(parts) == min(paid, sum(amounts)) or sum(parts) <= paid
    unpaid = [place for place, (part, one) in enumerate(zip(parts, amounts, strict=True)) if part < one]
    assert all(
        parts[later] == 0 for first in unpaid[:1] for later in range(first + 1, len(parts)) if amounts[later] > 0
    )


def test_the_chart_names_every_account_once() -> None:
    assert set(CHART) == set(Account)
    assert len({one.number for one in CHART.values()}) == len(CHART)
