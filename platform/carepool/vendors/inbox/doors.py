"""The door of vendors' own systems: cXML posted to an address of the vendor's own, proved by a shared secret.

Every answer is a cXML Response, which carries the status; the HTTP status is 200, as cXML asks, wherever one was written.
"""

import hmac
import io
from uuid import UUID

from flask import Blueprint, Response, abort, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import Invalid, Refusal
from carepool.outbox import Actor
from carepool.sealing import NotReadable
from carepool.sentences import Sentence
from carepool.ui.formats import in_words
from carepool.ui.languages import LOCALES, SOURCE
from carepool.vendors.formats.cxml.responding import shared_secret, written_response
from carepool.vendors.inbox.actions import note_refused, take_file
from carepool.vendors.inbox.models import Door
from carepool.vendors.links.invoices import MOST_BYTES
from carepool.vendors.terms.actions import terms_of
from carepool.web.guards import open_to_all
from tenants.database import db
from tenants.ids import new_id
from tenants.registry import Vendor

blueprint = Blueprint("vendor_doors", __name__)
_NAME = "cxml.xml"


@blueprint.record
def _no_forms(state: BlueprintSetupState) -> None:
    """What comes here is proved by a secret of its own, never by a cookie."""
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.post("/vendor-doors/<token>/cxml")
@open_to_all
def cxml(token: str) -> ResponseReturnValue:
    """Take a ConfirmationRequest, ShipNoticeRequest or InvoiceDetailRequest. `token`: the vendor's public id."""
    if (request.content_length or 0) > MOST_BYTES:
        abort(413)
    body = io.BytesIO(request.get_data(cache=False))
    vendor_id = _vendor(token)
    if vendor_id is None or not _proves(vendor_id, shared_secret(body)):
        # an unknown address and a wrong secret are answered alike
        return _answer(401, "Unauthorized", "The shared secret is not the one of this address.")
    with force_locale(LOCALES[SOURCE]):
        try:
            taken = take_file(Actor.vendor(), vendor_id, body, _NAME, Door.CXML)
        except Refusal as refused:
            db.session.rollback()
            told = [one for some in refused.fields.values() for one in some] or [refused.sentence]
            _keep(vendor_id, body, told)
            code, text = (406, "Not Acceptable") if isinstance(refused, Invalid) else (409, "Conflict")
            return _answer(code, text, "\n".join(in_words(one) for one in told))
        if not taken.is_new:
            return _answer(200, "OK", "This was taken before; nothing changed.")
    return _answer(200, "OK", "")


def _vendor(token: str) -> int | None:
    try:
        public_id = UUID(token)
    except ValueError:
        return None
    return db.session.scalars(select(Vendor.id).where(Vendor.public_id == public_id)).one_or_none()


def _proves(vendor_id: int, given: str) -> bool:
    try:
        own = terms_of(vendor_id).secret("door_secret")
    except NotReadable:
        return False
    return bool(own) and hmac.compare_digest(own.encode(), given.encode())


def _keep(vendor_id: int, body: io.BytesIO, told: list[Sentence]) -> None:
    note_refused(Actor.vendor(), vendor_id, body, _NAME, Door.CXML, told)


def _answer(code: int, text: str, detail: str) -> Response:
    written = written_response(code, text, detail, payload_id=f"{new_id()}@{request.host}", at=now())
    answer = Response(written, content_type="text/xml; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer
