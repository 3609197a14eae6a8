"""The national sets."""

from enum import StrEnum


class ProgramType(StrEnum):
    """National program types."""

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
