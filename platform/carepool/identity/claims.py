"""Verbs of claims: someone says they run a licensed program, and a link, a code or a person of the state proves it."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.email_addresses import NOT_ONE, is_address
from carepool.errors import Invalid, NotFound, Refusal, SignInRequired, TooMany
from carepool.identity.actions import grant_role, matches, person_of, secret_hash
from carepool.identity.limits import CLAIMS_FROM_PLACE, within
from carepool.identity.models import Claim, ClaimState, ClaimWay
from carepool.identity.rights import Role
from carepool.identity.tokens import fresh_token, read_token
from carepool.outbox import Actor, ActorKind, record_event
from carepool.programs.models import Program
from carepool.sentences import Sentence, marked
from tenants.database import db, find, session
from tenants.ids import new_id

CODE_LIFE = timedelta(days=30)
CODE_TRIES = 5
CODE_LENGTH = 8
# no letters and digits that are taken for each other on paper or on the phone
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFUSED = marked("The number or the code is not right, or the code is too old. Ask the state for a new one.")


def ask_claim(licence_number: str, name: str, email: str, place: str) -> UUID:
    """Say that someone runs the program of a licence number; what follows is a worker's. Returns the claim's id.

    The same is done for a number that no roster holds. Raises Invalid for empty fields, and TooMany for one `place`.
    """
    fields: dict[str, list[Sentence]] = {}
    written = {"licence_number": licence_number.strip(), "name": name.strip(), "email": email.strip().lower()}
    for field, text in written.items():
        if not text or len(text) > 200 or "\0" in text:
            fields[field] = [marked("Fill this in, in at most 200 characters.")]
    if "email" not in fields and not is_address(written["email"]):
        fields["email"] = [NOT_ONE]
    if fields:
        raise Invalid("bad-claim", marked("Some fields need your attention."), fields)
    if not within(CLAIMS_FROM_PLACE, place):
        raise TooMany()
    program = select(Program.id).where(Program.licence_number == written["licence_number"], Program.gone_at.is_(None))
    values = {"id": new_id(), "state": ClaimState.WAITING, "program_id": db.session.scalar(program), **written}
    db.session.execute(insert(Claim).values(values).on_conflict_do_nothing())
    same = select(Claim.id).where(
        Claim.licence_number == written["licence_number"],
        Claim.email == written["email"],
        Claim.state == ClaimState.WAITING,
    )
    claim_id = db.session.scalars(same).one()
    record_event(events.CLAIM_MADE, claim_id, Actor.task())
    return claim_id


def confirm_claim(written: str, at: datetime) -> Claim:
    """Approve a claim with the link that went to the address on file. Raises SignInRequired for a link that is no good."""
    claim = claim_of_link(written, at)
    _decide(claim, Actor(ActorKind.PERSON, claim.person_id), ClaimState.APPROVED, ClaimWay.EMAIL)
    return claim


def claim_of_link(written: str, at: datetime) -> Claim:
    """Return the open claim that a link is for, locked. Raises SignInRequired, the same for used, old and unknown links."""
    token = read_token(written, "claim")
    claim = db.session.get(Claim, _key(token.id), with_for_update=True) if token else None
    good = claim and claim.link_hash and claim.link_expires_at and claim.link_expires_at > at
    if not (token and claim and good and claim.state == ClaimState.WAITING and token.proves(claim.link_hash or b"")):
        raise SignInRequired(marked("This link was used or is too old. Ask for a new one."))
    return claim


def approve_claim(by: Actor, claim_id: UUID) -> Claim:
    """Approve a claim as staff. Raises NotFound, and Refusal where it is decided or no program has its number."""
    return _decide(_open(claim_id), by, ClaimState.APPROVED, ClaimWay.STAFF)


def decline_claim(by: Actor, claim_id: UUID, reason: str) -> Claim:
    """Decline a claim with a reason that the claimant reads. Raises NotFound, Invalid and Refusal."""
    if not reason.strip():
        raise Invalid("reason-needed", _WHY, {"reason": [_WHY]})
    claim = _open(claim_id)
    claim.reason = reason.strip()[:500]
    return _decide(claim, by, ClaimState.DECLINED, ClaimWay.STAFF)


_WHY = marked("Say why, in a sentence that the person will read.")


def make_code(by: Actor, claim_id: UUID, at: datetime) -> str:
    """Make a code of 8 characters to print or say on the phone; the one before it stops. It is shown once, here."""
    claim = _open(claim_id)
    code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    claim.code_hash, claim.code_expires_at, claim.code_tries = secret_hash(code), at + CODE_LIFE, 0
    record_event(events.CLAIM_CODE_MADE, claim.id, by)
    db.session.flush()
    return f"{code[:4]}-{code[4:]}"


def redeem_code(licence_number: str, code: str, at: datetime) -> Claim | None:
    """Approve the claim of a licence number whose code was written; None where it is not right, which is counted.

    The door commits in both cases, so that a wrong try counts. Five wrong tries end a code.
    """
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    with_code = (
        select(Claim)
        .where(
            Claim.licence_number == licence_number.strip(),
            Claim.state == ClaimState.WAITING,
            Claim.code_expires_at > at,
            Claim.code_tries < CODE_TRIES,
        )
        .order_by(Claim.id)
        .with_for_update()
    )
    found = None
    candidates: list[Claim | None] = list(db.session.scalars(with_code))
    for claim in candidates or [None]:
        right = matches(claim.code_hash if claim else None, plain)
        if claim is not None and right and found is None:
            found = _decide(claim, Actor(ActorKind.PERSON, claim.person_id), ClaimState.APPROVED, ClaimWay.CODE)
        elif claim is not None:
            claim.code_tries += 1
    db.session.flush()
    return found


CODE_REFUSED = _REFUSED
"""What someone reads whose code is not right."""


def link_for_check(claim_id: UUID, at: datetime, life: timedelta) -> str:
    """Make the link of the letter to the address on file; return its token, or nothing where the claim is decided."""
    claim = find(Claim, claim_id)
    if claim is None or claim.state != ClaimState.WAITING:
        return ""
    written = fresh_token("claim", claim.id)
    claim.link_hash, claim.link_expires_at = written.hash, at + life
    db.session.flush()
    return str(written)


def _open(claim_id: UUID) -> Claim:
    claim = db.session.get(Claim, _key(claim_id), with_for_update=True)
    if claim is None:
        raise NotFound("claim")
    if claim.state != ClaimState.WAITING:
        raise Refusal("claim-decided", marked("This request was decided already."))
    return claim


def _key(claim_id: UUID) -> tuple[int, UUID]:
    return session().scope.id, claim_id


def _decide(claim: Claim, by: Actor, state: ClaimState, way: ClaimWay) -> Claim:
    """Decide an open, locked claim. Approving makes the claimant the program's director."""
    person = person_of(claim.email, claim.name)
    if state is ClaimState.APPROVED:
        if claim.program_id is None:
            sentence = marked("No program has this license number. Decline, or ask for the right number.")
            raise Refusal("unknown-licence", sentence)
        grant_role(by, person.id, Role.PROGRAM_DIRECTOR, claim.program_id)
    claim.state, claim.way, claim.person_id = state, way, person.id
    claim.decided_at = db.session.scalars(select(func.now())).one()
    claim.code_hash = claim.link_hash = None
    topic = events.CLAIM_APPROVED if state is ClaimState.APPROVED else events.CLAIM_DECLINED
    record_event(topic, claim.id, by, {"state": [ClaimState.WAITING, state], "way": [None, way]})
    db.session.flush()
    return claim
