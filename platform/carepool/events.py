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
ORDERS_SENT = Topic("purchase.orders_sent", "purchase")
PURCHASE_RECEIVING = Topic("purchase.receiving", "purchase")
RECEIVING_SET = Topic("purchase.receiving_set", "purchase")
ORDER_ARRIVED = Topic("purchase.order_arrived", "purchase")
RECEIPT_COUNTED = Topic("receipt.counted", "receipt")
RECEIPT_CORRECTED = Topic("receipt.corrected", "receipt")
RECEIPT_PICTURED = Topic("receipt.pictured", "receipt")
ARRIVAL_ASKED = Topic("arrival.asked", "arrival", Queue.CLOSING)
ARRIVAL_SHARED = Topic("arrival.shared", "arrival", Queue.NOTICES)
VENDOR_CLAIM_MADE = Topic("vendor_claim.made", "vendor_claim")
VENDOR_CLAIM_CHANGED = Topic("vendor_claim.changed", "vendor_claim")
VENDOR_CLAIM_SETTLED = Topic("vendor_claim.settled", "vendor_claim")
VENDOR_INVOICE_RECORDED = Topic("vendor_invoice.recorded", "vendor_invoice")
VENDOR_INVOICE_MATCHED = Topic("vendor_invoice.matched", "vendor_invoice")
VENDOR_INVOICE_DECIDED = Topic("vendor_invoice.decided", "vendor_invoice")
TOLERANCE_SET = Topic("match_tolerance.set", "contract")
SETTLING_ASKED = Topic("purchase.settling_asked", "settlement", Queue.CLOSING)
PURCHASE_SETTLED = Topic("purchase.settled", "settlement", Queue.NOTICES)
INVOICE_FILE_ASKED = Topic("program_invoice.file_asked", "invoice_file", Queue.FILES)
PAYMENT_RECORDED = Topic("payment.recorded", "payment")
PAYMENT_DONE = Topic("payment.done", "payment", Queue.NOTICES)
PAYMENT_SETTLED = Topic("payment.settled", "payment")
PAYMENT_REVERSED = Topic("payment.reversed", "payment")
CARD_ASKED = Topic("payment.card_asked", "payment", Queue.SENDING)
CARD_DUE = Topic("payment.card_due", "payment", Queue.SENDING)
CREDIT_USED = Topic("program.credit_used", "program")
WRITE_OFF_ASKED = Topic("write_off.asked", "write_off")
WRITE_OFF_DECIDED = Topic("write_off.decided", "write_off")
BANK_ACCOUNT_SET = Topic("bank_account.set", "bank_account")
ACH_ORIGIN_SET = Topic("ach_origin.set", "ach_origin")
ACH_FILE_MADE = Topic("ach_file.made", "ach_file")
CARD_PROVIDER_SET = Topic("card_provider.set", "card_provider")
GOODS_HANDED_OUT = Topic("goods.handed_out", "hand_out")
LEFTOVERS_OFFERED = Topic("leftovers.offered", "purchase", Queue.NOTICES)
LEFTOVER_TAKEN = Topic("leftover.taken", "leftover_taking")
SITE_PAPER_ASKED = Topic("site_paper.asked", "site_document", Queue.FILES)
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
