"""Sets `data.json` of a folder with the template of this package: `python -m carepool.typesetting <folder> <pdf>`."""

import shutil
import sys
from pathlib import Path

import typst

TEMPLATE = Path(__file__).parent / "sections.typ"


def main(folder: str, made: str) -> None:
    """Write the PDF; only fonts that come with the typesetter are used, and all are embedded."""
    page = Path(folder) / "sections.typ"
    shutil.copyfile(TEMPLATE, page)
    typst.compile(str(page), output=made, root=folder, ignore_system_fonts=True, pdf_standards=["ua-1"])


if __name__ == "__main__":
    main(*sys.argv[1:])
