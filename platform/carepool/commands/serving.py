"""`carepool web`: the pages and the API, served by gunicorn."""

import click


@click.command()
@click.option("--bind", help="Address and port; 127.0.0.1 and CAREPOOL_PORT by default.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1), default=4, show_default=True, help="Threads of each process.")
def web(bind: str | None, workers: int, threads: int) -> None:
    """Serve the pages and the API until stopped."""
    # imported when the command runs: the metrics library must be told its folder first
    from carepool.app import create_app
    from carepool.web.server import WebServer

    app = create_app()
    where = bind or f"127.0.0.1:{app.config['CAREPOOL_PORT']}"
    WebServer(app, {"bind": where, "workers": workers, "threads": threads}).run()
