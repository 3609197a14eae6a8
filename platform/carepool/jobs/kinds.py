"""The kinds of long work: what each is about, who may see and stop it, and why some cannot be stopped."""

from dataclasses import dataclass

from carepool.identity.rights import Permission
from carepool.sentences import Sentence, marked


@dataclass(frozen=True)
class JobKind:
    """A kind of long work: its stable name, the table of its subject, the right that it takes in the whole state.

    `must_end`: why it cannot be stopped; None where it can.
    """

    name: str
    subject: str
    right: Permission
    must_end: Sentence | None = None


ROSTER_READ = JobKind("roster.read", "file_import", Permission.PROGRAMS_WRITE)
ROSTER_APPLY = JobKind("roster.apply", "file_import", Permission.PROGRAMS_WRITE)
CATALOG_READ = JobKind("catalog.read", "file_import", Permission.CATALOGS_WRITE)
CATALOG_APPLY = JobKind("catalog.apply", "file_import", Permission.CATALOGS_WRITE)
PURCHASE_CLOSE = JobKind(
    "purchase.close",
    "purchase",
    Permission.PURCHASES_WRITE,
    marked("A close cannot be stopped: orders are closed and the result is being worked out."),
)
PURCHASE_TRY = JobKind(
    "purchase.try",
    "dry_run",
    Permission.PURCHASES_WRITE,
    marked("A dry run cannot be stopped; it changes nothing and ends by itself."),
)
ACTIVITY_EXPORT = JobKind("activity.export", "record_export", Permission.RECORDS_READ)
RECORDS_EXPORT = JobKind("records.export", "record_export", Permission.RECORDS_READ)
SAVINGS_EXPORT = JobKind("savings.export", "record_export", Permission.RECORDS_READ)
ISOLATION_CHECK = JobKind("isolation.check", "isolation_check", Permission.RECORDS_READ)
ARRIVAL_SHARE = JobKind("arrival.share", "arrival", Permission.PURCHASES_WRITE)
PURCHASE_SETTLE = JobKind(
    "purchase.settle",
    "settlement",
    Permission.MONEY_WRITE,
    marked("Settling cannot be stopped: the ledger is being written, and it ends in a moment."),
)
SITE_SET = JobKind("site.set", "site_document", Permission.GOODS_RECEIVE)
PACKING_SET = JobKind("packing.set", "packing_document", Permission.PURCHASES_WRITE)
PROCUREMENT_FILE = JobKind("procurement.file", "procurement_file", Permission.PURCHASES_WRITE)

KINDS = {value.name: value for value in list(globals().values()) if isinstance(value, JobKind)}
"""Every kind by its name."""
