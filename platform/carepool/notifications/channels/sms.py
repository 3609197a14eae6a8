"""Text messages through Twilio's Messages API."""

from types import TracebackType
from typing import Self

import httpx
from flask import current_app

from carepool.notifications.channels.letter import Answer, Letter
from carepool.notifications.models import DeliveryState

_TIMEOUT = httpx.Timeout(20, connect=5)
_TOO_MANY = 429


class SmsChannel:
    """Text messages through one account."""

    def __init__(self) -> None:
        config = current_app.config
        self._from = config["SMS_FROM"]
        self._path = f"/2010-04-01/Accounts/{config['SMS_ACCOUNT']}/Messages.json"
        login = (config["SMS_ACCOUNT"], config["SMS_TOKEN"])
        self._client = httpx.Client(base_url=config["SMS_URL"], auth=login, timeout=_TIMEOUT)

    @staticmethod
    def configured() -> bool:
        """Tell whether a provider is set."""
        return bool(current_app.config["SMS_URL"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def send(self, letter: Letter, address: str) -> Answer:
        """Send one text. The API knows no key against doubles, so an answer that is lost or unclear stays `unknown`."""
        try:
            said = self._client.post(self._path, data={"To": address, "From": self._from, "Body": letter.short})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as failed:
            return Answer(DeliveryState.WAITING, str(failed)[:500])
        except httpx.HTTPError as lost:
            return Answer(DeliveryState.UNKNOWN, str(lost)[:500])
        if said.status_code in (200, 201):
            return Answer(DeliveryState.SENT, "", _number_of(said))
        error = f"{said.status_code} {said.text}"[:500]
        if said.status_code == _TOO_MANY:
            return Answer(DeliveryState.WAITING, error)
        return Answer(DeliveryState.REFUSED if said.is_client_error else DeliveryState.UNKNOWN, error)


def _number_of(said: httpx.Response) -> str:
    try:
        return str(said.json()["sid"])
    except (ValueError, KeyError, TypeError):
        return ""
