"""The national sets of words and how a state's own words are mapped to them: pure rules, no database.

A state's own mapping is asked first; national synonyms serve words that nobody mapped yet.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

National = TypeVar("National", bound=StrEnum)


class ProgramType(StrEnum):
    """National kinds of programs."""

    CENTER = "center"
    GROUP_HOME = "group_home"
    FAMILY_HOME = "family_home"
    MICRO_CENTER = "micro_center"
    SCHOOL_AGE = "school_age"
    HEAD_START = "head_start"
    PRE_K = "pre_k"
    EXEMPT = "exempt"
    OTHER = "other"


class LicenceStatus(StrEnum):
    """National licence statuses."""

    FULL = "full"
    INITIAL = "initial"
    PROBATION = "probation"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CLOSED = "closed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


HOMES = frozenset({ProgramType.FAMILY_HOME, ProgramType.GROUP_HOME})
"""Types whose address is a residence and is never shown to other programs or vendors."""

# in this order: the first pattern that fits decides
_TYPES: tuple[tuple[str, ProgramType], ...] = (
    (r"head start", ProgramType.HEAD_START),
    (r"micro", ProgramType.MICRO_CENTER),
    (r"exempt|gs 110", ProgramType.EXEMPT),
    (r"pre ?k\b|prekindergarten|preschool|pre kindergarten", ProgramType.PRE_K),
    (r"school ?age|before and after|out of school|day camp|summer camp|boys and girls", ProgramType.SCHOOL_AGE),
    (r"group.*(home|residence)|large (family|home)|(home|residence).*group|type a home", ProgramType.GROUP_HOME),
    (r"family|home|residen|in home|type b|hogar", ProgramType.FAMILY_HOME),
    (r"center|centre|centro|nursery|day care|daycare|child care|facility|small employer", ProgramType.CENTER),
)
_STATUSES: tuple[tuple[str, LicenceStatus], ...] = (
    (r"revoc|revoke|denied", LicenceStatus.REVOKED),
    (r"suspen", LicenceStatus.SUSPENDED),
    (r"probation|sanction|conditional|corrective", LicenceStatus.PROBATION),
    (r"expired|lapsed", LicenceStatus.EXPIRED),
    (r"clos|inactive|withdrawn|surrender|terminat", LicenceStatus.CLOSED),
    (r"initial|provisional|temporary|pending|new|start", LicenceStatus.INITIAL),
    (r"full|active|regular|open|licensed|current|valid|permit|certificat|registered|good standing", LicenceStatus.FULL),
)


def plain(word: str) -> str:
    """Return a word for comparing: lower case, letters and digits only, single blanks."""
    return " ".join(re.sub(r"[^\w]+", " ", word.casefold()).split())


def national_type(word: str, own: Mapping[str, str] | None = None) -> ProgramType | None:
    """Return the national type of a state's word (`own`: {word: type}); None where nothing fits."""
    mapped = _own(word, own)
    return ProgramType(mapped) if mapped else _first(word, _TYPES)


def national_status(word: str, own: Mapping[str, str] | None = None) -> LicenceStatus | None:
    """Return the national status of a state's word; None where nothing fits."""
    mapped = _own(word, own)
    return LicenceStatus(mapped) if mapped else _first(word, _STATUSES)


def quality_level(word: str, own: Mapping[str, str] | None = None) -> int | None:
    """Return the level 0 to 5 that a state's word names, such as `STAR 4 - ACC` or `Two Star`; None for none."""
    if not plain(word):
        return None
    mapped = _own(word, own)
    if mapped is not None:
        return int(mapped) if mapped else None
    found = re.search(
        r"(?:star|level|step|rating)s?\s*([0-5])\b|\b([0-5])\s*-?\s*stars?\b|^\s*([0-5])\s*$", word.casefold()
    )
    if found:
        return int(next(group for group in found.groups() if group))
    words = plain(word).split()
    names = ("one", "two", "three", "four", "five")
    return next((place for place, name in enumerate(names, start=1) if name in words and "star" in plain(word)), None)


def _own(word: str, own: Mapping[str, str] | None) -> str | None:
    if not own:
        return None
    if word.strip() in own:
        return own[word.strip()]
    wanted = plain(word)
    return next((national for known, national in own.items() if plain(known) == wanted), None)


def _first(word: str, patterns: tuple[tuple[str, National], ...]) -> National | None:
    compared = plain(word)
    if not compared:
        return None
    return next((national for pattern, national in patterns if re.search(pattern, compared)), None)
