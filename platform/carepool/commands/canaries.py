"""`carepool canaries`: do the queues move?"""

import os
import sys

import click

from carepool import canaries as kept
from tenants.refusals import Refused


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(kept.NAMES))
@click.option("--within", type=click.FloatRange(1), default=kept.STUCK_SECONDS, show_default=True, help="Seconds.")
def canaries(names: tuple[str, ...], within: float) -> None:
    """Tell when the last canary of each queue came out; exit 1 unless all those named moved within the time."""
    url = os.environ.get("REDIS_URL")
    if not url:
        raise Refused("REDIS_URL is not set.")
    told = {name: canary for name, canary in kept.told(url).items() if not names or name in names}
    for name, canary in told.items():
        age = f"{canary.age():.0f} s ago after {canary.delay:.1f} s" if canary else ""
        click.echo(f"{name:<8} {kept.standing(canary, limit=within):<8} {age}".rstrip())
    sys.exit(any(kept.standing(canary, limit=within) != "moving" for canary in told.values()))
