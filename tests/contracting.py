"""Builders of service contracts, through the API as their users would."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from carepool.clock import now
from carepool.enrolling.actions import closing
from carepool.enrolling.models.contracts import ServiceContract, ServiceRate
from carepool.enrolling.models.enrolments import Enrolment
from carepool.enrolling.schedule import months_on
from carepool.outbox import Actor
from tenants.database import db
from tests.cast import Player, State

STEPS = [[1, 10_000], [2, 8_000], [10, 6_000]]
PDF = b"%PDF-1.7 agreement"
FORM = "multipart/form-data"


def terms(**more: Any) -> dict[str, Any]:
    """A year from the first of the month after next, paid by month: $100.00, $80.00 from 2 members, $60.00 from 10."""
    at = now()
    begins = date(at.year + (at.month + 1) // 12, (at.month + 1) % 12 + 1, 1)
    return {
        "vendor_name": "Hearth Mutual",
        "kind": "insurance",
        "title": "Liability insurance",
        "title_es": "Seguro de responsabilidad",
        "description": "Cover for accidents.",
        "opens_at": (at - timedelta(hours=1)).isoformat(),
        "closes_at": (at + timedelta(days=10)).isoformat(),
        "starts_on": begins.isoformat(),
        "ends_on": (begins.replace(year=begins.year + 1) - timedelta(days=1)).isoformat(),
        "ladder": STEPS,
        "notice_days": 60,
        **more,
    }


@dataclass(frozen=True)
class Service:
    """A service contract of a state, and the SHA-256 of the documents to be signed."""

    state: State
    id: str
    documents: tuple[str, ...] = ()

    def path(self, rest: str = "") -> str:
        return f"/service-contracts/{self.id}{rest}"

    def read(self, player: Player | None = None) -> dict[str, Any]:
        answer = self.state.api("GET", self.path(), player or self.state.coordinator)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def of(self, player: Player, as_player: Player | None = None) -> Any:
        """The enrollment of a player's program, or None."""
        answer = self.state.api("GET", self.path(f"/enrolments/{player.program_id}"), as_player or player)
        return answer.json if answer.status_code == 200 else None

    def enrol(
        self, player: Player, *, by: Player | None = None, etag: str | None = None, sign: bool = True, **body: Any
    ) -> Any:
        """Enroll a player's program; `by`: who does it, by default the player."""
        signing = {"typed_name": "Dora Finch", "consent": True, "documents": list(self.documents)}
        sent = {**({"sign": signing} if sign and self.documents else {}), **body}
        version = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        path = self.path(f"/enrolments/{player.program_id}")
        return self.state.api("PUT", path, by or player, json=sent, headers=version)

    def etag(self) -> dict[str, str]:
        return {"If-Match": f'"{self.read()["version"]}"'}

    def close(self) -> Any:
        return self.state.api("POST", self.path("/close"), self.state.coordinator, headers=self.etag())


def add_document(state: State, contract: str, name: str = "Agreement", content: bytes = PDF) -> Any:
    data = {"name": name, "file": (io.BytesIO(content), "agreement.pdf")}
    path = f"/service-contracts/{contract}/documents"
    return state.api("POST", path, state.coordinator, data=data, content_type=FORM)


def drafted(state: State, *, document: bool = True, **more: Any) -> Service:
    made = state.api("POST", "/service-contracts", state.coordinator, json=terms(**more))
    assert made.status_code == 201, made.text
    signed = (add_document(state, made.json["id"]).json["sha256"],) if document else ()
    return Service(state, made.json["id"], signed)


def offered(state: State, *, document: bool = True, **more: Any) -> Service:
    """A contract on offer, with a document to be signed."""
    own = drafted(state, document=document, **more)
    opened = state.api("POST", own.path("/open"), state.coordinator)
    assert opened.status_code == 200, opened.text
    return own


def agreed(state: State, *, document: bool = True, **more: Any) -> Service:
    """A contract that is agreed, with the director's program in it."""
    own = offered(state, document=document, **more)
    assert own.enrol(state.director).status_code == 201
    assert own.close().json["state"] == "agreed"
    return own


def let_begin(own: Service, months: int = 1) -> None:
    """Move the term of an agreed contract so many months and a few days into the past, as time would."""
    today = now().date()
    first = months_on(today.replace(day=1), -months)
    last = months_on(first, 12) - timedelta(days=1)
    mine = UUID(own.id)
    with own.state.scope():
        contract = update(ServiceContract).where(ServiceContract.id == mine)
        db.session.execute(
            contract.values(
                starts_on=first,
                ends_on=last,
                opens_at=func.now() - timedelta(days=90 + 31 * months),
                closes_at=func.now() - timedelta(days=60 + 31 * months),
            )
        )
        db.session.execute(update(ServiceRate).where(ServiceRate.contract_id == mine).values(first_day=first))
        within = update(Enrolment).where(Enrolment.contract_id == mine)
        db.session.execute(within.values(starts_on=first, ends_on=last))


def let_be_due(own: Service) -> None:
    """Let the window's time come."""
    with own.state.scope():
        mine = update(ServiceContract).where(ServiceContract.id == UUID(own.id))
        db.session.execute(mine.values(closes_at=func.now() - timedelta(seconds=1)))


def let_close(own: Service) -> int:
    """Let the window's time come, and the beat find it."""
    let_be_due(own)
    with own.state.scope():
        return closing.close_due(Actor.task())
