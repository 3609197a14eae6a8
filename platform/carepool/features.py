"""The features' routes and their entries in the main menu, one line each."""

from flask import Flask
from flask_smorest import Api

from carepool.alliances import api as alliances_api
from carepool.alliances import pages as alliances_pages
from carepool.alliances import published as _published_alliances
from carepool.enrolling import api as enrolling_api
from carepool.enrolling import pages as enrolling_pages
from carepool.enrolling import published as _published_services
from carepool.identity import (
    account_pages,
    claims_api,
    claims_pages,
    factor_reset_pages,
    kept_forms_pages,
    passkeys_pages,
    people_pages,
    proof_pages,
    roles_api,
    token_pages,
)
from carepool.identity import api as identity_api
from carepool.identity import pages as identity_pages
from carepool.identity.rights import Permission
from carepool.imports import api as imports_api
from carepool.imports import pages as imports_pages
from carepool.imports import published as _published_imports
from carepool.jobs import api as jobs_api
from carepool.notifications import api as notifications_api
from carepool.notifications import channels_pages
from carepool.notifications import doors as notifications_doors
from carepool.notifications import pages as notifications_pages
from carepool.notifications import settings_pages as message_settings
from carepool.oidc import api as oidc_api
from carepool.oidc import door as oidc_door
from carepool.oidc import pages as oidc_pages
from carepool.programs import api as programs_api
from carepool.programs import pages as programs_pages
from carepool.purchasing import api as purchasing_api
from carepool.purchasing import pages as purchasing_pages
from carepool.purchasing import published as _published_purchases
from carepool.purchasing.catalogs import api as catalogs_api
from carepool.purchasing.filling import api as filling_api
from carepool.purchasing.invitations import api as invitations_api
from carepool.purchasing.minimums import api as minimums_api
from carepool.purchasing.packing import api as packing_api
from carepool.purchasing.receiving import api as receiving_api
from carepool.purchasing.receiving import collecting_api
from carepool.purchasing.receiving import pages as receiving_pages
from carepool.purchasing.receiving import published as _published_goods
from carepool.purchasing.sales_tax import api as sales_tax_api
from carepool.purchasing.saved_sets import api as sets_api
from carepool.purchasing.savings import api as savings_api
from carepool.purchasing.savings import pages as savings_pages
from carepool.purchasing.savings import published as _published_proof
from carepool.purchasing.settlement import api as settlement_api
from carepool.purchasing.settlement import ledgers_api, payments_api
from carepool.purchasing.settlement import pages as settlement_pages
from carepool.purchasing.settlement import published as _published_money
from carepool.purchasing.spending import api as spending_api
from carepool.purchasing.substitutes import api as substitutes_api
from carepool.records import api as records_api
from carepool.records import isolation_pages, retention_pages
from carepool.records import pages as records_pages
from carepool.records import records_pages as public_records_pages
from carepool.sentences import marked
from carepool.shopping import api as shopping_api
from carepool.shopping import pages as shopping_pages
from carepool.state import pages as state_pages
from carepool.ui import navigation
from carepool.ui.navigation import MenuEntry
from carepool.vendors import api as vendors_api
from carepool.vendors.answers import api as vendor_answers_api
from carepool.vendors.answers import pages as vendor_answers_pages
from carepool.vendors.changes import api as order_edits_api
from carepool.vendors.changes import pages as order_edit_pages
from carepool.vendors.deliveries import api as vendor_orders_api
from carepool.vendors.deliveries import pages as vendor_orders_pages
from carepool.vendors.deliveries import published as _published_deliveries
from carepool.vendors.desk import api as desk_api
from carepool.vendors.desk import pages as desk_pages
from carepool.vendors.desk import partner_api as desk_partner_api
from carepool.vendors.desk import partner_pages as desk_partner_pages
from carepool.vendors.forecasts import pages as desk_forecast_pages
from carepool.vendors.inbox import api as vendor_files_api
from carepool.vendors.inbox import doors as vendor_doors
from carepool.vendors.links import pages as order_link_pages
from carepool.vendors.prices import desk_pages as desk_price_pages
from carepool.vendors.prices import pages as price_pages
from carepool.vendors.scores import desk_pages as desk_score_pages
from carepool.vendors.scores import pages as vendor_score_pages
from carepool.vendors.terms import api as ordering_terms_api
from carepool.vendors.terms import pages as ordering_terms_pages
from carepool.web import requests
from carepool.webhooks import api as webhooks_api
from carepool.webhooks import pages as webhooks_pages

TOLD_OUTSIDE = (
    _published_alliances,
    _published_services,
    _published_imports,
    _published_purchases,
    _published_goods,
    _published_proof,
    _published_money,
    _published_deliveries,
)
"""Modules that register, as they are imported, what a state's own systems hear of."""

_P = Permission
MENU = (
    MenuEntry(
        marked("Group purchases"),
        "purchasing_pages.purchases",
        ("/purchase", "/savings"),
        _P.PURCHASES_READ,
        statewide=False,
    ),
    MenuEntry(
        marked("Service contracts"), "enrolling_pages.contracts", ("/service-",), _P.PURCHASES_READ, statewide=False
    ),
    MenuEntry(marked("Receive goods"), "receiving_pages.to_receive", ("/receive",), _P.GOODS_RECEIVE),
    MenuEntry(marked("Messages"), "notifications_pages.messages", ("/messages",), _P.MESSAGES_READ, statewide=False),
    MenuEntry(marked("Programs"), "programs_pages.programs", ("/programs",), _P.PROGRAMS_READ),
    MenuEntry(marked("Alliances"), "alliances_pages.alliances", ("/alliances",), _P.ALLIANCES_READ, statewide=False),
    MenuEntry(marked("Vendors"), "vendor_pages.vendors", ("/vendors", "/order-messages"), _P.CATALOGS_WRITE),
    MenuEntry(marked("Money"), "settlement_pages.money", ("/money", "/payments", "/vendor-invoices"), _P.MONEY_WRITE),
    MenuEntry(marked("Imports"), "imports_pages.imports", ("/imports",), _P.CATALOGS_WRITE),
    MenuEntry(marked("People"), "people_pages.people", ("/people", "/memberships"), _P.PEOPLE_READ),
    MenuEntry(marked("State"), "state_pages.state", ("/state",), _P.STATE_WRITE),
    MenuEntry(marked("Orders"), "desk_pages.orders", ("/desk/orders",), _P.DESK_READ),
    MenuEntry(
        marked("Prices"),
        "desk_price_pages.prices",
        ("/desk/prices", "/desk/items", "/desk/price-proposals"),
        _P.DESK_READ,
    ),
    MenuEntry(marked("Scorecard"), "desk_score_pages.scorecard", ("/desk/scorecard",), _P.DESK_READ),
    MenuEntry(marked("What is coming"), "desk_forecast_pages.forecast", ("/desk/forecast",), _P.DESK_READ),
    MenuEntry(marked("People of the desk"), "desk_pages.people", ("/desk/people",), _P.DESK_PEOPLE),
)
"""The main menu from left to right; each sees what the rights allow, people of a vendor's desk other entries than a state's."""
_AT_DESKS = ("desk", "desk_pages", "desk_price_pages", "desk_score_pages", "desk_forecast_pages")
"""Blueprints that answer at vendors' hosts, and nowhere else."""
_AT_BOTH = (
    "identity_pages",
    "account_pages",
    "kept_forms_pages",
    "passkeys_pages",
    "proof_pages",
    "token_pages",
    "api_page",
    "api-docs",
)
"""Blueprints that answer at states' and vendors' hosts: signing in, one's own account and tokens, the API's document."""


def register_features(app: Flask, api: Api) -> None:
    """Register every feature's JSON routes (with the API's document) and pages."""
    for module in (
        identity_api,
        claims_api,
        roles_api,
        oidc_api,
        programs_api,
        alliances_api,
        imports_api,
        vendors_api,
        catalogs_api,
        purchasing_api,
        minimums_api,
        sets_api,
        packing_api,
        receiving_api,
        settlement_api,
        payments_api,
        ledgers_api,
        collecting_api,
        filling_api,
        invitations_api,
        enrolling_api,
        spending_api,
        sales_tax_api,
        substitutes_api,
        savings_api,
        shopping_api,
        jobs_api,
        notifications_api,
        webhooks_api,
        ordering_terms_api,
        vendor_orders_api,
        vendor_answers_api,
        desk_api,
        desk_partner_api,
        order_edits_api,
        vendor_files_api,
        records_api,
    ):
        api.register_blueprint(module.blueprint)
    for module in (
        identity_pages,
        account_pages,
        kept_forms_pages,
        passkeys_pages,
        proof_pages,
        factor_reset_pages,
        token_pages,
        claims_pages,
        people_pages,
        notifications_pages,
        notifications_doors,
        message_settings,
        channels_pages,
        purchasing_pages,
        receiving_pages,
        settlement_pages,
        savings_pages,
        enrolling_pages,
        shopping_pages,
        programs_pages,
        alliances_pages,
        imports_pages,
        state_pages,
        oidc_door,
        oidc_pages,
        webhooks_pages,
        ordering_terms_pages,
        desk_partner_pages,
        desk_pages,
        price_pages,
        desk_price_pages,
        vendor_score_pages,
        desk_score_pages,
        desk_forecast_pages,
        vendor_orders_pages,
        vendor_answers_pages,
        order_edit_pages,
        order_link_pages,
        vendor_doors,
        records_pages,
        isolation_pages,
        retention_pages,
        public_records_pages,
    ):
        app.register_blueprint(module.blueprint)
    navigation.offer(app, *MENU)
    requests.serve_at_desks(app, _AT_DESKS, _AT_BOTH)
