"""The features' routes and their entries in the main menu, one line each."""

from flask import Flask
from flask_smorest import Api

from carepool.identity import account_pages, claims_api, claims_pages, people_pages, roles_api
from carepool.identity import api as identity_api
from carepool.identity import pages as identity_pages
from carepool.identity.rights import Permission
from carepool.imports import api as imports_api
from carepool.imports import pages as imports_pages
from carepool.jobs import api as jobs_api
from carepool.notifications import api as notifications_api
from carepool.notifications import doors as notifications_doors
from carepool.notifications import pages as notifications_pages
from carepool.notifications import settings_pages as message_settings
from carepool.programs import api as programs_api
from carepool.programs import pages as programs_pages
from carepool.purchasing import api as purchasing_api
from carepool.purchasing import catalogs_api, spending_api
from carepool.purchasing import pages as purchasing_pages
from carepool.sentences import marked
from carepool.shopping import api as shopping_api
from carepool.shopping import pages as shopping_pages
from carepool.state import pages as state_pages
from carepool.ui import navigation
from carepool.ui.navigation import MenuEntry
from carepool.vendors import api as vendors_api

_P = Permission
MENU = (
    MenuEntry(
        marked("Group purchases"), "purchasing_pages.purchases", ("/purchase",), _P.PURCHASES_READ, statewide=False
    ),
    MenuEntry(marked("Messages"), "notifications_pages.messages", ("/messages",), _P.MESSAGES_READ, statewide=False),
    MenuEntry(marked("Programs"), "programs_pages.programs", ("/programs",), _P.PROGRAMS_READ),
    MenuEntry(marked("Imports"), "imports_pages.imports", ("/imports",), _P.CATALOGS_WRITE),
    MenuEntry(marked("People"), "people_pages.people", ("/people", "/memberships"), _P.PEOPLE_READ),
    MenuEntry(marked("State"), "state_pages.state", ("/state",), _P.STATE_WRITE),
)
"""The main menu from left to right."""


def register_features(app: Flask, api: Api) -> None:
    """Register every feature's JSON routes (with the API's document) and pages."""
    for module in (
        identity_api,
        claims_api,
        roles_api,
        programs_api,
        imports_api,
        vendors_api,
        catalogs_api,
        purchasing_api,
        spending_api,
        shopping_api,
        jobs_api,
        notifications_api,
    ):
        api.register_blueprint(module.blueprint)
    for module in (
        identity_pages,
        account_pages,
        claims_pages,
        people_pages,
        notifications_pages,
        notifications_doors,
        message_settings,
        purchasing_pages,
        shopping_pages,
        programs_pages,
        imports_pages,
        state_pages,
    ):
        app.register_blueprint(module.blueprint)
    navigation.offer(app, *MENU)
