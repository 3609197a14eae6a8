"""Every way by which an order leaves us: its function, its words, and what it carries."""

from dataclasses import dataclass

from carepool.sentences import Sentence, marked
from carepool.vendors.channels.cxml import send_cxml
from carepool.vendors.channels.desk import send_desk
from carepool.vendors.channels.mail import send_mail
from carepool.vendors.channels.outgoing import OrderChannel
from carepool.vendors.channels.sftp import send_sftp
from carepool.vendors.channels.webhook import send_webhook
from carepool.vendors.terms.models import ChannelName, OrderingTerms


@dataclass(frozen=True)
class Way:
    """A channel. `secret`: which of the terms' secrets it needs; `format`: the one it speaks, None where terms choose."""

    words: Sentence
    send: OrderChannel
    secret: str = ""
    format: str | None = None

    def carries(self, terms: OrderingTerms) -> str:
        """Return the name of the format of its documents; empty where it carries none."""
        return terms.format if self.format is None else self.format


WAYS: dict[ChannelName, Way] = {
    ChannelName.MAIL: Way(marked("E-mail with documents"), send_mail),
    ChannelName.LINK: Way(marked("E-mail with a link only"), send_mail, format=""),
    ChannelName.WEBHOOK: Way(marked("Webhook to the vendor's system"), send_webhook, "webhook_secret"),
    ChannelName.CXML: Way(marked("cXML over HTTPS"), send_cxml, "cxml_secret", "cxml"),
    ChannelName.DESK: Way(marked("Vendor desk, with a short letter"), send_desk, format=""),
    ChannelName.SFTP: Way(marked("File on the vendor's SFTP server"), send_sftp, "sftp_key"),
}
WORDS: dict[ChannelName, Sentence] = {
    **{name: way.words for name, way in WAYS.items()},
    ChannelName.HAND: marked("We order ourselves"),
}
"""What each channel is called."""


def address_of(channel: ChannelName, terms: OrderingTerms) -> str:
    """Return where an order goes by a channel, for people."""
    if channel in (ChannelName.MAIL, ChannelName.LINK, ChannelName.DESK):
        return ", ".join(terms.mail_to)
    if channel is ChannelName.SFTP:
        return f"{terms.sftp_user}@{terms.sftp_host}:{terms.sftp_port}/{terms.sftp_folder}"
    return {ChannelName.WEBHOOK: terms.webhook_url, ChannelName.CXML: terms.cxml_url}.get(channel, "")
