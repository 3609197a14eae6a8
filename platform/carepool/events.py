"""The facts that features announce: one line each, with the table of the thing they are about and who does the work.

Handlers are registered by `workers/tasks/`; a test fails when a topic with a queue has none.
"""

from dataclasses import dataclass
from enum import StrEnum


class Queue(StrEnum):
    """Queues of the workers, by urgency."""

    CLOSING = "closing"
    NOTICES = "notices"
    FILES = "files"
    SENDING = "sending"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True)
class Topic:
    """A kind of fact: its stable name, the table of its subject, the queue of its work (None: history only)."""

    name: str
    subject: str
    queue: Queue | None = None


PERSON_INVITED = Topic("person.invited", "person", Queue.NOTICES)
LINK_ASKED = Topic("person.link_asked", "person", Queue.NOTICES)
PERSON_SIGNED_IN = Topic("person.signed_in", "person")
PERSON_SIGNED_OUT = Topic("person.signed_out", "person")
MEMBERSHIP_GRANTED = Topic("membership.granted", "membership")
MEMBERSHIP_ENDED = Topic("membership.ended", "membership")
DELEGATION_MADE = Topic("delegation.made", "delegation")
DELEGATION_ENDED = Topic("delegation.ended", "delegation")
TOKEN_ISSUED = Topic("token.issued", "access_token")
TOKEN_REVOKED = Topic("token.revoked", "access_token")
FACTOR_SET_UP = Topic("factor.set_up", "person", Queue.NOTICES)
FACTOR_PROVED = Topic("factor.proved", "person")
FACTOR_TURNED_OFF = Topic("factor.turned_off", "person")
FACTOR_RESET = Topic("factor.reset", "person", Queue.NOTICES)
RECOVERY_CODES_MADE = Topic("factor.codes_made", "person")
PASSKEY_ADDED = Topic("passkey.added", "passkey", Queue.NOTICES)
PASSKEY_RENAMED = Topic("passkey.renamed", "passkey")
PASSKEY_REMOVED = Topic("passkey.removed", "passkey")
PASSKEY_REFUSED = Topic("passkey.refused", "passkey")
PERSON_PROVED = Topic("person.proved_again", "person")
PASSWORD_CHANGED = Topic("person.password_changed", "person")
PERSON_CHANGED = Topic("person.changed", "person")
PERSON_LOCKED = Topic("person.locked", "person", Queue.NOTICES)
PERSON_UNLOCKED = Topic("person.unlocked", "person")
PROVIDER_CHANGED = Topic("provider.changed", "sign_in_provider", Queue.NOTICES)
PROVIDER_LINKED = Topic("provider.linked", "person")
PROVIDER_UNLINKED = Topic("provider.unlinked", "person")
CLAIM_MADE = Topic("claim.made", "claim", Queue.NOTICES)
CLAIM_CODE_MADE = Topic("claim.code_made", "claim")
CLAIM_APPROVED = Topic("claim.approved", "claim", Queue.NOTICES)
CLAIM_DECLINED = Topic("claim.declined", "claim", Queue.NOTICES)
STATE_CHANGED = Topic("state.changed", "state_setting")
STATE_WORDS_CHANGED = Topic("state.words_changed", "state_word")
PROGRAM_ADDED = Topic("program.added", "program")
PROGRAM_CHANGED = Topic("program.changed", "program")

CONTRACT_MADE = Topic("contract.made", "contract")
CONTRACT_CHANGED = Topic("contract.changed", "contract")
CATALOG_ITEM_CHANGED = Topic("catalog_item.changed", "catalog_item")
CATALOG_ITEM_ADDED = Topic("catalog_item.added", "catalog_item")
IMPORT_STARTED = Topic("import.started", "file_import", Queue.FILES)
IMPORT_READ = Topic("import.read", "file_import")
IMPORT_CONFIRMED = Topic("import.confirmed", "file_import", Queue.FILES)
IMPORT_APPLIED = Topic("import.applied", "file_import")
IMPORT_CANCELLED = Topic("import.cancelled", "file_import")
IMPORT_EXPIRED = Topic("import.expired", "file_import")
IMPORT_FAILED = Topic("import.failed", "file_import")
JOB_CANCEL_ASKED = Topic("job.cancel_asked", "job")
SET_KEPT = Topic("saved_set.kept", "saved_set")
SET_CHANGED = Topic("saved_set.changed", "saved_set")
SET_REMOVED = Topic("saved_set.removed", "saved_set")
PURCHASE_DRAFTED = Topic("purchase.drafted", "purchase")
PURCHASE_CHANGED = Topic("purchase.changed", "purchase")
PURCHASE_OPENED = Topic("purchase.opened", "purchase", Queue.NOTICES)
PURCHASE_RESCHEDULED = Topic("purchase.rescheduled", "purchase", Queue.NOTICES)
PURCHASE_CLOSING = Topic("purchase.closing", "purchase", Queue.CLOSING)
PURCHASE_CLOSED = Topic("purchase.closed", "purchase", Queue.NOTICES)
PURCHASE_FAILED = Topic("purchase.failed_minimum", "purchase", Queue.NOTICES)
PURCHASE_ORDERED = Topic("purchase.ordered", "purchase")
PURCHASE_CANCELLED = Topic("purchase.cancelled", "purchase", Queue.NOTICES)
PURCHASE_EXTENDED = Topic("purchase.extended", "purchase", Queue.NOTICES)
PURCHASE_ROLLED_OVER = Topic("purchase.rolled_over", "purchase", Queue.NOTICES)
PURCHASE_REMEDIED = Topic("purchase.remedied", "purchase", Queue.NOTICES)
PURCHASE_TRIED = Topic("purchase.tried", "dry_run", Queue.CLOSING)
INVITED_CHOSEN = Topic("purchase.invited_chosen", "purchase")
PURCHASE_INVITED = Topic("purchase.invited", "purchase", Queue.NOTICES)
PURCHASE_REMINDED = Topic("purchase.reminded", "purchase", Queue.NOTICES)
EVIDENCE_ADDED = Topic("evidence.added", "purchase")
EVIDENCE_WITHDRAWN = Topic("evidence.withdrawn", "purchase")
PROCUREMENT_DECIDED = Topic("procurement.decided", "purchase")
PROCUREMENT_ASKED = Topic("procurement.asked", "procurement_file", Queue.FILES)
SAVINGS_SETTINGS_CHANGED = Topic("savings.settings_changed", "savings_setting")
PACKING_ASKED = Topic("packing.asked", "packing_document", Queue.FILES)
ORDER_DRAFTED = Topic("order.drafted", "program")
ORDER_PLACED = Topic("order.placed", "program")
ORDER_ASKED = Topic("order.asked", "program")
ORDER_APPROVED = Topic("order.approved", "program")
ORDER_SENT_BACK = Topic("order.sent_back", "program")
SPENDING_RULE_SET = Topic("spending_rule.set", "program")
TAX_EXEMPTION_SET = Topic("tax_exemption.set", "program")
FAVOURITE_MARKED = Topic("favourite.marked", "program")
FAVOURITE_UNMARKED = Topic("favourite.unmarked", "program")
ORDER_WITHDRAWN = Topic("order.withdrawn", "program")
DELIVERY_SETTLED = Topic("delivery.settled", "message")
DELIVERY_REPEATED = Topic("delivery.repeated", "message", Queue.SENDING)
ADDRESS_CLEARED = Topic("address.cleared", "silenced_address")
MESSAGE_WAITING = Topic("message.waiting", "message", Queue.SENDING)
EVENT_PUBLISHED = Topic("event.published", "activity", Queue.NOTICES)
WEBHOOK_MADE = Topic("webhook.made", "webhook_endpoint")
WEBHOOK_CHANGED = Topic("webhook.changed", "webhook_endpoint")
WEBHOOK_DELETED = Topic("webhook.deleted", "webhook_endpoint")
WEBHOOK_RESENT = Topic("webhook.resent", "webhook_endpoint")
WEBHOOK_WAITING = Topic("webhook.waiting", "webhook_endpoint", Queue.WEBHOOKS)
WEBHOOK_FAILING = Topic("webhook.failing", "webhook_endpoint", Queue.NOTICES)
EXPORT_ASKED = Topic("export.asked", "record_export", Queue.FILES)
EXPORT_TAKEN = Topic("export.taken", "record_export")
EXPORT_REMOVED = Topic("export.removed", "record_export")
ISOLATION_ASKED = Topic("isolation.asked", "isolation_check", Queue.FILES)
RETENTION_CHANGED = Topic("retention.changed", "retention_rule")
RECORDS_DELETED = Topic("records.deleted", "retention_rule")
HOLD_BEGUN = Topic("hold.begun", "legal_hold")
HOLD_ENDED = Topic("hold.ended", "legal_hold")


def topics() -> dict[str, Topic]:
    """Return every topic of this module by its name."""
    return {value.name: value for value in globals().values() if isinstance(value, Topic)}
