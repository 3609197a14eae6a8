"""Catalog list and search, roster import and the cost of a scope, each against the same without protection."""

import csv
import io
import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from bench import filling
from bench.place import Place
from carepool.imports import actions as imports
from carepool.imports.models import ImportKind
from carepool.outbox import Actor
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.queries import catalog_items
from carepool.web.paging import page_of
from tenants.scope import visiting

_BY = Actor.operator()


def _p95(action: Callable[[int], Any], times: int = 200) -> float:
    taken = []
    for number in range(times):
        began = time.perf_counter()
        action(number)
        taken.append(time.perf_counter() - began)
    return statistics.quantiles(taken, n=20)[18]


def catalog(place: Place, items: int = 50_000) -> dict[str, Any]:
    """Return p95 of a page and of a search in ms, under row-level security and raw on an unprotected twin."""
    filling.catalog(place, items)
    with place.owner() as owner:
        owner.execute("create table item_twin (like catalog_item including all)")
        owner.execute("insert into item_twin select * from catalog_item")
        owner.execute("analyze catalog_item; analyze item_twin")
        owner.commit()
        columns = "id, contract_id, sku, gtin, name, brand, category, unit, case_size, pack_text, min_cases, list_cents, ladder"
        listing = f"select {columns}, storage from item_twin where tenant_id = %s and gone_at is null"
        raw_list = _p95(
            lambda n: owner.execute(
                f"{listing} and name > %s order by name, id limit 51", [place.tenant.id, f"g{n}"]
            ).fetchall()
        )
        raw_search = _p95(
            lambda n: owner.execute(
                f"{listing} and search like %s order by name, id limit 51", [place.tenant.id, f"%sku{n * 37}%"]
            ).fetchall()
        )
    with visiting(place.tenant.scope, place.app):
        keys = [CatalogItem.name, CatalogItem.id]
        own_list = _p95(lambda n: page_of(catalog_items(None), keys, None, 50))
        own_search = _p95(lambda n: page_of(catalog_items(f"sku{n * 37}"), keys, None, 50))
    milliseconds = {
        "list_ms": own_list,
        "list_floor_ms": raw_list,
        "search_ms": own_search,
        "search_floor_ms": raw_search,
    }
    return {
        "items": items,
        **{name: round(value * 1000, 2) for name, value in milliseconds.items()},
        "list_ratio": round(own_list / raw_list, 2),
        "search_ratio": round(own_search / raw_search, 2),
    }


def roster(place: Place, rows: int = 40_000) -> dict[str, Any]:
    """Return rows a second of a whole import (read, staged, applied) and its time against COPY of the same rows."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(
        ["License Number", "Facility Name", "Program Type", "License Status", "Capacity", "City", "Zip", "County"]
    )
    for n in range(rows):
        writer.writerow(
            [f"R-{n:06d}", f"Roster Program {n}", "Child Care Center", "Full", 20 + n % 80, "Elm", "80001", "Adams"]
        )
    content = written.getvalue().encode()
    began = time.perf_counter()
    with visiting(place.tenant.scope, place.app):
        own = imports.begin_import(_BY, ImportKind.ROSTER, None, io.BytesIO(content), "roster.csv").id
        imports.confirm_columns(_BY, own, None)
    for work in (imports.read_import, imports.confirm_import, imports.apply_import):
        with visiting(place.tenant.scope, place.app):
            work(_BY, own)
    seconds = time.perf_counter() - began
    with place.owner() as owner:
        owner.execute("create table program_twin (like program including all)")
        names = "tenant_id, id, licence_number, name, type, type_word, status, status_word, capacity, capacity_note, quality_word"
        rest = "street, city, zip, county, phone, email, contact_name"
        lines = owner.execute(f"select {names}, {rest} from program where licence_number like 'R-%%'").fetchall()
        owner.commit()
        began = time.perf_counter()
        with owner.cursor().copy(f"copy program_twin ({names}, {rest}) from stdin") as copy:
            for line in lines:
                copy.write_row(line)
        owner.commit()
        floor = time.perf_counter() - began
    return {"rows": rows, "rows_per_second": round(rows / seconds), "copy_seconds": round(floor, 2),
            "copy_ratio": round(seconds / floor, 2)}  # fmt: skip


def scope(place: Place, times: int = 1500) -> dict[str, Any]:
    """Return what a scope and row-level security cost a transaction with one point query, in ms (medians)."""
    filling.programs(place, 50)
    with place.owner() as owner:
        owner.prepare_threshold = None
        program = owner.execute("select id from program limit 1").fetchone()[0]  # type: ignore[index]
        owner.commit()
        raw = []
        for _ in range(times):
            began = time.perf_counter()
            owner.execute(
                "select name from program where tenant_id = %s and id = %s", [place.tenant.id, program]
            ).fetchone()
            owner.commit()
            raw.append(time.perf_counter() - began)
    scoped = []
    query = text("select name from program where tenant_id = :t and id = :p")
    with visiting(place.tenant.scope, place.app) as session:
        for _ in range(times):
            began = time.perf_counter()
            session.execute(query, {"t": place.tenant.id, "p": program}).one()
            session.commit()
            scoped.append(time.perf_counter() - began)
    own, floor = statistics.median(scoped) * 1000, statistics.median(raw) * 1000
    return {"ms": round(own, 3), "floor_ms": round(floor, 3), "overhead_ms": round(own - floor, 3)}
