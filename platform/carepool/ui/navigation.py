"""What the frame of every page shows: links of the main menu, the message count, the account."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.routing import BuildError

from carepool.identity.rights import Permission, Rights
from carepool.sentences import Sentence
from carepool.ui import languages
from carepool.ui.formats import in_words, spoken_language
from tenants.registry import VendorEntry


@dataclass(frozen=True)
class NavigationLink:
    """One entry of the main menu; `current` marks the part of the site that is open."""

    text: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class MenuEntry:
    """A part of the site that a feature offers in the main menu to whoever holds the permission.

    `endpoint`: its first page; `under`: how the addresses of its pages begin; `statewide`: only to those who hold the
    permission for the whole state.
    """

    text: Sentence
    endpoint: str
    under: tuple[str, ...]
    permission: Permission
    statewide: bool = True

    def offered_to(self, rights: Rights) -> bool:
        """Tell whether a person with these rights sees the entry."""
        return rights.may(self.permission) if self.statewide else rights.may_anywhere(self.permission)

    def link(self) -> NavigationLink:
        """Return the entry in the reader's language, as seen from the page that is open."""
        href = url_for(self.endpoint)
        return NavigationLink(in_words(self.text), href, request.path == href or request.path.startswith(self.under))


def offer(app: Flask, *entries: MenuEntry) -> None:
    """Add entries to the main menu, in the order in which they are offered."""
    app.extensions.setdefault("carepool_menu", []).extend(entries)


def _menu() -> list[NavigationLink]:
    who = g.get("signed_in")
    if who is None:
        return []
    return [entry.link() for entry in current_app.extensions.get("carepool_menu", ()) if entry.offered_to(who.rights)]


def frame() -> dict[str, Any]:
    """Return what the layout needs; a feature adds its own with a context processor."""
    language = spoken_language()
    return {
        "language": language,
        "language_links": languages.links(language),
        "navigation": _menu(),
        "tenant": g.get("tenant"),
        "desk": isinstance(g.get("tenant"), VendorEntry),
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
