"""`carepool relay`: the process that hands outbox rows to the workers."""

import click


@click.command()
def relay() -> None:
    """Hand what changes ask for to the workers, state after state, until stopped."""
    from workers.app import flask_app  # builds the application, so only when the command runs
    from workers.relay import Relay, run
    from workers.tasks import publish

    run(Relay(flask_app, publish), flask_app.extensions["hints"])
