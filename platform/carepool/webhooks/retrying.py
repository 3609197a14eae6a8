"""When a delivery that did not arrive is tried again: growing waits over about a day, shaken so that none march in step."""

from datetime import datetime, timedelta

WAITS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""The wait after the first attempt in vain, after the second, and so on."""
SHAKE = 0.2
"""Share by which a wait may be shorter or longer."""
LONGEST = timedelta(hours=30)
"""Age at which a delivery is given up, however seldom it could be tried."""


def next_try(attempts: int, since: datetime, at: datetime, shake: float) -> datetime | None:
    """Return when to try again after `attempts` in vain, the last at `at`; None: give up.

    `since`: when the delivery began to wait; `shake`: a random number from 0 to 1.
    """
    if attempts > len(WAITS) or at - since >= LONGEST:
        return None
    return at + WAITS[attempts - 1] * (1 + SHAKE * (2 * shake - 1))
