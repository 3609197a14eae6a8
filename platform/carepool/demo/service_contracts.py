"""Service contracts of the demonstration states: one on offer, with an agreement to sign, and one that runs."""

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from carepool.clock import now
from carepool.enrolling.actions import closing, contracts, documents, joining
from carepool.enrolling.rates import Basis, IfShort, Pricing
from carepool.enrolling.schedule import Per, months_on
from carepool.outbox import Actor, ActorKind
from carepool.typesetting.batches import set_all

_TEMPLATE = Path(__file__).parent / "agreement.typ"
_PARAGRAPHS = (
    "The vendor covers accidents of children, staff and visitors at the program's site.",
    "The program pays the rate that the members reach together, each month, directly to the vendor.",
    "Either side may end the agreement at the end of its term, with sixty days' notice.",
    "This is a demonstration. It binds nobody.",
)


def offer_contracts(by: Actor, programs: Sequence[UUID], signer: UUID, zone: str) -> None:
    """Make both contracts. `signer`: a director of the third program, who signs the one on offer."""
    at = now()
    _on_offer(by, programs, signer, at, zone)
    _running(by, programs, at, zone)


def _on_offer(by: Actor, programs: Sequence[UUID], signer: UUID, at: datetime, zone: str) -> None:
    closes = at + timedelta(days=21)
    first = months_on(_day(closes, zone).replace(day=1), 1)
    facts = _terms(
        at,
        closes,
        first,
        vendor_name="Demonstration Mutual",
        kind="insurance",
        title="Liability insurance",
        title_es="Seguro de responsabilidad",
        description="Cover for accidents of children, staff and visitors. Homes and centers may join.",
        description_es="Cubre accidentes de niños, personal y visitas. Pueden unirse hogares y centros.",
        ladder=[[1, 11_500], [3, 9_900], [10, 8_400]],
        min_members=3,
        if_short=IfShort.EXTEND,
        extend_days=7,
    )
    own = contracts.draft_contract(by, facts)
    [agreement] = set_all(_TEMPLATE, [_agreement(facts, at)])
    kept = documents.add_document(by, own.id, "Agreement", io.BytesIO(agreement), "agreement.pdf")
    contracts.open_contract(by, own.id)
    signing = joining.Signing("Luz Marin", True, frozenset({kept.sha256}), "es")
    asked = joining.Asked(earlier_cents=12_900, signing=signing)
    joining.enrol(Actor(ActorKind.PERSON, signer), own.id, programs[2], asked, None, approves=True)


def _running(by: Actor, programs: Sequence[UUID], at: datetime, zone: str) -> None:
    closes = at + timedelta(hours=1)
    facts = _terms(
        at,
        closes,
        _day(closes, zone),
        vendor_name="Demonstration Hauling",
        kind="waste",
        title="Trash and recycling, weekly",
        title_es="Basura y reciclaje, cada semana",
        description="One pick-up a week, one bin for trash and one for recycling.",
        description_es="Una recolección por semana, un contenedor de basura y uno de reciclaje.",
        ladder=[[1, 8_500], [3, 7_200], [6, 6_400]],
    )
    own = contracts.draft_contract(by, facts)
    contracts.open_contract(by, own.id)
    for program in programs[:4]:
        joining.enter_for(by, own.id, program, joining.Asked(earlier_cents=9_000), None)
    closing.close_contract(by, own.id, own.version)


def _terms(at: datetime, closes: datetime, first: date, **told: Any) -> dict[str, Any]:
    plain = {
        "pricing": Pricing.RATE,
        "basis": Basis.PROGRAM,
        "per": Per.MONTH,
        "list_cents": None,
        "min_members": 1,
        "if_short": IfShort.FAIL,
        "extend_days": 0,
        "notice_days": 60,
        "late_join": True,
        "rate_falls": True,
        "opens_at": at,
        "closes_at": closes,
        "starts_on": first,
        "ends_on": months_on(first, 12) - timedelta(days=1),
    }
    return {**plain, **told}


def _agreement(facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    told = {"title": facts["title"], "vendor": facts["vendor_name"], "paragraphs": _PARAGRAPHS}
    return {**told, "created_at": int(at.timestamp())}


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
