"""The provider of a state, whom it vouches for, and the sign-ins that were begun with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, DateTime, Index, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk


class SignInProvider(TenantTable):
    """The one OpenID provider of a state."""

    __tablename__ = "sign_in_provider"

    switched_on: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Address that the provider calls itself, exactly as it writes it.
    issuer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(Text)
    #: The client secret, sealed (`carepool/sealing.py`).
    sealed_secret: Mapped[str] = mapped_column(Text)
    #: Words of the button; an empty Spanish one is said in English.
    label_en: Mapped[str] = mapped_column(Text)
    label_es: Mapped[str] = mapped_column(Text)
    #: E-mail domains that it may vouch for, in lower case.
    domains: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Values of the claims `amr` and `acr` that count as a second factor; none: it never counts.
    factor_values: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Role of people whom nobody invited; None: they are refused.
    newcomer_role: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )


class ProviderSubject(TenantTable):
    """A person as the provider knows them: linked once, by e-mail address; from then on the subject is what counts."""

    __tablename__ = "provider_subject"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[UUID]
    linked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (tenant_fk("person_id", "person"), UniqueConstraint("tenant_id", "person_id", "issuer"))


class SignInAttempt(TenantTable):
    """A sign-in that was begun in a browser; the row goes with the first answer, so that an answer counts once."""

    __tablename__ = "sign_in_attempt"

    #: SHA-256 of the state, which has 256 random bits and which the browser's cookie holds.
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    issuer: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(Text)
    #: PKCE's code verifier.
    verifier: Mapped[str] = mapped_column(Text)
    #: Page to go to afterwards.
    target: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("ix_sign_in_attempt_begun", "tenant_id", "begun_at"),)
