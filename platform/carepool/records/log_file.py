"""The activity log as one CSV file, written some hundreds of entries at a time."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from sqlalchemy import func, select, tuple_

from carepool.files import StoredFile, writing
from carepool.identity.models import Person
from carepool.jobs.working import Progress
from carepool.outbox import Activity
from carepool.records.log import LogFilter, entries_wanted, told
from carepool.records.models import RecordExport
from carepool.records.sentences import SUBJECTS
from carepool.sentences import marked
from carepool.tabular.csv_lines import BEGIN, csv_bytes
from carepool.ui.formats import in_words
from carepool.ui.languages import LOCALES, SOURCE
from tenants.database import db, find, session
from tenants.registry import Tenant
from tenants.scope import visiting

CHUNK = 500
HEADERS = (
    marked("When (UTC)"),
    marked("When (here)"),
    marked("Who"),
    marked("What happened"),
    marked("About"),
    marked("Changes"),
    marked("Kind of entry"),
    marked("Id of the thing"),
    marked("Id of the person"),
)


def write(own: RecordExport, progress: Progress) -> StoredFile:
    """Write the entries that an export asks for, the newest first, in the words of who asked; return the file."""
    person = find(Person, own.person_id)
    language = person.language if person and person.language in LOCALES else SOURCE
    zone = ZoneInfo(db.session.scalars(select(Tenant.zone).where(Tenant.id == session().scope.id)).one())
    wanted = LogFilter.from_json(own.wish)
    # what the log holds now; entries that are made meanwhile would come first
    with force_locale(LOCALES[language]), writing("activity.csv", "text/csv; charset=utf-8") as file:
        file.write(BEGIN + csv_bytes([[in_words(one) for one in HEADERS]]))
        with visiting(session().scope, snapshot=True):
            query = entries_wanted(wanted)
            progress.expect(db.session.scalar(select(func.count()).select_from(query.subquery())) or 0)
            for chunk in _chunks(query):
                with force_locale(LOCALES[language]):
                    file.write(csv_bytes(_lines(chunk, zone)))
                progress.add(len(chunk))
    return file.row


def _chunks(query: Any) -> Iterator[Sequence[Activity]]:
    """Yield the entries of a query, some at a time, without keeping those before."""
    order = query.order_by(Activity.at.desc(), Activity.id.desc()).limit(CHUNK)
    place = tuple_(Activity.at, Activity.id)
    chunk = db.session.scalars(order).all()
    while chunk:
        yield chunk
        last = (chunk[-1].at, chunk[-1].id)
        db.session.expunge_all()
        chunk = db.session.scalars(order.where(place < last)).all()


def _lines(chunk: Sequence[Activity], zone: ZoneInfo) -> Iterator[list[Any]]:
    for one in told(chunk):
        changes = "; ".join(f"{in_words(field)}: {in_words(text)}" for field, text in one.changes)
        about = in_words(SUBJECTS.get(one.subject_kind, one.subject_kind))
        here = one.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        yield [one.at.strftime("%Y-%m-%dT%H:%M:%SZ"), here, in_words(one.who), in_words(one.sentence), about, changes,
               one.verb, one.subject_id, one.person_id]  # fmt: skip
