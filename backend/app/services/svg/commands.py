"""`whiteboard export`: a board as a file, through a running server or straight from the database."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer
from sqlmodel import Session, col, select

from app.core.config import load_settings
from app.core.database import transact
from app.core.errors import StartError, WhiteboardError
from app.models import Room
from app.services.backups.commands import failures
from app.services.backups.taking import reading
from app.services.svg.exports import Export, export_of
from app.services.svg.pictures import BACKGROUNDS, LARGEST, Pictures
from whiteboard_client import fetch_drawing, fetch_picture, join_room
from whiteboard_client.errors import WhiteboardError as ClientError

export_commands = typer.Typer()

STDOUT = "-"


@export_commands.command("export")
def export(
    room: Annotated[str, typer.Argument(help="Invite link of the room; or its id, to read the database of this site.")],
    output: Annotated[
        str | None, typer.Option(help="File to write, - for standard output. Unset: as the room.")
    ] = None,
    width: Annotated[int, typer.Option(min=1, max=LARGEST, help="Of a picture, in pixels.")] = 1600,
    background: Annotated[Literal["white", "transparent"], typer.Option(help="Of a picture.")] = "white",
    name: Annotated[str, typer.Option(help="Name to enter under, with a link.")] = "Export",
    *,
    png: Annotated[bool, typer.Option("--png", help="A picture instead of SVG.")] = False,
) -> None:
    """Write a room's drawing to a file, as SVG or as a picture."""
    picture = (width, background) if png else None
    room_id = _room_id(room)
    data = asyncio.run(_from_server(room, name, picture)) if room_id is None else _from_database(room_id, picture)
    if output == STDOUT:
        sys.stdout.buffer.write(data)
        return
    known = room_id or room.rpartition("/r/")[2]
    path = Path(output or f"whiteboard-{str(known)[:8]}.{'png' if png else 'svg'}")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StartError(f"{path} cannot be written: {error.strerror}.") from None
    typer.echo(f"The drawing is in {path}.")


def _room_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _from_server(link: str, name: str, picture: tuple[int, str] | None) -> bytes:
    try:
        seat = await join_room(link, name)
        return await (fetch_picture(seat, *picture) if picture else fetch_drawing(seat))
    except ClientError as error:
        raise StartError(f"The drawing could not be had: {error}") from None


def _from_database(room_id: UUID, picture: tuple[int, str] | None) -> bytes:
    def read(db: Session) -> Export | None:
        key = db.exec(select(Room.key).where(col(Room.id) == room_id)).first()
        return None if key is None else export_of(db, key)

    with failures(), reading(load_settings().database) as engine:
        drawn = transact(engine, read)
    if drawn is None:
        raise StartError("There is no such room in the database: see `whiteboard rooms`.")
    if picture is None:
        return b"".join(drawn.parts())
    width, background = picture
    try:
        return asyncio.run(Pictures().paint(drawn, width, BACKGROUNDS[background]))
    except WhiteboardError as error:
        raise StartError(error.detail) from None
