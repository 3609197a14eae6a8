"""The page on which a state administrator sets the state's provider up and tries it out."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.clock import now
from carepool.errors import Refusal
from carepool.identity.fresh_proof import require_fresh
from carepool.identity.queries import person_or_404
from carepool.identity.rights import Permission
from carepool.identity.role_words import ROLES
from carepool.oidc import actions, queries
from carepool.oidc.door import address_back
from carepool.oidc.trying import Finding, findings
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("oidc_pages", __name__, template_folder="templates")


@blueprint.app_context_processor
def linked() -> dict[str, Any]:
    """Let a person's page say whether the provider knows the person; it asks only there."""
    return {"knows_provider": queries.is_linked}


@blueprint.get("/state/sign-in")
@needs(Permission.STATE_WRITE)
def settings() -> ResponseReturnValue:
    """Show how the provider is set up."""
    require(Permission.STATE_WRITE)
    return _form(_typed(), {})


@blueprint.post("/state/sign-in")
@needs(Permission.STATE_WRITE)
def save() -> ResponseReturnValue:
    """Keep the provider."""
    require(Permission.STATE_WRITE)
    # whoever names the provider decides who may be whom
    require(Permission.PEOPLE_WRITE)
    require_fresh(signed_in(), now(), url_for(".settings"))
    form = FormReader(request.form)
    facts: dict[str, Any] = {
        "switched_on": request.form.get("switched_on") == "1",
        "issuer": form.text("issuer", most=500, wanted=True),
        "client_id": form.text("client_id", wanted=True),
        "label_en": form.text("label_en", most=60, wanted=True),
        "label_es": form.text("label_es", most=60),
        "domains": _listed(form.text("domains", most=2000, wanted=True).lower()),
        "factor_values": _listed(form.text("factor_values", most=2000)),
        "newcomer_role": form.text("newcomer_role") or None,
    }
    try:
        secret = form.text("client_secret", most=500)
        form.checked()
        actions.save_provider(signed_in().actor, g.tenant.public_id, facts, secret)
    except Refusal as refused:
        db.session.rollback()
        errors = refused.fields or {"client_secret": [refused.sentence]}
        return _form(request.form, errors), refused.status
    flash(_("Kept. Try it now, before people need it."), "success")
    return redirect(url_for(".settings"))


@blueprint.post("/state/sign-in/try")
@needs(Permission.STATE_WRITE)
def try_it() -> ResponseReturnValue:
    """Ask the provider, and show what is right and what is wrong."""
    require(Permission.STATE_WRITE)
    own = queries.provider()
    if own is None:
        return redirect(url_for(".settings"))
    typed = _typed()
    # no connection is held while the provider is asked
    db.session.commit()
    return _form(typed, {}, findings(own, address_back()))


@blueprint.post("/people/<person:person_id>/sign-in-provider/end")
@needs(Permission.PEOPLE_WRITE)
def unlink(person_id: UUID) -> ResponseReturnValue:
    """Forget as whom the provider knows a person."""
    require(Permission.PEOPLE_WRITE)
    own = person_or_404(person_id)
    actions.unlink(signed_in().actor, own.id)
    flash(_("Forgotten. The next sign-in links the account anew, by e-mail address."), "success")
    return redirect(url_for("people_pages.person", person_id=own.id))


def _typed() -> dict[str, Any]:
    own = queries.provider()
    if own is None:
        return {}
    typed = {name: getattr(own, name) for name in ("switched_on", "issuer", "client_id", "label_en", "label_es")}
    lists = {name: "\n".join(getattr(own, name)) for name in ("domains", "factor_values")}
    return {**typed, **lists, "newcomer_role": own.newcomer_role or ""}


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


def _form(typed: Mapping[str, Any], errors: Mapping[str, Any], found: Sequence[Finding] = ()) -> str:
    return render_template(
        "oidc/provider.html",
        typed=typed,
        errors=errors,
        found=found,
        kept=queries.provider() is not None,
        back=address_back(),
        roles=[(str(role), in_words(ROLES[role])) for role in actions.NEWCOMER_ROLES],
    )
