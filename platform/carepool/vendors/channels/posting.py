"""One HTTPS request to a vendor's system, and what is known where no answer came."""

from collections.abc import Mapping

import httpx

from carepool import outbound
from carepool.sentences import marked
from carepool.vendors.channels.outgoing import Result
from carepool.vendors.deliveries.models import OrderStage

TIMEOUT_SECONDS = 30


def post(url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response | Result:
    """Post a body and return the whole answer, or what is known without one: not sent, or unknown."""
    try:
        with outbound.client(TIMEOUT_SECONDS) as client:
            return client.post(url, content=body, headers=dict(headers))
    except outbound.OutboundRefused as refused:
        # what is not taken of an answer came after the order had gone out
        stage = OrderStage.UNKNOWN if refused.answered else OrderStage.REFUSED
        return Result(stage, error=refused.sentence)
    except (httpx.ConnectError, httpx.ConnectTimeout) as failed:
        return Result(OrderStage.QUEUED, str(failed)[:400], error=marked("It could not be reached. It is tried again."))
    except (httpx.InvalidURL, UnicodeError) as failed:
        return Result(OrderStage.REFUSED, str(failed)[:400], error=marked("It could not be reached."))
    except httpx.HTTPError as lost:
        return Result(OrderStage.UNKNOWN, str(lost)[:400], error=marked("The answer of the other side was lost."))
