"""The notices by name, and what sets some of them apart."""

from datetime import timedelta
from enum import StrEnum


class Notice(StrEnum):
    """Names of the notices."""

    PURCHASE_OPENED = "purchase.opened"
    PURCHASE_CLOSED = "purchase.closed"
    PURCHASE_ORDERED = "purchase.ordered"
    PURCHASE_FAILED = "purchase.failed_minimum"
    PURCHASE_CANCELLED = "purchase.cancelled"
    WELCOME = "person.welcome"
    SIGN_IN_LINK = "person.sign_in_link"
    LOCKED = "person.locked"
    FACTOR_RESET = "factor.reset"
    FACTOR_SET_UP = "factor.set_up"
    PASSKEY_ADDED = "passkey.added"
    PROVIDER_CHANGED = "provider.changed"
    CLAIM_CHECK = "claim.check"
    CLAIM_APPROVED = "claim.approved"
    CLAIM_DECLINED = "claim.declined"
    DRAFT_UNSENT = "purchase.draft_unsent"
    TERMS_CHANGED = "purchase.terms_changed"
    RESULT_CHANGED = "purchase.result_changed"
    DIGEST = "messages.digest"
    PHONE_CODE = "phone.code"
    ORDERED_FOR_YOU = "purchase.placed_for_you"
    CASE_MISSING = "purchase.case_missing"
    WEBHOOK_FAILING = "webhook.failing"
    TOKEN_ENDS = "token.ends"  # noqa: S105 - the name of a notice
    PURCHASE_EXTENDED = "purchase.extended"
    DRAFT_REMINDER = "purchase.draft_reminder"
    ORDER_ROLLED_OVER = "purchase.rolled_over"
    ORDER_TO_CONFIRM = "purchase.order_to_confirm"
    APPROVAL_ASKED = "purchase.approval_asked"
    APPROVAL_GIVEN = "purchase.approval_given"
    APPROVAL_SENT_BACK = "purchase.approval_sent_back"
    APPROVAL_WAITING = "purchase.approval_waiting"
    ARRIVAL_CHANGED = "purchase.arrival_changed"
    READY_TO_COLLECT = "purchase.ready_to_collect"
    COLLECT_REMINDER = "purchase.collect_reminder"
    INVOICE_ISSUED = "purchase.invoice_issued"
    INVOICE_ADJUSTED = "purchase.invoice_adjusted"
    PAYMENT_RECEIVED = "payment.received"
    LEFTOVERS_OFFERED = "purchase.leftovers_offered"
    ORDER_TROUBLE = "purchase.order_trouble"
    ORDER_UNACKNOWLEDGED = "purchase.order_unacknowledged"
    ORDER_ANSWERED = "purchase.order_answered"
    INVOICE_BROUGHT = "purchase.invoice_brought"
    SERVICE_OPENED = "service.opened"
    SERVICE_EXTENDED = "service.extended"
    SERVICE_AGREED = "service.agreed"
    SERVICE_FAILED = "service.failed"
    SERVICE_CANCELLED = "service.cancelled"
    SERVICE_RATE_FELL = "service.rate_fell"
    RENEWAL_OFFERED = "service.renewal_offered"
    RENEWAL_NEAR = "service.renewal_near"
    ENROLMENT_ASKED = "service.enrolment_asked"
    ENROLMENT_APPROVED = "service.enrolment_approved"
    ENROLMENT_FOR_YOU = "service.enrolled_for_you"
    ENROLMENT_ENDED = "service.enrolment_ended"
    ENROLMENT_UNFINISHED = "service.enrolment_unfinished"
    ENROLMENT_LAPSED = "service.enrolment_lapsed"
    SERVICE_DECIDED = "service.decided"
    PRICES_PROPOSED = "vendor.prices_proposed"
    ORDER_EDITED = "purchase.order_edited"
    EDIT_NOT_DONE = "purchase.edit_not_done"
    QUESTION_ANSWERED = "purchase.question_answered"
    FILE_REFUSED = "vendor.file_refused"
    ALLIANCE_JOINED = "alliance.joined"
    #: Only people of vendors' desks get it.
    PRICES_DECIDED = "desk.prices_decided"


LINK_LIFE = {
    Notice.WELCOME: timedelta(days=7),
    Notice.SIGN_IN_LINK: timedelta(hours=1),
    Notice.CLAIM_CHECK: timedelta(days=7),
    Notice.CLAIM_APPROVED: timedelta(days=7),
}
"""Notices whose letter carries a link that works once, and how long that link lives."""
OWN_WAYS = frozenset({Notice.DIGEST, Notice.PHONE_CODE})
"""Notices that are about the messages themselves: nobody chooses how they come, and no inbox shows them."""
NEEDED = frozenset(
    {
        *LINK_LIFE,
        Notice.PHONE_CODE,
        Notice.LOCKED,
        Notice.FACTOR_SET_UP,
        Notice.FACTOR_RESET,
        Notice.PASSKEY_ADDED,
        Notice.PROVIDER_CHANGED,
        Notice.CLAIM_DECLINED,
        Notice.TOKEN_ENDS,
        Notice.PRICES_DECIDED,
    }
)
"""Notices that their reader waits for or that guard their account: neither switched off nor put off."""
FOR_STATE = frozenset({Notice.WEBHOOK_FAILING})
"""Notices that only a state's administrators get."""
FOR_COORDINATORS = frozenset(
    {
        Notice.ORDER_TROUBLE,
        Notice.ORDER_UNACKNOWLEDGED,
        Notice.ORDER_ANSWERED,
        Notice.INVOICE_BROUGHT,
        Notice.PRICES_PROPOSED,
        Notice.EDIT_NOT_DONE,
        Notice.QUESTION_ANSWERED,
        Notice.FILE_REFUSED,
        Notice.SERVICE_DECIDED,
    }
)
"""Notices that only those get who run purchases of the state."""
BY_DEFAULT = {"mail": True, "sms": False}
"""How a notice comes to a person who chose nothing."""
