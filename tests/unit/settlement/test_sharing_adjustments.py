"""A late invoice is shared to the cent: by what each got of an item, by freight, and tax by who paid tax."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.settlement.sharing_adjustments import LateLine, Paid, parts_of

A, B, C = (UUID(int=one) for one in (1, 2, 3))
_CENTS = st.integers(0, 10**9)
_PAID = st.lists(st.tuples(_CENTS, _CENTS, _CENTS), min_size=1, max_size=8)


def test_who_got_the_item_bears_its_line() -> None:
    programs = [Paid(A, 100, 10, 5), Paid(B, 900, 10, 0), Paid(C, 0, 0, 0)]
    parts = {one.program_id: one for one in parts_of(programs, [LateLine(101, {A: 3, B: 1})], 7, 11)}
    assert (parts[A].goods_cents, parts[B].goods_cents) == (76, 25)
    assert (parts[A].freight_cents, parts[B].freight_cents) == (4, 3)
    assert (parts[A].tax_cents, parts[B].tax_cents) == (11, 0), "an exempt program bears no tax"
    assert C not in parts


def test_a_line_of_no_item_goes_by_goods_and_tax_that_nobody_paid_stays_with_the_owner() -> None:
    programs = [Paid(A, 300, 0, 0), Paid(B, 100, 0, 0)]
    parts = parts_of(programs, [LateLine(100, {})], 40, 60)
    assert [(one.goods_cents, one.freight_cents, one.tax_cents) for one in parts] == [(75, 30, 0), (25, 10, 0)]


@given(
    _PAID,
    st.lists(st.tuples(_CENTS, st.lists(st.integers(0, 10**6), min_size=8, max_size=8)), max_size=5),
    _CENTS,
    _CENTS,
)
def test_parts_add_up_to_the_cent(
    paid: list[tuple[int, int, int]], lines: list[tuple[int, list[int]]], freight: int, tax: int
) -> None:
    programs = [Paid(UUID(int=place), *three) for place, three in enumerate(paid, start=1)]
    late = [LateLine(cents, {UUID(int=place): one for place, one in enumerate(got, start=1)}) for cents, got in lines]
    parts = parts_of(programs, late, freight, tax)
    goods = any(one.goods_cents for one in programs)
    known = {one.program_id for one in programs}
    borne = sum(one.cents for one in late if goods or any(n for who, n in one.got.items() if who in known))
    assert sum(one.goods_cents for one in parts) == borne
    assert sum(one.freight_cents for one in parts) == (
        freight if goods or any(one.freight_cents for one in programs) else 0
    )
    assert sum(one.tax_cents for one in parts) == (tax if any(one.tax_cents for one in programs) else 0)
    assert all(min(one.goods_cents, one.freight_cents, one.tax_cents) >= 0 for one in parts)
