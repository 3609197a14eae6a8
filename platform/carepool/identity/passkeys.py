"""Verbs of passkeys (WebAuthn): add, rename, remove; sign in with one, or prove the second step with one.

The authenticator checks a fingerprint, a face or a PIN each time, so that a passkey proves both steps at once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, SecondFactorRequired, SignInRequired
from carepool.identity import lockout, second_factor
from carepool.identity.actions import SignedIn, Standing, open_session
from carepool.identity.challenges import LIFE_SECONDS, Purpose, make_challenge, take_challenge
from carepool.identity.models import Passkey, Person
from carepool.identity.tokens import WrittenToken
from carepool.identity.vendor_models import here
from carepool.outbox import Actor, ActorKind, record_event
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id

MOST = 20
"""Passkeys of one person."""
NAME_LENGTH = 60
_ANSWER_LENGTH = 20_000
REFUSED = marked("This passkey was not accepted. Try again, or sign in another way.")
_NOT_ADDED = marked("The passkey was not added. Try again; if it happens again, use another device or browser.")
# what the library raises on bytes that are no answer of an authenticator
_BAD_ANSWER = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Site:
    """The site for which keys are made: `rp_id` is its host name, `origin` what a browser shows of its address."""

    rp_id: str
    origin: str
    title: str


def registration_options(who: SignedIn, site: Site) -> str:
    """Return, as JSON for the browser, what a new passkey of the caller must look like. Raises PasskeysNotReady."""
    _refuse_second_step_open(who)
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.title,
        user_id=who.person.id.bytes,
        user_name=who.person.email,
        user_display_name=who.person.name,
        challenge=make_challenge(Purpose.REGISTER, str(who.token_id)),
        timeout=LIFE_SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_known_to(who.person.id),
    )
    return options_to_json(options)


def add_passkey(who: SignedIn, name: str, answer: str, at: datetime, site: Site) -> list[str]:
    """Add a passkey that the browser made, and return recovery codes where the second step begins with it.

    Raises Invalid for a name or an answer that cannot be used, and Refusal for one too many.
    """
    _refuse_second_step_open(who)
    own = _name(name)
    person = second_factor.locked_person(who.person.id)
    if count_of(person.id) >= MOST:
        raise Refusal("too-many-passkeys", marked("You have %(most)s passkeys. Remove one first.", most=MOST))
    refused = Invalid("bad-passkey", _NOT_ADDED, {"answer": [_NOT_ADDED]})
    try:
        credential = parse_registration_credential_json(_fit(answer))
        challenge = _challenge_of(credential)
        if not take_challenge(Purpose.REGISTER, challenge, str(who.token_id)):
            raise refused
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _BAD_ANSWER as error:
        raise refused from error
    if db.session.scalar(select(here(Passkey).id).where(here(Passkey).credential_id == made.credential_id)) is not None:
        raise refused
    passkey = here(Passkey)(
        id=new_id(), person_id=person.id, name=own, credential_id=made.credential_id,
        public_key=made.credential_public_key, sign_count=made.sign_count,
    )  # fmt: skip
    db.session.add(passkey)
    db.session.flush()
    record_event(events.PASSKEY_ADDED, passkey.id, who.actor, {"name": [None, own]})
    return second_factor.begin_with_passkey(who, at)


def rename_passkey(who: SignedIn, passkey_id: UUID, name: str) -> Passkey:
    """Give one of the caller's passkeys another name. Raises NotFound and Invalid."""
    passkey = own_passkey_or_404(who, passkey_id)
    new = _name(name)
    record_event(events.PASSKEY_RENAMED, passkey.id, who.actor, {"name": [passkey.name, new]})
    passkey.name = new
    db.session.flush()
    return passkey


def remove_passkey(who: SignedIn, passkey_id: UUID) -> None:
    """Remove one of the caller's passkeys. Raises NotFound, and Refusal for the last second step of who needs one."""
    passkey = own_passkey_or_404(who, passkey_id)
    person = second_factor.locked_person(who.person.id)
    last = person.totp_since is None and count_of(person.id) == 1
    if last and (who.must_have_factor or person.factor_due):
        sentence = marked("This is your only second step, and you need one. Add another passkey or an app first.")
        raise Refusal("factor-needed", sentence)
    record_event(events.PASSKEY_REMOVED, passkey.id, who.actor, {"name": [passkey.name, None]})
    db.session.delete(passkey)
    if last:
        second_factor.forget_factor(person.id)
    db.session.flush()


def passkeys_of(person_id: UUID) -> Sequence[Passkey]:
    """Return a person's passkeys, the oldest first."""
    own = here(Passkey)
    return db.session.scalars(select(own).where(own.person_id == person_id).order_by(own.id)).all()


def own_passkey_or_404(who: SignedIn, passkey_id: UUID) -> Passkey:
    """Return a passkey of the caller's own. Raises NotFound."""
    passkey = find(here(Passkey), passkey_id)
    if passkey is None or passkey.person_id != who.person.id:
        raise NotFound("passkey")
    return passkey


def sign_in_options(site: Site) -> str:
    """Return, as JSON for the browser, what to sign for signing in, the same for everybody. Raises PasskeysNotReady."""
    return _options(site, make_challenge(Purpose.SIGN_IN), [])


def proof_options(who: SignedIn, site: Site) -> str:
    """Return, as JSON for the browser, what one of the caller's own passkeys shall sign. Raises PasskeysNotReady."""
    return _options(site, make_challenge(Purpose.PROOF, str(who.token_id)), _known_to(who.person.id))


def sign_in(answer: str, at: datetime, site: Site, place: str = "", device: str = "") -> WrittenToken:
    """Open a session, with both steps proved, for who signed with a passkey.

    Raises SignInRequired, the same for an unknown passkey, a wrong signature and a challenge that was used. A refused
    answer is counted for the `place` (network address) it came from; the door commits that too.
    """
    counted = [lockout.of_place(place)]
    lockout.refuse_waiting(counted, at)
    passkey = _signed(answer, Purpose.SIGN_IN, "", at, site)
    person = find(here(Person), passkey.person_id) if passkey else None
    if person is None or person.disabled_at is not None:
        lockout.count_failure(counted, at)
        raise SignInRequired(REFUSED)
    written = open_session(person, at, device)
    second_factor.mark_proved(written.id, at)
    record_event(events.FACTOR_PROVED, person.id, Actor(ActorKind.PERSON, person.id, written.id))
    return written


def prove(who: SignedIn, answer: str, at: datetime, site: Site) -> bool:
    """Tell whether the caller signed with a passkey of their own; the second step is proved with it.

    A wrong one is counted; the door commits that too. Raises SignInRequired while one must wait.
    """
    counted = [lockout.of_factor(who.person.id)]
    lockout.refuse_waiting(counted, at)
    passkey = _signed(answer, Purpose.PROOF, str(who.token_id), at, site)
    if passkey is None or passkey.person_id != who.person.id:
        lockout.count_failure(counted, at)
        return False
    lockout.forget(*counted)
    second_factor.mark_proved(who.token_id, at)
    record_event(events.FACTOR_PROVED, who.person.id, who.actor)
    return True


def _signed(answer: str, purpose: Purpose, of: str, at: datetime, site: Site) -> Passkey | None:
    """Return the passkey that signed the answer, marked as used; None where nothing is proved."""
    try:
        credential = parse_authentication_credential_json(_fit(answer))
        challenge = _challenge_of(credential)
    except _BAD_ANSWER:
        return None
    fresh = take_challenge(purpose, challenge, of)
    # locked, so that of two answers with the same count one is refused
    known = select(here(Passkey)).where(here(Passkey).credential_id == credential.raw_id).with_for_update()
    passkey = db.session.scalars(known.execution_options(populate_existing=True)).one_or_none()
    if passkey is None or not fresh:
        return None
    if credential.response.user_handle not in (None, passkey.person_id.bytes):
        return None
    verified = _verified(credential, challenge, passkey, site)
    if verified is None:
        record_event(events.PASSKEY_REFUSED, passkey.id, Actor.task())
        return None
    passkey.sign_count, passkey.used_at = verified.new_sign_count, at
    db.session.flush()
    return passkey


def _verified(
    credential: AuthenticationCredential, challenge: bytes, passkey: Passkey, site: Site
) -> VerifiedAuthentication | None:
    """Check the signature, the site, that the person was verified, and that the count went up (a copied key's does not)."""
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _BAD_ANSWER:
        return None


def _options(site: Site, challenge: bytes, allowed: list[PublicKeyCredentialDescriptor]) -> str:
    return options_to_json(
        generate_authentication_options(
            rp_id=site.rp_id,
            challenge=challenge,
            timeout=LIFE_SECONDS * 1000,
            allow_credentials=allowed,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def _challenge_of(credential: RegistrationCredential | AuthenticationCredential) -> bytes:
    return parse_client_data_json(credential.response.client_data_json).challenge


def _fit(answer: str) -> dict[str, Any]:
    """Read the answer of a browser. Raises ValueError where it is too long or no JSON object."""
    found = json.loads(answer) if len(answer) <= _ANSWER_LENGTH else None
    if not isinstance(found, dict):
        raise ValueError("no answer of an authenticator")
    return found


def _name(name: str) -> str:
    plain = " ".join(name.replace("\0", "").split())
    if not 1 <= len(plain) <= NAME_LENGTH:
        sentence = marked("Write a name of 1 to %(most)s characters, such as My phone.", most=NAME_LENGTH)
        raise Invalid("bad-name", sentence, {"name": [sentence]})
    return plain


def _known_to(person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in passkeys_of(person_id)]


def count_of(person_id: UUID) -> int:
    """Return how many passkeys a person has."""
    return db.session.scalar(select(func.count()).where(here(Passkey).person_id == person_id)) or 0


def _refuse_second_step_open(who: SignedIn) -> None:
    """Refuse to add a key to an account whose second step is still to be proved. Raises SecondFactorRequired."""
    if who.standing is Standing.CODE_NEEDED:
        raise SecondFactorRequired()
