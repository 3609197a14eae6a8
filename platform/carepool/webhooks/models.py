"""Endpoints that listen, what is to be delivered to each, and every attempt."""

import contextlib
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, SmallInteger, Text, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from carepool.kept_sentences import KeptSentence
from carepool.sealing import NotReadable, sealer
from carepool.sentences import NOTHING, Sentence
from tenants.database import TenantTable, session, tenant_fk
from tenants.ids import new_id


class EndpointState(StrEnum):
    """Whether events are posted to an endpoint. `gone`: it answered 410, which switches it off.

    `deleted`: for good; the row goes with the last delivery in its log.
    """

    ON = "on"
    OFF = "off"
    GONE = "gone"
    DELETED = "deleted"


class WebhookEndpoint(TenantTable):
    """An address of a state's own system that hears of events."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    #: Names of the events it hears of; empty: all.
    events: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    state: Mapped[EndpointState] = mapped_column(Text, default=EndpointState.ON)
    #: The secret, sealed to this endpoint. The one before signs too until `previous_until`.
    sealed_secret: Mapped[str] = mapped_column(Text)
    sealed_previous: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Since when a delivery was given up and none has arrived.
    failing_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def secret(self) -> str:
        """The secret `whsec_...` that signs. Raises NotReadable."""
        return sealer().open(self.sealed_secret, self._about)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.sealed_secret = sealer().seal(secret, self._about)

    @property
    def previous_secret(self) -> str | None:
        """The secret before, where there was one. Raises NotReadable."""
        return sealer().open(self.sealed_previous, self._about) if self.sealed_previous else None

    def seal_again(self) -> None:
        """Seal secrets that are under an older key with the newest; one that cannot be read is left."""
        for name in ("sealed_secret", "sealed_previous"):
            sealed = getattr(self, name)
            if sealed and not sealed.startswith(sealer().prefix):
                with contextlib.suppress(NotReadable):
                    setattr(self, name, sealer().seal(sealer().open(sealed, self._about), self._about))

    @property
    def _about(self) -> str:
        return f"{session().scope}:webhook_endpoint:{self.id}"


class HookState(StrEnum):
    """Where a delivery stands. `waiting`: it is tried by itself; `failed`: given up until a person sends it again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookDelivery(TenantTable):
    """One event for one endpoint; its id is the webhook-id, the same in every attempt."""

    __tablename__ = "webhook_delivery"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    endpoint_id: Mapped[UUID]
    #: Name of the event, such as `order.placed`.
    event: Mapped[str] = mapped_column(Text)
    #: The history row that it tells of, and the thing: with the endpoint they make it one of a kind.
    source_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    #: The very text that is signed and posted.
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[HookState] = mapped_column(Text, default=HookState.WAITING)
    #: Why it was given up; empty where it was not.
    reason: Mapped[Sentence] = mapped_column(KeptSentence, default=NOTHING, server_default="")
    #: Attempts since `since`, when it was made or sent again by hand.
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When it is tried next; set exactly while it waits. Whoever tries it puts this off first, so that one who dies
    #: while trying loses nothing.
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        tenant_fk("endpoint_id", "webhook_endpoint"),
        UniqueConstraint("tenant_id", "endpoint_id", "source_id", "subject_id"),
        Index("ix_webhook_delivery_newest", "tenant_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_due", "tenant_id", "due_at", postgresql_where=sql("due_at is not null")),
    )


class WebhookAttempt(TenantTable):
    """One attempt: when, how long it took, what was answered."""

    __tablename__ = "webhook_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    milliseconds: Mapped[int] = mapped_column(Integer)
    #: HTTP status; None where there was no answer.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    #: The beginning of the answer.
    answer: Mapped[str] = mapped_column(Text, default="")
    #: Why it does not count as delivered; empty where it does.
    error: Mapped[Sentence] = mapped_column(KeptSentence, default="")

    __table_args__ = (
        tenant_fk("delivery_id", "webhook_delivery", ondelete="CASCADE"),
        Index("ix_webhook_attempt_delivery", "tenant_id", "delivery_id", "id"),
    )
