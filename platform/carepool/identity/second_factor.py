"""Verbs of the second factor: codes of an authenticator app (TOTP), and recovery codes for who lost the phone."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
import segno
from sqlalchemy import delete, select, update

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.identity import lockout
from carepool.identity.actions import SignedIn
from carepool.identity.app_secrets import keep_secret, secret_of
from carepool.identity.models import AccessToken, Person, RecoveryCode
from carepool.identity.vendor_models import here
from carepool.outbox import record_event
from carepool.sentences import marked
from tenants.database import bulk_insert, db, session

RECOVERY_CODES = 10
_STEP_SECONDS = 30
WRONG = marked("This code is not right. Wait for the next one and type it at once.")


def fresh_secret() -> str:
    """Return a new secret of 160 bits for an authenticator app, in base 32."""
    return pyotp.random_base32()


def picture(secret: str, email: str, site: str) -> str:
    """Return the QR code of a secret as SVG, made here without any other service."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=site)
    return str(segno.make(address, micro=False).svg_inline(scale=5, light="white"))


def set_up(who: SignedIn, secret: str, code: str, at: datetime) -> list[str]:
    """Turn the second factor on, proved with a first code; return the recovery codes, shown once, here.

    Raises Refusal where it is on already, and Invalid where the code does not belong to the secret.
    """
    person = locked_person(who.person.id)
    if person.totp_since is not None:
        raise Refusal("factor-on", marked("The second step is on already."))
    step = _step_of(secret, code, at)
    if step is None:
        raise Invalid("wrong-code", WRONG, {"code": [WRONG]})
    keep_secret(person, secret)
    person.totp_since, person.totp_step = at, step
    person.factor_due = False
    _pass(who.token_id, at)
    # codes of before, which came with a passkey
    _forget_codes(person.id)
    record_event(events.FACTOR_SET_UP, person.id, who.actor)
    db.session.flush()
    return _fresh_codes(person.id)


def prove_factor(who: SignedIn, code: str, at: datetime) -> bool:
    """Prove the second factor of a session with an app's code or a recovery code; each works once.

    A wrong one is counted; the door commits that too. Raises SignInRequired while one must wait.
    """
    counted = [lockout.of_factor(who.person.id)]
    lockout.refuse_waiting(counted, at)
    person = locked_person(who.person.id)
    secret = secret_of(person)
    step = _step_of(secret, code, at)
    if step is not None and step > person.totp_step:
        person.totp_step = step
        # also one that was stored plain, or under an older key
        keep_secret(person, secret)
    elif not _use_recovery_code(person.id, code):
        lockout.count_failure(counted, at)
        return False
    lockout.forget(*counted)
    mark_proved(who.token_id, at)
    record_event(events.FACTOR_PROVED, person.id, who.actor)
    db.session.flush()
    return True


def turn_off(who: SignedIn) -> None:
    """Turn the second factor off. Raises Refusal for those who must have one."""
    if who.must_have_factor:
        sentence = marked("People with a role in the state or in a hub need the second step; it cannot be turned off.")
        raise Refusal("factor-needed", sentence)
    person = locked_person(who.person.id)
    person.totp_secret = person.totp_since = None
    forget_factor(person.id)
    record_event(events.FACTOR_TURNED_OFF, person.id, who.actor)
    db.session.flush()


def forget_factor(person_id: UUID) -> None:
    """Forget the recovery codes of a second step that is gone, and what was proved with it in any session.

    Neither counts any more, should the person need a second step one day.
    """
    _forget_codes(person_id)
    db.session.execute(update(here(AccessToken)).where(here(AccessToken).person_id == person_id).values(factor_at=None))


def begin_with_passkey(who: SignedIn, at: datetime) -> list[str]:
    """Take a passkey that was just added as this session's second step.

    Returns recovery codes, shown once, where it is the first second step of someone who needs one; else nothing.
    """
    _pass(who.token_id, at)
    person = locked_person(who.person.id)
    needed = who.must_have_factor or person.factor_due
    if not needed or person.totp_since is not None or codes_left(person.id):
        return []
    record_event(events.FACTOR_SET_UP, person.id, who.actor)
    return _fresh_codes(person.id)


def fresh_codes(who: SignedIn) -> list[str]:
    """Return new recovery codes, shown once, here; the old ones work no more. Raises Refusal where no second step is on."""
    person = locked_person(who.person.id)
    if person.totp_since is None and not codes_left(person.id) and not who.must_have_factor:
        raise Refusal("factor-off", marked("Set up the second step first. Recovery codes stand in for it."))
    _forget_codes(person.id)
    record_event(events.RECOVERY_CODES_MADE, person.id, who.actor)
    db.session.flush()
    return _fresh_codes(person.id)


def locked_person(person_id: UUID) -> Person:
    """Return a person whose proofs nobody else can use or change until this transaction ends. Raises NotFound."""
    person = db.session.get(here(Person), (session().scope.id, person_id), with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound("person")
    return person


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step (of 30 s) to which a code belongs: this one or a neighbor, as clocks differ."""
    plain = "".join(code.split())
    try:
        if len(base64.b32decode(secret)) < 16:
            return None
    except (binascii.Error, ValueError):
        return None
    now_step = int(at.timestamp()) // _STEP_SECONDS
    codes = pyotp.TOTP(secret)
    right = (n for n in (now_step - 1, now_step, now_step + 1) if _same(codes.generate_otp(n), plain))
    return next(right, None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def mark_proved(token_id: UUID, at: datetime) -> None:
    """Remember that the second step was proved in a session, and with it who acts."""
    db.session.execute(
        update(here(AccessToken)).where(here(AccessToken).id == token_id).values(factor_at=at, proved_at=at)
    )


def _pass(token_id: UUID, at: datetime) -> None:
    """Let a session pass the second step that was just set up in it; who holds a new key proves nothing of before."""
    db.session.execute(update(here(AccessToken)).where(here(AccessToken).id == token_id).values(factor_at=at))


def _forget_codes(person_id: UUID) -> None:
    db.session.execute(delete(here(RecoveryCode)).where(here(RecoveryCode).person_id == person_id))


def _fresh_codes(person_id: UUID) -> list[str]:
    # 80 random bits each, so a plain hash keeps them
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    bulk_insert(here(RecoveryCode), ("code_hash",), ((_hash(one),) for one in codes), same={"person_id": person_id})
    return ["-".join(one[place : place + 4] for place in range(0, 16, 4)) for one in codes]


def _use_recovery_code(person_id: UUID, code: str) -> bool:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    used = delete(here(RecoveryCode)).where(
        here(RecoveryCode).person_id == person_id, here(RecoveryCode).code_hash == _hash(plain)
    )
    gone = db.session.execute(used.returning(here(RecoveryCode).code_hash).execution_options(synchronize_session=False))
    return gone.first() is not None


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def codes_left(person_id: UUID) -> int:
    """Return how many recovery codes a person has not used."""
    return len(
        db.session.scalars(select(here(RecoveryCode).code_hash).where(here(RecoveryCode).person_id == person_id)).all()
    )
