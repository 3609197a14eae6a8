"""Two demonstration states with fictional programs and people, and the desk of a vendor of the first."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from carepool.alliances import actions as alliances
from carepool.alliances.models import Shape
from carepool.clock import now
from carepool.demo.service_contracts import offer_contracts
from carepool.identity import actions as identity
from carepool.identity.models import Person
from carepool.identity.rights import Role
from carepool.identity.vendor_models import VendorPerson
from carepool.outbox import Actor
from carepool.programs.actions import add_program
from carepool.purchasing.actions import catalogs, purchases
from carepool.purchasing.actions.ordering import Line, save_order
from carepool.purchasing.models.catalogs import Contract
from carepool.vendors.desk import partners
from tenants import lifecycle
from tenants.database import db, find
from tenants.kits import load_kit
from tenants.registry import TenantEntry, desk_host_of, tenant_by_code
from tenants.scope import Scope, visiting

CODES = ("co", "vt")
_VENDOR, _CONTRACT = "Demonstration Supply", "DEMO-K1"
_BY = Actor.operator()
_PROGRAMS = (
    ("DEMO-001", "Little Acorn Center", "center", 64, "Cedar"),
    ("DEMO-002", "Blue Kite Family Home", "family_home", 6, "Cedar"),
    ("DEMO-003", "Casa de la Luna", "family_home", 8, "Juniper"),
    ("DEMO-004", "Riverside Early Learning", "center", 110, "Juniper"),
    ("DEMO-005", "Maple Street Group Home", "group_home", 12, "Juniper"),
)
_ITEMS = (
    ("GLV-M", "Nitrile gloves, medium", "glove", 1000, 8950, [[1, 7400], [10, 6600], [25, 5900]]),
    ("WIPE-80", "Baby wipes, unscented", "pack", 12, 3480, [[1, 2760], [20, 2400]]),
    ("TOWEL-2", "Paper towels, two-ply", "roll", 30, 4290, [[1, 3690], [12, 3150]]),
    ("SOAP-G", "Hand soap, gallon", "jug", 4, 5200, [[1, 4480], [8, 3960]]),
)


def seed(kept: Path) -> list[dict[str, Any]]:
    """Make the states that are not there yet; return and keep their people with passwords. Safe to run again."""
    told: list[dict[str, Any]] = json.loads(kept.read_text()) if kept.exists() else []
    for code in CODES:
        if tenant_by_code(code) is None:
            told.append(_make(code))
            _keep(kept, told)
    if not any(one.get("desk") for one in told):
        told.append(_desk(CODES[0]))
        _keep(kept, told)
    return told


def _keep(kept: Path, told: list[dict[str, Any]]) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(told, indent=1))


def _desk(code: str) -> dict[str, Any]:
    """Give the demonstration vendor a desk with one person, as a coordinator of a state would."""
    tenant, password = tenant_by_code(code), secrets.token_urlsafe(12)
    if tenant is None:
        raise LookupError(f"There is no demonstration state {code}.")
    with visiting(tenant.scope):
        own = select(Contract).where(Contract.number == _CONTRACT)
        contract = db.session.scalars(own).one()
        partner = partners.give_desk(_BY, contract.id, "Vic Seller", "seller@example.org").id
    with visiting(tenant.scope):
        partners.open_desk(partner)
    with visiting(Scope.vendor(contract.vendor_id)):
        person = db.session.scalars(select(VendorPerson).order_by(VendorPerson.id).limit(1)).one()
        identity.set_password(cast(Person, person), password)
    seller = {"email": person.email, "name": person.name, "role": "vendor", "password": password}
    return {
        "host": desk_host_of(contract.vendor_id),
        "name": f"{_VENDOR} (vendor desk)",
        "people": [seller],
        "desk": True,
    }


def _make(code: str) -> dict[str, Any]:
    host = f"{code}.{current_app.config['CAREPOOL_BASE_DOMAIN']}"
    tenant = lifecycle.provision(load_kit(code), [host])
    with visiting(tenant.scope):
        programs = [_program(tenant, *facts) for facts in _PROGRAMS]
        people = [
            _person("admin", "Ada Stone", Role.STATE_ADMINISTRATOR),
            _person("coordinator", "Carl Rivera", Role.PURCHASING_COORDINATOR),
            _person("director", "Dora Finch", Role.PROGRAM_DIRECTOR, programs[0]),
            _person("home", "Luz Marin", Role.PROGRAM_DIRECTOR, programs[2], language="es"),
            _person("hub", "Hana Vega", Role.HUB_STAFF, alliance_id=_alliance(programs[1:3])),
        ]
        _purchase(programs)
        luz = db.session.scalars(select(Person).where(Person.email == "home@example.org")).one()
        offer_contracts(_BY, programs, luz.id, tenant.zone)
    return {"host": host, "name": tenant.name, "people": people}


def _alliance(members: list[UUID]) -> UUID:
    facts = {
        "name": "Two Rivers Home Network",
        "shape": Shape.HOME_NETWORK,
        "hub_name": "Two Rivers Resource Center",
        "contact_name": "Hana Vega",
        "contact_email": "hub@example.org",
        "contact_phone": "",
        "started_on": None,
    }
    own = alliances.found_alliance(_BY, facts)
    for program_id in members:
        alliances.add_member(_BY, own.id, program_id)
    return own.id


def _program(_: TenantEntry, number: str, name: str, kind: str, places: int, county: str) -> UUID:
    facts = {
        "licence_number": number,
        "name": name,
        "type": kind,
        "status": "full",
        "capacity": places,
        "county": county,
    }
    return add_program(_BY, facts).id


def _person(
    short: str,
    name: str,
    role: Role,
    program_id: UUID | None = None,
    language: str = "en",
    alliance_id: UUID | None = None,
) -> dict[str, Any]:
    password = secrets.token_urlsafe(12)
    person = identity.invite_person(_BY, f"{short}@example.org", name, language)
    identity.set_password(find(Person, person.id) or person, password)
    identity.grant_role(_BY, person.id, role, program_id, alliance_id)
    return {"email": person.email, "name": name, "role": role.replace("_", " "), "password": password}


def _purchase(programs: list[UUID]) -> None:
    facts = {"vendor_name": _VENDOR, "number": _CONTRACT, "title": "Supplies", "minimum_cents": 50_000}
    contract = catalogs.make_contract(_BY, facts)
    items = [
        catalogs.add_catalog_item(
            _BY,
            contract.id,
            {"sku": sku, "name": name, "unit": unit, "case_size": size, "list_cents": listed, "ladder": ladder},
        )
        for sku, name, unit, size, listed, ladder in _ITEMS
    ]
    at = now()
    terms = {"title": "Fall supplies", "opens_at": at, "closes_at": at + timedelta(days=14), "freight_cents": 4500}
    purchase = purchases.draft_purchase(_BY, terms)
    point = purchases.add_delivery_point(
        _BY,
        purchase.id,
        {"kind": "site", "name": "Cedar County Library", "address": "12 Main Street", "hours": "Tue 9-12"},
    )
    wanted = [{"catalog_item_id": item.id, "baseline_kind": "vendor_list"} for item in items]
    frozen = purchases.add_items(_BY, purchase.id, wanted)
    purchases.open_purchase(_BY, purchase.id)
    for place, program in enumerate(programs[1:], start=1):
        lines = [Line(item.id, item.case_size * place // 2 + 1, item.case_size // 4) for item in frozen]
        save_order(_BY, purchase.id, program, point.id, lines, place=True, based_on=None, approves=True)
