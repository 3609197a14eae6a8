"""How pages look and speak: layout, components, assets, English and Spanish."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from carepool.ui import catalogs, formats, ladder_steps, languages, navigation, serving, style_page
from carepool.web.guards import needs_sign_in

blueprint = Blueprint("ui", __name__, template_folder="templates")

_FORMATS = (
    formats.money, formats.money_each, formats.number, formats.percent, formats.rate, formats.when, formats.day,
    formats.machine_time, formats.short_day,
    formats.phone_link, formats.in_words, ladder_steps.ladder_steps,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give an application its assets, languages, formats and frame. Raises AssetsMissing."""
    serving.init_app(app)
    languages.init_app(app)
    catalogs.CatalogBabel().init_app(app, locale_selector=languages.chosen_locale, timezone_selector=languages.zone)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update({function.__name__: function for function in _FORMATS})
    app.context_processor(navigation.frame)
    app.register_blueprint(blueprint)


@blueprint.get("/style")
@needs_sign_in
def style() -> ResponseReturnValue:
    """Show every component in each of its states."""
    return render_template("style.html", **style_page.examples())
