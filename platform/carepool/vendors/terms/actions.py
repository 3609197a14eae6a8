"""Verbs of ordering terms: read or begin, change, make secrets anew."""

import base64
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import asyncssh
from sqlalchemy import select

from carepool import events, outbound
from carepool.errors import Invalid, NotFound, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.catalogs import Contract
from carepool.sealing import NotReadable
from carepool.sentences import Sentence, marked
from carepool.vendors.desk.models import DeskPartner
from carepool.vendors.documents_written import FORMATS
from carepool.vendors.terms.models import ChannelName, OrderingTerms
from tenants.database import db, find, session
from tenants.registry import Vendor

MOST_ADDRESSES = 10
MOST_HOLIDAYS = 200
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_FOLDER = re.compile(r"[A-Za-z0-9 ._/-]{0,200}")


def contract_of(contract_id: UUID) -> Contract:
    """Return a contract of this state. Raises NotFound."""
    contract = find(Contract, contract_id)
    if contract is None:
        raise NotFound("contract")
    return contract


def terms_of(vendor_id: int) -> OrderingTerms:
    """Return the terms with a vendor; without any, those that hold until someone sets them (version 0, not kept)."""
    kept = find(OrderingTerms, vendor_id)
    if kept is not None:
        return kept
    plain = {column.name: column.default for column in OrderingTerms.__table__.columns if column.name != "tenant_id"}
    begun = {name: one.arg(None) if one.is_callable else one.arg for name, one in plain.items() if one is not None}
    return OrderingTerms(**{**begun, "vendor_id": vendor_id, "version": 0})


def own_vendor_mail(vendor_id: int) -> str:
    """Return a vendor's address in the directory where this state wrote it there; empty otherwise.

    What another state wrote is nothing that this state's orders may be shown to.
    """
    vendor = db.session.get(Vendor, vendor_id)
    return vendor.email if vendor is not None and vendor.registered_by == session().scope.id else ""


def change_terms(by: Actor, contract_id: UUID, facts: Mapping[str, Any], based_on: int | None) -> OrderingTerms:
    """Keep how a state orders from the vendor of a contract.

    `facts`: columns of OrderingTerms that a person sets, and `cxml_secret` (None or empty: as it was). A secret for
    webhooks and a key pair for SFTP are made when they are first needed. Raises NotFound, Invalid, Stale.
    """
    contract = contract_of(contract_id)
    own = find(OrderingTerms, contract.vendor_id)
    if own is not None:
        db.session.refresh(own, with_for_update=True)
    if (own.version if own else 0) != (based_on or 0):
        raise Stale()
    wanted = {name: value for name, value in facts.items() if name != "cxml_secret"}
    secret = str(facts.get("cxml_secret") or "")
    has_secret = bool(secret or (own is not None and own.sealed_cxml_secret))
    faults = dict(_faults(wanted, has_secret, _has_desk(contract.vendor_id)))
    if faults:
        raise Invalid("bad-ordering-terms", marked("Some of what was typed must be mended."), faults)
    if own is None:
        own = OrderingTerms(vendor_id=contract.vendor_id, version=0)
        db.session.add(own)
    diff = {name: [_plain(getattr(own, name)), _plain(value)] for name, value in wanted.items()}
    for name, value in wanted.items():
        setattr(own, name, value)
    if secret:
        own.keep_secret("cxml_secret", secret)
    if own.webhook_url and not own.sealed_webhook_secret:
        own.keep_secret("webhook_secret", _fresh_webhook_secret())
    if own.sftp_host and not own.sealed_sftp_key:
        own.keep_secret("sftp_key", _fresh_ssh_key())
    own.version += 1
    record_event(
        events.ORDERING_TERMS_CHANGED, contract.id, by, {name: two for name, two in diff.items() if two[0] != two[1]}
    )
    db.session.flush()
    return own


def rotate_webhook_secret(by: Actor, contract_id: UUID) -> str:
    """Make a new secret that signs orders posted to the vendor, and return it, this once. Raises NotFound, Invalid."""
    own = _kept(contract_id)
    if not own.webhook_url:
        sentence = marked("Write down the address of the vendor's system first.")
        raise Invalid("no-webhook-address", sentence, {"webhook_url": [sentence]})
    fresh = _fresh_webhook_secret()
    own.keep_secret("webhook_secret", fresh)
    record_event(events.ORDERING_TERMS_CHANGED, contract_id, by, {"webhook_secret": "rotated"})
    db.session.flush()
    return fresh


def rotate_door_secret(by: Actor, contract_id: UUID) -> str:
    """Make a new secret with which the vendor's system proves itself to us, and return it, this once.

    Raises NotFound, Invalid.
    """
    own = _kept(contract_id)
    fresh = secrets.token_urlsafe(32)
    own.keep_secret("door_secret", fresh)
    record_event(events.ORDERING_TERMS_CHANGED, contract_id, by, {"door_secret": "rotated"})
    db.session.flush()
    return fresh


def ssh_public_key(terms: OrderingTerms) -> str:
    """Return the public half of our SFTP key in OpenSSH's words; empty where there is none that can be read."""
    try:
        private = terms.secret("sftp_key")
    except NotReadable:
        return ""
    return asyncssh.import_private_key(private).export_public_key().decode().strip() if private else ""


def seal_again() -> None:
    """Seal the secrets of all terms with the newest key. A sweep calls this."""
    every = select(OrderingTerms).with_for_update().execution_options(populate_existing=True)
    for own in db.session.scalars(every.order_by(OrderingTerms.vendor_id)):
        own.seal_again()
    db.session.flush()


def _kept(contract_id: UUID) -> OrderingTerms:
    contract = contract_of(contract_id)
    own = find(OrderingTerms, contract.vendor_id)
    if own is None:
        sentence = marked("Keep the ordering terms of this vendor first.")
        raise Invalid("no-ordering-terms", sentence, {"channel": [sentence]})
    db.session.refresh(own, with_for_update=True)
    return own


def _has_desk(vendor_id: int) -> bool:
    """Tell whether this state shows its orders at the vendor's desk."""
    own = (DeskPartner.tenant_id == session().scope.id, DeskPartner.vendor_id == vendor_id, DeskPartner.shown)
    return db.session.execute(select(DeskPartner.id).where(*own)).first() is not None


def _fresh_webhook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _fresh_ssh_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519", comment="carepool").export_private_key().decode()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


def _faults(wanted: Mapping[str, Any], has_secret: bool, has_desk: bool) -> Iterator[tuple[str, list[Sentence]]]:
    """Yield what is wrong by field: what each chosen way needs must be there, and all that is there must be usable."""
    ways = {wanted["channel"], wanted["fallback"]}
    if wanted["fallback"] is not None and wanted["fallback"] in (wanted["channel"], ChannelName.HAND):
        yield "fallback", [marked("Choose another way than the first, or none.")]
    if wanted["format"] not in FORMATS:
        yield "format", [marked("Choose from the list.")]
    if ChannelName.DESK in ways and not has_desk:
        yield (
            "channel" if wanted["channel"] == ChannelName.DESK else "fallback",
            [marked("Give this vendor a desk first; the link is above on this page.")],
        )
    needs_mail = bool(ways & {ChannelName.MAIL, ChannelName.LINK})
    if needs_mail and not wanted["mail_to"]:
        yield "mail_to", [marked("Write at least one e-mail address, one a line.")]
    elif len(wanted["mail_to"]) > MOST_ADDRESSES or not all(map(_is_mail, wanted["mail_to"])):
        yield (
            "mail_to",
            [
                marked(
                    "Write e-mail addresses such as orders@example.com, one a line, at most %(most)s.",
                    most=MOST_ADDRESSES,
                )
            ],
        )
    for way, name in ((ChannelName.WEBHOOK, "webhook_url"), (ChannelName.CXML, "cxml_url")):
        if (way in ways or wanted[name]) and not outbound.takes(wanted[name]):
            yield name, [marked("The address must begin with https://, such as https://example.com/orders.")]
    if ChannelName.CXML in ways:
        for name in ("our_mailbox", "vendor_mailbox"):
            if not wanted[name]:
                yield name, [marked("Fill this in.")]
        if not has_secret:
            yield "cxml_secret", [marked("Write the shared secret that the vendor gave you.")]
    if ChannelName.SFTP in ways or wanted["sftp_host"]:
        yield from _sftp_faults(wanted)
    if not wanted["weekdays"] or not set(wanted["weekdays"]) <= set(range(7)):
        yield "weekdays", [marked("Choose at least one day of the week.")]
    if len(wanted["holidays"]) > MOST_HOLIDAYS:
        yield "holidays", [marked("Write at most %(most)s days.", most=MOST_HOLIDAYS)]


def _sftp_faults(wanted: Mapping[str, Any]) -> Iterator[tuple[str, list[Sentence]]]:
    if not _HOST.fullmatch(wanted["sftp_host"]):
        yield "sftp_host", [marked("Write the name of the server, such as sftp.example.com.")]
    if not wanted["sftp_user"]:
        yield "sftp_user", [marked("Fill this in.")]
    for name in ("sftp_folder", "sftp_answers_folder"):
        if not _FOLDER.fullmatch(wanted[name]) or ".." in wanted[name].split("/"):
            yield name, [marked("Write a folder such as inbox/orders.")]
    if wanted["sftp_answers_folder"] and wanted["sftp_answers_folder"].strip("/") == wanted["sftp_folder"].strip("/"):
        yield "sftp_answers_folder", [marked("Choose another folder than the one for orders.")]
    try:
        asyncssh.import_public_key(wanted["sftp_host_key"])
    except (asyncssh.KeyImportError, ValueError):
        yield (
            "sftp_host_key",
            [
                marked(
                    "Paste the server's public key as the vendor gives it: ssh-ed25519 AAAA… Without it anyone could answer."
                )
            ],
        )


def _is_mail(address: str) -> bool:
    return bool(_ADDRESS.fullmatch(address)) and address.isascii() and address.isprintable()
