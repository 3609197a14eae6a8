"""What beat starts, on one screen. Every entry may run twice or late without harm."""

from carepool.events import Queue

SCHEDULE = {
    "close purchases that are due": {
        "task": "carepool.sweep",
        "schedule": 5.0,
        "args": ("close_due",),
        "options": {"queue": Queue.CLOSING, "expires": 30},
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
