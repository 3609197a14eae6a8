"""`carepool tenant`: provision, suspend, resume and list states."""

import click

from carepool.app import create_app
from carepool.clock import now
from carepool.identity import actions
from carepool.identity.rights import Role
from carepool.outbox import Actor
from tenants import lifecycle
from tenants.kits import kit_codes, load_kit
from tenants.registry import TenantState, all_tenants, host_of
from tenants.scope import visiting


@click.group()
def tenant() -> None:
    """Provision, suspend, resume and list states."""


@tenant.command()
@click.argument("code")
@click.option("--host", multiple=True, help="Host name; <code>.<CAREPOOL_BASE_DOMAIN> by default.")
@click.option("--admin-email", help="Invite this person as the state's administrator and print a sign-in link.")
def provision(code: str, host: tuple[str, ...], admin_email: str | None) -> None:
    """Make a state from its kit, such as `carepool tenant provision pa`. Safe to run again."""
    kit = load_kit(code)
    app = create_app()
    with app.app_context():
        hosts = host or (f"{kit.code}.{app.config['CAREPOOL_BASE_DOMAIN']}",)
        entry = lifecycle.provision(kit, hosts)
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


@tenant.command()
@click.argument("code")
def suspend(code: str) -> None:
    """Close a state's doors: its pages and its work stop within seconds, and nothing is removed."""
    with create_app().app_context():
        lifecycle.suspend(code)
    click.echo(f"{code.lower()} is suspended.")


@tenant.command()
@click.argument("code")
def resume(code: str) -> None:
    """Open a suspended state's doors again."""
    with create_app().app_context():
        lifecycle.resume(code)
    click.echo(f"{code.lower()} is active.")


@tenant.command(name="list")
def list_() -> None:
    """List the states of this installation."""
    with create_app().app_context():
        for entry in all_tenants():
            state = "" if entry.state is TenantState.ACTIVE else f"  {entry.state}"
            click.echo(f"{entry.code}  {entry.name}  {host_of(entry.id) or '-'}  {entry.zone}{state}")


@tenant.command()
def kits() -> None:
    """List the 56 jurisdictions that a state can be made from: code, name, time zone, languages."""
    for code in kit_codes():
        kit = load_kit(code)
        click.echo(f"{kit.code}  {kit.name:<32} {kit.zone:<24} {', '.join(kit.languages)}")
