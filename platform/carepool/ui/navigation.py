"""What the frame of every page shows: links of the main menu, the message count, the account."""

from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.routing import BuildError

from carepool.ui import languages
from carepool.ui.formats import spoken_language


@dataclass(frozen=True)
class NavigationLink:
    """One entry of the main menu; `current` marks the part of the site that is open."""

    text: str
    href: str
    current: bool = False


def frame() -> dict[str, Any]:
    """Return what the layout needs; a feature adds `navigation` and `message_count` with a context processor."""
    language = spoken_language()
    return {
        "language": language,
        "language_links": languages.links(language),
        "tenant": g.get("tenant"),
        "person": g.get("person"),
        "sign_in_url": _address("identity_pages.sign_in"),
        "account_url": _address("account_pages.own"),
        "sign_out_url": _address("identity_pages.sign_out"),
        "csrf_token": generate_csrf,
    }


def _address(endpoint: str) -> str | None:
    try:
        return url_for(endpoint)
    except BuildError:
        return None
