"""Orders by mail: a letter with the documents attached and the link to answer, or with the link alone."""

from email.message import EmailMessage
from email.utils import formataddr, parseaddr

from flask import current_app

from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.models import DeliveryState
from carepool.sentences import marked
from carepool.vendors.channels.outgoing import Outgoing, Result
from carepool.vendors.deliveries.models import OrderStage

_SUBJECT = 150
_STAGES = {
    DeliveryState.SENT: OrderStage.SENT,
    DeliveryState.WAITING: OrderStage.QUEUED,
    DeliveryState.REFUSED: OrderStage.REFUSED,
    DeliveryState.UNKNOWN: OrderStage.UNKNOWN,
}
_ERRORS = {
    OrderStage.QUEUED: marked("The mail server did not take the letter yet. It is tried again."),
    OrderStage.REFUSED: marked("The mail server refused the letter. Check the addresses."),
    OrderStage.UNKNOWN: marked("The answer of the other side was lost."),
}


def send_mail(outgoing: Outgoing) -> Result:
    """Hand the letter to the mail server for all addresses, or for none of them."""
    if not MailChannel.configured():
        return Result(OrderStage.QUEUED, error=marked("This installation sends no mail yet."))
    with MailChannel() as channel:
        answer = channel.submit(written_letter(outgoing), list(outgoing.mail_to))
    stage = _STAGES[answer.state]
    if stage in _ERRORS:
        return Result(stage, answer.error, answer.reference, _ERRORS[stage])
    return Result(stage, answer.reply, answer.reference)


def written_letter(outgoing: Outgoing) -> EmailMessage:
    """Write the letter; its Message-ID is the same in every attempt, so that a second one is known as such."""
    letter = EmailMessage()
    name, sender = parseaddr(current_app.config["MAIL_FROM"])
    letter["From"] = formataddr((name or " ".join(outgoing.site.split()), sender))
    first, *others = outgoing.mail_to
    letter["To"] = first
    if others:
        letter["Cc"] = ", ".join(others)
    if outgoing.reply_to:
        letter["Reply-To"] = outgoing.reply_to
    letter["Subject"] = " ".join(outgoing.subject.split())[:_SUBJECT]
    # the host names the state, so that a bounce finds its way back
    letter["Message-ID"] = f"<{outgoing.id}@{outgoing.host}>"
    letter["Content-Language"] = outgoing.language
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(outgoing.text)
    letter.add_alternative(outgoing.html, subtype="html")
    for one in outgoing.documents:
        kind, _, subtype = one.content_type.partition(";")[0].partition("/")
        letter.add_attachment(one.data, maintype=kind, subtype=subtype, filename=one.name)
    return letter
