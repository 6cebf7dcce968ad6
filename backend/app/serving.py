"""`whiteboard serve` and `migrate`: run the server, bring its database up to date."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from signal import SIGTERM
from socket import socket
from typing import Annotated

import typer

from app.core.config import Settings, load_settings, make_data_dir, part_of
from app.core.database import migrate as migrate_database
from app.core.database_lock import served
from app.core.garbage import collect_seldom
from app.core.keys import load_keys
from app.core.logging import configure_logging
from app.core.parent import end_with_parent, owned_terminal
from app.core.plain_end import told_in_a_line
from app.core.server import WhiteboardServer, address_to_open, listening, server_config
from app.core.workers.supervisor import Supervisor
from app.core.workers.worker import Worker
from app.main import create_app

server_commands = typer.Typer()


@server_commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the work; one a processor core.")] = None,
    *,
    under_make: Annotated[bool, typer.Option("--under-make", hidden=True, help="End with make; take Ctrl-C.")] = False,
) -> None:
    """Run the server until Ctrl-C; everything else is a setting (see .env.example)."""
    with under_parent() if under_make else contextlib.nullcontext():
        start(host=host, port=port, workers=workers)


@contextlib.contextmanager
def under_parent() -> Iterator[None]:
    """End when the parent ends, and take its Ctrl-C."""
    arrange = end_with_parent(os.getppid(), SIGTERM)
    if arrange is not None:
        arrange()
    with owned_terminal():
        yield


def start(**given: object) -> None:
    """Make everything ready, in the order in which it can fail, and run the server."""
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level, settings.log_format)
    make_data_dir(settings.data_dir)
    with listening(settings.host, settings.port) as sockets, served(settings.database):
        migrate_database(settings.database)
        load_keys(settings)
        address = settings.public_url or address_to_open(settings.host, sockets)
        announce = partial(typer.echo, f"Whiteboard is ready: {address}")
        if settings.workers == 1:
            run(settings, sockets, announce)
        elif status := Supervisor(settings.workers, sockets, partial(run_worker, settings), announce).run():
            raise typer.Exit(status)


def run_worker(settings: Settings, worker: Worker) -> int:
    """Be one of several workers until told to end; gives the exit status."""
    configure_logging(settings.log_level, settings.log_format, worker.name)
    try:
        with told_in_a_line():
            run(part_of(settings), [], worker.begin, worker)
    except SystemExit as error:
        return int(error.code or 0)
    return 0


SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter when another waits for it: a commit has to wait several times."""


def run(settings: Settings, sockets: list[socket], on_ready: Callable[[], None], worker: Worker | None = None) -> None:
    """Serve the application, on the sockets or as a worker, until a signal comes."""
    app = create_app(settings, worker)
    server = WhiteboardServer(server_config(app, settings))
    server.on_ready = on_ready

    async def serve_app() -> None:
        with server.capture_signals():
            if worker is not None:
                worker.attend(server)
            async with app.router.lifespan_context(app) as state:
                server.state = state or {}
                server.drain = app.state.drain
                collect_seldom()
                sys.setswitchinterval(SWITCH_SECONDS)
                await server.serve(sockets)

    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(serve_app())


@server_commands.command()
def migrate() -> None:
    """Bring the database to this version (`serve` does it too)."""
    settings = load_settings()
    make_data_dir(settings.data_dir)
    with served(settings.database):
        migrate_database(settings.database)
    typer.echo("The database is up to date.")
