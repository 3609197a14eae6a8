"""The features' routes, one line each."""

from flask import Flask
from flask_smorest import Api

from carepool.identity import account_pages, claims_api, claims_pages, roles_api
from carepool.identity import api as identity_api
from carepool.identity import pages as identity_pages
from carepool.imports import api as imports_api
from carepool.jobs import api as jobs_api
from carepool.notifications import api as notifications_api
from carepool.notifications import pages as notifications_pages
from carepool.programs import api as programs_api
from carepool.purchasing import api as purchasing_api
from carepool.purchasing import catalogs_api
from carepool.purchasing import pages as purchasing_pages
from carepool.vendors import api as vendors_api


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
        jobs_api,
        notifications_api,
    ):
        api.register_blueprint(module.blueprint)
    for module in (identity_pages, account_pages, claims_pages, notifications_pages, purchasing_pages):
        app.register_blueprint(module.blueprint)
