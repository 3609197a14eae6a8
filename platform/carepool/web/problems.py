"""Errors as RFC 9457 problem details in the API and as plain pages elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from flask import Flask, Response, g, json, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from carepool.errors import ProofRequired, Refusal, SecondFactorRequired, SignInRequired
from carepool.sentences import marked
from carepool.ui.formats import in_words, spoken_language
from carepool.web.field_messages import told
from carepool.web.kept import is_kept, keep_what_was_typed, kept_boxes, kept_page
from carepool.web.partial import is_partial
from tenants.database import db

_WORDS = {
    400: marked("The request could not be read."),
    404: marked("There is no such page or thing here."),
    405: marked("This address does not take that method."),
    413: marked("What was sent is too large."),
    415: marked("This kind of content is not taken here."),
    429: marked("Too many requests. Wait a little and try again."),
    500: marked("Something went wrong on our side. It was written down; try again in a little while."),
    503: marked("The service is not ready. Try again in a little while."),
}


def init_app(app: Flask) -> None:
    """Answer every error in one shape."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crashed)


def problem(
    status: int, kind: str, sentence: str, fields: Mapping[str, Sequence[str]] | None = None, title: str | None = None
) -> Response:
    """Return an `application/problem+json` answer; `errors` lists each field with its sentence.

    Sentences are English unless Accept-Language prefers another language of ours; Content-Language says which.
    """
    detail = in_words(sentence)
    body: dict[str, Any] = {
        "type": f"urn:carepool:problem:{kind}",
        "title": title or detail,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id", ""),
    }
    if fields:
        body["errors"] = [
            {"field": field, "message": in_words(text)} for field, texts in fields.items() for text in texts
        ]
    headers = {"Content-Language": spoken_language()}
    return Response(json.dumps(body), status, headers, content_type="application/problem+json")


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _refused(error: Refusal) -> ResponseReturnValue:
    if _is_api():
        response = problem(error.status, error.kind, error.sentence, error.fields)
        if isinstance(error, SignInRequired):
            response.headers["WWW-Authenticate"] = 'Bearer realm="carepool"'
        return response
    if isinstance(error, ProofRequired):
        # what was given back waits on until it is proved who sends it
        g.proof_asked = True
        return redirect(url_for("proof_pages.prove", next=kept_page() if is_kept() else error.back))
    if isinstance(error, SignInRequired) and request.method == "POST" and (answer := _ended(error)):
        return answer
    if isinstance(error, SecondFactorRequired):
        return redirect(url_for("account_pages.second_step", next=request.full_path.rstrip("?")))
    if isinstance(error, SignInRequired) and request.endpoint not in (
        "identity_pages.sign_in",
        "identity_pages.use_link",
    ):
        return redirect(url_for("identity_pages.sign_in", next=request.full_path.rstrip("?")))
    return _page(error.status, error.sentence)


def _ended(error: SignInRequired) -> ResponseReturnValue | None:
    """Ask for the sign-in that a form needs, and keep what was typed; None where nothing is to be kept."""
    if is_partial() and kept_boxes():
        return render_template("identity/ended_part.html"), error.status
    if not keep_what_was_typed():
        return None
    if isinstance(error, SecondFactorRequired):
        return redirect(url_for("account_pages.second_step", next=kept_page()))
    return render_template("identity/sign_in.html", next=kept_page()), error.status


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    data = getattr(error, "data", None)
    sentence = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    if _is_api():
        fields = _fields(data["messages"]) if isinstance(data, dict) and "messages" in data else None
        kind = "invalid" if fields else error.name.lower().replace(" ", "-")
        return problem(status, kind, _invalid_sentence(fields) if fields else sentence, fields)
    return _page(status, sentence)


def _invalid_sentence(fields: Mapping[str, Sequence[str]]) -> str:
    names = ", ".join(list(fields)[:5])
    return marked("Some of what was sent cannot be accepted. Mend: %(fields)s.", fields=names)


def _fields(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten marshmallow's nested messages to {dotted path: sentences}; the place (json, query) stays out."""
    if isinstance(messages, dict):
        found: dict[str, list[str]] = {}
        for key, value in messages.items():
            outer = not path and key in ("json", "query", "files", "form", "headers", "_schema")
            found |= _fields(value, path if outer else f"{path}.{key}".lstrip("."))
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return {path or "body": [told(str(text)) for text in texts]}


def _crashed(error: Exception) -> ResponseReturnValue:
    structlog.get_logger("carepool.web").error("request_failed", exc_info=error, path=request.path)
    db.session.rollback()
    if _is_api():
        return problem(500, "server-error", _WORDS[500])
    return _page(500, _WORDS[500])


def _page(status: int, sentence: str) -> ResponseReturnValue:
    return render_template("problem.html", status=status, sentence=sentence, request_id=g.get("request_id", "")), status
