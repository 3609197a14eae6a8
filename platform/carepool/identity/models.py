"""People of one scope, their roles, and everything that proves who they are."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from carepool.identity.rights import Role
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Person(TenantTable):
    """A user of one state. The same human in two states is two people here."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: In lower case.
    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="en")
    #: Argon2id; None until the person chose a password.
    password_hash: Mapped[str | None] = mapped_column(Text)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: With its country code: `+13035550100`. Texts go only to a number that was verified.
    phone: Mapped[str | None] = mapped_column(Text)
    phone_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (UniqueConstraint("tenant_id", "email"),)


class Membership(TenantTable):
    """A role of a person: in the whole state (no program) or in one program, from a day to a day."""

    __tablename__ = "membership"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    role: Mapped[Role] = mapped_column(Text)
    program_id: Mapped[UUID | None]
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("person_id", "person"),
        tenant_fk("program_id", "program"),
        UniqueConstraint("tenant_id", "person_id", "role", "program_id", postgresql_nulls_not_distinct=True),
        Index("ix_membership_program", "tenant_id", "program_id"),
    )


class TokenKind(StrEnum):
    """What a token opens: a browser session, the API, or one sign-in from a link."""

    SESSION = "session"
    API = "api"
    LINK = "link"


class AccessToken(TenantTable):
    """A secret of 256 random bits, stored as its SHA-256; written `cp_<kind>_<id>_<secret>`."""

    __tablename__ = "access_token"

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
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("person_id", "person"),
        Index("ix_access_token_person", "tenant_id", "person_id", "kind"),
    )
