"""A client of the whiteboard for asyncio programs: follows a board, draws on it, and comes back when the line breaks.

    import asyncio
    from whiteboard_client import connect, create_room, path_data

    async def main() -> None:
        invitation = await create_room("http://localhost:8000", "Ada")
        print(invitation.invite_url)                       # who opens this link is in the room
        async with connect(invitation.seat) as board:
            path_id = board.draw(path_data([(0, 0), (100, 50.5)]), color="#1d3557", width=3)
            await board.saved()                            # on the server's disk
            await board.wait_until(lambda board: len(board.users) > 1)
            board.delete(path_id)
            await board.saved()

    asyncio.run(main())

What is shown (`board.paths`, `users`, `cursors`, `strokes`) is always there to be read, and `wait_until` waits for it.
Edits (`draw`, `put`, `delete`, `clear`, `live`, `cursor`) return at once; they are kept over a loss of connection and
sent again, unchanged. The layers, from the inside: `board` (merging), `sync` (the protocol without I/O), `link` (one
WebSocket), `connection` (what comes back by itself). `play` draws a recorded drawing.
"""

from whiteboard_client.board import Board
from whiteboard_client.checksum import fnv1a
from whiteboard_client.connection import Connection, connect
from whiteboard_client.errors import (
    BadValueError,
    DisconnectedError,
    HttpError,
    InviteError,
    NotConnectedError,
    OutOfStepError,
    ProtocolError,
    RecordingError,
    RefusedError,
    UnreachableError,
    WhiteboardError,
)
from whiteboard_client.events import Acked, Closed, Event, Invoked, Observer, Received, Refused, Sent
from whiteboard_client.ids import Uuid7, uuid7
from whiteboard_client.options import Options
from whiteboard_client.rooms import (
    ImportReport,
    Invitation,
    Seat,
    Skipped,
    create_room,
    fetch_drawing,
    fetch_picture,
    fetch_room,
    join_room,
    renew,
)
from whiteboard_client.sync import Sync
from whiteboard_client.values import format_number, is_path_data, path_data

__all__ = [
    "Acked",
    "BadValueError",
    "Board",
    "Closed",
    "Connection",
    "DisconnectedError",
    "Event",
    "HttpError",
    "ImportReport",
    "Invitation",
    "InviteError",
    "Invoked",
    "NotConnectedError",
    "Observer",
    "Options",
    "OutOfStepError",
    "ProtocolError",
    "Received",
    "RecordingError",
    "Refused",
    "RefusedError",
    "Seat",
    "Sent",
    "Skipped",
    "Sync",
    "UnreachableError",
    "Uuid7",
    "WhiteboardError",
    "connect",
    "create_room",
    "fetch_drawing",
    "fetch_picture",
    "fetch_room",
    "fnv1a",
    "format_number",
    "is_path_data",
    "join_room",
    "path_data",
    "renew",
    "uuid7",
]
