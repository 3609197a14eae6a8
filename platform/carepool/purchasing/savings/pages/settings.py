"""The page of a state's settings of savings: how figures for funders are guarded, its own purchasing limits."""

from collections.abc import Mapping
from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.purchasing.savings.models import SavingsSetting
from carepool.purchasing.savings.pages.frame import blueprint
from carepool.purchasing.savings.procurement import FEDERAL, kept_limits
from carepool.purchasing.savings.settings import change_settings, settings_of
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in

P = Permission
_SPARE = 2
"""Empty rows for limits of one's own."""
_MOST_ROWS = 20


@blueprint.get("/state/savings")
@needs(P.STATE_WRITE)
def settings() -> ResponseReturnValue:
    """Show the settings of savings."""
    require(P.STATE_WRITE)
    return _form(_typed(settings_of()), {})


@blueprint.post("/state/savings")
@needs(P.STATE_WRITE)
def save_settings() -> ResponseReturnValue:
    """Keep the settings of savings."""
    require(P.STATE_WRITE)
    form = FormReader(request.form)

    def keep() -> Sentence:
        change_settings(signed_in().actor, g.tenant.public_id, _read(form), form.version())
        return marked("The settings are kept.")

    def shown(refused: Refusal) -> str:
        # what is wrong with the rows together is shown at the first
        faults = {"day-0" if name == "thresholds" else name: told for name, told in faults_of(refused).items()}
        return _form(request.form, faults)

    return done_or_shown(keep, lambda: url_for(".settings"), shown)


def _read(form: FormReader) -> dict[str, Any]:
    """Read the form. Raises Invalid naming the fields."""
    facts: dict[str, Any] = {
        "least_programs": form.whole("least_programs", least=2, most=100),
        "quotes_wanted": form.whole("quotes_wanted", least=1, most=10),
    }
    for name, value in facts.items():
        if value is None and name not in form.faults:
            form.refuse(name, marked("Fill this in."))
    rows = []
    for place in range(_MOST_ROWS):
        day, micro, small = form.day(f"day-{place}"), form.cents(f"micro-{place}"), form.cents(f"small-{place}")
        bad = any(f"{name}-{place}" in form.faults for name in ("day", "micro", "small"))
        if not bad and any(one is not None for one in (day, micro, small)):
            if day is None or micro is None or small is None:
                form.refuse(f"day-{place}", marked("Fill in the day and both amounts, or leave the row empty."))
            else:
                rows.append({"first_day": day, "micro_cents": micro, "small_cents": small})
    form.checked()
    return {**facts, "thresholds": kept_limits(rows)}


def _typed(own: SavingsSetting) -> dict[str, str]:
    typed = {name: str(getattr(own, name)) for name in ("least_programs", "quotes_wanted", "version")}
    for place, (first, micro, small) in enumerate(own.thresholds):
        typed |= {f"day-{place}": first, f"micro-{place}": amount_text(micro), f"small-{place}": amount_text(small)}
    return typed


def _form(typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    filled = [
        place for place in range(_MOST_ROWS) if any(typed.get(f"{name}-{place}") for name in ("day", "micro", "small"))
    ]
    rows = min(_MOST_ROWS, (max(filled) + 1 if filled else 0) + _SPARE)
    return render_template("savings/settings.html", typed=typed, errors=errors, rows=range(rows), federal=FEDERAL)
