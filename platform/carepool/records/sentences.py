"""One sentence for each kind of entry in the activity log, and words for what an entry changed. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool.identity.rights import Role
from carepool.identity.role_words import ROLES
from carepool.outbox import ActorKind
from carepool.records.keeping import KINDS
from carepool.sentences import Sentence, marked

GONE = marked("(no longer here)")
NOBODY = marked("Someone who is not signed in")

TOPICS: dict[str, Sentence] = {
    "vendor_invoice.recorded": marked("%(who)s entered the invoice %(thing)s of a vendor.", who="", thing=""),
    "vendor_invoice.matched": marked("The invoice %(thing)s of a vendor matched and was booked.", thing=""),
    "vendor_invoice.decided": marked("%(who)s decided about the invoice %(thing)s of a vendor.", who="", thing=""),
    "match_tolerance.set": marked("%(who)s set how much invoices of %(thing)s may differ.", who="", thing=""),
    "purchase.settling_asked": marked("%(who)s asked that the group purchase %(thing)s be settled.", who="", thing=""),
    "purchase.settled": marked("The group purchase %(thing)s was settled.", thing=""),
    "purchase.adjusted": marked(
        "%(who)s decided who bears the invoice %(thing)s of a vendor that came after settling.", who="", thing=""
    ),
    "program_invoice.file_asked": marked("%(who)s asked for an invoice as a file.", who=""),
    "savings.frozen": marked("%(who)s froze what the group purchase %(thing)s saved.", who="", thing=""),
    "statement.asked": marked("%(who)s asked for a statement of what a program owes and paid.", who=""),
    "payment.recorded": marked("%(who)s entered a payment.", who=""),
    "payment.done": marked("A payment was booked."),
    "payment.settled": marked("%(who)s wrote down how a payment ended.", who=""),
    "payment.reversed": marked("%(who)s reversed a payment.", who=""),
    "payment.card_asked": marked("%(who)s asked to pay by card.", who=""),
    "payment.card_due": marked("It was looked how a payment by card stands."),
    "program.credit_used": marked("%(who)s let a credit of %(thing)s pay what it owes.", who="", thing=""),
    "write_off.asked": marked("%(who)s asked to write off what %(thing)s owes.", who="", thing=""),
    "write_off.decided": marked("%(who)s decided about writing off what %(thing)s owes.", who="", thing=""),
    "bank_account.set": marked("%(who)s put a bank account on file.", who=""),
    "ach_origin.set": marked("%(who)s changed how files for the bank are made.", who=""),
    "ach_file.made": marked("%(who)s made a file for the bank.", who=""),
    "card_provider.set": marked("%(who)s changed how cards are taken.", who=""),
    "person.invited": marked("%(who)s invited %(thing)s.", who="", thing=""),
    "person.link_asked": marked("A link to sign in was asked for: %(thing)s.", thing=""),
    "person.signed_in": marked("%(who)s signed in.", who=""),
    "person.signed_out": marked("%(who)s signed out.", who=""),
    "membership.granted": marked("%(who)s gave a role to %(thing)s.", who="", thing=""),
    "membership.ended": marked("%(who)s ended a role of %(thing)s.", who="", thing=""),
    "delegation.made": marked("%(who)s let %(thing)s act for another person.", who="", thing=""),
    "delegation.ended": marked("%(who)s ended that %(thing)s acts for another person.", who="", thing=""),
    "token.issued": marked("%(who)s made a token or link: %(thing)s.", who="", thing=""),
    "token.revoked": marked("%(who)s ended a session or token: %(thing)s.", who="", thing=""),
    "factor.set_up": marked("%(who)s set up a second step.", who=""),
    "factor.proved": marked("%(who)s passed the second step.", who=""),
    "factor.turned_off": marked("%(who)s turned the second step off.", who=""),
    "person.password_changed": marked("%(who)s changed the password.", who=""),
    "person.changed": marked("%(who)s changed the account of %(thing)s.", who="", thing=""),
    "person.locked": marked("Too many wrong passwords were tried for %(thing)s.", thing=""),
    "person.unlocked": marked("%(who)s let %(thing)s try to sign in again.", who="", thing=""),
    "claim.made": marked("Someone asked to manage the program with license %(thing)s.", thing=""),
    "claim.code_made": marked("%(who)s made a code for the request about license %(thing)s.", who="", thing=""),
    "claim.approved": marked("%(who)s approved the request about license %(thing)s.", who="", thing=""),
    "claim.declined": marked("%(who)s declined the request about license %(thing)s.", who="", thing=""),
    "state.changed": marked("%(who)s changed the settings of the site.", who=""),
    "state.words_changed": marked("%(who)s changed what words of the state mean.", who=""),
    "program.added": marked("%(who)s added the program %(thing)s.", who="", thing=""),
    "program.changed": marked("%(who)s changed the program %(thing)s.", who="", thing=""),
    "contract.made": marked("%(who)s entered the contract %(thing)s.", who="", thing=""),
    "contract.changed": marked("%(who)s changed the contract %(thing)s.", who="", thing=""),
    "catalog_item.changed": marked("%(who)s changed the catalog item %(thing)s.", who="", thing=""),
    "catalog_item.added": marked("%(who)s added the catalog item %(thing)s.", who="", thing=""),
    "import.started": marked("%(who)s confirmed the columns of the file %(thing)s.", who="", thing=""),
    "import.read": marked("The file %(thing)s was read into a preview.", thing=""),
    "import.confirmed": marked("%(who)s asked to apply the file %(thing)s.", who="", thing=""),
    "import.applied": marked("The file %(thing)s was applied.", thing=""),
    "import.cancelled": marked("The import of the file %(thing)s was canceled.", thing=""),
    "import.expired": marked("The preview of the file %(thing)s was too old and was removed.", thing=""),
    "import.failed": marked("The import of the file %(thing)s failed.", thing=""),
    "job.cancel_asked": marked("%(who)s asked that long work stop (%(thing)s).", who="", thing=""),
    "purchase.drafted": marked("%(who)s drafted the group purchase %(thing)s.", who="", thing=""),
    "purchase.changed": marked("%(who)s changed the group purchase %(thing)s.", who="", thing=""),
    "purchase.opened": marked("%(who)s opened the group purchase %(thing)s.", who="", thing=""),
    "purchase.closing": marked("%(who)s closed the group purchase %(thing)s.", who="", thing=""),
    "purchase.closed": marked("The result of the group purchase %(thing)s was worked out.", thing=""),
    "purchase.failed_minimum": marked("The group purchase %(thing)s did not reach its minimum.", thing=""),
    "purchase.ordered": marked("The group purchase %(thing)s was ordered from its vendors.", thing=""),
    "purchase.cancelled": marked("%(who)s canceled the group purchase %(thing)s.", who="", thing=""),
    "purchase.tried": marked("%(who)s tried the close of the group purchase %(thing)s.", who="", thing=""),
    "order.drafted": marked("%(who)s saved an order of %(thing)s without sending it.", who="", thing=""),
    "order.placed": marked("%(who)s sent an order of %(thing)s.", who="", thing=""),
    "order.withdrawn": marked("%(who)s withdrew an order of %(thing)s.", who="", thing=""),
    "delivery.settled": marked("%(who)s settled whether a message to %(thing)s arrived.", who="", thing=""),
    "delivery.repeated": marked("%(who)s sent a message to %(thing)s again.", who="", thing=""),
    "address.cleared": marked("%(who)s allowed messages to %(thing)s again.", who="", thing=""),
    "message.waiting": marked("A message to %(thing)s waits to be sent.", thing=""),
    "export.asked": marked("%(who)s asked for an export of records.", who=""),
    "export.taken": marked("%(who)s downloaded an export of records.", who=""),
    "export.removed": marked("The file of an export was removed, as its time was over."),
    "isolation.asked": marked("%(who)s asked for a check that states are kept apart.", who=""),
    "retention.changed": marked("%(who)s changed how long records are kept.", who=""),
    "records.deleted": marked("Records whose time was over were deleted."),
    "hold.begun": marked("%(who)s began a legal hold: nothing is deleted.", who=""),
    "hold.ended": marked("%(who)s ended the legal hold.", who=""),
    "factor.reset": marked("%(who)s reset the second step of %(thing)s.", who="", thing=""),
    "factor.codes_made": marked("%(who)s made new recovery codes.", who=""),
    "passkey.added": marked("%(who)s added the passkey %(thing)s.", who="", thing=""),
    "passkey.renamed": marked("%(who)s renamed the passkey %(thing)s.", who="", thing=""),
    "passkey.removed": marked("%(who)s removed a passkey.", who=""),
    "passkey.refused": marked("The passkey %(thing)s was refused: it may have been copied.", thing=""),
    "person.proved_again": marked("%(who)s proved once more who it is.", who=""),
    "provider.changed": marked("%(who)s changed the sign-in with the agency's own accounts.", who=""),
    "provider.linked": marked("%(thing)s was linked to an account of the agency.", thing=""),
    "provider.unlinked": marked("%(who)s forgot the linked account of %(thing)s.", who="", thing=""),
    "alliance.founded": marked("%(who)s founded the alliance %(thing)s.", who="", thing=""),
    "alliance.changed": marked("%(who)s changed what is known of the alliance %(thing)s.", who="", thing=""),
    "alliance.ended": marked("%(who)s ended the alliance %(thing)s.", who="", thing=""),
    "alliance.member_added": marked("%(who)s made %(thing)s a member of an alliance.", who="", thing=""),
    "alliance.member_left": marked("%(who)s ended the membership of %(thing)s in an alliance.", who="", thing=""),
    "saved_set.kept": marked("%(who)s kept the set %(thing)s.", who="", thing=""),
    "saved_set.changed": marked("%(who)s changed the set %(thing)s.", who="", thing=""),
    "saved_set.removed": marked("%(who)s removed a saved set.", who=""),
    "purchase.rescheduled": marked("%(who)s moved the close of the group purchase %(thing)s.", who="", thing=""),
    "purchase.extended": marked("The close of the group purchase %(thing)s was put off.", thing=""),
    "purchase.rolled_over": marked("Orders of the group purchase %(thing)s moved to a new one.", thing=""),
    "purchase.remedied": marked(
        "%(who)s decided about a vendor's minimum in the group purchase %(thing)s.", who="", thing=""
    ),
    "purchase.invited_chosen": marked("%(who)s chose who is told of the group purchase %(thing)s.", who="", thing=""),
    "purchase.invited": marked("%(who)s told programs of the group purchase %(thing)s.", who="", thing=""),
    "purchase.reminded": marked(
        "%(who)s reminded programs of unsent orders in the group purchase %(thing)s.", who="", thing=""
    ),
    "purchase.orders_sent": marked(
        "%(who)s noted that the orders of the group purchase %(thing)s went to the vendors.", who="", thing=""
    ),
    "purchase.receiving": marked("The first goods of the group purchase %(thing)s arrived.", thing=""),
    "purchase.receiving_set": marked("%(who)s set how the group purchase %(thing)s is received.", who="", thing=""),
    "purchase.order_arrived": marked(
        "%(who)s noted that all of an order of the group purchase %(thing)s has come.", who="", thing=""
    ),
    "receipt.counted": marked("%(who)s counted what came of the order %(thing)s.", who="", thing=""),
    "receipt.corrected": marked("%(who)s corrected the count of the order %(thing)s.", who="", thing=""),
    "receipt.pictured": marked("%(who)s added a photo to the count of the order %(thing)s.", who="", thing=""),
    "arrival.asked": marked("%(who)s asked to share out what came of the group purchase %(thing)s.", who="", thing=""),
    "arrival.shared": marked("What came of the group purchase %(thing)s was shared out.", thing=""),
    "vendor_claim.made": marked("What is missing of the order %(thing)s is to be claimed from the vendor.", thing=""),
    "vendor_claim.changed": marked("What is claimed for the order %(thing)s changed with a count.", thing=""),
    "vendor_claim.settled": marked(
        "%(who)s wrote down what became of a claim for the order %(thing)s.", who="", thing=""
    ),
    "goods.handed_out": marked("%(who)s handed goods out to %(thing)s.", who="", thing=""),
    "leftovers.offered": marked("What is left of the group purchase %(thing)s was offered at cost.", thing=""),
    "leftover.taken": marked("%(who)s took goods that were left, for %(thing)s.", who="", thing=""),
    "site_paper.asked": marked(
        "%(who)s asked for labels or a pick list of the group purchase %(thing)s.", who="", thing=""
    ),
    "packing.asked": marked("%(who)s asked for a packing list of the group purchase %(thing)s.", who="", thing=""),
    "service.drafted": marked("%(who)s drafted the service contract %(thing)s.", who="", thing=""),
    "service.changed": marked("%(who)s changed the terms of the service contract %(thing)s.", who="", thing=""),
    "service.document_added": marked("%(who)s added a document to the service contract %(thing)s.", who="", thing=""),
    "service.document_taken_out": marked(
        "%(who)s took a document out of the service contract %(thing)s.", who="", thing=""
    ),
    "service.opened": marked("%(who)s put the service contract %(thing)s on offer.", who="", thing=""),
    "service.extended": marked("The last day to enroll in the service contract %(thing)s was put off.", thing=""),
    "service.agreed": marked("The service contract %(thing)s was agreed with its members.", thing=""),
    "service.failed": marked("Too few programs enrolled in the service contract %(thing)s.", thing=""),
    "service.cancelled": marked("%(who)s canceled the service contract %(thing)s.", who="", thing=""),
    "service.rate_fell": marked("The rate of the service contract %(thing)s fell.", thing=""),
    "service.renewed": marked("%(who)s drafted the next term of the service contract %(thing)s.", who="", thing=""),
    "service.ended": marked("The service contract %(thing)s ended.", thing=""),
    "service.list_taken": marked(
        "%(who)s took the list of members of the service contract %(thing)s.", who="", thing=""
    ),
    "enrolment.made": marked("%(who)s enrolled %(thing)s in a service contract.", who="", thing=""),
    "enrolment.entered": marked("%(who)s entered %(thing)s for a service contract.", who="", thing=""),
    "enrolment.asked": marked("%(who)s asked to enroll %(thing)s in a service contract.", who="", thing=""),
    "enrolment.approved": marked("%(who)s approved that %(thing)s enrolls in a service contract.", who="", thing=""),
    "enrolment.withdrawn": marked("%(who)s took %(thing)s out of a service contract.", who="", thing=""),
    "enrolment.ended": marked("%(who)s set the last day of %(thing)s in a service contract.", who="", thing=""),
    "evidence.added": marked("%(who)s added evidence to the group purchase %(thing)s.", who="", thing=""),
    "evidence.withdrawn": marked("%(who)s took evidence of the group purchase %(thing)s back.", who="", thing=""),
    "procurement.decided": marked("%(who)s wrote how the group purchase %(thing)s was bought.", who="", thing=""),
    "procurement.asked": marked("%(who)s asked for the procurement file of %(thing)s.", who="", thing=""),
    "savings.settings_changed": marked("%(who)s changed the settings of savings.", who=""),
    "order.asked": marked("%(who)s asked for approval of an order of %(thing)s.", who="", thing=""),
    "order.approved": marked("%(who)s approved an order of %(thing)s.", who="", thing=""),
    "order.sent_back": marked("%(who)s sent an order of %(thing)s back.", who="", thing=""),
    "spending_rule.set": marked("%(who)s set what %(thing)s may spend.", who="", thing=""),
    "tax_exemption.set": marked("%(who)s set the sales tax certificate of %(thing)s.", who="", thing=""),
    "substitutes.chosen": marked("%(who)s chose what %(thing)s takes instead of items.", who="", thing=""),
    "favourite.marked": marked("%(who)s marked a favorite of %(thing)s.", who="", thing=""),
    "favourite.unmarked": marked("%(who)s took a favorite of %(thing)s away.", who="", thing=""),
    "event.published": marked("An event was told to the state's own systems."),
    "webhook.made": marked("%(who)s set up the webhook %(thing)s.", who="", thing=""),
    "webhook.changed": marked("%(who)s changed the webhook %(thing)s.", who="", thing=""),
    "webhook.deleted": marked("%(who)s deleted the webhook %(thing)s.", who="", thing=""),
    "webhook.resent": marked("%(who)s sent events to the webhook %(thing)s again.", who="", thing=""),
    "webhook.waiting": marked("Events for the webhook %(thing)s wait to be sent.", thing=""),
    "webhook.failing": marked("The webhook %(thing)s has not taken anything for a day.", thing=""),
    "ordering_terms.changed": marked(
        "%(who)s changed how the vendor of the contract %(thing)s is ordered from.", who="", thing=""
    ),
    "order_delivery.queued": marked("%(who)s had an order sent to %(thing)s.", who="", thing=""),
    "order_delivery.due": marked("An order to %(thing)s waits to be sent.", thing=""),
    "order_delivery.sent": marked("An order was sent to %(thing)s.", thing=""),
    "order_delivery.trouble": marked("An order to %(thing)s did not go out as it should.", thing=""),
    "order_delivery.settled": marked("%(who)s settled how an order to %(thing)s stands.", who="", thing=""),
    "order_delivery.opened": marked("An order was opened by %(thing)s.", thing=""),
    "order_delivery.acknowledged": marked("An order was acknowledged by %(thing)s.", thing=""),
    "order_delivery.unacknowledged": marked("An order to %(thing)s is not acknowledged in time.", thing=""),
    "order_delivery.link_revoked": marked("%(who)s ended the links to an order to %(thing)s.", who="", thing=""),
    "desk.given": marked("%(who)s gave %(thing)s a desk.", who="", thing=""),
    "desk.changed": marked("%(who)s changed what is shown at the desk of %(thing)s.", who="", thing=""),
    "desk.said": marked("%(thing)s said something of an order at its desk.", thing=""),
    "prices.proposed": marked("%(thing)s proposed other prices.", thing=""),
    "prices.decided": marked("%(who)s decided about prices that %(thing)s proposed.", who="", thing=""),
    "prices.taken_over": marked("Prices that %(thing)s proposed are in force.", thing=""),
    "order_answer.made": marked("%(who)s answered an order: %(thing)s.", who="", thing=""),
    "purchase.order_canceled": marked(
        "Nothing is ordered any more from a vendor of the group purchase %(thing)s.", thing=""
    ),
    "order_edit.made": marked("%(who)s changed orders after the close of %(thing)s.", who="", thing=""),
    "order_edit.agreed": marked("The change after the close of %(thing)s was agreed.", thing=""),
    "order_edit.ended": marked("The change after the close of %(thing)s ended.", thing=""),
    "order_question.answered": marked("%(who)s answered whether %(thing)s takes a change.", who="", thing=""),
    "order_proposal.decided": marked("%(who)s decided about a change by %(thing)s.", who="", thing=""),
    "purchase.changes_accepted": marked("Changes by a vendor to %(thing)s were accepted.", thing=""),
    "purchase.recomputed": marked("The result of %(thing)s was worked out again after a vendor's answer.", thing=""),
    "vendor_file.taken": marked("%(who)s brought the file %(thing)s, and it was taken.", who="", thing=""),
    "vendor_file.refused": marked("A vendor's file %(thing)s could not be taken.", thing=""),
    "vendor_files.due": marked("Files of the vendor of the contract %(thing)s were looked for.", thing=""),
    "vendor_invoice.brought": marked("%(who)s brought the invoice %(thing)s.", who="", thing=""),
}
"""{name of a topic: its sentence}; a test fails for a topic without one."""

SUBJECTS: dict[str, Sentence] = {
    "vendor_invoice": marked("Invoices of vendors"),
    "settlement": marked("Settling purchases"),
    "invoice_file": marked("Invoices as files"),
    "statement_file": marked("Statements"),
    "payment": marked("Payments"),
    "write_off": marked("Debts written off"),
    "bank_account": marked("Bank accounts"),
    "ach_origin": marked("The bank that takes files"),
    "ach_file": marked("Files for the bank"),
    "card_provider": marked("Taking cards"),
    "person": marked("People"),
    "membership": marked("Roles"),
    "delegation": marked("Acting for another"),
    "access_token": marked("Sessions and tokens"),
    "claim": marked("Requests to manage a program"),
    "state_setting": marked("Settings of the site"),
    "state_word": marked("Words of the state"),
    "program": marked("Programs and their orders"),
    "contract": marked("Contracts"),
    "service_contract": marked("Service contracts"),
    "alliance": marked("Alliances"),
    "alliance_member": marked("Members of alliances"),
    "catalog_item": marked("Catalog items"),
    "file_import": marked("Imports"),
    "job": marked("Long work"),
    "purchase": marked("Group purchases"),
    "dry_run": marked("Dry runs"),
    "message": marked("Messages"),
    "silenced_address": marked("Addresses that want no messages"),
    "record_export": marked("Exports"),
    "isolation_check": marked("Isolation checks"),
    "retention_rule": marked("Keeping and deleting"),
    "legal_hold": marked("Legal holds"),
    "passkey": marked("Passkeys"),
    "sign_in_provider": marked("The agency's own accounts"),
    "saved_set": marked("Saved sets"),
    "packing_document": marked("Packing lists"),
    "receipt": marked("Counts of goods"),
    "site_document": marked("Labels and pick lists"),
    "hand_out": marked("Goods handed out"),
    "leftover_taking": marked("Goods taken at cost"),
    "arrival": marked("What arrived, shared out"),
    "vendor_claim": marked("Claims to vendors"),
    "procurement_file": marked("Procurement files"),
    "savings_setting": marked("Settings of savings"),
    "webhook_endpoint": marked("Webhooks"),
    "activity": marked("Events told outside"),
    "order_delivery": marked("Orders to vendors"),
    "order_answer": marked("Answers of vendors"),
    "order_proposal": marked("Changes by vendors"),
    "vendor_file": marked("Files of vendors"),
    "order_edit": marked("Changes after a close"),
    "order_question": marked("Questions to vendors"),
    "vendor_invoice_file": marked("Invoices of vendors"),
    "desk_partner": marked("Vendor desks"),
    "desk_said": marked("Said at vendor desks"),
    "price_proposal": marked("Price changes by vendors"),
}
"""{kind of thing that entries are about: its words}."""

ACTORS: dict[str, Sentence] = {
    ActorKind.TASK: marked("The system"),
    ActorKind.OPERATOR: marked("An operator of the installation"),
    ActorKind.VENDOR: marked("The vendor"),
    ActorKind.PERSON: NOBODY,
    ActorKind.TOKEN: NOBODY,
}

FIELDS: dict[str, Sentence] = {
    "agency": marked("Agency"),
    "alliance": marked("Alliance"),
    "alliance_id": marked("Owner"),
    "agency_url": marked("Address of the agency's site"),
    "capacity": marked("Capacity"),
    "changed": marked("Changed"),
    "channel": marked("Way"),
    "closes_at": marked("Closes"),
    "colour": marked("Color"),
    "contact_email": marked("Contact: e-mail"),
    "contact_name": marked("Contact: name"),
    "contact_phone": marked("Contact: phone"),
    "contact_role": marked("Contact: what this person is"),
    "contact_role_es": marked("Contact: what this person is, in Spanish"),
    "copied_from": marked("Copied from"),
    "days": marked("Days"),
    "delivery_point": marked("Delivery point"),
    "email": marked("E-mail"),
    "error": marked("What failed"),
    "file": marked("File"),
    "ended_on": marked("Ended"),
    "hub_name": marked("Organization of the hub"),
    "joined_on": marked("Joined"),
    "left_on": marked("Left"),
    "members": marked("Members"),
    "shape": marked("Legal shape"),
    "started_on": marked("Started"),
    "footer": marked("Foot of every page"),
    "title_es": marked("Name of the site in Spanish"),
    "agency_es": marked("Agency in Spanish"),
    "footer_es": marked("Foot of every page in Spanish"),
    "for": marked("For"),
    "for_person": marked("For"),
    "gone": marked("No longer in the list"),
    "item": marked("Item"),
    "items": marked("Items"),
    "items_added": marked("Items added"),
    "kind": marked("Kind"),
    "language": marked("Language"),
    "licence_number": marked("License number"),
    "lines": marked("Lines"),
    "links": marked("Links"),
    "name": marked("Name"),
    "new": marked("New"),
    "number": marked("Number"),
    "opens_at": marked("Opens"),
    "outcome": marked("Outcome"),
    "permissions": marked("May"),
    "person": marked("Person"),
    "purchase": marked("Group purchase"),
    "reason": marked("Reason"),
    "refused": marked("Refused"),
    "role": marked("Role"),
    "same": marked("Same as before"),
    "scopes": marked("May"),
    "sha256": marked("Checksum (SHA-256)"),
    "sku": marked("Item number (SKU)"),
    "state": marked("Stands at"),
    "title": marked("Title"),
    "valid_to": marked("Until"),
    "version": marked("Version"),
    "way": marked("Way"),
}
FIELDS |= {str(kind): own.words for kind, own in KINDS.items()}
_NOTHING = marked("nothing")
_LONGEST = 200


def sentence_of(verb: str, who: str, thing: str) -> Sentence:
    """Return the sentence of an entry; an entry of a topic that is no more gets its name."""
    template = TOPICS.get(verb)
    if template is None:
        return marked("%(who)s: %(verb)s %(thing)s", who=who, verb=verb, thing=thing)
    return template.filled(who=who, thing=thing)


def changes_of(diff: Mapping[str, Any], names: Mapping[UUID, str]) -> Iterator[tuple[Sentence | str, Sentence]]:
    """Yield (field, what became of it) of a diff. `names`: of people, programs and purchases by their ids."""
    for field, value in diff.items():
        label: Sentence | str = FIELDS.get(field, field.replace("_", " ").capitalize())
        if isinstance(value, list) and len(value) == 2 and value[0] != value[1]:
            before, after = (_shown(one, names) for one in value)
            if value[0] is None:
                yield label, marked("%(after)s", after=after)
            else:
                yield label, marked("%(before)s → %(after)s", before=before, after=after)
        else:
            yield label, marked("%(after)s", after=_shown(value, names))


def _shown(value: Any, names: Mapping[UUID, str]) -> Any:
    if value is None or value == "" or value == []:
        return _NOTHING
    if isinstance(value, bool):
        return marked("yes") if value else marked("no")
    if isinstance(value, int):
        return value
    if isinstance(value, list):
        return ", ".join(str(_shown(one, names)) for one in value)[:_LONGEST]
    text = str(value)
    if text in set(Role):
        return ROLES[Role(text)]
    try:
        return names.get(UUID(text), text)
    except ValueError:
        return text[:_LONGEST]
