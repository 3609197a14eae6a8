"""`carepool worker`, `carepool beat` and `carepool relay`: the processes that work outside a request.

Each imports the application when it runs, so that a bad setting is one sentence and not a traceback of a library.
"""

import sys

import click

from carepool.events import Queue


@click.command()
@click.option("--concurrency", type=click.IntRange(1), default=2, show_default=True, help="Processes that work.")
@click.option(
    "--queue", "queues", multiple=True, type=click.Choice([str(queue) for queue in Queue]), help="Only these queues."
)
def worker(concurrency: int, queues: tuple[str, ...]) -> None:
    """Do the work of the queues until stopped."""
    from workers.app import app

    options = ["--without-gossip", "--without-mingle", f"--concurrency={concurrency}"]
    sys.exit(app.start(["--quiet", "worker", *options, f"--queues={','.join(queues or map(str, Queue))}"]))


@click.command()
@click.option("--schedule", required=True, help="File in which the beat keeps when it started what.")
def beat(schedule: str) -> None:
    """Start what is due, on time; run one (two do no harm)."""
    from workers.app import app

    scheduler = "--scheduler=workers.schedule:LivingScheduler"
    sys.exit(app.start(["--quiet", "beat", "--pidfile=", scheduler, f"--schedule={schedule}"]))


@click.command()
def relay() -> None:
    """Hand what changes ask for to the workers, state after state, until stopped."""
    from carepool import metrics
    from workers.app import flask_app
    from workers.relay import Relay, run
    from workers.tasks import publish

    metrics.listen(flask_app.config["METRICS_PORT"])
    run(Relay(flask_app, publish), flask_app.extensions["hints"])
