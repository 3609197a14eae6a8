"""`carepool tenant`: provision and list states."""

import click

from carepool.app import create_app
from carepool.clock import now
from carepool.identity import actions
from carepool.identity.rights import Role
from carepool.outbox import Actor
from tenants import lifecycle
from tenants.kits import kit_codes, load_kit
from tenants.registry import active_tenants, host_of
from tenants.scope import visiting


@click.group()
def tenant() -> None:
    """Provision and list states."""


@tenant.command()
@click.argument("code")
@click.option("--host", multiple=True, help="Host name; <code>.<CAREPOOL_BASE_DOMAIN> by default.")
@click.option("--admin-email", help="Invite this person as the state's administrator and print a sign-in link.")
def provision(code: str, host: tuple[str, ...], admin_email: str | None) -> None:
    """Make a state from its kit, such as `carepool tenant provision pa`. Safe to run again."""
    if code.lower() not in kit_codes():
        raise click.ClickException(f"There is no kit {code}. Kits: {', '.join(kit_codes())}.")
    app = create_app()
    with app.app_context():
        hosts = host or (f"{code.lower()}.{app.config['CAREPOOL_BASE_DOMAIN']}",)
        try:
            entry = lifecycle.provision(load_kit(code.lower()), hosts)
        except lifecycle.HostTaken as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{entry.name} is ready at {hosts[0]}.")
        if admin_email:
            with visiting(entry.scope):
                by = Actor.operator()
                person = actions.invite_person(by, admin_email, "")
                actions.grant_role(by, person.id, Role.STATE_ADMINISTRATOR)
                link = actions.issue_link(by, person.id, now())
            port = app.config["CAREPOOL_PORT"]
            where = f"{app.config['CAREPOOL_SCHEME']}://{hosts[0]}{f':{port}' if port else ''}"
            click.echo(f"Sign in within a day: {where}/sign-in/{link}")


@tenant.command(name="list")
def list_() -> None:
    """List the active states."""
    with create_app().app_context():
        for entry in active_tenants():
            click.echo(f"{entry.code}  {entry.name}  {host_of(entry.id) or '-'}  {entry.zone}")
