"""What is answered to a cXML request: a Response with a Status (cXML Reference Guide 1.2, "Response").

The codes follow HTTP's classes: 200 it was taken, 401 the credentials are not ours, 406 it is not acceptable as it is,
409 it does not fit what is here, 500 it may be sent again.
"""

from datetime import datetime
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.formats.xml_parts import parts

_DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.040/cXML.dtd">'
_MOST_TEXT = 2000


def shared_secret(file: IO[bytes]) -> str:
    """Return the shared secret with which a request proves itself, and set the file back to its start; empty for none."""
    found = ""
    try:
        for part in parts(file, lambda path: False):
            if part.path == "cXML/Header":
                found = part.text_of("Sender/Credential/SharedSecret")
                break
    except BadDocument:
        found = ""
    file.seek(0)
    return found


def written_response(code: int, text: str, detail: str, *, payload_id: str, at: datetime) -> bytes:
    """Return a Response document. `text`: the code in a word or two; `detail`: a sentence for people."""
    attributes = f"payloadID={quoteattr(payload_id)} timestamp={quoteattr(at.isoformat())}"
    bare = "".join(one for one in detail if one.isprintable() or one == "\n")[:_MOST_TEXT]
    status = f'<Status code="{code}" text={quoteattr(text)}>{escape(bare)}</Status>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n<cXML {attributes}><Response>{status}</Response></cXML>'.encode()
