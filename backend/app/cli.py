"""The command line: run the server, bring its database up to date, play a recording on a board."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version as version_of
from pathlib import Path
from signal import SIGTERM
from socket import socket
from typing import Annotated, NoReturn

import typer

from app.core.config import Settings, load_settings, make_data_dir
from app.core.database import migrate as migrate_database
from app.core.database_lock import served
from app.core.errors import StartError
from app.core.garbage import collect_seldom
from app.core.key_commands import key_commands
from app.core.keys import load_keys
from app.core.logging import configure_logging
from app.core.parent import end_with_parent, owned_terminal
from app.core.server import WhiteboardServer, address_to_open, listening, server_config
from app.main import create_app
from app.services.backups.commands import backup_commands
from app.services.inspection.commands import inspection_commands
from app.services.svg.commands import export_commands
from whiteboard_client.errors import WhiteboardError as ClientError
from whiteboard_client.play import play as play_recording
from whiteboard_client.record import record as record_drawing
from whiteboard_client.rooms import create_room

commands = typer.Typer(
    help="A shared whiteboard that you host yourself.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
commands.add_typer(backup_commands, name="backup")
commands.add_typer(inspection_commands)
commands.add_typer(key_commands, name="key")
commands.add_typer(export_commands)


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port to listen on.")] = None,
    *,
    under_make: Annotated[bool, typer.Option("--under-make", hidden=True, help="End with make; take Ctrl-C.")] = False,
) -> None:
    """Run the server until Ctrl-C; everything else is a setting (see .env.example)."""
    with under_parent() if under_make else contextlib.nullcontext():
        start(host, port)


@contextlib.contextmanager
def under_parent() -> Iterator[None]:
    """End when the parent ends, and take its Ctrl-C."""
    arrange = end_with_parent(os.getppid(), SIGTERM)
    if arrange is not None:
        arrange()
    with owned_terminal():
        yield


def start(host: str | None, port: int | None) -> None:
    """Make everything ready, in the order in which it can fail, and run the server."""
    given = {"host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level, settings.log_format)
    make_data_dir(settings.data_dir)
    with listening(settings.host, settings.port) as sockets, served(settings.database):
        migrate_database(settings.database)
        load_keys(settings)
        run(settings, sockets)


def run(settings: Settings, sockets: list[socket]) -> None:
    """Serve the application on the sockets until a signal comes."""
    app = create_app(settings)
    server = WhiteboardServer(server_config(app, settings))
    address = settings.public_url or address_to_open(settings.host, sockets)

    async def serve_app() -> None:
        with server.capture_signals():
            async with app.router.lifespan_context(app) as state:
                server.state = state or {}
                server.drain = app.state.drain
                server.on_ready = lambda: typer.echo(f"Whiteboard is ready: {address}")
                collect_seldom()
                await server.serve(sockets)

    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(serve_app())


@commands.command()
def migrate() -> None:
    """Bring the database to this version (`serve` does it too)."""
    settings = load_settings()
    make_data_dir(settings.data_dir)
    with served(settings.database):
        migrate_database(settings.database)
    typer.echo("The database is up to date.")


@commands.command()
def version() -> None:
    """Tell the version."""
    typer.echo(version_of("whiteboard"))


@commands.command()
def play(
    file: Annotated[Path, typer.Argument(help="Recorded drawing, one stroke a line (JSON Lines).")],
    invite: Annotated[str, typer.Option(help="Invite link of the room to draw in.")],
    name: Annotated[str, typer.Option(help="Name to draw under.")] = "Recording",
    speed: Annotated[float, typer.Option(help="2 draws twice as fast as recorded.")] = 1.0,
) -> None:
    """Draw a recorded drawing in a room, at the pace at which it was drawn."""
    try:
        count = asyncio.run(play_recording(file, invite, name, speed))
    except (ClientError, OSError) as error:
        raise StartError(f"The recording could not be played: {error}") from None
    typer.echo(f"{count} strokes are drawn and saved.")


@commands.command()
def record(
    file: Annotated[Path, typer.Argument(help="File to write (JSON Lines).")],
    invite: Annotated[str, typer.Option(help="Invite link of the room to watch.")],
    name: Annotated[str, typer.Option(help="Name to be there under.")] = "Recorder",
) -> None:
    """Record what is drawn in a room until Ctrl-C, for `play`."""
    try:
        asyncio.run(record_drawing(file, invite, name))
    except KeyboardInterrupt:
        typer.echo(f"The recording is in {file}.")
    except (ClientError, OSError) as error:
        raise StartError(f"Nothing could be recorded: {error}") from None


@commands.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="SVG file (.svg or .svgz).")],
    url: Annotated[str, typer.Option(help="Address of the running server.")] = "http://localhost:8000",
    name: Annotated[str, typer.Option(help="Name of who makes the room.")] = "Import",
) -> None:
    """Make a room with the drawing of an SVG file; prints its invite link, and what became of the file."""
    try:
        made = asyncio.run(create_room(url, name, file.read_bytes()))
    except (ClientError, OSError) as error:
        raise StartError(f"The file could not be imported: {error}") from None
    typer.echo(made.invite_url)
    if made.report is None:
        typer.echo("The file is empty, and so is the board.")
        return
    typer.echo(f"{made.report.paths} paths")
    for each in made.report.skipped:
        typer.echo(f"{each.count} {each.element}: {each.reason}")


def main() -> None:
    """Run a command; what keeps it from running is told in one line."""
    try:
        commands()
    except StartError as error:
        fail(error)
    except ExceptionGroup as group:
        start_errors, others = group.split(StartError)
        if start_errors is None or others is not None:
            raise
        fail(first_of(start_errors))


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the first error in a group, however deep it is."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


def fail(error: BaseException) -> NoReturn:
    """Tell the error in one line, and exit with 1."""
    typer.echo(f"whiteboard: {' '.join(str(error).split())}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
