"""State-driven sweeps: each finds what is due and not done, in one state after another, with no look-back window."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import delete, func, select

from carepool import canaries
from carepool.clock import now
from carepool.enrolling import notices as contract_notices
from carepool.enrolling.actions import closing as enrolment
from carepool.events import Queue
from carepool.identity import app_secrets, kept_forms, token_actions
from carepool.identity.vendor_models import at_a_desk
from carepool.imports import actions as imports
from carepool.notifications import desk_letters, digests, sending
from carepool.oidc import client_secret
from carepool.outbox import Actor, OutboxRow
from carepool.purchasing import notices
from carepool.purchasing.actions import closing
from carepool.purchasing.receiving import ready
from carepool.purchasing.receiving.actions import offering
from carepool.purchasing.settlement.actions import bank_accounts, card_settings, cards
from carepool.records import exports, isolation, retention
from carepool.vendors.deliveries import working as vendor_orders
from carepool.vendors.desk import publishing as desk_publishing
from carepool.vendors.forecasts import foreseeing
from carepool.vendors.inbox import picking
from carepool.vendors.prices import deciding as price_deciding
from carepool.vendors.terms import actions as ordering_terms
from carepool.web.idempotency import IdempotencyKey
from carepool.webhooks import announcing, endpoints, resending
from tenants.database import db
from tenants.registry import active_tenants, desks, names_for_log
from tenants.scope import visiting

KEEP_DONE = timedelta(days=7)
KEEP_KEYS = timedelta(days=2)
_FORGET_ROWS = 10_000


def forget_done() -> None:
    """Remove outbox rows that were done a week ago, idempotency keys of two days ago, and forms that nobody came back for."""
    week_old = OutboxRow.done_at < func.now() - KEEP_DONE
    old = select(OutboxRow.id).where(week_old).order_by(OutboxRow.done_at).limit(_FORGET_ROWS)
    db.session.execute(
        delete(OutboxRow).where(OutboxRow.id.in_(old.scalar_subquery())).execution_options(synchronize_session=False)
    )
    kept_forms.forget_old()
    if at_a_desk():
        app_secrets.seal_again()
        desk_letters.forget_old()
    else:
        resending.forget_old()
    db.session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < func.now() - KEEP_KEYS)
        .execution_options(synchronize_session=False)
    )


def check_isolation() -> None:
    """Check that states are kept apart, where the last check is a day old."""
    isolation.check_daily()


def close_due() -> None:
    """Begin the close of purchases whose time has come."""
    closing.close_due(Actor.task())


def keep_contracts() -> None:
    """Close windows and end terms of service contracts whose time has come, and remind of what comes near."""
    enrolment.close_due(Actor.task())
    enrolment.end_due(Actor.task())
    contract_notices.enrolments_unfinished()
    contract_notices.renewals_near()


def delete_old() -> None:
    """Delete records whose time is over, unless a legal hold is in force."""
    retention.delete_old(Actor.task())


def forget_previews() -> None:
    """Remove staged rows of imports whose previews are too old."""
    imports.forget_previews(Actor.task())


def offer_left() -> None:
    """Offer goods that are left: unallocated ones at once, others after the day that was set."""
    offering.offer_left(Actor.task(), now())


def send_due() -> None:
    """Hand over the messages whose time to be tried, or tried again, has come."""
    sending.send_due()


def send_digests() -> None:
    """Make the daily summaries that are due."""
    digests.send_digests()


def remind_drafts() -> None:
    """Remind programs of orders that they did not send or approve, one day before the close."""
    notices.drafts_unsent()
    notices.approvals_waiting()


def remind_of_goods() -> None:
    """Remind programs whose goods are still there shortly before they are offered to others."""
    ready.collecting_reminded(now())


def seal_secrets() -> None:
    """Seal stored secrets again that are not sealed with the newest key."""
    app_secrets.seal_again()
    client_secret.seal_again()
    endpoints.seal_again()
    ordering_terms.seal_again()
    bank_accounts.seal_again()
    card_settings.seal_again()


def send_due_orders() -> None:
    """Hand over the orders to vendors whose time to be tried again has come."""
    vendor_orders.send_due_orders()


def alarm_of_orders() -> None:
    """Tell coordinators of orders that no vendor acknowledged though the cut-off is near."""
    vendor_orders.raise_alarms()


def take_over_prices() -> None:
    """Let prices that vendors proposed and the state accepted come into force on their day."""
    price_deciding.take_over_due()


def show_catalogs() -> None:
    """Show changed items at the desks of their vendors."""
    desk_publishing.publish_changed_items()


def foresee_sums() -> None:
    """Work out what open purchases come to, for vendors whom the state lets see it."""
    foreseeing.foresee()


def pick_up_answers() -> None:
    """Have vendors' servers visited on which answers may wait."""
    picking.ask_for_files()


def look_at_cards() -> None:
    """Look how payments by card stand whose page is open."""
    cards.look_at_open()


def tell_missing() -> None:
    """Tell programs how little is missing to a case or a lower price, one day before the close."""
    notices.cases_missing()


def wake_webhooks() -> None:
    """Give endpoints with events whose time has come their turn."""
    announcing.wake_due()


def remove_exports() -> None:
    """Remove files of exports whose time is over, and bytes that nothing speaks of."""
    exports.remove_exports(Actor.task())


def warn_of_tokens() -> None:
    """Tell people whose API tokens end soon."""
    token_actions.warn_of_ends(now())


SWEEPS: dict[str, Callable[[], None]] = {
    "alarm_of_orders": alarm_of_orders,
    "check_isolation": check_isolation,
    "close_due": close_due,
    "delete_old": delete_old,
    "foresee_sums": foresee_sums,
    "forget_done": forget_done,
    "forget_previews": forget_previews,
    "keep_contracts": keep_contracts,
    "look_at_cards": look_at_cards,
    "pick_up_answers": pick_up_answers,
    "remind_drafts": remind_drafts,
    "remind_of_goods": remind_of_goods,
    "remove_exports": remove_exports,
    "seal_secrets": seal_secrets,
    "send_due": send_due,
    "send_digests": send_digests,
    "send_due_orders": send_due_orders,
    "show_catalogs": show_catalogs,
    "take_over_prices": take_over_prices,
    "tell_missing": tell_missing,
    "wake_webhooks": wake_webhooks,
    "warn_of_tokens": warn_of_tokens,
}


AT_DESKS = frozenset({"forget_done", "warn_of_tokens"})
"""Sweeps that have something to do in the scopes of vendors, too."""


def sweep(app: Flask, name: str) -> None:
    """Run one sweep in every active state, and at desks where there is a need, each in its own scope and transaction."""
    with app.app_context():
        visited = {tenant.scope: names_for_log(tenant.scope) for tenant in active_tenants()}
        if name in AT_DESKS:
            visited |= {vendor.scope: names_for_log(vendor.scope) for vendor in desks()}
    for scope, names in visited.items():
        with structlog.contextvars.bound_contextvars(**names):
            try:
                with visiting(scope, app):
                    SWEEPS[name]()
            except Exception as error:
                # one state's failure does not stop the others
                structlog.get_logger("carepool.sweeps").error("sweep_failed", sweep=name, exc_info=error)


def canary(app: Flask, queue: Queue, sent_at: float) -> None:
    """Keep that a canary came out of a queue, and how many seconds it had waited."""
    delay = max(0.0, time.time() - sent_at)
    canaries.note(app.config["REDIS_URL"], str(queue), delay)
    structlog.get_logger("carepool.sweeps").info("canary", queue=str(queue), delay=round(delay, 3))
