"""Mail by SMTP: text and HTML in one letter, one connection for many letters."""

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, parseaddr
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from flask import current_app
from flask_babel import force_locale

from carepool.notifications.channels.letter import Answer, Letter
from carepool.notifications.models import DeliveryState
from carepool.sentences import marked
from carepool.ui.languages import LOCALES

_TIMEOUT = 30
_SUBJECT = 150


class MailChannel:
    """Letters to one mail server."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    @staticmethod
    def configured() -> bool:
        """Tell whether a mail server is set."""
        return bool(current_app.config["SMTP_URL"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
            self._hang_up()

    def send(self, letter: Letter, address: str) -> Answer:
        """Send one letter. All that fails before the letter itself goes over is surely not sent.

        An address that SMTP has no letters for is refused.
        """
        if not (address.isascii() and address.isprintable()):
            return Answer(DeliveryState.REFUSED, marked("This address holds signs that mail cannot carry."))
        return self.submit(written_letter(letter, address), [address])

    def submit(self, written: EmailMessage, addresses: Sequence[str]) -> Answer:
        """Hand a written letter to the server for all these addresses, or for none of them."""
        reference = str(written["Message-ID"])
        try:
            server = self._begin(addresses)
        except smtplib.SMTPResponseException as answer:
            self._hang_up()
            return Answer(_refused(answer.smtp_code), str(answer)[:500], reference)
        except (OSError, smtplib.SMTPException) as failed:
            self._hang_up()
            return Answer(DeliveryState.WAITING, str(failed)[:500], reference)
        try:
            code, said = server.data(written.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as answer:
            # the server did not want the letter to begin
            return Answer(_refused(answer.smtp_code), str(answer)[:500], reference)
        except (OSError, smtplib.SMTPException) as lost:
            self._hang_up()
            return Answer(DeliveryState.UNKNOWN, str(lost)[:500], reference)
        if code == 250:
            return Answer(DeliveryState.SENT, "", reference, f"{code} {said.decode(errors='replace')}"[:500])
        return Answer(_refused(code), f"{code} {said.decode(errors='replace')}"[:500], reference)

    def _begin(self, addresses: Sequence[str]) -> smtplib.SMTP:
        """Return a server that has taken sender and recipient. A connection that idled away is opened once more."""
        if self._server is not None:
            try:
                return self._envelope(self._server, addresses)
            except (OSError, smtplib.SMTPServerDisconnected):
                self._hang_up()
        self._server = _connected()
        return self._envelope(self._server, addresses)

    @staticmethod
    def _envelope(server: smtplib.SMTP, addresses: Sequence[str]) -> smtplib.SMTP:
        server.rset()
        for code, said in (server.mail(current_app.config["MAIL_FROM"]), *map(server.rcpt, addresses)):
            if code not in (250, 251):
                raise smtplib.SMTPResponseException(code, said)
        return server

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def written_letter(letter: Letter, address: str) -> EmailMessage:
    """Write a letter as text and HTML, with what mail programs need for one press to unsubscribe (RFC 8058)."""
    mail = EmailMessage()
    name, sender = parseaddr(current_app.config["MAIL_FROM"])
    mail["From"] = formataddr((name or " ".join(letter.site.split()), sender))
    mail["To"] = address
    mail["Subject"] = letter.sentence[:_SUBJECT]
    # the host names the state, so that a bounce finds its way back
    mail["Message-ID"] = f"<{letter.message_id}@{letter.host}>"
    mail["Content-Language"] = letter.language
    mail["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        mail["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    with force_locale(LOCALES[letter.language]):
        mail.set_content(_rendered("mail.txt", letter))
        mail.add_alternative(_rendered("mail.html", letter), subtype="html")
    return mail


def _rendered(name: str, letter: Letter) -> str:
    # without the frame that pages have: nobody asks for this one
    return current_app.jinja_env.get_template(f"notifications/{name}").render(letter=letter)


def _connected() -> smtplib.SMTP:
    parts = urlsplit(current_app.config["SMTP_URL"])
    door = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    server = door(parts.hostname or "localhost", parts.port or 25, timeout=_TIMEOUT)
    server.ehlo_or_helo_if_needed()
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _refused(code: int) -> DeliveryState:
    """A 5xx is a no; any other answer that is not a yes means not now."""
    return DeliveryState.REFUSED if 500 <= code < 600 else DeliveryState.WAITING
