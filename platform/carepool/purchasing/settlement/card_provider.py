"""The seam to whoever takes cards, and the one provider behind it: Stripe's hosted page (Checkout Sessions).

Nothing of a card ever comes here: the payer types it on the provider's own page. Source: Stripe API reference,
"Checkout Sessions": POST /v1/checkout/sessions with form fields and an Idempotency-Key, GET /v1/checkout/sessions/{id};
`status` is open, complete or expired, `payment_status` is paid, unpaid or no_payment_required.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import httpx
from flask import current_app

from carepool import outbound

TIMEOUT_SECONDS = 20
_REFUSED = 400
_BUSY = (409, 429)
_BROKEN = 500


class CardState(StrEnum):
    """What the provider says of a payment."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    #: Nothing reached the provider, or it is busy; asking again later is safe.
    NOT_ASKED = "not_asked"
    #: Something was sent and no clear answer came.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CardAnswer:
    """What came of a question: the state, the provider's id and page, and words of a failure for staff."""

    state: CardState
    reference: str = ""
    page: str = ""
    error: str = ""


@dataclass(frozen=True)
class CardWish:
    """What is to be paid: our id (also the key against doubles), cents, words for the payer, where the payer returns to."""

    payment_id: UUID
    cents: int
    said: str
    back: str


class Provider(Protocol):
    """Whoever takes cards."""

    def begin(self, wish: CardWish) -> CardAnswer:
        """Open a page on which the payer types a card; asked again with the same id, it is the same page."""

    def look(self, wish: CardWish, reference: str) -> CardAnswer:
        """Tell how a payment stands."""


class StripeProvider:
    """Stripe, or whoever speaks its API at the address of the setting CARD_PROVIDER_URL."""

    def __init__(self, secret: str) -> None:
        self._base = str(current_app.config["CARD_PROVIDER_URL"]).rstrip("/")
        self._login = {"Authorization": f"Bearer {secret}"}

    def begin(self, wish: CardWish) -> CardAnswer:
        """Open a checkout session."""
        fields = {
            "mode": "payment",
            "client_reference_id": str(wish.payment_id),
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": str(wish.cents),
            "line_items[0][price_data][product_data][name]": wish.said,
            "success_url": wish.back,
            "cancel_url": wish.back,
        }
        return self._asked("POST", "/v1/checkout/sessions", wish, {"Idempotency-Key": str(wish.payment_id)}, fields)

    def look(self, wish: CardWish, reference: str) -> CardAnswer:
        """Read a checkout session."""
        return self._asked("GET", f"/v1/checkout/sessions/{reference}", wish, {}, None)

    def _asked(
        self, method: str, path: str, wish: CardWish, headers: Mapping[str, str], fields: Mapping[str, str] | None
    ) -> CardAnswer:
        try:
            with outbound.client(TIMEOUT_SECONDS) as client:
                said = client.request(method, self._base + path, headers={**self._login, **headers}, data=fields)
        except (httpx.ConnectError, httpx.ConnectTimeout, outbound.OutboundRefused) as failed:
            return CardAnswer(CardState.NOT_ASKED, error=str(failed)[:300])
        except httpx.HTTPError as lost:
            return CardAnswer(CardState.UNKNOWN, error=str(lost)[:300])
        if said.status_code in _BUSY:
            return CardAnswer(CardState.NOT_ASKED, error=f"{said.status_code}")
        if said.status_code >= _BROKEN:
            return CardAnswer(CardState.UNKNOWN, error=f"{said.status_code} {said.text}"[:300])
        if said.status_code >= _REFUSED:
            return CardAnswer(CardState.FAILED, error=f"{said.status_code} {said.text}"[:300])
        return _read(said, wish)


def _read(said: httpx.Response, wish: CardWish) -> CardAnswer:
    """Read a session, and see that it is of this payment and amount."""
    try:
        session: Any = said.json()
        reference, page = str(session["id"]), str(session.get("url") or "")
        is_ours = session.get("client_reference_id") == str(wish.payment_id)
        is_whole = session.get("amount_total") == wish.cents and session.get("currency") == "usd"
        status, paid = session.get("status"), session.get("payment_status")
    except (ValueError, KeyError, TypeError, AttributeError):
        return CardAnswer(CardState.UNKNOWN, error="The answer could not be read.")
    if not is_ours or not is_whole:
        return CardAnswer(CardState.UNKNOWN, reference, error="The answer is about another payment or amount.")
    if paid == "paid":
        return CardAnswer(CardState.PAID, reference)
    if status == "expired":
        return CardAnswer(CardState.FAILED, reference, error="The page was not used in time.")
    return CardAnswer(CardState.OPEN, reference, page if outbound.takes(page) else "")
