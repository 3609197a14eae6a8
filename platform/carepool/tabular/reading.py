"""Read any table file as a stream of rows. The kind is found by content, never by name."""

from typing import IO

from carepool.sentences import marked
from carepool.tabular.objects import objects_table
from carepool.tabular.spreadsheets import spreadsheet_table
from carepool.tabular.tables import Table, UnreadableFile
from carepool.tabular.texts import text_table

_SAMPLE_BYTES = 1 << 16


def read_table(file: IO[bytes]) -> Table:
    """Open a table. Memory stays bounded whatever the file's size. Raises UnreadableFile, also while rows are read."""
    start = file.read(_SAMPLE_BYTES)
    file.seek(0)
    if not start.strip(b"\0 \r\n\t"):
        raise UnreadableFile(marked("The file is empty. Choose the file with the list in it."))
    if start.startswith(b"PK\x03\x04"):
        return spreadsheet_table(file)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise UnreadableFile(marked("This is a PDF or an old Excel file. Save it as .xlsx or .csv and try again."))
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return objects_table(file)
    return text_table(file, start)
