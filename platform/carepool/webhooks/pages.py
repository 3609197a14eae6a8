"""Pages on which a state's administrators set up webhooks and read their log."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from carepool.clock import now
from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.publishing import published_events
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from carepool.webhooks import announcing, endpoints, resending
from carepool.webhooks.models import EndpointState, HookState, WebhookDelivery, WebhookEndpoint
from tenants.database import db

blueprint = Blueprint("webhooks_pages", __name__, template_folder="templates")
_ALLOWED = needs(Permission.STATE_WRITE)
_PAGE = 25
_DAYS = 30


@blueprint.before_request
def _statewide() -> None:
    require(Permission.STATE_WRITE)


@blueprint.get("/state/webhooks")
@_ALLOWED
def endpoints_page() -> ResponseReturnValue:
    """List the endpoints."""
    own = db.session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id)).all()
    deleted = [one for one in own if one.state == EndpointState.DELETED]
    return render_template("webhooks/webhooks.html", own=[one for one in own if one not in deleted], deleted=deleted)


@blueprint.get("/state/webhooks/new")
@_ALLOWED
def new() -> ResponseReturnValue:
    """Ask for a new endpoint."""
    return _form({}, [], {})


@blueprint.post("/state/webhooks/new")
@_ALLOWED
def add() -> ResponseReturnValue:
    """Set one up and show its secret, this once."""
    try:
        made = endpoints.add_endpoint(signed_in().actor, _typed())
    except Refusal as refused:
        db.session.rollback()
        errors = refused.fields or {"url": [refused.sentence]}
        return _form(request.form, request.form.getlist("events"), errors), refused.status
    return _with_secret(made)


@blueprint.get("/state/webhooks/<webhook_endpoint:endpoint_id>")
@_ALLOWED
def endpoint(endpoint_id: UUID) -> ResponseReturnValue:
    """Show an endpoint and its log; of one that was deleted the log."""
    return _shown(endpoints.endpoint_or_404(endpoint_id, deleted=True))


@blueprint.post("/state/webhooks/<webhook_endpoint:endpoint_id>")
@_ALLOWED
def change(endpoint_id: UUID) -> ResponseReturnValue:
    """Keep an endpoint as it was typed."""
    try:
        endpoints.change_endpoint(signed_in().actor, endpoint_id, {**_typed(), "enabled": "enabled" in request.form})
    except Refusal as refused:
        db.session.rollback()
        own = endpoints.endpoint_or_404(endpoint_id)
        return _shown(own, typed=request.form, errors=refused.fields), refused.status
    flash(_("Kept."), "success")
    return redirect(url_for(".endpoint", endpoint_id=endpoint_id))


@blueprint.post("/state/webhooks/<webhook_endpoint:endpoint_id>/rotate")
@_ALLOWED
def rotate(endpoint_id: UUID) -> ResponseReturnValue:
    """Make a new secret and show it, this once."""
    return _with_secret(endpoints.rotate_secret(signed_in().actor, endpoint_id, now()))


@blueprint.get("/state/webhooks/<webhook_endpoint:endpoint_id>/delete")
@_ALLOWED
def ask_delete(endpoint_id: UUID) -> ResponseReturnValue:
    """Ask once more before an endpoint is deleted."""
    own = endpoints.endpoint_or_404(endpoint_id)
    waiting = select(func.count()).select_from(resending.deliveries_of(own.id, HookState.WAITING).subquery())
    return render_template("webhooks/delete.html", own=own, waiting=db.session.scalar(waiting))


@blueprint.post("/state/webhooks/<webhook_endpoint:endpoint_id>/delete")
@_ALLOWED
def delete(endpoint_id: UUID) -> ResponseReturnValue:
    """Delete an endpoint."""
    endpoints.delete_endpoint(signed_in().actor, endpoint_id)
    flash(_("The webhook was deleted. Nothing is sent to it any more."), "success")
    return redirect(url_for(".endpoints_page"))


@blueprint.post("/state/webhooks/<webhook_endpoint:endpoint_id>/test")
@_ALLOWED
def test(endpoint_id: UUID) -> ResponseReturnValue:
    """Send a test event and show what comes of it."""
    try:
        made = announcing.send_test(endpoint_id)
    except Refusal as refused:
        return _refused(refused, endpoint_id)
    return redirect(url_for(".delivery", delivery_id=made.id))


@blueprint.post("/state/webhooks/<webhook_endpoint:endpoint_id>/resend")
@_ALLOWED
def resend_failed(endpoint_id: UUID) -> ResponseReturnValue:
    """Send all that failed in the last days again."""
    form = FormReader(request.form)
    days = form.whole("days", 1, _DAYS) or _DAYS
    try:
        form.checked()
        count = resending.resend_failed(signed_in().actor, endpoint_id, now() - timedelta(days=days))
    except Refusal as refused:
        return _refused(refused, endpoint_id)
    flash(ngettext("%(num)d event is sent again.", "%(num)d events are sent again.", count), "success")
    return redirect(url_for(".endpoint", endpoint_id=endpoint_id))


@blueprint.get("/state/webhooks/deliveries/<webhook_delivery:delivery_id>")
@_ALLOWED
def delivery(delivery_id: UUID) -> ResponseReturnValue:
    """Show what is posted, and every attempt."""
    own = resending.delivery_or_404(delivery_id)
    to = endpoints.endpoint_or_404(own.endpoint_id, deleted=True)
    return render_template("webhooks/delivery.html", own=own, to=to, attempts=resending.attempts_of(own.id))


@blueprint.post("/state/webhooks/deliveries/<webhook_delivery:delivery_id>/resend")
@_ALLOWED
def resend(delivery_id: UUID) -> ResponseReturnValue:
    """Send it again."""
    try:
        own = resending.resend(signed_in().actor, delivery_id)
    except Refusal as refused:
        if refused.status == 404:
            raise
        return _refused(refused, resending.delivery_or_404(delivery_id).endpoint_id)
    return redirect(url_for(".delivery", delivery_id=own.id))


def _typed() -> dict[str, Any]:
    form = FormReader(request.form)
    facts = {"url": form.text("url", most=500, wanted=True), "description": form.text("description")}
    form.checked()
    return {**facts, "events": [] if "all" in request.form else request.form.getlist("events")}


def _refused(refused: Refusal, endpoint_id: UUID) -> ResponseReturnValue:
    if refused.status == 404:
        raise refused
    db.session.rollback()
    flash(in_words(refused.sentence), "error")
    return redirect(url_for(".endpoint", endpoint_id=endpoint_id))


def _form(typed: Mapping[str, Any], chosen: list[str], errors: Mapping[str, Any]) -> str:
    return render_template("webhooks/new.html", typed=typed, chosen=chosen, errors=errors, events=published_events())


def _with_secret(own: WebhookEndpoint) -> ResponseReturnValue:
    answer = make_response(_shown(own, secret=own.secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _shown(own: WebhookEndpoint, **facts: Any) -> str:
    asked = request.args.get("state", "")
    state = HookState(asked) if asked in set(HookState) else None
    found = resending.deliveries_of(own.id, state)
    page = page_of(found, [WebhookDelivery.id], request.args.get("cursor"), _PAGE, newest_first=True)
    known = {"typed": {}, "errors": {}, "secret": "", **facts}
    return render_template(
        "webhooks/endpoint.html",
        own=own,
        on=own.state == EndpointState.ON,
        deleted=own.state == EndpointState.DELETED,
        page=page,
        state=state or "",
        events=published_events(),
        days=_DAYS,
        **known,
    )
