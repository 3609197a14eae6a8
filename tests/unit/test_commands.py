"""The list of commands: it names each, imports none, and each is there."""

import subprocess
import sys

import click
import pytest

from carepool.cli import LazyGroup, main

_LISTS = "import sys; from carepool.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"


def test_list_of_commands_imports_no_command() -> None:
    """Whoever asks for help does not wait for a web server, a database handle and a task queue to be imported."""
    done = subprocess.run([sys.executable, "-c", _LISTS], capture_output=True, text=True, check=True)
    shown, modules = done.stdout.rsplit("\n", 2)[:2]
    assert not {"flask", "sqlalchemy", "celery"} & set(modules.split())
    assert [line.split()[0] for line in shown.partition("Commands:\n")[2].splitlines()] == sorted(LazyGroup.commands_at)


@pytest.mark.parametrize("name", sorted(LazyGroup.commands_at))
def test_each_command_is_there(name: str) -> None:
    """Each can be called, and tells what it does."""
    assert isinstance(main, LazyGroup)
    found = main.get_command(click.Context(main), name)
    assert found is not None and found.get_short_help_str()
