"""`carepool demo`: demonstration states, and a purchase from real files."""

import json
from pathlib import Path

import click

from carepool.app import create_app
from carepool.demo.purchase import DemonstrationFailed
from carepool.demo.purchase import run as run_purchase
from carepool.demo.states import seed
from carepool.local.running import use_running
from tenants.kits import kit_codes

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def demo() -> None:
    """Show what Carepool does."""


@demo.command()
@click.option(
    "--keep", type=click.Path(path_type=Path), default=Path("var/demonstration.json"), show_default=True,
    help="File in which the sign-ins are kept.",
)  # fmt: skip
def states(keep: Path) -> None:
    """Make two demonstration states with fictional programs and an open purchase; safe to run again."""
    with create_app().app_context():
        told = seed(keep)
    click.echo(f"Demonstration states: {', '.join(one['host'] for one in told)}.")


@demo.command()
@click.option("--state", required=True, help="Code of the state, such as pa; provisioned if needed.")
@click.option("--roster", type=_FILE, required=True, help="Licensing roster: CSV, XLSX or JSON.")
@click.option("--catalog", type=_FILE, required=True, help="Priced catalog: CSV, XLSX or JSON.")
@click.option("--programs", type=click.IntRange(1), default=400, show_default=True, help="Programs that order.")
@click.option("--items", type=click.IntRange(1, 1000), default=40, show_default=True, help="Items of the purchase.")
@click.option("--seed", "number", type=int, default=7, show_default=True, help="Seed of the random choices.")
@click.option("--alliance", help="Name of an alliance of those programs that owns the purchase; the state by default.")
@click.option("--map", "map_", type=_FILE, help='JSON: {"roster": column map, "catalog": column map}.')
@click.option("--web", help="Address of the web process; http://127.0.0.1:<CAREPOOL_PORT> by default.")
@click.option("--var", type=click.Path(path_type=Path), default=Path("var"), help="Folder of `carepool run`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def purchase(
    state: str, roster: Path, catalog: Path, programs: int, items: int, number: int, alliance: str | None,
    map_: Path | None, web: str | None, var: Path, as_json: bool,
) -> None:  # fmt: skip
    """Run a whole group purchase on the running installation and prove its sums."""
    if state.lower() not in kit_codes():
        raise click.ClickException(f"There is no kit {state}. Kits: {', '.join(kit_codes())}.")
    use_running(var)
    app = create_app()
    address = web or f"http://127.0.0.1:{app.config['CAREPOOL_PORT']}"
    try:
        with app.app_context():
            maps = json.loads(map_.read_text()) if map_ else None
            told = run_purchase(state, roster, catalog, programs, items, number, address, maps, alliance)
    except (DemonstrationFailed, json.JSONDecodeError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(told))
        return
    for name, value in told["sums"].items():
        click.echo(f"{name.replace('_', ' '):>24}  {value:>14,}")


@demo.command()
@click.option("--state", required=True, help="Code of the state, such as pa.")
@click.option("--purchase", "number", help="Number of a purchase that is closed or ordered; the newest one by default.")
@click.option("--web", help="Address of the web process; http://127.0.0.1:<CAREPOOL_PORT> by default.")
@click.option("--var", type=click.Path(path_type=Path), default=Path("var"), help="Folder of `carepool run`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def settle(state: str, number: str | None, web: str | None, var: Path, as_json: bool) -> None:
    """Send, answer, count, share out, invoice, pay and export a closed purchase, and prove the sums of every step."""
    # its vendor's servers come with what `make run` installs, not with what serves
    from carepool.demo.settling import run as run_settling
    from carepool.demo.settling import table_of

    use_running(var)
    app = create_app()
    address = web or f"http://127.0.0.1:{app.config['CAREPOOL_PORT']}"
    try:
        with app.app_context():
            told = run_settling(state, number, address)
    except DemonstrationFailed as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(told) if as_json else table_of(told))
