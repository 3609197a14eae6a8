"""A program's order: the form with the live ladders and what it can cost, and after the close what it got and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.errors import Invalid, Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing import queries
from carepool.purchasing.actions import ordering, phoning_in
from carepool.purchasing.actions.ordering import Line
from carepool.purchasing.actions.spending import most_cost_of
from carepool.purchasing.last_time import last_lines
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.pages.approving import approval_shown, spending_shown
from carepool.purchasing.pages.exempting import exemption_shown
from carepool.purchasing.pages.frame import blueprint, is_partial, owner_of
from carepool.purchasing.spending.estimate import is_far_above, usual_quantity
from carepool.purchasing.substitutes.actions import choice_for, choices_of
from carepool.purchasing.substitutes.choices import WORDS
from carepool.sentences import marked
from carepool.shopping.queries import favourites, favourites_first
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import db, find

_FORM_ITEMS = 200
_BOXES = ("wanted", "extra", "boost")


@blueprint.get("/purchases/<purchase:purchase_id>/orders/<program:program_id>")
@needs(Permission.ORDERS_READ)
def order(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Show a program's order form, or what it got after the close; `fill` puts quantities into its boxes."""
    page = OrderPage.read(purchase_id, program_id)
    fill = {"last": page.last, "usual": page.usual_lines()}.get(request.args.get("fill", ""))
    return page.shown({}, _as_typed(fill.values()) if fill else {})


@blueprint.post("/purchases/<purchase:purchase_id>/orders/<program:program_id>")
@needs(Permission.ORDERS_WRITE)
def save_order(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Place, keep or withdraw the order, or look what it would cost."""
    own = queries.purchase_or_404(purchase_id)
    program_or_404(program_id, Permission.ORDERS_WRITE)
    act, typed = request.form.get("act", ""), request.form
    try:
        if act == "look":
            return _looked(OrderPage.read(purchase_id, program_id), typed)
        flash(_save(own, program_id, act), "success")
    except Refusal as refused:
        db.session.rollback()
        page = OrderPage.read(purchase_id, program_id)
        return page.shown(refused.fields or {"form": [refused.sentence]}, typed), refused.status
    return redirect(url_for(".order", purchase_id=purchase_id, program_id=program_id))


def _save(own: Purchase, program_id: UUID, act: str) -> str:
    """Do what was pressed and return the sentence that says so."""
    who, form = signed_in(), request.form
    written = form.get("version", "")
    version = int(written) if written.isascii() and written.isdecimal() and len(written) < 9 else None
    for_another = program_id not in who.rights.programs_with(Permission.ORDERS_WRITE)
    if act == "withdraw":
        ordering.withdraw_order(who.actor, own.id, program_id, version)
        return str(_("Your order was taken back. What you typed is kept as a draft."))
    lines, point, placed = _asked(own, program_id, form), _typed_point(form), act == "place"
    if for_another:
        phoning_in.save_order_for(who.actor, own.id, program_id, point, lines, place=placed, based_on=version)
        return str(_("The order is in. The program gets a message that you ordered for it.") if placed else _kept())
    alone = who.rights.orders_alone(program_id)
    standing = ordering.save_order(
        who.actor, own.id, program_id, point, lines, place=placed, based_on=version, approves=alone
    )
    if placed and standing.unsent:
        return str(_("Your order waits for your director to approve it. It is not ordered until then."))
    return str(_("Your order is in. You can change it until the close.") if placed else _kept())


def _kept() -> str:
    return str(_("Your draft is kept."))


def _looked(page: "OrderPage", typed: Mapping[str, str]) -> ResponseReturnValue:
    """Answer what typed lines would cost: the part of the open page, or the whole page where no script runs."""
    if not is_partial():
        return page.shown({}, typed)
    try:
        lines = page.asked(typed)
    except Invalid:
        # the faults are told when the form is sent; until then the last right figures stay
        return "", 204
    return render_template("purchasing/cost.html", **page.cost(lines))


def _asked(own: Purchase, program_id: UUID, typed: Mapping[str, str]) -> list[Line]:
    """Return the whole order as it is typed. Raises Invalid naming each wrong box."""

    def known() -> list[Line]:
        return ordering.draft_lines(own.id, program_id) or ordering.placed_lines(own.id, program_id)

    return _with_the_rest(form_items(own), known, typed)


def _with_the_rest(
    items: Sequence[PurchaseItem], known: Callable[[], Iterable[Line]], typed: Mapping[str, str]
) -> list[Line]:
    """Return what the boxes of the form's items say, and what is known of items that have no box.

    Raises Invalid naming each wrong box.
    """
    lines = _typed(items, typed)
    if len(items) < _FORM_ITEMS:
        return lines
    shown = {item.id for item in items}
    return lines + [line for line in known() if line.item_id not in shown]


def _typed(items: Sequence[PurchaseItem], typed: Mapping[str, str]) -> list[Line]:
    """Read the form's boxes, such as `wanted.<item>`. Raises Invalid naming each wrong box."""
    form, lines = FormReader(typed), []
    for item in items:
        counts = []
        for name in _BOXES:
            text = typed.get(f"{name}.{item.id}", "").strip() or "0"
            if not (text.isascii() and text.isdecimal()) or len(text) > 7:
                form.refuse(f"{name}.{item.id}", marked("Write a whole number, such as 12."))
                continue
            counts.append(int(text))
        if any(counts):
            lines.append(Line(item.id, *counts))
    form.checked()
    return lines


def _typed_point(typed: Mapping[str, str]) -> UUID | None:
    try:
        return UUID(typed["point"]) if typed.get("point") else None
    except ValueError:
        sentence = marked("Choose one of the purchase's delivery points.")
        raise Invalid("which-point", sentence, {"point": [sentence]}) from None


def _as_typed(lines: Any) -> dict[str, str]:
    return {f"{name}.{line.item_id}": str(getattr(line, name) or "") for line in lines for name in _BOXES}


def form_items(own: Purchase) -> list[PurchaseItem]:
    """Return the items of the form; what was asked for of more items through the API is kept as it is."""
    query = select(PurchaseItem).where(PurchaseItem.purchase_id == own.id)
    return list(db.session.scalars(query.order_by(PurchaseItem.name, PurchaseItem.id).limit(_FORM_ITEMS)))


@dataclass(frozen=True)
class OrderPage:
    """Everything that the page of one program's order shows."""

    purchase: Purchase
    program: Program
    order: ProgramOrder | None
    items: Sequence[PurchaseItem]
    counted: Mapping[UUID, Line]
    unsent: Mapping[UUID, Line]
    last: Mapping[UUID, Line]

    @classmethod
    def read(cls, purchase_id: UUID, program_id: UUID) -> "OrderPage":
        """Read it. Raises NotFound."""
        own = queries.purchase_or_404(purchase_id)
        program = program_or_404(program_id, Permission.ORDERS_READ)
        return cls(
            purchase=own,
            program=program,
            order=find(ProgramOrder, own.id, program.id),
            items=form_items(own),
            counted={line.item_id: line for line in ordering.placed_lines(own.id, program.id)},
            unsent={line.item_id: line for line in ordering.draft_lines(own.id, program.id)},
            last=last_lines(own.id, program.id),
        )

    def usual(self) -> dict[UUID, int]:
        """Return the usual quantity, in eaches, of each item where one is known."""
        found = {}
        for item in self.items:
            last = self.last[item.id].wanted if item.id in self.last else None
            usual = usual_quantity(last, item.eaches_per_place, self.program.capacity)
            if usual:
                found[item.id] = usual
        return found

    def usual_lines(self) -> dict[UUID, Line]:
        """Return the usual quantities as lines of an order."""
        return {item_id: Line(item_id, wanted) for item_id, wanted in self.usual().items()}

    def asked(self, typed: Mapping[str, str]) -> list[Line]:
        """Return the whole order as it is typed: the boxes, and what was asked for of items that have none.

        Raises Invalid naming each wrong box.
        """
        return _with_the_rest(self.items, (self.unsent or self.counted).values, typed)

    def cost(self, lines: Sequence[Line]) -> dict[str, Any]:
        """Return what lines can cost at the most, and which are far above the usual."""
        items, usual = {item.id: item for item in self.items}, self.usual()
        cost = most_cost_of(self.purchase.id, self.program.id, lines)
        above = [
            (items[one.item_id].name, one.wanted, usual[one.item_id])
            for one in lines
            if is_far_above(one.wanted, usual.get(one.item_id))
        ]
        spending = spending_shown(self.purchase, self.program.id, cost.total_cents)
        exemption = exemption_shown(self.purchase, self.program.id)
        return {"cost": cost, "above": above, "purchase": self.purchase, "spending": spending, "exemption": exemption}

    def shown(self, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
        """Return the page, with what was typed and what is wrong with it."""
        own, lines = self.purchase, self.unsent or self.counted
        try:
            asked = self.asked(typed) if typed else list(lines.values())
        except Invalid:
            asked = []
        marked_items, chosen = favourites(self.program.id), choices_of(self.program.id)
        views = queries.ladders(own.id, [item.id for item in self.items], {one.item_id: one.wanted for one in asked})
        return render_template(
            "purchasing/order.html",
            program=self.program,
            owner=owner_of(own),
            order=self.order,
            items=favourites_first(self.items, marked_items),
            marked=marked_items,
            lines=lines,
            has_unsent=bool(self.unsent),
            last=self.last,
            usual=self.usual(),
            views=views,
            points=queries.delivery_points(own.id),
            errors=_on_boxes(errors, self.items, typed),
            typed=typed,
            result=queries.result_of(own, self.program.id) if own.shows_result else None,
            open=own.state == PurchaseState.OPEN,
            substitutes={item.id: WORDS[choice_for(chosen, item.catalog_item_id)] for item in self.items},
            may_order=signed_in().rights.may(Permission.ORDERS_WRITE, self.program.id),
            for_another=self.program.id not in signed_in().rights.programs_with(Permission.ORDERS_WRITE),
            request=approval_shown(own, self.program.id),
            **self.cost(asked),
        )


def _on_boxes(errors: Mapping[str, Any], items: Sequence[PurchaseItem], typed: Mapping[str, str]) -> dict[str, Any]:
    """Put the sentences of `lines.<place>.<field>` on the boxes of the form."""
    asked = [item for item in items if any(typed.get(f"{n}.{item.id}", "0").strip().strip("0") != "" for n in _BOXES)]
    placed: dict[str, Any] = {}
    for name, sentences in errors.items():
        part = name.split(".")
        if part[0] == "lines" and len(part) == 3 and int(part[1]) < len(asked):
            name = f"wanted.{asked[int(part[1])].id}"
        elif name == "delivery_point_id":
            name = "point"
        placed[name] = sentences
    return placed
