"""ETags from row versions: two devices at once lose nothing."""

from typing import Any

from flask import Response, jsonify, make_response, request
from marshmallow import Schema

from carepool.errors import Refusal, Stale
from carepool.sentences import marked


class VersionRequired(Refusal):
    """A change came without the version it is based on."""

    status = 428

    def __init__(self) -> None:
        super().__init__("version-required", marked("Send If-Match with the ETag that you read before."))


def tag(response: Response, version: int) -> Response:
    """Put the version on an answer."""
    response.set_etag(str(version))
    return response


def tagged(schema: Schema, row: Any) -> Response:
    """Answer with a row that has a version, the ETag among the headers."""
    return tag(make_response(jsonify(schema.dump(row))), row.version)


def based_on() -> int | None:
    """Return the version that the caller's change is based on; None when the thing must not exist yet.

    Raises VersionRequired without If-Match or If-None-Match, Stale for a tag that is not ours.
    """
    if request.if_none_match.star_tag:
        return None
    tags = list(request.if_match.as_set())
    if not tags:
        raise VersionRequired()
    if len(tags) != 1 or not tags[0].isdecimal() or len(tags[0]) > 9:
        raise Stale()
    return int(tags[0])
