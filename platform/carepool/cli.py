"""The command `carepool`: each subcommand is imported only when it is called."""

import importlib
import os
from pathlib import Path
from typing import Any, ClassVar

import click

from carepool.local.running import use_running
from tenants.refusals import Refused


class RefusedCommand(click.ClickException):
    """What was given cannot be used: one sentence, exit status 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """A group whose commands name their module, so that `carepool allocate` needs neither database nor Flask."""

    commands_at: ClassVar[dict[str, str]] = {
        "allocate": "carepool.purchasing.commands:allocate",
        "audit": "carepool.commands.isolation:audit",
        "beat": "workers.commands:beat",
        "canaries": "carepool.commands.canaries:canaries",
        "database": "carepool.commands.database:database",
        "demo": "carepool.commands.demo:demo",
        "relay": "workers.commands:relay",
        "run": "carepool.commands.running:run",
        "tenant": "carepool.commands.tenants:tenant",
        "web": "carepool.commands.serving:web",
        "worker": "workers.commands:worker",
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

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses becomes one sentence."""
        try:
            return super().invoke(ctx)
        except Refused as error:
            raise RefusedCommand(str(error)) from None


_COUNTING = frozenset({"relay", "web", "worker"})


def _share_metrics() -> None:
    """Let the metrics library count in the folder of CAREPOOL_METRICS; it looks only when it is first imported."""
    folder = os.environ.get("CAREPOOL_METRICS")
    if not folder:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"CAREPOOL_METRICS: the folder {folder} cannot be made. {error.strerror}.") from None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


@click.group(cls=LazyGroup)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Carepool: shared services for child care programs."""
    # `run` starts servers of its own, also when a killed one left its settings behind
    if ctx.invoked_subcommand not in ("run", "allocate"):
        use_running(Path("var"))
    if ctx.invoked_subcommand in _COUNTING:
        _share_metrics()
