"""The list of members that a vendor gets: names, license numbers, units and days, and nothing else."""

from carepool.enrolling.models.contracts import ServiceContract
from carepool.enrolling.queries import Listed
from carepool.sentences import marked
from carepool.tabular.csv_lines import BEGIN, csv_bytes
from carepool.ui.formats import in_words

HEADERS = (
    marked("Program"),
    marked("License number"),
    marked("Units"),
    marked("First day"),
    marked("Last day"),
)


def members_csv(members: list[Listed]) -> bytes:
    """Return the members as CSV, by name, in the language spoken now."""
    rows = (
        (
            one.name,
            one.licence_number,
            one.enrolment.units,
            one.enrolment.starts_on.isoformat(),
            one.enrolment.ends_on.isoformat(),
        )
        for one in members
    )
    return BEGIN + csv_bytes([[in_words(one) for one in HEADERS]]) + csv_bytes(rows)


def file_name(own: ServiceContract) -> str:
    """Return the name of the file, such as `members-2027-01-01.csv`."""
    return f"members-{own.starts_on.isoformat()}.csv"
