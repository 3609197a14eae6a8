"""JSON routes of long work."""

from uuid import UUID

from flask.views import MethodView

from carepool.errors import NotFound
from carepool.jobs import actions, schemas
from carepool.jobs.kinds import KINDS
from carepool.jobs.models import Job
from carepool.web.blueprints import ApiBlueprint
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import find

blueprint = ApiBlueprint("jobs", __name__, description="Long work, its progress, and stopping it")
_RIGHTS = sorted({kind.right for kind in KINDS.values()})


def _seen(job_id: UUID) -> Job:
    """Return a job whose subject the caller may change. Raises NotFound."""
    job = find(Job, job_id)
    if job is None or not signed_in().rights.may(KINDS[job.kind].right):
        raise NotFound("job")
    return job


@blueprint.route("/jobs/<job:job_id>")
class OneJob(MethodView):
    """One piece of long work."""

    @needs(*_RIGHTS)
    @blueprint.response(200, schemas.JobOut)
    def get(self, job_id: UUID) -> Job:
        """Read how far a job has come, and why it failed."""
        return _seen(job_id)


@blueprint.route("/jobs/<job:job_id>/cancel")
class Stopping(MethodView):
    """Stopping long work."""

    @needs(*_RIGHTS)
    @blueprint.response(202, schemas.JobOut)
    def post(self, job_id: UUID) -> Job:
        """Ask that a job stop; its worker undoes what it did. A close cannot be stopped."""
        return actions.cancel_job(signed_in().actor, _seen(job_id).id)
