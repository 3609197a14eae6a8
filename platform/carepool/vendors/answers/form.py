"""The form in which a vendor answers an order line by line, on the page behind a link and at its desk."""

from datetime import date

from flask import request

from carepool.sentences import marked
from carepool.vendors.answers.actions import MOST_CASES, LineSaid
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.statuses import LineStatus
from carepool.web.forms import FormReader

ANSWERS = ("accept", "change", "backorder", "substitute", "reject")


def typed_answer(order: Order) -> tuple[dict[int, LineSaid], str]:
    """Return what the form of a request says of each line, and the note. Raises Invalid naming the fields."""
    form = FormReader(request.form)
    said = {line.line: _line(form, line.line) for line in order.lines}
    note = form.text("note", most=1000)
    form.checked()
    return said, note


def _line(form: FormReader, number: int) -> LineSaid:
    kind = request.form.get(f"code.{number}", "accept")
    if kind not in ANSWERS:
        form.refuse(f"code.{number}", marked("Choose one of the answers."))
    if kind == "accept":
        return LineSaid(promised_on=_day(form, number))
    if kind == "reject":
        return LineSaid(LineStatus.REJECTED)
    cases = form.whole(f"cases.{number}", 0, MOST_CASES)
    price, day = form.cents(f"price.{number}"), _day(form, number)
    if kind == "backorder":
        return LineSaid(LineStatus.BACKORDERED, cases or 0, price, day)
    sku, name = form.text(f"substitute_sku.{number}", most=60), form.text(f"substitute_name.{number}")
    if kind == "substitute":
        return LineSaid(LineStatus.SUBSTITUTED, cases, price, day, sku, name)
    return LineSaid(_code(cases, price, day), cases, price, day)


def _code(cases: int | None, price: int | None, day: date | None) -> LineStatus:
    """Return the code of a change: by what is different; several things are one code of their own."""
    told = [
        code
        for value, code in (
            (cases, LineStatus.QUANTITY_CHANGED),
            (price, LineStatus.PRICE_CHANGED),
            (day, LineStatus.DATE_MOVED),
        )
        if value is not None
    ]
    return told[0] if len(told) == 1 else LineStatus.CHANGED if told else LineStatus.ACCEPTED


def _day(form: FormReader, number: int) -> date | None:
    return form.day(f"promised_on.{number}")
