"""Which language and time zone a page speaks: the choice on the page, then the person's, then the browser's."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, current_app, g, has_request_context, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

LOCALES = {"en": "en_US", "es": "es_US"}
"""Languages that Carepool speaks, the source language first, and the locale in which each writes numbers and dates."""
SOURCE = "en"
"""The language in which sentences are written; the API speaks it unless it is asked for another."""
NAMES = {"en": "English", "es": "Español"}
"""Each language in its own words."""
COOKIE = "carepool_language"
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class LanguageLink:
    """One language of the switch: its code, its own name, the address of this page in it, and whether it is spoken now."""

    code: str
    name: str
    href: str
    current: bool


def init_app(app: Flask) -> None:
    """Keep a choice made with `?lang=` in a cookie."""
    app.after_request(_keep_choice)


def offered() -> tuple[str, ...]:
    """Return the languages of the state that was asked, in the state's order; all where none is set."""
    ours = tuple(code for code in getattr(g.get("tenant"), "languages", ()) if code in LOCALES)
    return ours or tuple(LOCALES)


def chosen_locale() -> str:
    """Return the locale of this request, such as `es_US`."""
    return LOCALES[_language()]


def zone() -> str:
    """Return the IANA time zone of the state that was asked; UTC where none is known."""
    return str(getattr(g.get("tenant"), "zone", None) or "UTC")


def links(current: str) -> tuple[LanguageLink, ...]:
    """Return the language switch for this page."""
    return tuple(LanguageLink(code, NAMES[code], _here_in(code), code == current) for code in offered())


def _language() -> str:
    codes = offered()
    if not has_request_context():
        return codes[0]
    if request.path.startswith("/api/"):
        return language_asked() or SOURCE
    wishes = (request.args.get("lang"), request.cookies.get(COOKIE), getattr(g.get("person"), "language", None))
    return next((wish for wish in wishes if wish in codes), None) or language_asked(codes) or codes[0]


def language_asked(codes: Sequence[str] = tuple(LOCALES)) -> str | None:
    """Return which of these languages Accept-Language prefers, a region speaking its language; None where none."""
    for wish, quality in request.accept_languages:
        spoken = wish.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and spoken in codes:
            return spoken
    return None


def _here_in(code: str) -> str:
    """Return the address of the page shown, in a language. A form's answer without a page of its own leads home."""
    if request.method not in ("GET", "HEAD") and not _can_be_read(request.path):
        return "/?" + urlencode({"lang": code})
    kept = [] if request.method not in ("GET", "HEAD") else list(request.args.items(multi=True))
    return f"{request.path}?" + urlencode([(key, value) for key, value in kept if key != "lang"] + [("lang", code)])


def _can_be_read(path: str) -> bool:
    try:
        current_app.create_url_adapter(request).match(path, "GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True


def _keep_choice(response: Response) -> Response:
    choice = request.args.get("lang")
    if choice in offered() and request.endpoint != "assets.serve":
        secure = current_app.config.get("CAREPOOL_SCHEME") == "https"
        response.set_cookie(COOKIE, choice, max_age=_A_YEAR, httponly=True, samesite="Lax", secure=secure)
    return response
