"""The ways out: each knows whether it is set up and sends one delivery."""

from __future__ import annotations

from typing import Protocol

from bihuan.base.notify.models import Channel, Delivery


class Temporary(Exception):
    """It was not sent; a later try may succeed."""


class Refused(Exception):
    """It was not sent and never will be like this."""


class Ambiguous(Exception):
    """Nobody knows whether it was sent."""


class Port(Protocol):
    """
    `knows_doubles`: the other side drops a second message with the same id, therefore an
    ambiguous sending may be repeated.
    """

    knows_doubles: bool

    def is_ready(self) -> bool:
        """Whether this way is set up."""
        ...

    def send(self, delivery: Delivery) -> None:
        """Send. Raises Temporary, Refused or Ambiguous; their texts hold nothing personal."""
        ...


def port(channel: str) -> Port:
    from bihuan.base.notify.channels.mail import Mail
    from bihuan.base.notify.channels.phone import Sms, Voice
    from bihuan.base.notify.channels.webhook import WebhookPort
    from bihuan.base.notify.channels.wecom import WeCom

    ports: dict[str, type[Port]] = {
        Channel.MAIL: Mail,
        Channel.WECOM: WeCom,
        Channel.WEBHOOK: WebhookPort,
        Channel.SMS: Sms,
        Channel.VOICE: Voice,
    }
    return ports[channel]()
