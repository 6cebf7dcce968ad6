"""The command line: where each command stands, and how it tells what keeps it from running.

The modules of commands are imported when they are asked for (`LATE`). So a command does not wait for what others need.
"""

from importlib import import_module
from importlib.metadata import version as version_of
from typing import Any

import typer
from typer.core import TyperGroup

from app.core.garbage import collect_little
from app.core.plain_end import told_in_a_line

LATE = {
    "serve": ("app.serving", "server_commands"),
    "migrate": ("app.serving", "server_commands"),
    "backup": ("app.services.backups.commands", "backup_commands"),
    "rooms": ("app.services.inspection.commands", "inspection_commands"),
    "doctor": ("app.services.inspection.commands", "inspection_commands"),
    "top": ("app.services.inspection.commands", "inspection_commands"),
    "key": ("app.core.key_commands", "key_commands"),
    "export": ("app.services.svg.commands", "export_commands"),
    "play": ("app.services.client_commands", "client_commands"),
    "record": ("app.services.client_commands", "client_commands"),
    "import": ("app.services.client_commands", "client_commands"),
}
"""Commands by the module and the name of the Typer that has them."""


class Commands(TyperGroup):
    """Imports the module of a command in `LATE` when it is asked for; their help is asked for by a list of all."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer hides its class
        """Name all, as they are listed."""
        return [*LATE, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Give one; None if there is none of that name."""
        if cmd_name not in LATE:
            return super().get_command(ctx, cmd_name)
        module, name = LATE[cmd_name]
        found = typer.main.get_command(getattr(import_module(module), name))
        found = getattr(found, "commands", {}).get(cmd_name, found)
        found.name = cmd_name
        return found


commands = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@commands.callback()
def whiteboard() -> None:
    """A shared whiteboard that you host yourself."""


@commands.command()
def version() -> None:
    """Tell the version."""
    typer.echo(version_of("whiteboard"))


def main() -> None:
    """Run a command."""
    collect_little()
    with told_in_a_line():
        commands()


if __name__ == "__main__":
    main()
