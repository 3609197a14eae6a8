"""What beat starts, on one screen. Every entry may run twice or late without harm.

None waits longer than an hour: what beat remembers may be lost each time it starts, and it begins to wait anew.
"""

from typing import Any

from celery.beat import PersistentScheduler

from carepool import canaries
from carepool.events import Queue

SCHEDULE = {
    "close purchases that are due": {
        "task": "carepool.sweep",
        "schedule": 5.0,
        "args": ("close_due",),
        "options": {"queue": Queue.CLOSING, "expires": 30},
    },
    "check that states are kept apart": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("check_isolation",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    "close and remind of service contracts": {
        "task": "carepool.sweep",
        "schedule": 30.0,
        "args": ("keep_contracts",),
        "options": {"queue": Queue.CLOSING, "expires": 60},
    },
    "delete records whose time is over": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("delete_old",),
        "options": {"queue": Queue.FILES, "expires": 3600},
    },
    "forget done outbox rows": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("forget_done",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    "forget old previews": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("forget_previews",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    "offer what is left": {
        "task": "carepool.sweep",
        "schedule": 900.0,
        "args": ("offer_left",),
        "options": {"queue": Queue.NOTICES, "expires": 900},
    },
    "remove exports whose time is over": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("remove_exports",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    "send messages whose time has come": {
        "task": "carepool.sweep",
        "schedule": 15.0,
        "args": ("send_due",),
        "options": {"queue": Queue.NOTICES, "expires": 60},
    },
    "pick up answers of vendors": {
        "task": "carepool.sweep",
        "schedule": 600.0,
        "args": ("pick_up_answers",),
        "options": {"queue": Queue.NOTICES, "expires": 600},
    },
    "send orders to vendors whose time has come": {
        "task": "carepool.sweep",
        "schedule": 15.0,
        "args": ("send_due_orders",),
        "options": {"queue": Queue.NOTICES, "expires": 60},
    },
    "show changed items at desks": {
        "task": "carepool.sweep",
        "schedule": 60.0,
        "args": ("show_catalogs",),
        "options": {"queue": Queue.FILES, "expires": 60},
    },
    "foresee what is coming": {
        "task": "carepool.sweep",
        "schedule": 1800.0,
        "args": ("foresee_sums",),
        "options": {"queue": Queue.FILES, "expires": 1800},
    },
    "let accepted prices come into force": {
        "task": "carepool.sweep",
        "schedule": 300.0,
        "args": ("take_over_prices",),
        "options": {"queue": Queue.NOTICES, "expires": 300},
    },
    "tell of orders that no vendor acknowledged": {
        "task": "carepool.sweep",
        "schedule": 300.0,
        "args": ("alarm_of_orders",),
        "options": {"queue": Queue.NOTICES, "expires": 300},
    },
    "remind of orders that were not sent": {
        "task": "carepool.sweep",
        "schedule": 300.0,
        "args": ("remind_drafts",),
        "options": {"queue": Queue.NOTICES, "expires": 300},
    },
    "remind of goods that wait": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("remind_of_goods",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    "seal secrets with the newest key": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("seal_secrets",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    "look how payments by card stand": {
        "task": "carepool.sweep",
        "schedule": 120.0,
        "args": ("look_at_cards",),
        "options": {"queue": Queue.NOTICES, "expires": 120},
    },
    "tell how little is missing": {
        "task": "carepool.sweep",
        "schedule": 600.0,
        "args": ("tell_missing",),
        "options": {"queue": Queue.NOTICES, "expires": 600},
    },
    "make daily summaries": {
        "task": "carepool.sweep",
        "schedule": 60.0,
        "args": ("send_digests",),
        "options": {"queue": Queue.NOTICES, "expires": 300},
    },
    "send events whose time has come": {
        "task": "carepool.sweep",
        "schedule": 5.0,
        "args": ("wake_webhooks",),
        "options": {"queue": Queue.NOTICES, "expires": 30},
    },
    "warn of tokens that end": {
        "task": "carepool.sweep",
        "schedule": 3600.0,
        "args": ("warn_of_tokens",),
        "options": {"queue": Queue.NOTICES, "expires": 3600},
    },
    **{
        f"canary of {queue}": {
            "task": "carepool.send_canary",
            "schedule": 60.0,
            "args": (str(queue),),
            "options": {"queue": queue, "expires": 600},
        }
        for queue in Queue
    },
}


class LivingScheduler(PersistentScheduler):  # type: ignore[misc]
    """The beat's own clockwork, which leaves a sign of life each time it looks at the schedule."""

    def tick(self, *args: Any, **options: Any) -> Any:
        """Start what is due and return the seconds until the next look."""
        canaries.note(self.app.conf.broker_url, canaries.BEAT, 0.0)
        return super().tick(*args, **options)
