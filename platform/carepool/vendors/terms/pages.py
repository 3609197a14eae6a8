"""Pages on which a state says how it orders from each vendor, and tries it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.notifications.letters import Sender
from carepool.purchasing.models.catalogs import Contract
from carepool.sentences import marked
from carepool.vendors.channels.ways import WAYS, WORDS
from carepool.vendors.deliveries.actions import send_test
from carepool.vendors.deliveries.contents import dates_of
from carepool.vendors.deliveries.standing import tests_of
from carepool.vendors.documents_written import FORMATS
from carepool.vendors.inbox.queries import files_of_vendor
from carepool.vendors.terms import actions
from carepool.vendors.terms.models import ChannelName, OrderingTerms
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, one_of
from tenants.registry import Vendor

blueprint = Blueprint("vendor_pages", __name__, template_folder="../templates")
_ALLOWED = needs(Permission.CATALOGS_WRITE)
_PAGE = 50
_TESTS = 5
_LINES = ("mail_to", "holidays")
_TEXTS = {
    "webhook_url": 500,
    "cxml_url": 500,
    "our_mailbox": 200,
    "vendor_mailbox": 200,
    "sftp_host": 253,
    "sftp_user": 100,
    "sftp_folder": 200,
    "sftp_answers_folder": 200,
    "sftp_host_key": 2000,
    "remit_to": 500,
    "payment_terms": 200,
    "customer_number": 60,
}


@blueprint.before_request
def _statewide() -> None:
    require(Permission.CATALOGS_WRITE)


@blueprint.get("/vendors")
@_ALLOWED
def vendors() -> ResponseReturnValue:
    """List the contracts with their vendors and how those are ordered from."""
    page = page_of(select(Contract), [Contract.number, Contract.id], request.args.get("cursor"), _PAGE)
    ids = {one.vendor_id for one in page.rows}
    known = {one.id: one for one in db.session.scalars(select(Vendor).where(one_of(Vendor.id, ids)))}
    terms = {one: actions.terms_of(one) for one in ids}
    return render_template("vendors/vendors.html", page=page, vendors=known, terms=terms, words=WORDS)


@blueprint.get("/vendors/<contract:contract_id>")
@_ALLOWED
def vendor(contract_id: UUID) -> ResponseReturnValue:
    """Show how the vendor of a contract is ordered from."""
    contract = actions.contract_of(contract_id)
    return _shown(contract, _as_typed(actions.terms_of(contract.vendor_id)), {})


@blueprint.post("/vendors/<contract:contract_id>")
@_ALLOWED
def change(contract_id: UUID) -> ResponseReturnValue:
    """Keep the terms as they were typed."""
    contract = actions.contract_of(contract_id)
    try:
        facts, version = _typed()
        actions.change_terms(signed_in().actor, contract.id, facts, version)
    except Refusal as refused:
        return _refused(contract_id, refused)
    flash(_("Kept. Now send a test order, so that you know that it arrives."), "success")
    return redirect(url_for(".vendor", contract_id=contract_id))


@blueprint.post("/vendors/<contract:contract_id>/secret")
@_ALLOWED
def rotate(contract_id: UUID) -> ResponseReturnValue:
    """Make a new secret for posted orders and show it, this once."""
    contract = actions.contract_of(contract_id)
    try:
        secret = actions.rotate_webhook_secret(signed_in().actor, contract_id)
    except Refusal as refused:
        return _refused(contract_id, refused)
    shown = _shown(contract, _as_typed(actions.terms_of(contract.vendor_id)), {}, secret)
    answer = make_response(shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/vendors/<contract:contract_id>/door-secret")
@_ALLOWED
def rotate_door(contract_id: UUID) -> ResponseReturnValue:
    """Make a new secret for the vendor's own cXML and show it with the address, this once."""
    contract = actions.contract_of(contract_id)
    try:
        secret = actions.rotate_door_secret(signed_in().actor, contract_id)
    except Refusal as refused:
        return _refused(contract_id, refused)
    shown = _shown(contract, _as_typed(actions.terms_of(contract.vendor_id)), {}, door_secret=secret)
    answer = make_response(shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/vendors/<contract:contract_id>/test")
@_ALLOWED
def test(contract_id: UUID) -> ResponseReturnValue:
    """Send a test order and show what comes of it."""
    form = FormReader(request.form)
    channel = form.choice("way", ChannelName, ChannelName.HAND)
    try:
        form.checked()
        made = send_test(signed_in().actor, contract_id, channel)
    except Refusal as refused:
        return _refused(contract_id, refused)
    return redirect(url_for("order_message_pages.message", delivery_id=made.id))


def _refused(contract_id: UUID, refused: Refusal) -> ResponseReturnValue:
    if isinstance(refused, NotFound):
        raise refused
    db.session.rollback()
    contract = actions.contract_of(contract_id)
    typed: dict[str, Any] = _as_typed(actions.terms_of(contract.vendor_id))
    if request.endpoint == "vendor_pages.change":
        typed = {**request.form, "weekdays": request.form.getlist("weekdays")}
    return _shown(contract, typed, dict(refused.fields) or {"form": [refused.sentence]}), refused.status


def _typed() -> tuple[dict[str, Any], int | None]:
    """Read the form of the terms. Raises Invalid naming the fields."""
    form = FormReader(request.form)
    fallback = request.form.get("fallback", "")
    facts: dict[str, Any] = {
        "channel": form.choice("channel", ChannelName, ChannelName.HAND),
        "fallback": form.choice("fallback", ChannelName, ChannelName.HAND) if fallback else None,
        "format": request.form.get("format", "")[:20],
        "language": "es" if request.form.get("language") == "es" else "en",
        "mail_to": [one.lower() for one in _lines(form, "mail_to", 3000)],
        **{name: form.text(name, most=most) for name, most in _TEXTS.items()},
        "sftp_port": form.whole("sftp_port", 1, 65535) or 22,
        "cutoff_minute": _minute(form),
        "cutoff_days": form.whole("cutoff_days", 0, 60) or 0,
        "lead_days": form.whole("lead_days", 0, 250) or 0,
        "weekdays": sorted({int(one) for one in request.form.getlist("weekdays") if one in set("0123456")}),
        "holidays": _holidays(form),
        "accept_cheaper": "accept_cheaper" in request.form,
        "accept_earlier": "accept_earlier" in request.form,
        "accept_wanted_substitutes": "accept_wanted_substitutes" in request.form,
        "spares_exempt": "spares_exempt" in request.form,
        "cxml_secret": form.text("cxml_secret", most=500),
    }
    form.checked()
    return facts, form.version()


def _lines(form: FormReader, name: str, most: int) -> list[str]:
    return [line.strip() for line in form.text(name, most=most).splitlines() if line.strip()]


def _minute(form: FormReader) -> int | None:
    """Return a time of day such as `14:30` in minutes after midnight, or None where nothing was typed."""
    typed = form.text("cutoff", most=8)
    if not typed:
        return None
    hours, _colon, minutes = typed.partition(":")
    if all(one.isascii() and one.isdecimal() for one in (hours, minutes[:2])) and len(hours) <= 2:
        found = int(hours) * 60 + int(minutes[:2])
        if int(hours) < 24 and int(minutes[:2]) < 60:
            return found
    form.refuse("cutoff", marked("Write a time of day such as 14:30."))
    return None


def _holidays(form: FormReader) -> list[date]:
    found = []
    for line in _lines(form, "holidays", 3000):
        try:
            found.append(date.fromisoformat(line))
        except ValueError:
            form.refuse(
                "holidays", marked("Write days such as 2026-12-25, one a line. This is none: %(line)s", line=line[:40])
            )
            break
    return sorted(set(found))


def _as_typed(own: OrderingTerms) -> dict[str, Any]:
    minute = own.cutoff_minute
    return {
        **{name: getattr(own, name) for name in _TEXTS},
        "channel": own.channel,
        "fallback": own.fallback or "",
        "format": own.format,
        "language": own.language,
        "mail_to": "\n".join(own.mail_to),
        "sftp_port": str(own.sftp_port),
        "cutoff": "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}",
        "cutoff_days": str(own.cutoff_days),
        "lead_days": str(own.lead_days),
        "weekdays": [str(one) for one in own.weekdays],
        "holidays": "\n".join(one.isoformat() for one in own.holidays),
        "accept_cheaper": own.accept_cheaper,
        "accept_earlier": own.accept_earlier,
        "accept_wanted_substitutes": own.accept_wanted_substitutes,
        "spares_exempt": own.spares_exempt,
        "version": str(own.version),
    }


def _shown(
    contract: Contract, typed: Mapping[str, Any], errors: Mapping[str, Any], secret: str = "", door_secret: str = ""
) -> str:
    own = actions.terms_of(contract.vendor_id)
    ready = [one for one in (own.channel, own.fallback) if one in WAYS] if own.version else []
    return render_template(
        "vendors/vendor.html",
        contract=contract,
        vendor=db.session.get_one(Vendor, contract.vendor_id),
        own=own,
        typed=typed,
        errors=errors,
        secret=secret,
        door_secret=door_secret,
        files=files_of_vendor(contract.vendor_id),
        public_key=actions.ssh_public_key(own),
        formats=FORMATS,
        words=WORDS,
        ways=WAYS,
        ready=ready,
        dates=dates_of(own, Sender.here().tenant.zone),
        at=now(),
        tests=list(db.session.scalars(tests_of(contract.vendor_id).limit(_TESTS))),
    )
