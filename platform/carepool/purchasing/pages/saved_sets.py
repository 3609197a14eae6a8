"""The coordinator keeps sets of items, changes them and lays them into drafts."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.actions import saved_sets as sets
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.purchasing.pages.frame import PAGE, blueprint
from carepool.purchasing.pages.purchase_page import changing, own_purchase
from carepool.sentences import Sentence, marked
from carepool.ui.formats import in_words
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

P = Permission


@blueprint.get("/sets")
@needs(P.PURCHASES_WRITE)
def saved_sets() -> ResponseReturnValue:
    """List the sets."""
    require(P.PURCHASES_WRITE)
    found = page_of(select(SavedSet), [SavedSet.name, SavedSet.id], request.args.get("cursor"), PAGE)
    return render_template("purchasing/sets.html", page=found)


@blueprint.get("/sets/<saved_set:set_id>")
@needs(P.PURCHASES_WRITE)
def saved_set(set_id: UUID) -> ResponseReturnValue:
    """Show a set, to be changed."""
    return _shown(_own(set_id), {}, {})


@blueprint.post("/sets/<saved_set:set_id>")
@needs(P.PURCHASES_WRITE)
def change_set(set_id: UUID) -> ResponseReturnValue:
    """Keep the changes of a set: its name, limits, and what was taken out."""
    own = _own(set_id)

    def change() -> None:
        form = FormReader(request.form)
        name = form.text("name", wanted=True, most=100)
        limits = [form.whole(f"limit.{place}", least=1, most=10_000) for place in range(len(lines))]
        form.checked()
        stay = [place for place in range(len(lines)) if not request.form.get(f"out.{place}")]
        _change(own, name, [(lines[place], limits[place]) for place in stay])

    lines = sets.lines_of(own.id)
    return _changing(set_id, change)


@blueprint.post("/sets/<saved_set:set_id>/items/<catalog_item:catalog_item_id>/add")
@needs(P.PURCHASES_WRITE)
def add_to_set(set_id: UUID, catalog_item_id: UUID) -> ResponseReturnValue:
    """Put a catalog item into a set."""
    own, item = _own(set_id), queries.catalog_item_or_404(catalog_item_id)

    def add() -> None:
        lines = [(one, one.eaches_per_place) for one in sets.lines_of(own.id)]
        fresh = sets.SetLine(item.contract_id, item.sku, item.name, None, item.id)
        _change(own, own.name, [*lines, (fresh, None)])

    return _changing(set_id, add)


@blueprint.post("/sets/<saved_set:set_id>/remove")
@needs(P.PURCHASES_WRITE)
def remove_set(set_id: UUID) -> ResponseReturnValue:
    """Remove a set."""
    sets.remove_set(signed_in().actor, _own(set_id).id)
    flash(in_words(marked("The set was removed. Purchases keep their items.")), "success")
    return redirect(url_for(".saved_sets"))


@blueprint.post("/purchases/<purchase:purchase_id>/keep-set")
@needs(P.PURCHASES_WRITE)
def keep_set(purchase_id: UUID) -> ResponseReturnValue:
    """Keep the items of a purchase as a set."""
    own = own_purchase(purchase_id)

    def keep() -> Sentence:
        form = FormReader(request.form)
        name = form.text("set_name", wanted=True, most=100)
        form.checked()
        sets.keep_set(signed_in().actor, own.id, name)
        return marked("The set %(name)s was kept. You find it under Saved sets.", name=name)

    return changing(purchase_id, keep, {"name": "set_name"})


@blueprint.post("/purchases/<purchase:purchase_id>/lay-set")
@needs(P.PURCHASES_WRITE)
def lay_set(purchase_id: UUID) -> ResponseReturnValue:
    """Lay a set into a draft; what is no longer offered is named."""
    own = own_purchase(purchase_id)

    def lay() -> Sentence:
        laid = sets.lay_set(
            signed_in().actor, own.id, queries.set_or_404(FormReader(request.form).chosen_id("set_id")).id
        )
        if laid.gone:
            return marked("%(added)s items were added. No longer offered: %(gone)s.", added=laid.added, gone=_few(laid))
        return marked(
            "%(added)s items were added; %(present)s were there already.", added=laid.added, present=laid.present
        )

    return changing(purchase_id, lay)


def _few(laid: sets.Laid) -> str:
    return ", ".join(laid.gone[:20])


def _own(set_id: UUID) -> SavedSet:
    require(P.PURCHASES_WRITE)
    return queries.set_or_404(set_id)


def _change(own: SavedSet, name: str, lines: list[tuple[sets.SetLine, int | None]]) -> None:
    based_on = FormReader(request.form).version()
    items = [{"contract_id": one.contract_id, "sku": one.sku, "eaches_per_place": limit} for one, limit in lines]
    sets.change_set(signed_in().actor, own.id, name, items, based_on)


def _changing(set_id: UUID, change: Callable[[], None]) -> ResponseReturnValue:
    def told() -> Sentence:
        change()
        return marked("The set was changed.")

    return done_or_shown(
        told,
        lambda: url_for(".saved_set", set_id=set_id),
        lambda refused: _shown(_own(set_id), request.form, faults_of(refused)),
    )


def _shown(own: SavedSet, typed: Mapping[str, str], errors: dict[str, Any]) -> str:
    words = request.args.get("words", "").replace("\0", "").strip()[:100]
    lines = sets.lines_of(own.id)
    known = {one.catalog_item_id for one in lines}
    offered = (
        page_of(queries.catalog_items(words), [CatalogItem.name, CatalogItem.id], None, PAGE).rows if words else []
    )
    return render_template(
        "purchasing/set.html",
        kept=own,
        lines=lines,
        typed=typed,
        errors=errors,
        words=words,
        found=[item for item in offered if item.id not in known],
    )
