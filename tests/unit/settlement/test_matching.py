"""The three-way match finds every difference and nothing else."""

from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from carepool.money import half_up
from carepool.purchasing.settlement.matching import (
    Bill,
    BilledLine,
    Expected,
    LineKey,
    OrderedLine,
    Reason,
    Tolerance,
    match,
)

KEY = LineKey(UUID(int=1), 1)
EACHES = st.integers(0, 10_000)


def _reasons(bill: Bill, expected: Expected) -> list[Reason]:
    return [one.reason for one in match(bill, expected)]


@st.composite
def lines(draw: st.DrawFn) -> OrderedLine:
    received = draw(EACHES)
    return OrderedLine(draw(st.integers(1, 50)), draw(st.integers(0, 10**6)), draw(EACHES), received,
                       draw(st.integers(0, received)), draw(st.booleans()))  # fmt: skip


@given(st.dictionaries(st.builds(LineKey, st.uuids(), st.integers(1, 9)), lines(), max_size=6), st.integers(0, 10**6))
def test_what_is_billed_as_it_came_matches(ordered: dict[LineKey, OrderedLine], freight: int) -> None:
    billed = [
        BilledLine(place, key, left, one.price_cents, one.worth(left))
        for place, (key, one) in enumerate(ordered.items(), start=1)
        for left in [one.received - one.billed]
    ]
    total = sum(one.amount_cents for one in billed) + freight
    assert not match(Bill(billed, freight, 0, total), Expected(ordered, freight, 0))


@given(lines(), st.integers(1, 500), st.integers(0, 250_000), st.integers(0, 300))
def test_a_price_differs_only_beyond_the_tolerance(line: OrderedLine, more: int, rate: int, cents: int) -> None:
    tolerant = OrderedLine(
        line.case_size, line.price_cents, line.ordered, line.received, 0, tolerance=Tolerance(rate, cents)
    )
    worth = tolerant.worth(line.received)
    bill = Bill([BilledLine(1, KEY, line.received, None, worth + more)], 0, 0, worth + more)
    wanted = [] if more <= max(worth * rate // 1_000_000, cents) else [Reason.PRICE]
    assert _reasons(bill, Expected({KEY: tolerant}, 0, 0)) == wanted


@given(lines(), st.integers(1, 1000))
def test_more_than_was_received_is_named(line: OrderedLine, over: int) -> None:
    assume(line.worth(over) > 0)
    eaches = line.received - line.billed + over
    bill = Bill([BilledLine(1, KEY, eaches, None, line.worth(eaches))], 0, 0, line.worth(eaches))
    [found] = match(bill, Expected({KEY: line}, 0, 0))
    assert found.reason is Reason.NOT_RECEIVED
    assert found.numbers["over"] == over


@given(lines(), st.integers(1, 5))
def test_one_line_billed_twice_on_one_invoice_is_seen(line: OrderedLine, _: int) -> None:
    left = line.received - line.billed
    assume(line.worth(left) > 0 and left > 0)
    twice = [BilledLine(place, KEY, left, None, line.worth(left)) for place in (1, 2)]
    [found] = match(Bill(twice, 0, 0, 2 * line.worth(left)), Expected({KEY: line}, 0, 0))
    assert (found.reason, found.place) == (Reason.NOT_RECEIVED, 2)


@given(lines(), st.integers(0, 250_000))
def test_tax_is_at_most_the_rate_on_taxable_goods(line: OrderedLine, rate: int) -> None:
    left = line.received - line.billed
    worth = line.worth(left)
    most = half_up(worth * rate, 1_000_000) if line.is_taxable else 0
    for tax, wanted in ((0, []), (most, []), (most + 1, [Reason.TAX])):
        bill = Bill([BilledLine(1, KEY, left, None, worth)], 0, tax, worth + tax)
        assert _reasons(bill, Expected({KEY: line}, 0, rate)) == wanted


@given(st.integers(-1000, 1000), st.integers(0, 1000))
def test_the_total_has_no_tolerance(off: int, freight: int) -> None:
    assume(freight + off >= 0)
    expected = Expected({}, freight, 0, Tolerance(250_000, 10_000))
    assert _reasons(Bill([], freight, 0, freight + off), expected) == ([Reason.TOTAL] if off else [])


def test_what_nobody_ordered_is_named_with_its_line() -> None:
    [found] = match(Bill([BilledLine(3, None, 1, None, 50)], 0, 0, 50), Expected({}, 0, 0, Tolerance(250_000, 10_000)))
    assert (found.reason, found.place, found.numbers) == (Reason.UNKNOWN_LINE, 3, {"billed_cents": 50})


def test_a_product_that_is_wrong_is_named_once() -> None:
    line = OrderedLine(10, 4000, 90, 90)
    bill = Bill([BilledLine(1, KEY, 90, 4000, 36001)], 0, 0, 36001)
    assert _reasons(bill, Expected({KEY: line}, 0, 0)) == [Reason.LINE_SUM]
