"""`carepool allocate`: recompute any allocation, without a database."""

import sys

import click

from carepool.purchasing.allocate_lines import answer


@click.command()
def allocate() -> None:
    """Read one JSON object a line on standard input and write one a line; exit 1 if any could not be computed."""

    def write(line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    lines = (raw.decode("utf-8", errors="replace") for raw in sys.stdin.buffer)
    sys.exit(answer(lines, write))
