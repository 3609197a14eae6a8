"""Orders posted to a vendor's own system, signed as Standard Webhooks."""

import base64
import json
from dataclasses import asdict
from typing import Any

import httpx
from standardwebhooks import Webhook

from carepool.clock import now
from carepool.sentences import marked
from carepool.vendors.channels.outgoing import Outgoing, Result
from carepool.vendors.channels.posting import post
from carepool.vendors.deliveries.models import OrderStage

SENT_EVENT = "purchase_order.sent"
TEST_EVENT = "purchase_order.test"
CANCELED_EVENT = "purchase_order.canceled"
DECIDED_EVENT = "purchase_order.answer_decided"
ASKED_EVENT = "purchase_order.change_asked"
NOT_MADE_EVENT = "purchase_order.change_not_made"


def send_webhook(outgoing: Outgoing) -> Result:
    """Post the order with its documents; the webhook-id is the same in every attempt."""
    at = now()
    body = written_body(outgoing, at.isoformat())
    name = str(outgoing.id)
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(outgoing.secret).sign(name, at, body),
    }
    found = post(outgoing.terms.webhook_url, body.encode(), headers)
    return found if isinstance(found, Result) else of_status(found, name)


def written_body(outgoing: Outgoing, at: str) -> str:
    """Return the text that is posted: {type, timestamp, data: {number, version, link, documents}}."""
    documents = [
        {"name": one.name, "content_type": one.content_type, "content_base64": base64.b64encode(one.data).decode()}
        for one in outgoing.documents
    ]
    data: dict[str, Any] = {
        "number": outgoing.number,
        "version": outgoing.version,
        "link": outgoing.link,
        "documents": documents,
    }
    kind = TEST_EVENT if outgoing.test else CANCELED_EVENT if outgoing.canceled else SENT_EVENT
    if outgoing.decisions:
        kind = DECIDED_EVENT
        data["decisions"] = [asdict(one) for one in outgoing.decisions]
    if outgoing.asked:
        kind = NOT_MADE_EVENT if outgoing.not_made else ASKED_EVENT
        data["asked"] = [asdict(one) for one in outgoing.asked]
    return json.dumps({"type": kind, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def of_status(answer: httpx.Response, reference: str) -> Result:
    """Tell what an HTTP status means: 2xx took it, 429 and 5xx did not yet, anything else is a no."""
    evidence = f"HTTP {answer.status_code} {answer.text[:400]}".replace("\0", "").strip()
    if answer.is_success:
        return Result(OrderStage.DELIVERED, evidence, reference)
    sentence = marked("It answered %(status)s.", status=answer.status_code)
    if answer.is_redirect:
        sentence = marked(
            "It sent us elsewhere (%(status)s). Write down the address that answers.", status=answer.status_code
        )
    later = answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error
    return Result(OrderStage.QUEUED if later else OrderStage.REFUSED, evidence, reference, sentence)
