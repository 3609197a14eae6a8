"""A state's ordering terms with a vendor: one row for all contracts of the two."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    SmallInteger,
    Text,
    false,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from carepool.sealing import NotReadable, sealer
from carepool.vendors.terms.delivery_dates import DeliveryRule, proposed_delivery
from tenants.database import TenantTable, session


class ChannelName(StrEnum):
    """The ways by which an order reaches a vendor; these words are kept."""

    #: A letter with the documents attached, and the link to answer.
    MAIL = "mail"
    #: A letter that holds only the link.
    LINK = "link"
    WEBHOOK = "webhook"
    CXML = "cxml"
    SFTP = "sftp"
    #: Shown at the vendor's desk, with a short letter where addresses are known.
    DESK = "desk"
    #: A person of the state orders outside of Carepool and says so.
    HAND = "hand"


SECRETS = ("webhook_secret", "cxml_secret", "sftp_key", "door_secret")
"""What is sealed in the row, each under a name of its own."""


class OrderingTerms(TenantTable):
    """How a state orders from a vendor, and what the vendor asks for."""

    __tablename__ = "ordering_terms"

    vendor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("vendor.id"), primary_key=True, autoincrement=False)
    channel: Mapped[ChannelName] = mapped_column(Text, default=ChannelName.HAND)
    #: The way that is taken where the first surely did not work; None: a person decides.
    fallback: Mapped[ChannelName | None] = mapped_column(Text)
    #: The format of documents that are attached or posted.
    format: Mapped[str] = mapped_column(Text, default="pdf")
    #: The language of letters and of the page behind the link, until its reader chooses another.
    language: Mapped[str] = mapped_column(Text, default="en")
    #: Addresses of letters; the first is written to, the others get a copy.
    mail_to: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    webhook_url: Mapped[str] = mapped_column(Text, default="")
    sealed_webhook_secret: Mapped[str | None] = mapped_column(Text)
    cxml_url: Mapped[str] = mapped_column(Text, default="")
    #: Electronic addresses of both sides in documents (cXML, X12, UBL): `number`, or `scheme:number` as Peppol counts.
    our_mailbox: Mapped[str] = mapped_column(Text, default="")
    vendor_mailbox: Mapped[str] = mapped_column(Text, default="")
    sealed_cxml_secret: Mapped[str | None] = mapped_column(Text)
    sftp_host: Mapped[str] = mapped_column(Text, default="")
    sftp_port: Mapped[int] = mapped_column(Integer, default=22)
    sftp_user: Mapped[str] = mapped_column(Text, default="")
    sftp_folder: Mapped[str] = mapped_column(Text, default="")
    #: The vendor's server proves itself with this public key, in OpenSSH's words: `ssh-ed25519 AAAA...`.
    sftp_host_key: Mapped[str] = mapped_column(Text, default="")
    #: Our private key, made here; the vendor gets its public half.
    sealed_sftp_key: Mapped[str | None] = mapped_column(Text)
    #: Where the vendor puts its answers down on the same server; empty: nowhere.
    sftp_answers_folder: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: When we looked there last, and why nothing could be read; empty where nothing was wrong.
    answers_looked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answers_error: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: What the vendor's own system proves itself with when it posts cXML to us.
    sealed_door_secret: Mapped[str | None] = mapped_column(Text)
    #: Orders are taken until so many minutes after midnight, where the state is; None: no cut-off is agreed.
    cutoff_minute: Mapped[int | None] = mapped_column(SmallInteger)
    #: Days before the delivery on which the cut-off lies.
    cutoff_days: Mapped[int] = mapped_column(SmallInteger, default=1)
    #: Working days that the vendor needs from order to delivery.
    lead_days: Mapped[int] = mapped_column(SmallInteger, default=5)
    #: Days of the week on which it delivers, 0 is Monday.
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=lambda: [0, 1, 2, 3, 4])
    #: Days on which it neither works nor delivers.
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    remit_to: Mapped[str] = mapped_column(Text, default="")
    payment_terms: Mapped[str] = mapped_column(Text, default="")
    #: What the vendor knows the state as.
    customer_number: Mapped[str] = mapped_column(Text, default="")
    #: Answers that change nothing for the worse are accepted without a person.
    accept_cheaper: Mapped[bool] = mapped_column(Boolean, default=False)
    accept_earlier: Mapped[bool] = mapped_column(Boolean, default=False)
    #: A substitute that all programs take and that is not dearer is accepted without a person.
    accept_wanted_substitutes: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: The vendor adds no sales tax for buyers whose certificates it has; orders name them and carry them.
    spares_exempt: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Changes of the terms; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        CheckConstraint("cutoff_minute between 0 and 1439", name="cutoff_in_a_day"),
        CheckConstraint("cutoff_days between 0 and 60 and lead_days between 0 and 250", name="days_in_a_year"),
        CheckConstraint("sftp_port between 1 and 65535", name="port_known"),
    )

    @property
    def delivery_rule(self) -> DeliveryRule:
        """When goods can come, as the pure rule knows it."""
        return DeliveryRule(
            lead_days=self.lead_days,
            weekdays=frozenset(self.weekdays),
            holidays=frozenset(self.holidays),
            cutoff_days=self.cutoff_days,
            cutoff_minute=self.cutoff_minute,
        )

    def proposed_delivery(self, ordered_at: datetime) -> date | None:
        """Return the first day on which goods ordered at a local instant can come, or None."""
        return proposed_delivery(ordered_at, self.delivery_rule)

    def secret(self, name: str) -> str:
        """Return one of SECRETS as it was; empty where none is kept. Raises NotReadable."""
        sealed = getattr(self, f"sealed_{name}")
        return sealer().open(sealed, self._about(name)) if sealed else ""

    def keep_secret(self, name: str, secret: str) -> None:
        """Seal one of SECRETS to this row; an empty one is forgotten."""
        setattr(self, f"sealed_{name}", sealer().seal(secret, self._about(name)) if secret else None)

    def seal_again(self) -> None:
        """Seal secrets that are under an older key with the newest; one that cannot be read is left."""
        for name in SECRETS:
            sealed = getattr(self, f"sealed_{name}")
            if sealed and not sealed.startswith(sealer().prefix):
                try:
                    self.keep_secret(name, self.secret(name))
                except NotReadable:
                    continue

    def _about(self, name: str) -> str:
        return f"{session().scope}:ordering_terms:{self.vendor_id}:{name}"
