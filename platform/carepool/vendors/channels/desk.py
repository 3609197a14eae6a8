"""Orders at the vendor's desk: they are there when the letter leaves, so no lost letter puts one in doubt."""

from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.models import DeliveryState
from carepool.sentences import marked
from carepool.vendors.channels.mail import send_mail, written_letter
from carepool.vendors.channels.outgoing import Outgoing, Result
from carepool.vendors.deliveries.models import OrderStage

_NO_LETTER = marked("A test needs an e-mail address. Orders are shown at the desk without one, too.")


def send_desk(outgoing: Outgoing) -> Result:
    """Say that the order is at the desk, where it was put before; a short letter says so where addresses are known."""
    if outgoing.test:
        # a test is no order, so nothing of it is at the desk: it tries the letter
        return send_mail(outgoing) if outgoing.terms.mail_to else Result(OrderStage.REFUSED, error=_NO_LETTER)
    shown = f"shown at {outgoing.link}"
    if not outgoing.terms.mail_to or not MailChannel.configured():
        return Result(OrderStage.DELIVERED, f"{shown}; no letter")
    with MailChannel() as channel:
        answer = channel.submit(written_letter(outgoing), outgoing.terms.mail_to)
    told = answer.reply if answer.state == DeliveryState.SENT else f"letter {answer.state}: {answer.error}"
    return Result(OrderStage.DELIVERED, f"{shown}; {told}"[:2000], answer.reference)
