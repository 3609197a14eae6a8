"""Papers for the pick-up site: ask for labels or the pick list, and take the file."""

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.files import StoredFile, file_answer
from carepool.identity.rights import Permission
from carepool.jobs.models import Job
from carepool.purchasing.queries import purchase_or_404
from carepool.purchasing.receiving import queries
from carepool.purchasing.receiving.actions.printing import ask_paper
from carepool.purchasing.receiving.models.documents import SiteDocument, SiteKind
from carepool.purchasing.receiving.pages.frame import blueprint
from carepool.ui.formats import spoken_language
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db, one_of

P = Permission


@blueprint.get("/purchases/<purchase:purchase_id>/papers")
@needs(P.GOODS_RECEIVE)
def papers(purchase_id: UUID) -> ResponseReturnValue:
    """Show what can be printed for the pick-up site."""
    require(P.GOODS_RECEIVE)
    own = purchase_or_404(purchase_id)
    made = list(db.session.scalars(queries.papers_of(own).order_by(SiteDocument.asked_at)))
    jobs = {one.id: one for one in db.session.scalars(select(Job).where(one_of(Job.id, [one.job_id for one in made])))}
    documents = [(one, jobs.get(one.job_id)) for one in made]
    return render_template("receiving/papers.html", purchase=own, documents=documents)


@blueprint.post("/purchases/<purchase:purchase_id>/papers")
@needs(P.GOODS_RECEIVE)
def ask_for_paper(purchase_id: UUID) -> ResponseReturnValue:
    """Ask for labels or the pick list, in the language of the page."""
    require(P.GOODS_RECEIVE)
    own = purchase_or_404(purchase_id)
    kind = FormReader(request.form).choice("kind", SiteKind, SiteKind.CASE_LABELS)
    ask_paper(signed_in().actor, own.id, kind, spoken_language())
    return redirect(url_for(".papers", purchase_id=own.id))


@blueprint.get("/site-documents/<site_document:document_id>/file")
@needs(P.GOODS_RECEIVE)
def paper_file(document_id: UUID) -> Response:
    """Give a paper as a PDF, or a ZIP of several."""
    require(P.GOODS_RECEIVE)
    found: StoredFile = queries.paper_file_or_404(queries.paper_or_404(document_id))
    return file_answer(found)
