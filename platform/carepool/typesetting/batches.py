"""Many short documents of one template, set in processes of their own that each set some and end.

`python -m carepool.typesetting.batches <template> <folder>` sets every line of the folder's `documents.jsonl`.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import typst

from carepool.typesetting import SECONDS

DOCUMENTS_OF_A_PROCESS = 50
"""The typesetter keeps its caches for good: about 2 MB a document."""
_LIST = "documents.jsonl"


def set_all(template: Path, documents: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield a PDF (PDF/UA-1) for each document, in their order. Raises CalledProcessError.

    A template reads its document with `json(bytes(sys.inputs.data))`; `created_at` in it are the seconds since 1970 that
    the PDF bears, so that the same document is the same bytes.
    """
    stream = iter(documents)
    while batch := list(islice(stream, DOCUMENTS_OF_A_PROCESS)):
        with tempfile.TemporaryDirectory(prefix="carepool-documents-") as folder:
            place = Path(folder)
            with (place / _LIST).open("w") as written:
                for document in batch:
                    written.write(json.dumps(document) + "\n")
            command = [sys.executable, "-m", "carepool.typesetting.batches", str(template), folder]
            subprocess.run(command, check=True, timeout=SECONDS)  # noqa: S603 - our own module and our own paths
            for number in range(len(batch)):
                yield (place / f"{number}.pdf").read_bytes()


def main(template: str, folder: str) -> None:
    """Set the folder's documents; only fonts that come with the typesetter are used, and all are embedded."""
    compiler = typst.Compiler(template, root=str(Path(template).parent), ignore_system_fonts=True)
    place = Path(folder)
    with (place / _LIST).open() as documents:
        for number, line in enumerate(documents):
            compiler.compile(
                output=str(place / f"{number}.pdf"),
                format="pdf",
                sys_inputs={"data": line},
                pdf_standards=["ua-1"],
                timestamp=int(json.loads(line)["created_at"]),
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
