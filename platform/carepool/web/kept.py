"""What was typed into a form whose session ended: read from the request, and forgotten once it was sent again.

Where it waits meanwhile: `carepool/identity/kept_forms.py`.
"""

from flask import Flask, g, request, url_for
from markupsafe import Markup

from carepool.identity import kept_forms
from tenants.database import db

_CSRF = "csrf_token"
_WRITER = "form_writer"
_KEPT = "kept_form"
_NEVER = ("password", "code", "token", "secret", "answer")
_SHOWN_AGAIN = 422


def init_app(app: Flask) -> None:
    """Let every form say for whom its page was made."""
    app.jinja_env.globals["form_writer"] = _writer_box


def _writer_box() -> Markup:
    """Return the hidden box that names the writer, signed; nothing on a page for nobody."""
    who = g.get("signed_in")
    if who is None:
        return Markup("")
    if "writer_sign" not in g:
        g.writer_sign = kept_forms.writer_sign(who.person.id)
    return Markup('<input type="hidden" name="{}" value="{}">').format(_WRITER, g.writer_sign)


def kept_boxes() -> list[tuple[str, str]]:
    """Return the boxes of the form that was just sent, in order; none of a form that holds a secret or a file."""
    ours = (_CSRF, _WRITER, _KEPT)
    boxes = [(name, text) for name, text in request.form.items(multi=True) if name not in ours]
    if request.files or any(word in name for name, _ in boxes for word in _NEVER):
        return []
    return boxes


def keep_what_was_typed() -> bool:
    """Keep the form that was just sent for its writer, and commit that; tell whether it is kept."""
    boxes, writer = kept_boxes(), kept_forms.writer_of(request.form.get(_WRITER, ""))
    if not boxes or writer is None:
        return False
    db.session.rollback()
    path = request.full_path.rstrip("?")
    kept = kept_forms.keep_form(writer, path, boxes, request.form.get(_KEPT, ""))
    db.session.commit()
    return kept


def kept_page() -> str:
    """Return the path of the page that gives it back."""
    return url_for("kept_forms_pages.kept")


def is_kept() -> bool:
    """Tell whether the form that was just sent is one that was given back."""
    return request.method == "POST" and _KEPT in request.form


def forget_sent(status: int) -> bool:
    """Forget the kept form that its writer just sent: with the change that it asked for, or where it is shown again.

    `status`: of the answer. What is refused otherwise, or must be proved first, is still kept. Tells whether it did.
    """
    done = status < 400 or status == _SHOWN_AGAIN
    if not (done and g.get("signed_in") and not g.get("proof_asked") and is_kept()):
        return False
    kept_forms.forget_kept(g.signed_in.person.id, request.form[_KEPT])
    return True
