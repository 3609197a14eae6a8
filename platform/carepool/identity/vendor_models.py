"""People of a vendor's desk: the twins of a state's tables, in the vendor's own scope. `here` chooses between them."""

from typing import TypeVar, cast

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from carepool.identity.models import (
    AccessToken,
    AccessTokenColumns,
    KeptForm,
    KeptFormColumns,
    Passkey,
    PasskeyColumns,
    Person,
    PersonColumns,
    RecoveryCode,
    RecoveryCodeColumns,
    SignInFailure,
    SignInFailureColumns,
)
from carepool.identity.rights import DeskRole
from tenants.database import Model, VendorTable, session, vendor_fk
from tenants.scope import ScopeKind

Row = TypeVar("Row")


class VendorPerson(PersonColumns, VendorTable):
    """A user of one vendor's desk, who sees the vendor's orders from all states."""

    __tablename__ = "vendor_person"

    role: Mapped[DeskRole] = mapped_column(Text, default=DeskRole.STAFF)

    __table_args__ = (
        UniqueConstraint("vendor_id", "email"),
        CheckConstraint("role in ('desk_administrator', 'desk_staff')", name="role_known"),
    )


class VendorToken(AccessTokenColumns, VendorTable):
    """A session, link or API token of someone at a vendor."""

    __tablename__ = "vendor_token"

    __table_args__ = (
        vendor_fk("person_id", "vendor_person"),
        Index("ix_vendor_token_person", "vendor_id", "person_id", "kind"),
    )


class VendorPasskey(PasskeyColumns, VendorTable):
    """A passkey of someone at a vendor."""

    __tablename__ = "vendor_passkey"

    __table_args__ = (
        vendor_fk("person_id", "vendor_person"),
        UniqueConstraint("vendor_id", "credential_id"),
        Index("ix_vendor_passkey_person", "vendor_id", "person_id"),
    )


class VendorRecoveryCode(RecoveryCodeColumns, VendorTable):
    """A recovery code of someone at a vendor."""

    __tablename__ = "vendor_recovery_code"

    __table_args__ = (vendor_fk("person_id", "vendor_person"),)


class VendorKeptForm(KeptFormColumns, VendorTable):
    """A form of someone at a vendor whose session had ended."""

    __tablename__ = "vendor_kept_form"

    __table_args__ = (
        vendor_fk("person_id", "vendor_person"),
        Index("ix_vendor_kept_form_person", "vendor_id", "person_id", "id"),
    )


class VendorSignInFailure(SignInFailureColumns, VendorTable):
    """How often signing in at a vendor's desk failed."""

    __tablename__ = "vendor_sign_in_failure"


TWINS: dict[type[Model], type[Model]] = {
    Person: VendorPerson,
    AccessToken: VendorToken,
    Passkey: VendorPasskey,
    RecoveryCode: VendorRecoveryCode,
    KeptForm: VendorKeptForm,
    SignInFailure: VendorSignInFailure,
}
"""{table of a state: its twin of a vendor}; twins have the same columns but for the key of the scope."""


def at_a_desk() -> bool:
    """Tell whether the session is in the scope of a vendor."""
    return session().scope.kind is ScopeKind.VENDOR


def here(model: type[Row]) -> type[Row]:
    """Return the table that holds such rows in the session's scope: the state's own, or its twin at a vendor.

    Only the columns that both have may be spoken of.
    """
    return cast(type[Row], TWINS[cast(type[Model], model)]) if at_a_desk() else model
