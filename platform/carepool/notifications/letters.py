"""Messages put into letters: the reader's words, and links that name the state's host.

A notice whose letter holds a fresh secret (a sign-in link, a code) registers a function with `holds_a_secret`. It makes
the secret while the letter is written, in a transaction that ends before the letter leaves; no message, no outbox row
and no inbox ever holds it. Such notices are among the needed ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from carepool.identity.models import Person
from carepool.notifications.channels import Letter
from carepool.notifications.models import Message
from carepool.notifications.notices import LINK_LIFE, NEEDED, Notice
from carepool.notifications.sentences import sentence_of, title_of, words_of_link
from carepool.ui.languages import LOCALES, SOURCE
from tenants.brand import COLOUR, BadBrand, Brand, check_brand
from tenants.database import db, find, session
from tenants.registry import TenantEntry, host_of, refresh_directory, tenant_entry
from tenants.state_settings import StateSetting, with_settings

SHORT = 160
"""Characters of a text message."""
_TITLE = 60


@dataclass(frozen=True)
class Secret:
    """What only the letter may hold: words for its sentence by name, and the path that its link opens."""

    words: dict[str, str]
    path: str = ""


SecretMaker = Callable[[Person, Message], Secret]
_SECRETS: dict[Notice, SecretMaker] = {}


def holds_a_secret(notice: Notice) -> Callable[[SecretMaker], SecretMaker]:
    """Register the function that makes the fresh secret of a notice's letter; each attempt makes a new one."""

    def register(make: SecretMaker) -> SecretMaker:
        if notice in _SECRETS:
            raise RuntimeError(f"Two functions make the secret of {notice}.")
        if notice not in NEEDED:
            raise RuntimeError(f"{notice} holds a secret, so it is needed.")
        _SECRETS[notice] = make
        return make

    return register


@dataclass(frozen=True)
class Sender:
    """The state that writes: as its own people want it shown, in English, and the address of its site."""

    tenant: TenantEntry
    host: str
    own: StateSetting | None = None

    @classmethod
    def here(cls) -> "Sender":
        """The state of the session's scope."""
        number = session().scope.id
        tenant = tenant_entry(number)
        if tenant is None:
            # a state may be newer than what this process read of the registry
            refresh_directory()
            tenant = tenant_entry(number)
        if tenant is None:
            raise LookupError(f"The registry has no state {number}.")
        own = find(StateSetting)
        return cls(with_settings(tenant, own), host_of(number) or "localhost", own)

    def shown(self, language: str) -> TenantEntry:
        """Return the state as it is shown in a language."""
        return with_settings(self.tenant, self.own, language)

    def address(self, endpoint: str, **values: Any) -> str:
        """Return the whole address of a page."""
        port = current_app.config["CAREPOOL_PORT"]
        server = f"{self.host}:{port}" if port else self.host
        rules = current_app.url_map.bind(server, url_scheme=current_app.config["CAREPOOL_SCHEME"])
        return rules.build(endpoint, values, force_external=True)


def letter_of(sender: Sender, person: Person, message: Message) -> Letter:
    """Write a message as a letter to its person."""
    notice = Notice(message.kind)
    make = _SECRETS.get(notice)
    secret = make(person, message) if make else None
    language = person.language if person.language in LOCALES else SOURCE
    words, state = secret.words if secret else {}, sender.shown(language)
    with force_locale(LOCALES[language]):
        told = " ".join(sentence_of(message, words).split())
        short = short_form(state.title, message, words)
    inbox = sender.address("notifications_pages.messages")
    site = inbox.removesuffix("/messages")
    stop = "" if notice in NEEDED else unsubscribe_token(person.id, notice)
    return Letter(
        message_id=message.id,
        language=language,
        sentence=told,
        short=short,
        more=_more_of(message, language),
        link=f"{site}{secret.path}" if secret and secret.path else _page_of(sender, message, inbox),
        unsubscribe=sender.address("notifications_doors.unsubscribe", token=stop) if stop else "",
        site=state.title,
        host=sender.host,
        agency=state.brand.agency,
        contact=contact_of(state.brand),
        colour=readable(state.brand.colour),
    )


def contact_of(brand: Brand) -> tuple[str, ...]:
    """Return whom to ask: name, what they are, phone, e-mail, those that there are; nothing where nobody can be reached."""
    reached = tuple(one for one in (brand.contact_phone, brand.contact_email) if one)
    named = tuple(one for one in (brand.contact_name, brand.contact_role) if brand.contact_name and one)
    return (*named, *reached) if reached else ()


def readable(colour: str) -> str:
    """Return a colour on which white text can be read: the state's, or the national one."""
    try:
        check_brand(Brand(colour=colour))
    except BadBrand:
        return COLOUR
    return colour


def short_form(site: str, message: Message, words: dict[str, str]) -> str:
    """Return a message of at most 160 characters: the title gives way first, then the site's name."""
    title = title_of(message)
    for most in (len(title), _TITLE, 30):
        cut = title if len(title) <= most else f"{title[: most - 3].rstrip()}..."
        told = " ".join(sentence_of(message, {**words, "title": cut}).split())
        if len(told) + len(site) + 2 <= SHORT:
            return f"{site}: {told}"
    return told[:SHORT]


def _more_of(message: Message, language: str) -> tuple[str, ...]:
    if message.kind in LINK_LIFE:
        with force_locale(LOCALES[language]):
            return words_of_link(Notice(message.kind))
    if message.kind != Notice.DIGEST:
        return ()
    own = select(Message).where(Message.id.in_([UUID(one) for one in message.facts["messages"]])).order_by(Message.id)
    with force_locale(LOCALES[language]):
        return tuple(sentence_of(one) for one in db.session.scalars(own))


def _page_of(sender: Sender, message: Message, inbox: str) -> str:
    if message.kind.startswith("purchase."):
        return sender.address("purchasing_pages.purchase", purchase_id=message.subject_id)
    if message.kind.startswith("service."):
        return sender.address("enrolling_pages.contract", contract_id=message.subject_id)
    if message.kind.startswith("alliance."):
        return sender.address("programs_pages.program", program_id=message.subject_id)
    if message.kind == Notice.PRICES_PROPOSED:
        return sender.address("price_pages.proposal", proposal_id=message.subject_id)
    if message.kind == Notice.WEBHOOK_FAILING:
        return sender.address("webhooks_pages.endpoint", endpoint_id=message.subject_id)
    return inbox


def unsubscribe_token(person_id: UUID, notice: Notice) -> str:
    """Return what proves, without sign-in, that a person of this state may stop a notice by mail."""
    return _signer().dumps([session().scope.id, person_id.hex, str(notice)])


def read_unsubscribe(token: str) -> tuple[UUID, Notice] | None:
    """Return the person and notice of a token of this state, or None where it proves nothing or all get it."""
    try:
        scope, person, kind = _signer().loads(token)
        notice = Notice(kind)
        return (UUID(hex=person), notice) if scope == session().scope.id and notice not in NEEDED else None
    except (BadSignature, ValueError, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="unsubscribe")
