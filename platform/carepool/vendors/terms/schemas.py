"""What comes in and goes out of ordering terms. Times are minutes after midnight where the state is."""

from marshmallow import Schema, fields, validate

from carepool.vendors.terms.models import ChannelName
from carepool.web.bodies import Strict, Text


class TermsFields(Schema):
    """What a person sets."""

    format = Text(load_default="pdf", most=20, metadata={"description": "Format of attached or posted documents"})
    language = Text(load_default="en", most=2)
    mail_to = fields.List(Text(most=254, least=3), load_default=list, validate=validate.Length(max=10))
    webhook_url = Text(load_default="", most=500)
    cxml_url = Text(load_default="", most=500)
    our_mailbox = Text(load_default="")
    vendor_mailbox = Text(load_default="")
    sftp_host = Text(load_default="", most=253)
    sftp_port = fields.Integer(strict=True, load_default=22, validate=validate.Range(1, 65535))
    sftp_user = Text(load_default="", most=100)
    sftp_folder = Text(load_default="")
    sftp_answers_folder = Text(load_default="", metadata={"description": "Where the vendor puts its answers down"})
    sftp_host_key = Text(load_default="", most=2000)
    cutoff_minute = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 1439),
        metadata={"description": "Minutes after midnight; null: no cut-off is agreed"},
    )
    cutoff_days = fields.Integer(strict=True, load_default=1, validate=validate.Range(0, 60))
    lead_days = fields.Integer(
        strict=True, load_default=5, validate=validate.Range(0, 250), metadata={"description": "Working days"}
    )
    weekdays = fields.List(
        fields.Integer(strict=True, validate=validate.Range(0, 6)),
        load_default=lambda: [0, 1, 2, 3, 4],
        validate=validate.Length(max=7),
        metadata={"description": "0 is Monday"},
    )
    holidays = fields.List(fields.Date(), load_default=list, validate=validate.Length(max=200))
    remit_to = Text(load_default="", most=500)
    payment_terms = Text(load_default="")
    customer_number = Text(load_default="", most=60)
    accept_cheaper = fields.Boolean(load_default=False)
    accept_earlier = fields.Boolean(load_default=False)
    spares_exempt = fields.Boolean(
        load_default=False, metadata={"description": "The vendor adds no sales tax for programs with a certificate"}
    )
    accept_wanted_substitutes = fields.Boolean(
        load_default=False, metadata={"description": "Substitutes that every program takes and that are not dearer"}
    )


class OrderingTermsIn(Strict, TermsFields):
    """Ordering terms as they are to be; `cxml_secret` null or empty leaves the secret as it is."""

    channel = fields.Enum(ChannelName, by_value=True, required=True)
    fallback = fields.Enum(ChannelName, by_value=True, load_default=None, allow_none=True)
    cxml_secret = Text(load_default=None, allow_none=True, most=500)


class OrderingTermsOut(TermsFields):
    """Ordering terms; secrets are never shown."""

    channel = fields.String(required=True, validate=validate.OneOf([str(one) for one in ChannelName]))
    fallback = fields.String(required=True, allow_none=True, validate=validate.OneOf([str(one) for one in ChannelName]))
    version = fields.Integer(required=True, metadata={"description": "0: nothing was set yet"})


class SecretOut(Schema):
    """A secret that is shown this once."""

    secret = fields.String(required=True, metadata={"description": "whsec_..., as Standard Webhooks write it"})


class TestOrderIn(Strict):
    """By which way to send a test order."""

    __test__ = False

    channel = fields.Enum(ChannelName, by_value=True, required=True)
