"""The page of an order, as a vendor sees it behind a link and at its desk."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from flask import Response, make_response, render_template

from carepool.vendors.channels.outgoing import Document
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.documents_written import FORMATS


@dataclass(frozen=True)
class OrderDoors:
    """Where the forms of the page go; `documents`: {format: address of the file}. Without an address a part is left out."""

    acknowledge: str
    answer: str
    invoice: str
    documents: Mapping[str, str]
    change: str = ""
    answer_file: str = ""
    certificates: str = ""


class LineTold(Protocol):
    """What the newest answer says of a line."""

    code: Any
    cases: int
    price_cents: int
    promised_on: date | None
    substitute_name: str


def order_page(
    order: Order,
    *,
    doors: OrderDoors,
    test: bool,
    current: bool,
    canceled: bool = False,
    acknowledged: bool,
    answered: Sequence[datetime],
    said: Mapping[int, LineTold | None],
    decided: Mapping[int, str],
    invoices: Sequence[tuple[str, datetime]],
    typed: Mapping[str, str],
    errors: Mapping[str, Any],
    questions: Sequence[Any] = (),
    questions_told: Mapping[UUID, Any] | None = None,
    changed: Sequence[Any] = (),
    changed_from: int = 0,
    undecided: bool = False,
    files: Sequence[Any] = (),
    desk_order: Any = None,
    waiting: Sequence[Any] = (),
    state: str = "",
) -> str:
    """Return the page.

    `current`: it is what is asked for now; `canceled`: nothing of it is wanted any more; `answered`: when it was answered,
    the newest first; `questions`: changes that the buyer asks for; `questions_told`: yes or no to them that is not taken in
    yet, or was refused; `changed`: what is different from the version `changed_from`; `undecided`: something of an earlier
    answer is not decided yet; `files`: answers that came as files; `waiting`: what is not taken in yet.
    """
    return render_template(
        "vendors/order.html",
        order=order,
        doors=doors,
        test=test,
        current=current,
        canceled=canceled or order.canceled,
        acknowledged=acknowledged,
        answered=answered,
        meanings={str(one): one.meaning for one in LineStatus},
        said=said,
        decided=decided,
        invoices=invoices,
        formats=FORMATS,
        typed=typed,
        errors=errors,
        questions=questions,
        questions_told=questions_told or {},
        changed=changed,
        changed_from=changed_from,
        undecided=undecided,
        files=files,
        desk_order=desk_order,
        waiting=waiting,
        state=state,
    )


def as_file(written: tuple[Document, ...], name: str) -> Response:
    """Return documents for download: one as it is, several as an archive `name.zip`."""
    return _download(written[0]) if len(written) == 1 else as_archive(written, name)


def as_archive(written: tuple[Document, ...], name: str) -> Response:
    """Return documents for download as an archive `name.zip`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in written:
            archive.writestr(one.name, one.data)
    return _download(Document(f"{name}.zip", "application/zip", packed.getvalue()))


def _download(one: Document) -> Response:
    found = make_response(one.data)
    found.headers["Content-Type"] = one.content_type
    found.headers.set("Content-Disposition", "attachment", filename=one.name)
    return found
