"""The verb of photos: add a picture of what came to a count."""

from typing import IO
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import Invalid, NotFound
from carepool.files import writing
from carepool.outbox import Actor, record_event
from carepool.purchasing.receiving.cleaned_photos import cleaned
from carepool.purchasing.receiving.models.counting import Receipt, ReceiptLine, ReceiptPhoto
from carepool.purchasing.receiving.photos import ENDINGS, HEAD, photo_type
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id

MOST_PHOTOS = 20
"""Of one count."""


def add_photo(by: Actor, receipt_id: UUID, line: int, stream: IO[bytes]) -> ReceiptPhoto:
    """Add a photo to one line of a count, without where and by which device it was taken; the same one is kept once.

    Raises Invalid for what is no photo or where there are too many, and NotFound.
    """
    receipt = find(Receipt, receipt_id)
    if receipt is None:
        raise NotFound("receipt")
    head = stream.read(HEAD)
    kind = photo_type(head)
    if kind is None:
        sentence = marked("Send a photo: a JPEG, PNG, WebP or HEIC file.")
        raise Invalid("no-photo", sentence, {"photo": [sentence]})
    counted = select(ReceiptLine.line).where(ReceiptLine.receipt_id == receipt.id, ReceiptLine.line == line)
    if db.session.execute(counted).first() is None:
        sentence = marked("This count has no line of this number.")
        raise Invalid("no-line", sentence, {"line": [sentence]})
    stream.seek(0)
    photo, kind = cleaned(stream, kind)
    with writing(f"receipt-{line}.{ENDINGS[kind]}", kind) as file:
        file.write(photo)
    same = select(ReceiptPhoto).where(
        ReceiptPhoto.receipt_id == receipt.id, ReceiptPhoto.line == line, ReceiptPhoto.sha256 == file.row.sha256
    )
    # `writing` holds these bytes until the transaction ends, so a second sender of the same photo waited for this look
    known = db.session.scalars(same).one_or_none()
    if known is not None:
        db.session.delete(file.row)
        return known
    photos = select(func.count()).select_from(ReceiptPhoto).where(ReceiptPhoto.receipt_id == receipt.id)
    if int(db.session.scalar(photos) or 0) >= MOST_PHOTOS:
        sentence = marked("A count takes at most %(most)s photos.", most=MOST_PHOTOS)
        raise Invalid("too-many-photos", sentence, {"photo": [sentence]})
    own = ReceiptPhoto(id=new_id(), receipt_id=receipt.id, line=line, file_id=file.row.id, sha256=file.row.sha256)
    db.session.add(own)
    record_event(events.RECEIPT_PICTURED, receipt.id, by, {"purchase": str(receipt.purchase_id), "line": line})
    db.session.flush()
    return own
