"""Orders posted as cXML OrderRequests over HTTPS; the answer is a cXML Response with a status of its own.

cXML Reference Guide 1.2, "Response": the status code follows HTTP's classes, and a request that is sent again with the
same payloadID is the same request.
"""

import io

from carepool.sentences import marked
from carepool.vendors.channels.outgoing import Outgoing, Result
from carepool.vendors.channels.posting import post
from carepool.vendors.channels.webhook import of_status
from carepool.vendors.deliveries.models import OrderStage
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.formats.xml_parts import parts


def send_cxml(outgoing: Outgoing) -> Result:
    """Post the one document of the order; delivered is only what the Response says it took."""
    [document] = outgoing.documents
    found = post(outgoing.terms.cxml_url, document.data, {"content-type": "text/xml; charset=UTF-8"})
    if isinstance(found, Result):
        return found
    reference = str(outgoing.id)
    if not found.is_success:
        return of_status(found, reference)
    status = status_of(found.content)
    if status is None:
        sentence = marked("It answered with something else than a cXML Response. Ask whether the order arrived.")
        return Result(OrderStage.UNKNOWN, found.text[:400].replace("\0", ""), reference, sentence)
    code, text = status
    evidence = f"cXML {code} {text}".strip()[:400]
    if 200 <= code < 300:
        return Result(OrderStage.DELIVERED, evidence, reference)
    stage = OrderStage.QUEUED if code >= 500 else OrderStage.REFUSED
    return Result(stage, evidence, reference, marked("It answered %(status)s.", status=code))


def status_of(answer: bytes) -> tuple[int, str] | None:
    """Return code and text of a cXML Response's Status, or None where it is none. Entities and DTDs are not followed."""
    try:
        root, *others = parts(io.BytesIO(answer), lambda path: False)
    except (BadDocument, ValueError):
        return None
    response = next((one for one in others if one.name == "Response"), None)
    status = response.find("Status") if response is not None and root.name == "cXML" else None
    if status is None:
        return None
    code = status.attributes.get("code", "")
    if not (code.isascii() and code.isdecimal() and len(code) == 3):
        return None
    return int(code), f"{status.attributes.get('text', '')} {status.text}".strip()
