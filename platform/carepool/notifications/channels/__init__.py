"""The ways by which a message leaves us. Each says what surely happened; only a lost answer is `unknown`."""

from carepool.notifications.channels.letter import Answer, Channel, Letter
from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.channels.sms import SmsChannel
from carepool.notifications.models import DeliveryState

__all__ = ["CHANNELS", "Answer", "Channel", "DeliveryState", "Letter", "in_use"]

CHANNELS: dict[str, type[Channel]] = {"mail": MailChannel, "sms": SmsChannel}
"""Every channel by the name that stands in its deliveries."""


def in_use() -> list[str]:
    """Return the names of the channels that this installation is set up for."""
    return [name for name, channel in CHANNELS.items() if channel.configured()]
