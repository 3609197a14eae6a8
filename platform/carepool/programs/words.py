"""What pages call the national types and statuses of programs."""

from carepool.sentences import marked
from tenants.vocabularies import LicenceStatus, ProgramType

TYPES = {
    ProgramType.CENTER: marked("Center"),
    ProgramType.GROUP_HOME: marked("Group home"),
    ProgramType.FAMILY_HOME: marked("Family home"),
    ProgramType.MICRO_CENTER: marked("Micro center"),
    ProgramType.SCHOOL_AGE: marked("School-age program"),
    ProgramType.HEAD_START: marked("Head Start"),
    ProgramType.PRE_K: marked("Pre-K"),
    ProgramType.EXEMPT: marked("Exempt from license"),
    ProgramType.OTHER: marked("Other"),
}
STATUSES = {
    LicenceStatus.FULL: marked("Full license"),
    LicenceStatus.INITIAL: marked("First license"),
    LicenceStatus.PROBATION: marked("On probation"),
    LicenceStatus.SUSPENDED: marked("Suspended"),
    LicenceStatus.REVOKED: marked("Revoked"),
    LicenceStatus.CLOSED: marked("Closed program"),
    LicenceStatus.EXPIRED: marked("Expired"),
    LicenceStatus.UNKNOWN: marked("Not known"),
}
