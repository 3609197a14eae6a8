"""What an answer in a document means for each line of an order message. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from carepool.vendors.answers.actions import LineSaid
from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.checking import line_named
from carepool.vendors.documents.order import Order, OrderLine
from carepool.vendors.documents.statuses import LineStatus, Outcome

_WHOLES = {
    Whole.BACKORDERED: LineSaid(LineStatus.BACKORDERED, 0),
    Whole.REJECTED: LineSaid(LineStatus.REJECTED),
}
_SINGLE = frozenset({"EA", "C62", "H87"})
"""Units that count single things."""
_MOST_NAME = 200


def lines_said(
    order: Order, answer: OrderAnswer, before: Mapping[int, LineSaid], *, counts_what_comes: bool
) -> dict[int, LineSaid]:
    """Return what an answer that fits an order says, by the message's line numbers.

    An answer for one place of delivery leaves what was said of other places (`before`) as it was. Several fates of a line
    are put together. `counts_what_comes`: a backordered quantity is what comes now, as in lists that people fill in; else
    it is what comes later, as X12, UBL and cXML count.
    """
    whole = answer.order_number == order.number
    covered = {one.line for one in order.lines if whole or one.point == answer.order_number}
    usual = _WHOLES.get(answer.whole, LineSaid())
    said = {one.line: usual if one.line in covered else before.get(one.line, LineSaid()) for one in order.lines}
    fates: dict[int, list[AnsweredLine]] = defaultdict(list)
    known = {one.line: one for one in order.lines}
    for one in answer.lines:
        line = line_named(order, answer.order_number, one)
        if line is not None:
            fates[line.line].append(one)
    for number, some in fates.items():
        said[number] = together(known[number], some, counts_what_comes=counts_what_comes)
    return said


def together(line: OrderLine, fates: Sequence[AnsweredLine], *, counts_what_comes: bool) -> LineSaid:
    """Return what several fates of one line mean: how many cases come now, at which price, when, and what instead."""
    alone = len(fates) == 1
    cases = sum(_coming(line, one, alone=alone, counts_what_comes=counts_what_comes) for one in fates)
    status = _status(line, fates, cases)
    priced = next((one for one in fates if one.price is not None), None)
    day = next((one.arrives_on or one.ships_on for one in fates if one.arrives_on or one.ships_on), None)
    instead = next((one for one in fates if one.substitute_sku), None)
    return LineSaid(
        status,
        None if status.outcome is Outcome.REJECTED or cases == line.cases else cases,
        _cents(line, priced) if priced is not None else None,
        day,
        instead.substitute_sku if instead else "",
        (instead.note or instead.substitute_sku)[:_MOST_NAME] if instead else "",
    )


def _coming(line: OrderLine, one: AnsweredLine, *, alone: bool, counts_what_comes: bool) -> int:
    """Return the cases of a fate that come now."""
    told = one.quantity.cases(line.case_size, line.unit) if one.quantity else None
    if one.status.outcome is Outcome.REJECTED:
        return 0
    if one.status is LineStatus.BACKORDERED:
        if counts_what_comes:
            return told or 0
        return max(0, line.cases - told) if alone and told is not None else 0
    if one.status is LineStatus.PART_SHIPPED:
        return told or 0
    return line.cases if told is None else told


def _status(line: OrderLine, fates: Sequence[AnsweredLine], cases: int) -> LineStatus:
    kinds = {one.status for one in fates}
    outcomes = {one.outcome for one in kinds}
    if len(kinds) == 1:
        [status] = kinds
        fewer = status.outcome is Outcome.ACCEPTED and cases != line.cases
        return LineStatus.QUANTITY_CHANGED if fewer else status
    if Outcome.BACKORDERED in outcomes and cases < line.cases:
        return LineStatus.BACKORDERED
    if LineStatus.SUBSTITUTED in kinds:
        return LineStatus.SUBSTITUTED
    return LineStatus.CHANGED if cases else LineStatus.REJECTED


def _cents(line: OrderLine, one: AnsweredLine) -> int:
    """Return the price of a case in cents; a price of single things is that of all in a case."""
    price = one.price or Decimal(0)
    if one.quantity is not None and one.quantity.unit.code in _SINGLE and one.quantity.unit != line.unit:
        price *= line.case_size
    return int((price * 100).quantize(Decimal(1), ROUND_HALF_UP))
