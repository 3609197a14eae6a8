"""Pages of a state's own people: what is to be set up, how the site looks, what the state's words mean."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.identity.vendor_models import at_a_desk
from carepool.programs.words import STATUSES, TYPES
from carepool.sentences import Sentence, marked
from carepool.state import actions, queries
from carepool.ui.formats import spoken_language
from carepool.ui.languages import offered
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.registry import TenantEntry
from tenants.spoken import spoken
from tenants.state_settings import BRAND_FIELDS, SPOKEN, StateSetting, with_settings
from tenants.state_words import WordKind

blueprint = Blueprint("state_pages", __name__, template_folder="templates")
_LINKS = 3
_ENGLISH, _SPANISH = marked("English"), marked("Spanish")
_TEXTS = {
    "title": marked("Name of the site"),
    "agency": marked("Agency"),
    "contact_role": marked("What this person is"),
    "footer": marked("Text at the foot"),
}
_MORE = (
    (marked("Activity log"), "records_pages.activity"),
    (marked("Public records"), "public_records_pages.ask"),
    (marked("My exports"), "records_pages.own_exports"),
    (marked("Savings and purchasing limits"), "savings_pages.settings"),
    (marked("API tokens"), "token_pages.everyones"),
    (marked("Keeping and deleting"), "retention_pages.kept"),
    (marked("States are kept apart"), "isolation_pages.report"),
)


def _shown_state() -> TenantEntry:
    """Return the state as it is shown in English, the language in which it is set up first."""
    return with_settings(g.tenant, find(StateSetting))


@blueprint.app_context_processor
def frame() -> dict[str, Any]:
    """Show every page of a state as its own people set it."""
    if g.get("tenant") is None or not db.session().is_active or at_a_desk():
        return {}
    try:
        own = find(StateSetting)
    except DBAPIError:
        # the page that says so is shown even where the database does not answer
        return {}
    language = spoken_language()
    foot: dict[str, Any] = {}
    if own is not None:
        links = list(own.spoken_links(language))
        foot = {"site_footer": spoken(own.versions("footer"), language), "site_links": links}
    return {"tenant": with_settings(g.tenant, own, language), **foot}


@blueprint.get("/state")
@needs(Permission.STATE_WRITE)
def state() -> ResponseReturnValue:
    """Show what is set up and what is still to do."""
    require(Permission.STATE_WRITE)
    more = [(text, url_for(endpoint)) for text, endpoint in _MORE]
    done = queries.steps_done(_shown_state().brand)
    return render_template("state/state.html", done=done, more=more, missing=_missing(_typed()))


@blueprint.get("/state/settings")
@needs(Permission.STATE_WRITE)
def settings() -> ResponseReturnValue:
    """Show the form of how the site looks and whom to ask."""
    require(Permission.STATE_WRITE)
    return _settings_form(_typed(), {})


def _typed() -> dict[str, str]:
    """Return the settings as the form's boxes hold them."""
    shown, own = _shown_state(), find(StateSetting)
    typed = {name: getattr(shown.brand, name) for name in BRAND_FIELDS}
    # the registry's own words are English ones
    typed |= {"title": own.title if own and own.title else g.tenant.title}
    typed |= {"agency": own.agency if own and own.agency else g.tenant.brand.agency}
    typed |= {"contact_role": own.contact_role if own and own.contact_role else g.tenant.brand.contact_role}
    if own is not None:
        typed |= {"footer": own.footer}
        typed |= {f"{name}_es": getattr(own, f"{name}_es") for name in SPOKEN}
        for place, (text, address, *others) in enumerate(own.links, start=1):
            typed |= {f"link_text_{place}": text, f"link_{place}": address}
            typed |= {f"link_text_es_{place}": others[0] if others else ""}
    return typed


def _missing(typed: Mapping[str, str]) -> list[tuple[Sentence, Sentence]]:
    """Return (text, language) of each version that is missing where another is written; nothing for one language."""
    if len(offered()) < 2:
        return []
    pairs = [(_TEXTS[name], name, f"{name}_es") for name in SPOKEN]
    words = [
        (marked("Words of link %(number)s", number=n), f"link_text_{n}", f"link_text_es_{n}")
        for n in range(1, _LINKS + 1)
    ]
    found = []
    for text, english, spanish in (*pairs, *words):
        if bool(typed.get(english)) != bool(typed.get(spanish)):
            found.append((text, _SPANISH if typed.get(english) else _ENGLISH))
    return found


@blueprint.post("/state/settings")
@needs(Permission.STATE_WRITE)
def save_settings() -> ResponseReturnValue:
    """Keep the settings."""
    require(Permission.STATE_WRITE)
    form = FormReader(request.form)
    facts: dict[str, Any] = {name: form.text(name) for name in ("contact_name", "contact_phone", "agency")}
    facts |= {"title": form.text("title", most=80, wanted=True), "footer": form.text("footer", most=1000)}
    facts |= {"title_es": form.text("title_es", most=80), "footer_es": form.text("footer_es", most=1000)}
    facts |= {name: form.text(name) for name in ("agency_es", "contact_role", "contact_role_es")}
    facts |= {"colour": form.text("colour", most=7).lower(), "contact_email": form.email("contact_email")}
    facts["agency_url"] = _address(form, "agency_url")
    facts["links"] = []
    for place in range(1, _LINKS + 1):
        text, other = form.text(f"link_text_{place}", most=80), form.text(f"link_text_es_{place}", most=80)
        address = _address(form, f"link_{place}")
        if bool(text or other) != bool(address):
            form.refuse(f"link_{place}", marked("A link needs its words and its address."))
        elif address:
            facts["links"].append([text, address, other])
    try:
        form.checked()
        actions.change_settings(signed_in().actor, g.tenant.public_id, facts)
    except Refusal as refused:
        db.session.rollback()
        return _settings_form(request.form, refused.fields), refused.status
    flash(_("The settings are kept. Every page shows them now."), "success")
    return redirect(url_for(".settings"))


def _address(form: FormReader, name: str) -> str:
    address = form.text(name, most=500)
    if address and (not address.startswith("https://") or any(one in address for one in " \"'<>")):
        form.refuse(name, marked("The address must begin with https://"))
    return address


def _settings_form(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    places = range(1, _LINKS + 1)
    return render_template("state/settings.html", typed=typed, errors=errors, places=places, missing=_missing(typed))


@blueprint.get("/state/words")
@needs(Permission.STATE_WRITE)
def words() -> ResponseReturnValue:
    """Show the state's words with their national meaning."""
    require(Permission.STATE_WRITE)
    kinds = {kind: queries.words_used(kind) for kind in (WordKind.TYPE, WordKind.STATUS, WordKind.QUALITY)}
    return render_template("state/words.html", kinds=kinds, types=TYPES, statuses=STATUSES)


@blueprint.post("/state/words")
@needs(Permission.STATE_WRITE)
def save_words() -> ResponseReturnValue:
    """Keep what the words of one kind mean: boxes `word.<n>` and `meaning.<n>`."""
    require(Permission.STATE_WRITE)
    kind = request.form.get("kind", "")
    if kind not in actions.MEANINGS:
        raise NotFound()
    meanings = {}
    for place in range(queries.MOST_WORDS):
        word, meaning = request.form.get(f"word.{place}"), request.form.get(f"meaning.{place}")
        if word is not None and meaning is not None and meaning != "?":
            meanings[word.replace("\0", "")] = meaning
    changed = actions.set_meanings(signed_in().actor, g.tenant.public_id, WordKind(kind), meanings)
    if changed:
        flash(_("Kept. Programs change when the next roster is applied."), "success")
    return redirect(url_for(".words"))
