"""Serves the built page assets under `/assets/`, to be kept by browsers for a year: a changed file has a new name."""

import re
from pathlib import Path, PurePosixPath

from flask import Blueprint, Flask, Response, abort, current_app, request

from carepool.ui.icons import ICONS
from carepool.ui.manifest import Manifest
from carepool.web.guards import open_to_all
from tenants.brand import READABLE, Brand, contrast

A_YEAR = 365 * 24 * 3600
"""Seconds."""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}

_BRAND = """:root {
  --brand: COLOUR;
  --brand-deep: color-mix(in srgb, COLOUR 75%, black);
  --brand-soft: color-mix(in srgb, COLOUR 9%, white);
  --brand-line: color-mix(in srgb, COLOUR 30%, white);
}
"""

blueprint = Blueprint("assets", __name__)


def init_app(app: Flask) -> None:
    """Read the manifest and register the route. Raises AssetsMissing."""
    app.extensions["carepool_assets"] = Manifest.read(Path(app.config["CAREPOOL_ASSETS"]))
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset_url=asset_url, icon_url=icon_url, brand_url=brand_url)


def asset_url(name: str) -> str:
    """Return the address of a built file by its plain name, such as `carepool.css`. Raises KeyError."""
    return f"/assets/{_manifest().files[name]}"


def icon_url(name: str) -> str:
    """Return the address of an icon inside the sprite. Raises KeyError for one that is not listed in icons.py."""
    if name not in ICONS:
        raise KeyError(f"The icon {name} is not in the list of carepool.ui.icons.")
    return f"{asset_url('sprite.svg')}#{name}"


def brand_url(brand: Brand) -> str:
    """Return the address of the style sheet in a state's colour."""
    return f"/brand/{brand.colour.removeprefix('#')}.css"


@blueprint.get("/brand/<colour>.css")
@open_to_all
def serve_brand(colour: str) -> Response:
    """Send the style sheet of one colour `rrggbb`, from which the lighter and darker shades are mixed."""
    if not re.fullmatch("[0-9a-f]{6}", colour) or contrast(f"#{colour}") < READABLE:
        abort(404)
    response = Response(_BRAND.replace("COLOUR", f"#{colour}"), content_type=_TYPES[".css"])
    response.cache_control.max_age = A_YEAR
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


@blueprint.get("/assets/<path:path>")
@open_to_all
def serve(path: str) -> Response:
    """Send one built file, packed where the browser takes it so."""
    manifest = _manifest()
    if path not in manifest.served:
        abort(404)
    plain = manifest.folder / path
    packed = plain.with_name(plain.name + ".gz")
    takes_packed = request.accept_encodings.quality("gzip") > 0 and packed.is_file()
    file = packed if takes_packed else plain
    kind = _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
    # the files are small, and a response of bytes leaves no file open when it is not sent
    response = Response(file.read_bytes(), content_type=kind)
    response.set_etag(file.name)
    response.cache_control.max_age = A_YEAR
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.vary.add("Accept-Encoding")
    if takes_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response


def _manifest() -> Manifest:
    manifest: Manifest = current_app.extensions["carepool_assets"]
    return manifest
