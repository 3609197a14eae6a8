"""People of one scope, their roles, and everything that proves who they are."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.identity.rights import Role
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class PersonColumns:
    """What is kept of a person, in a state or at a vendor."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: In lower case.
    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="en")
    #: Argon2id; None until the person chose a password.
    password_hash: Mapped[str | None] = mapped_column(Text)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Secret of the authenticator app, sealed (see app_secrets); since when it is proved; the last time step whose code was used.
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    totp_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Set when staff took a lost second step away: from then on one is needed, whatever the role. An app that is set up
    #: clears it; a passkey serves as the second step and leaves it set, so that the last one cannot be removed.
    factor_due: Mapped[bool] = mapped_column(Boolean, server_default=false())
    #: With its country code: `+13035550100`. Texts go only to a number that was verified.
    phone: Mapped[str | None] = mapped_column(Text)
    phone_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Person(PersonColumns, TenantTable):
    """A user of one state. The same human in two states is two people here."""

    __tablename__ = "person"

    __table_args__ = (UniqueConstraint("tenant_id", "email"),)


class Membership(TenantTable):
    """A role of a person: in one program, in one alliance or (neither) in the whole state, from a day to a day."""

    __tablename__ = "membership"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    role: Mapped[Role] = mapped_column(Text)
    program_id: Mapped[UUID | None]
    alliance_id: Mapped[UUID | None]
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("person_id", "person"),
        tenant_fk("program_id", "program"),
        tenant_fk("alliance_id", "alliance"),
        UniqueConstraint(
            "tenant_id", "person_id", "role", "program_id", "alliance_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("program_id is null or alliance_id is null", name="one_place"),
        CheckConstraint("(role = 'hub_staff') = (alliance_id is not null)", name="hub_staff_in_an_alliance"),
        Index("ix_membership_program", "tenant_id", "program_id"),
        Index("ix_membership_alliance", "tenant_id", "alliance_id"),
    )


class Delegation(TenantTable):
    """Someone acts for another person: with the other's roles, limited to some permissions, until a moment."""

    __tablename__ = "delegation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Who acts, and for whom.
    person_id: Mapped[UUID]
    for_person_id: Mapped[UUID]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    valid_to: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("person_id", "person"),
        tenant_fk("for_person_id", "person"),
        Index("ix_delegation_person", "tenant_id", "person_id"),
        Index("ix_delegation_for", "tenant_id", "for_person_id"),
    )


class TokenKind(StrEnum):
    """What a token opens: a browser session, the API, or one sign-in from a link."""

    SESSION = "session"
    API = "api"
    LINK = "link"


class AccessTokenColumns:
    """What is kept of a token, in a state or at a vendor."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[TokenKind] = mapped_column(Text)
    person_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(Text, default="")
    #: Permissions an API token is limited to; other kinds carry all of the person's.
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the second factor was passed in this session.
    factor_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the person last proved to be who signed in; None: with the sign-in itself. See `fresh_proof`.
    proved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: In which browser the session runs, and when it was last used.
    device: Mapped[str] = mapped_column(Text, server_default="")
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AccessToken(AccessTokenColumns, TenantTable):
    """A secret of 256 random bits, stored as its SHA-256; written `cp_<kind>_<id>_<secret>`."""

    __tablename__ = "access_token"

    __table_args__ = (
        tenant_fk("person_id", "person"),
        Index("ix_access_token_person", "tenant_id", "person_id", "kind"),
    )


class ClaimState(StrEnum):
    """Where a claim stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class ClaimWay(StrEnum):
    """What decided a claim: the address on file, a person of the state, or a code that the state gave out."""

    EMAIL = "email"
    STAFF = "staff"
    CODE = "code"


class Claim(TenantTable):
    """Someone says that they run the program of a licence number."""

    __tablename__ = "claim"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: As it was written; the program is None where no roster holds the number.
    licence_number: Mapped[str] = mapped_column(Text)
    program_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    #: In lower case.
    email: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    state: Mapped[ClaimState] = mapped_column(Text, default=ClaimState.WAITING)
    way: Mapped[ClaimWay | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, server_default="")
    #: SHA-256 of the link that went to the address on file.
    link_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    link_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Argon2id of the code, and how often a wrong one was written.
    code_hash: Mapped[str | None] = mapped_column(Text)
    code_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    code_tries: Mapped[int] = mapped_column(Integer, server_default="0")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("program_id", "program"),
        tenant_fk("person_id", "person"),
        # of two presses at once one makes the claim
        Index(
            "ux_claim_waiting", "tenant_id", "licence_number", "email", unique=True,
            postgresql_where=sql("state = 'waiting'"),
        ),
        Index("ix_claim_state", "tenant_id", "state", "id"),
    )  # fmt: skip


class PasskeyColumns:
    """What is kept of a passkey, in a state or at a vendor."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    #: What the person calls it.
    name: Mapped[str] = mapped_column(Text)
    #: By what the authenticator knows it, and the public key as the authenticator wrote it (COSE).
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    #: How often the authenticator says it signed; always 0 for those that do not count.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Passkey(PasskeyColumns, TenantTable):
    """A key pair whose private half stays in a person's phone, computer or security key; here is the public half."""

    __tablename__ = "passkey"

    __table_args__ = (
        tenant_fk("person_id", "person"),
        UniqueConstraint("tenant_id", "credential_id"),
        Index("ix_passkey_person", "tenant_id", "person_id"),
    )


class RecoveryCodeColumns:
    """What is kept of a recovery code, in a state or at a vendor."""

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: SHA-256 of the code, which has 80 random bits.
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class RecoveryCode(RecoveryCodeColumns, TenantTable):
    """A code that stands in once for a lost authenticator app; the row goes when it is used."""

    __tablename__ = "recovery_code"

    __table_args__ = (tenant_fk("person_id", "person"),)


class KeptFormColumns:
    """What is kept of a form that waits, in a state or at a vendor."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    #: Where the form was to go, on this host.
    path: Mapped[str] = mapped_column(Text)
    #: [[name, text], ...], as they were sent.
    boxes: Mapped[list[list[str]]] = mapped_column(JSONB)
    kept_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class KeptForm(KeptFormColumns, TenantTable):
    """What a person typed when the session had ended: it waits for a day until its writer is signed in again."""

    __tablename__ = "kept_form"

    __table_args__ = (
        tenant_fk("person_id", "person"),
        Index("ix_kept_form_person", "tenant_id", "person_id", "id"),
    )


class SignInFailureColumns:
    """What is kept of wrong tries, in a state or at a vendor."""

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SignInFailure(SignInFailureColumns, TenantTable):
    """How often signing in failed for an address, a place or a second factor, none of which is stored in the clear."""

    __tablename__ = "sign_in_failure"
