"""How long which kind of record is kept: the kinds, and the limits that an installation sets. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from carepool.sentences import NOTHING, Sentence, marked
from tenants.refusals import Refused

FOUR_YEARS = 4 * 365 + 1
"""Days of three years and the current one: CACFP claims and what proves them are kept so long (7 CFR 226.10(d))."""


class Kind(StrEnum):
    """Kinds of records that are deleted when their time is over."""

    MESSAGES = "messages"
    SESSIONS = "sessions"
    ACTIVITY = "activity"
    IMPORT_FILES = "import_files"
    PURCHASE_FILES = "purchase_files"
    SIGN_IN_ATTEMPTS = "sign_in_attempts"


@dataclass(frozen=True)
class Keeping:
    """How a kind is kept: days by default, the fewest and most that a state may choose, and what federal rules ask for.

    `floor`: days that no installation goes below.
    """

    words: Sentence
    days: int
    least: int
    most: int
    floor: int = 1
    why: Sentence = NOTHING


_WHY = marked("Federal food program (CACFP): three years and the current one.")
KINDS: dict[Kind, Keeping] = {
    Kind.MESSAGES: Keeping(marked("Messages to people"), 730, 30, 3650),
    Kind.SESSIONS: Keeping(marked("Sessions, links and tokens that ended"), 90, 7, 3650),
    Kind.ACTIVITY: Keeping(marked("Activity log"), 2557, FOUR_YEARS, 36500, FOUR_YEARS, _WHY),
    Kind.IMPORT_FILES: Keeping(marked("Files that were brought (rosters, catalogs)"), 365, 14, 3650),
    Kind.PURCHASE_FILES: Keeping(marked("Records of closed purchases"), 2557, FOUR_YEARS, 36500, FOUR_YEARS, _WHY),
    Kind.SIGN_IN_ATTEMPTS: Keeping(marked("Wrong tries to sign in"), 1, 1, 7),
}
_LIMIT = re.compile(r"([a-z_]+)=(\d{1,5})-(\d{1,5})")


class BadLimits(Refused):
    """Limits that cannot be used; the message says which."""


def limits_of(written: str) -> Mapping[Kind, Keeping]:
    """Read an installation's limits: `messages=90-3650 activity=1461-7300`, days. Kinds left out keep the defaults.

    Raises BadLimits.
    """
    found = dict(KINDS)
    for part in written.split():
        read = _LIMIT.fullmatch(part)
        if read is None or read[1] not in set(Kind):
            raise BadLimits(f"{part} is not a limit; write one such as messages=90-3650. Kinds: {', '.join(Kind)}.")
        kind, least, most = Kind(read[1]), int(read[2]), int(read[3])
        own = KINDS[kind]
        if not own.floor <= least <= most:
            raise BadLimits(f"{part}: {kind} needs at least {own.floor} days, and the most not below the least.")
        found[kind] = replace(own, days=max(least, min(own.days, most)), least=least, most=most)
    return found
