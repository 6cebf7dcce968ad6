"""One WebSocket connection: opens it, carries frames between it and the state machine, and notices its silence."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Never

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from whiteboard_client.errors import ProtocolError
from whiteboard_client.events import Closed, Sent
from whiteboard_client.messages import ClientFrame, decode, encode
from whiteboard_client.options import Options
from whiteboard_client.rooms import Seat
from whiteboard_client.sync import Sync

SUBPROTOCOL = Subprotocol("whiteboard.v1")
ABNORMAL = 1006  # RFC 6455: the connection ended without a close frame


class Link:
    """The present connection of a seat, if there is one. `changed` is called after every frame that was followed."""

    __slots__ = ("_changed", "_options", "_sync", "_wake", "_websocket", "seat", "token")

    def __init__(self, seat: Seat, sync: Sync, options: Options, changed: Callable[[], None]) -> None:
        self.seat = seat
        """The next connection is made with it."""
        self.token = seat.token
        """What the newest connection was made with."""
        self._sync = sync
        self._options = options
        self._changed = changed
        self._wake = asyncio.Event()
        self._websocket: ClientConnection | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._websocket is not None

    def wake(self) -> None:
        """Says that the state machine may have something to send."""
        self._wake.set()

    def abort(self) -> None:
        """Drops the TCP connection without closing the WebSocket, as a broken line does."""
        if self._websocket:
            self._websocket.transport.abort()

    async def run(self) -> Closed:
        """Connects and stays connected for as long as it goes; returns how it ended."""
        try:
            websocket = await self._open()
        except InvalidStatus as error:
            return Closed(error.response.status_code, error.response.reason_phrase)
        except (OSError, TimeoutError, WebSocketException) as error:
            return Closed(ABNORMAL, f"cannot connect: {error or type(error).__name__}")
        self._websocket = websocket
        try:
            return await self._talk(websocket)
        finally:
            self._websocket = None
            await websocket.close()

    async def _open(self) -> ClientConnection:
        # The protocol has pings of its own (C3), a snapshot has no size limit, and compression is C5's.
        return await open_websocket(
            self.seat.websocket_url,
            subprotocols=[SUBPROTOCOL],
            compression=None,
            ping_interval=None,
            max_size=None,
            open_timeout=self._options.open_timeout,
            close_timeout=self._options.close_timeout,
        )

    async def _talk(self, websocket: ClientConnection) -> Closed:
        """Reads and writes until the connection ends, and tells how."""
        writer = asyncio.create_task(self._write(websocket), name="whiteboard-client-writer")
        try:
            self.token = self.seat.token
            await self._send(websocket, self._sync.open(self.token, gzip=self._options.gzip))
            await self._read(websocket)
        except ConnectionClosed:
            return Closed(int(websocket.close_code or ABNORMAL), websocket.close_reason or "")
        except TimeoutError:
            websocket.transport.abort()  # nobody is there to answer a close frame
            return Closed(ABNORMAL, "the server fell silent")
        except ProtocolError as error:
            return Closed(ABNORMAL, str(error))
        finally:
            writer.cancel()
            # Not `await writer` with its CancelledError suppressed: this task's own cancellation would be lost with it.
            await asyncio.wait({writer})
            with suppress(asyncio.CancelledError, ConnectionClosed):
                writer.result()

    async def _read(self, websocket: ClientConnection) -> Never:
        while True:
            self._sync.receive(decode(await self._hear(websocket)))
            self._changed()
            self._wake.set()

    async def _hear(self, websocket: ClientConnection) -> str | bytes:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._options.silence):
                return await websocket.recv()
        self._sync.ping()
        self._wake.set()
        async with asyncio.timeout(self._options.pong):
            return await websocket.recv()

    async def _write(self, websocket: ClientConnection) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for frame in self._sync.outgoing():
                    await self._send(websocket, frame)
        except Exception:
            # Whatever ended the writing, a connection that only reads must not live on.
            websocket.transport.abort()
            raise

    async def _send(self, websocket: ClientConnection, frame: ClientFrame) -> None:
        self._options.observe(Sent(frame))
        await websocket.send(encode(frame), text=True)
