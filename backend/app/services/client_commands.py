"""`whiteboard play`, `record` and `import`: what the command line does as somebody's client."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.core.errors import StartError
from whiteboard_client.errors import WhiteboardError as ClientError
from whiteboard_client.play import play as play_recording
from whiteboard_client.record import record as record_drawing
from whiteboard_client.rooms import create_room

client_commands = typer.Typer()


@client_commands.command()
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


@client_commands.command()
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


@client_commands.command(name="import")
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
