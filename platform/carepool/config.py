"""Every setting of Carepool, typed, with its default and its environment variable."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from carepool.records.keeping import BadLimits, limits_of
from carepool.sealing import BadDataKeys, Sealer
from tenants.refusals import Refused
from tenants.signing import BadKeyRing, KeyRing


class BadSetting(Refused):
    """A setting that cannot be used; the message names it and says what it must be."""


def _setting(help_: str, default: Any = None, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help_, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """The settings; each is read from the environment variable of the same name in capitals."""

    database_url: str = _setting("Address of PostgreSQL for the application, role carepool_app", secret=True)
    database_owner_url: str = _setting(
        "Address of PostgreSQL for migrations, role carepool_owner; not needed to serve", "", secret=True
    )
    redis_url: str = _setting("Address of Redis or Valkey, which carries the work", secret=True)
    secret_key: str = _setting("At least 32 characters that sign cookies", secret=True)
    scope_signing_keys: str = _setting("Keys that sign scopes: 1:<64 hex digits>, newest first", secret=True)
    data_keys: str = _setting("Keys that seal secrets in the database: 1:<64 hex digits>, newest first", secret=True)
    carepool_base_domain: str = _setting("Domain under which each state has its host name", "localhost")
    carepool_scheme: str = _setting("http or https: how people reach the pages", "http")
    carepool_port: int = _setting("Port in addresses that are shown, 0 for none", 8000)
    carepool_assets: str = _setting("Folder of the built page assets", "var/assets")
    carepool_files: str = _setting("Folder of stored files", "var/files")
    carepool_log_level: str = _setting("DEBUG, INFO, WARNING or ERROR", "INFO")
    carepool_proxies: int = _setting("Proxies in front that add X-Forwarded-For; 0 believes no such header", 0)
    database_pool_size: int = _setting("Connections a process keeps open", 5)
    second_factor: str = _setting(
        "required: people with a role in the state or in the hub of an alliance need a second step; or optional",
        "required",
    )
    smtp_url: str = _setting("Mail server, smtp://user:password@host:port; empty sends no mail", "", secret=True)
    mail_from: str = _setting("Sender of mail", "no-reply@localhost")
    sms_url: str = _setting("Address of Twilio's API or of one that speaks it; empty sends no text messages", "")
    sms_account: str = _setting("Account at the provider of text messages", "")
    sms_token: str = _setting("Its token, which also signs what the provider posts to us", "", secret=True)
    sms_from: str = _setting("Number from which text messages come, such as +13035550100", "")
    mail_hook_secret: str = _setting(
        "Secret (whsec_...) that signs what the mail provider posts to /hooks/mail; empty takes nothing",
        "",
        secret=True,
    )
    card_provider_url: str = _setting(
        "Address of Stripe's API or of one that speaks it, for states that take cards", "https://api.stripe.com"
    )
    carepool_outbound_allow: str = _setting(
        "Hosts (host or host:port, comma separated) that a state's addresses may name though they are not public", ""
    )
    relay_batch: int = _setting("Outbox rows the relay takes from one scope at a time", 1000)
    relay_in_flight: int = _setting("Outbox rows of one scope that may be handed over and not done", 5000)
    relay_again_seconds: int = _setting(
        "Seconds after which a handed-over row that is not done is handed over again", 120
    )
    retention_limits: str = _setting(
        "Days that states may choose to keep records, such as messages=90-3650; kinds left out have limits of their own",
        "",
    )
    upload_max_mib: int = _setting("Largest file that may be uploaded, in MiB", 64)
    metrics_token: str = _setting(
        "Bearer token that /metrics asks for; empty answers only to this machine", "", secret=True
    )
    carepool_metrics: str = _setting(
        "Folder in which the processes of one machine add up their metrics; empty: each counts alone", ""
    )
    metrics_port: int = _setting(
        "Port on which a worker and a relay show their metrics, without a token; 0 for none", 0
    )


_REQUIRED = ("database_url", "redis_url", "secret_key", "scope_signing_keys", "data_keys")


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises BadSetting with a sentence that names the variable."""
    source = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        name = setting.name.upper()
        written = source.get(name)
        if written is None or (written == "" and setting.name in _REQUIRED):
            if setting.name in _REQUIRED:
                raise BadSetting(f"{name} is not set. {setting.metadata['help']}.")
            continue
        values[setting.name] = _number(name, written) if setting.type is int else written
    settings = Settings(**values)
    _check(settings)
    return settings


def _number(name: str, written: str) -> int:
    try:
        number = int(written)
    except ValueError:
        raise BadSetting(f"{name} must be a whole number, not {written!r}.") from None
    if not 0 <= number <= 1_000_000:
        raise BadSetting(f"{name} must be from 0 to 1000000, not {number}.")
    return number


def _check(settings: Settings) -> None:
    for name in ("database_url", "database_owner_url"):
        check_database_address(name, getattr(settings, name))
    if not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise BadSetting("REDIS_URL must begin with redis://, rediss:// or unix://.")
    if len(settings.secret_key) < 32:
        raise BadSetting("SECRET_KEY must have at least 32 characters.")
    try:
        KeyRing.parse(settings.scope_signing_keys)
        Sealer.parse(settings.data_keys)
    except (BadKeyRing, BadDataKeys) as error:
        raise BadSetting(str(error)) from None
    try:
        limits_of(settings.retention_limits)
    except BadLimits as error:
        raise BadSetting(f"RETENTION_LIMITS: {error}") from None
    if settings.carepool_scheme not in ("http", "https"):
        raise BadSetting("CAREPOOL_SCHEME must be http or https.")
    if settings.second_factor not in ("required", "optional"):
        raise BadSetting("SECOND_FACTOR must be required or optional.")
    if settings.carepool_log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise BadSetting("CAREPOOL_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
    for name in ("carepool_port", "metrics_port"):
        if getattr(settings, name) > 65535:
            raise BadSetting(f"{name.upper()} must be a port, 65535 at most.")
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        raise BadSetting("SMTP_URL must begin with smtp:// or smtps://.")
    if settings.sms_url and not settings.sms_url.startswith(("https://", "http://")):
        raise BadSetting("SMS_URL must begin with https:// (http:// for a provider on this machine).")
    if settings.sms_url and not (settings.sms_account and settings.sms_token and settings.sms_from):
        raise BadSetting("SMS_URL needs SMS_ACCOUNT, SMS_TOKEN and SMS_FROM beside it.")
    for name in ("database_pool_size", "relay_batch", "relay_in_flight", "relay_again_seconds", "upload_max_mib"):
        if getattr(settings, name) < 1:
            raise BadSetting(f"{name.upper()} must be at least 1.")


def check_database_address(name: str, url: str) -> None:
    """Check one address of PostgreSQL. Raises BadSetting, which names the setting."""
    if not url and name == "database_owner_url":
        return
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadSetting(
            f"{name.upper()} is not an address. Write postgresql://user:password@host:port/name."
        ) from None
    if not parsed.drivername.startswith("postgresql") or not parsed.database:
        raise BadSetting(f"{name.upper()} must begin with postgresql:// and name a database.")


def first_line(error: object) -> str:
    """Return the first line of what a server said, as a sentence."""
    return f"{next(iter(str(error).strip().splitlines()), 'It said nothing').rstrip('.')}."


def sqlalchemy_url(url: str) -> str:
    """Return a database address with the driver that Carepool uses (psycopg 3)."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
