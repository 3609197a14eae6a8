"""The command `carepool`: each subcommand is imported only when it is called."""

import gc
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

    #: Where each command is, and what the list of commands says of it, so that the list imports none of them.
    commands_at: ClassVar[dict[str, tuple[str, str]]] = {
        "allocate": ("carepool.purchasing.commands:allocate", "Work out cases and shares of purchases, line by line."),
        "audit": ("carepool.commands.isolation:audit", "Check what the installation promises."),
        "beat": ("workers.commands:beat", "Start what is due, on time; run one (two do no harm)."),
        "canaries": ("carepool.commands.canaries:canaries", "Tell when each queue last did what it was given."),
        "database": ("carepool.commands.database:database", "Prepare and migrate the database."),
        "demo": ("carepool.commands.demo:demo", "Show what Carepool does."),
        "relay": ("workers.commands:relay", "Hand what changes ask for to the workers."),
        "run": ("carepool.commands.running:run", "Run everything on this machine until Ctrl-C."),
        "tenant": ("carepool.commands.tenants:tenant", "Provision, suspend, resume and list states."),
        "web": ("carepool.commands.serving:web", "Serve the pages and the API until stopped."),
        "worker": ("workers.commands:worker", "Do the work of the queues until stopped."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self.commands_at:
            return None
        module, _, name = self.commands_at[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands_at[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses becomes one sentence."""
        gc.set_threshold(*_COLLECT_AFTER)
        try:
            return super().invoke(ctx)
        except Refused as error:
            raise RefusedCommand(str(error)) from None


_COLLECT_AFTER = (50_000, 20, 100)
"""How much is made before the collector looks for what is not needed any more: nearly all that a start makes stays."""
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
