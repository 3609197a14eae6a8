"""The command `carepool`: each subcommand is imported only when it is called."""

import importlib
from pathlib import Path
from typing import ClassVar

import click

from carepool.local.running import use_running


class LazyGroup(click.Group):
    """A group whose commands name their module, so that `carepool allocate` needs neither database nor Flask."""

    commands_at: ClassVar[dict[str, str]] = {
        "allocate": "carepool.purchasing.commands:allocate",
        "audit": "carepool.commands.isolation:audit",
        "database": "carepool.commands.database:database",
        "demo": "carepool.commands.demo:demo",
        "relay": "workers.commands:relay",
        "run": "carepool.commands.running:run",
        "tenant": "carepool.commands.tenants:tenant",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        where = self.commands_at.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Carepool: shared services for child care programs."""
    # `run` starts servers of its own, also when a killed one left its settings behind
    if ctx.invoked_subcommand not in ("run", "allocate"):
        use_running(Path("var"))
