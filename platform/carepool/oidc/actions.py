"""Verbs of signing in with the state's provider: set it up, begin, and let a person in."""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import Invalid, SignInRequired
from carepool.identity import actions as identity
from carepool.identity import lockout
from carepool.identity.models import AccessToken, Person, TokenKind
from carepool.identity.rights import STATE_ROLES, Role
from carepool.identity.tokens import WrittenToken
from carepool.oidc.client_secret import keep_secret
from carepool.oidc.id_tokens import Vouched
from carepool.oidc.models import ProviderSubject, SignInAttempt, SignInProvider
from carepool.outbound import takes
from carepool.outbox import Actor, record_event
from carepool.sentences import Sentence, marked
from tenants.database import db, find
from tenants.turns import take_turn

ATTEMPT_LIFE = timedelta(minutes=10)
NEWCOMER_ROLES = tuple(sorted(STATE_ROLES - {Role.STATE_ADMINISTRATOR}))
"""Roles that people whom nobody invited may be given; administrators are always invited."""
NOT_HERE = marked(
    "Your sign-in worked, but no active person of this site has your e-mail address. Ask the state for an invitation."
)
NOT_VOUCHED = marked(
    "This way to sign in does not cover your e-mail address, or your address there is not verified. Use another way."
)
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")


def save_provider(by: Actor, state_id: UUID, facts: Mapping[str, Any], client_secret: str) -> SignInProvider:
    """Set the state's provider up, or change it; `state_id`: the state's public id. Raises Invalid naming the field.

    `facts`: every column of SignInProvider that is written by hand. An empty `client_secret` keeps the one there is,
    but never for another issuer or client: a secret goes only to whom it was meant for.
    """
    take_turn("provider")
    own = find(SignInProvider)
    faults = _faults(facts)
    same = own is not None and (own.issuer, own.client_id) == (facts["issuer"], facts["client_id"])
    if not client_secret and not same:
        faults["client_secret"] = [marked("Write the client secret; it is needed again for another provider.")]
    if faults:
        raise Invalid("bad-provider", marked("Some of what was typed must be mended."), faults)
    diff = {name: [getattr(own, name, None), value] for name, value in facts.items()}
    diff = {name: change for name, change in diff.items() if change[0] != change[1]}
    if own is None:
        own = SignInProvider()
        db.session.add(own)
    for name, value in facts.items():
        setattr(own, name, value)
    if client_secret:
        keep_secret(own, client_secret)
        diff["client_secret"] = [None, "changed"]
    record_event(events.PROVIDER_CHANGED, state_id, by, diff)
    db.session.flush()
    return own


def _faults(facts: Mapping[str, Any]) -> dict[str, Sequence[Sentence]]:
    faults: dict[str, Sequence[Sentence]] = {}
    if not takes(facts["issuer"]) or "?" in facts["issuer"]:
        faults["issuer"] = [marked("The address must begin with https://")]
    if not facts["client_id"]:
        faults["client_id"] = [marked("Fill this in.")]
    if not facts["label_en"]:
        faults["label_en"] = [marked("Fill this in.")]
    wrong = [one for one in facts["domains"] if not _DOMAIN.fullmatch(one)]
    if wrong or not facts["domains"]:
        faults["domains"] = [marked("Write domains such as agency.example.gov, one a line.")]
    if facts["newcomer_role"] not in (None, *NEWCOMER_ROLES):
        faults["newcomer_role"] = [marked("Choose from the list.")]
    return faults


@dataclass(frozen=True)
class Begun:
    """What a sign-in that was begun gives to the browser and to the provider."""

    state: str
    nonce: str
    verifier: str


def begin(own: SignInProvider, target: str, at: datetime) -> Begun:
    """Remember that a sign-in begins; those that nobody ended are forgotten."""
    old = delete(SignInAttempt).where(SignInAttempt.begun_at < at - ATTEMPT_LIFE)
    db.session.execute(old.execution_options(synchronize_session=False))
    begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
    db.session.add(
        SignInAttempt(
            state_hash=_hash(begun.state), issuer=own.issuer, nonce=begun.nonce, verifier=begun.verifier,
            target=target[:2000].replace("\0", ""), begun_at=at,
        )
    )  # fmt: skip
    db.session.flush()
    return begun


def take_attempt(own: SignInProvider, state: str, at: datetime) -> SignInAttempt | None:
    """Take the sign-in that began with a state, once: of two answers at once, one gets it."""
    gone = (
        delete(SignInAttempt)
        .where(
            SignInAttempt.state_hash == _hash(state),
            SignInAttempt.issuer == own.issuer,
            SignInAttempt.begun_at >= at - ATTEMPT_LIFE,
        )
        .returning(SignInAttempt)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalars(gone).one_or_none()


def admit(own: SignInProvider, who: Vouched, at: datetime, device: str = "") -> WrittenToken:
    """Open a session for whom the provider vouches. Raises SignInRequired, after which nothing must be committed.

    The sentence is one for an unknown person, one whose role ended, and one who is disabled; it is another for an
    address that the provider may not vouch for.
    """
    if not who.verified or who.email.rpartition("@")[2] not in own.domains or not who.email.rpartition("@")[0]:
        raise SignInRequired(NOT_VOUCHED)
    person = _person_of(own, who)
    if person is None or person.disabled_at is not None:
        raise SignInRequired(NOT_HERE)
    _link(own, who, person)
    # a provider lets people in without asking them anything; that counts as a proof of when it last asked
    proved_at = datetime.fromtimestamp(min(who.proved_seconds, at.timestamp()), UTC)
    written = identity.open_session(person, at, device, proved_at)
    opened = identity.prove(str(written), TokenKind.SESSION, at)
    if opened is None or not opened.rights.grants:
        raise SignInRequired(NOT_HERE)
    # who was vouched for need not wait for wrong passwords
    lockout.forget(lockout.of_address(person.email))
    if who.factors & set(own.factor_values):
        mine = update(AccessToken).where(AccessToken.id == written.id)
        db.session.execute(mine.values(factor_at=at))
        record_event(events.FACTOR_PROVED, person.id, opened.actor, {"by": [None, "provider"]})
    db.session.flush()
    return written


def unlink(by: Actor, person_id: UUID) -> None:
    """Forget as whom the provider knows a person; the next sign-in links anew, by e-mail address."""
    gone = delete(ProviderSubject).where(ProviderSubject.person_id == person_id).returning(ProviderSubject.issuer)
    if db.session.scalars(gone.execution_options(synchronize_session=False)).all():
        record_event(events.PROVIDER_UNLINKED, person_id, by)


def _person_of(own: SignInProvider, who: Vouched) -> Person | None:
    linked = find(ProviderSubject, own.issuer, who.subject)
    if linked is not None:
        return find(Person, linked.person_id)
    person = db.session.scalars(select(Person).where(Person.email == who.email)).one_or_none()
    if own.newcomer_role is None or (person is not None and not identity.is_newcomer(person)):
        return person
    if person is None:
        person = identity.person_of(who.email, who.name)
    elif who.name:
        # whoever asked to manage a program with this address wrote another name, perhaps
        person.name = who.name
    identity.grant_role(Actor.task(), person.id, Role(own.newcomer_role))
    return person


def _link(own: SignInProvider, who: Vouched, person: Person) -> None:
    """Link a person with the subject, once; whom another subject is linked with is not linked a second time."""
    row = insert(ProviderSubject).values(issuer=own.issuer, subject=who.subject, person_id=person.id)
    if db.session.scalar(row.on_conflict_do_nothing().returning(ProviderSubject.person_id)):
        record_event(events.PROVIDER_LINKED, person.id, Actor.task(), {"subject": [None, who.subject]})
        return
    mine = select(ProviderSubject.subject).where(
        ProviderSubject.issuer == own.issuer, ProviderSubject.person_id == person.id
    )
    if db.session.scalar(mine) != who.subject:
        raise SignInRequired(NOT_HERE)


def _hash(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()
