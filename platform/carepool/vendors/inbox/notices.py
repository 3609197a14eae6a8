"""Who is told of files that vendors brought; one function a notice."""

from uuid import UUID

from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.vendors.inbox.models import FileState, VendorFile
from carepool.vendors.notices import coordinators
from tenants.database import db, find
from tenants.registry import Vendor


def file_refused(file_id: UUID) -> None:
    """Tell the coordinators of a file that could not be taken, once a file."""
    own = find(VendorFile, file_id)
    vendor = db.session.get(Vendor, own.vendor_id) if own else None
    if own is not None and vendor is not None and own.state == FileState.REFUSED:
        facts = {"vendor": vendor.name, "file": own.name}
        tell(coordinators(), Notice.FILE_REFUSED, own.id, facts, str(own.id))
