"""The HTTP server: its socket, its configuration, and an orderly end on a signal."""

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import uvicorn

from app.core.config import Settings
from app.core.errors import StartError
from app.core.http_protocol import KEEP_ALIVE_SECONDS, http_protocol
from app.core.websocket_protocol import websocket_protocol

logger = logging.getLogger(__name__)

BACKLOG = 4096
DRAIN_SECONDS = 5
CLOSE_SECONDS = 3
EVERYWHERE = {"0.0.0.0", "::", "", "127.0.0.1", "::1", "localhost"}  # noqa: S104 - compared with, not bound to


class WhiteboardServer(uvicorn.Server):
    """uvicorn, ended by SIGINT, SIGTERM or SIGHUP: no new connections, `drain`, then the connections are closed.

    A second signal gives up waiting, a third is left to the system. A stop that was asked for is no failure: the signal
    is not raised again afterwards, so the process can exit with 0.
    """

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]] | None = None) -> None:
        """`drain` commits and sends what is under way, and says goodbye to everybody (rule C4)."""
        super().__init__(config)
        self.drain = drain
        self.state: Mapping[str, Any] = {}
        """What the application's lifespan yielded, for `request.state`."""
        self.on_ready: Callable[[], None] = lambda: None
        self.each_second: Callable[[], None] = lambda: None
        self._stopping = asyncio.Event()
        self._forced = asyncio.Event()
        self._signals: tuple[signal.Signals, ...] = ()

    def protocol(self) -> asyncio.Protocol:
        """What serves a connection that was accepted elsewhere."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer on the sockets."""
        self.lifespan.state.update(self.state)
        await super().startup(sockets)
        if not self.should_exit:
            self.on_ready()

    async def main_loop(self) -> None:
        """Wait for the signal, awake once a second for the `Date` header."""
        while not await self.on_tick(0):
            self.each_second()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, drain, close."""
        for server in self.servers:
            server.close()
        if self.drain is not None and not self.force_exit:
            await self._drain(self.drain)
        await super().shutdown(sockets)

    async def _drain(self, drain: Callable[[], Awaitable[None]]) -> None:
        draining = asyncio.ensure_future(drain())
        forced = asyncio.ensure_future(self._forced.wait())
        await asyncio.wait({draining, forced}, timeout=DRAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in (draining, forced):
            task.cancel()
        outcome, _ = await asyncio.gather(draining, forced, return_exceptions=True)
        if isinstance(outcome, BaseException):
            logger.error("Not everything could be sent before the end: %r", outcome)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals while the block runs (in the main thread); a block within a block changes nothing."""
        if self._signals or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._signals = handled_signals()
        for number in self._signals:
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            self._release_signals()

    def _release_signals(self) -> None:
        for number in self._signals:
            asyncio.get_running_loop().remove_signal_handler(number)
        self._signals = ()

    def stop(self) -> None:
        """Begin the orderly end; called again: be quick about it."""
        if self.should_exit:
            self.force_exit = True
            self._forced.set()
            self._release_signals()
        self.should_exit = True
        self._stopping.set()


def handled_signals() -> tuple[signal.Signals, ...]:
    """Give the signals that end the server; a hang-up that was ignored at the start (nohup) stays ignored."""
    hang_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    return (signal.SIGINT, signal.SIGTERM, *hang_up)


def server_config(app: Callable[..., Any], settings: Settings) -> uvicorn.Config:
    """Configure uvicorn; the lifespan, the sockets and the logging are not its affair."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        loop="auto",
        http=http_protocol(request_seconds=settings.request_seconds, stall_seconds=settings.stall_seconds),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws=websocket_protocol(silence_seconds=settings.silence_seconds, stall_seconds=settings.stall_seconds),
        ws_max_size=settings.max_frame,
        ws_ping_interval=None,  # the protocol class has its own
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )


def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on every address that `host` stands for, at once: of two servers only one gets so far."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise StartError(f"{host} is no address of this machine: choose another with --host.") from None
    opened: list[socket.socket] = []
    for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
        try:
            opened.append(_listen(family, address[0], opened[0].getsockname()[1] if opened else port))
        except OSError as error:
            if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL) and len(found) > 1:
                continue  # localhost may name an IPv6 address that the machine does not have
            close_sockets(opened)
            raise StartError(_explain(error, host, port)) from None
    if not opened:
        raise StartError(f"{host} is no address of this machine: choose another with --host.")
    return opened


def _listen(family: int, address: object, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def close_sockets(sockets: list[socket.socket]) -> None:
    """Close what `bind_sockets` has opened."""
    for each in sockets:
        each.close()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Listen while the block runs."""
    sockets = bind_sockets(host, port)
    try:
        yield sockets
    finally:
        close_sockets(sockets)


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"The port {port} is in use on {host}: choose another with --port, or end the program that has it."
    if error.errno == errno.EACCES:
        return f"The port {port} needs more rights than this user has: choose one above 1023 with --port."
    return f"Cannot listen on {host}, port {port}: {error.strerror}."


def address_to_open(host: str, sockets: list[socket.socket]) -> str:
    """Give the address that a browser on this machine can open."""
    port = sockets[0].getsockname()[1]
    name = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"
