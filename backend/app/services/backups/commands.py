"""`whiteboard backup …`: backups for people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.core.config import Settings, load_settings
from app.core.database import parse_url
from app.core.errors import StartError
from app.core.server import EVERYWHERE
from app.services.backups.chains import Point
from app.services.backups.keeping import FAILURES, REST, Round, backups_of, job_of
from app.services.backups.reading import verify as verify_segment
from app.services.backups.restoring import restore as restore_database
from app.services.backups.room_restoring import restore_room
from app.services.backups.segments import DamagedError, Segment
from app.services.backups.store import Store
from app.services.backups.taking import count_all, reading

WAIT_SECONDS = 600
"""For a backup that is under way."""

backup_commands = typer.Typer(help="Make backups, look at them, bring them back.", no_args_is_help=True)

At = Annotated[
    str | None, typer.Option(help="As it was then, such as 2026-11-23T14:05 (local time). Unset: the newest.")
]


@backup_commands.command("now")
def now() -> None:
    """Make a backup now, whether or not a server runs."""
    settings = load_settings()
    with failures(), bar("Reading", count_paths(settings)) as progress:
        Round(job_of(settings, REST), progress=progress).run(WAIT_SECONDS)
    tell(store_of(settings))


@backup_commands.command("list")
def list_backups() -> None:
    """List what can be brought back, and what it takes on the disk."""
    store = store_of(load_settings())
    table = Table("time", "kept as", "own bytes", "database", box=None, header_style="bold", pad_edge=False)
    for point in store.points():
        segment = point.segment
        table.add_row(shown(segment.time), segment.level, f"{segment.bytes:,}", point.chain.database[:8])
    Console(soft_wrap=True).print(table)
    tell(store)


@backup_commands.command("verify")
def verify() -> None:
    """Read every backup to its end; one that is damaged is taken out of the list, and the exit status is 1."""
    store = store_of(load_settings())
    with failures(), store.turn(WAIT_SECONDS):
        segments = [segment for chain in store.chains() for segment in chain.segments]
        with bar("Verifying", sum(each.bytes for each in segments)) as progress:
            damaged = [each for each in segments if not is_whole(store, each, progress)]
    tell(store)
    if damaged:
        raise typer.Exit(1)


@backup_commands.command("restore")
def restore(
    at: At = None,
    room: Annotated[UUID | None, typer.Option(help="Only this room, as a new one; a server may run.")] = None,
    to: Annotated[str | None, typer.Option(help="Another database: sqlite:////path/to/file.db, postgresql://…")] = None,
    address: Annotated[str | None, typer.Option(help="How the invite link begins; unset: as the settings say.")] = None,
    *,
    move_aside: Annotated[
        bool, typer.Option("--move-aside", help="Keep the filled database under another name.")
    ] = False,
) -> None:
    """Bring back a database or, with --room, one board as a new one."""
    settings = load_settings()
    url = to or settings.database
    parse_url(url)
    store = store_of(settings)
    with failures(), store.turn(WAIT_SECONDS):
        point = point_at(store.points(), at)
        with bar("Restoring", sum(each.bytes for each in point.way)) as progress:
            if room is None:
                done = restore_database(url, point, move_aside=move_aside, progress=progress)
            else:
                copied = restore_room(url, point, room, datetime.now(UTC), progress)
    if room is None:
        typer.echo(f"Rooms: {done.rooms}; paths: {done.paths}; as of {shown(point.time)}, in {done.place}.")
        if done.aside:
            typer.echo(f"What was there is now {done.aside}.")
    else:
        base = (address or address_of(settings)).rstrip("/")
        typer.echo(f"Paths: {copied.paths}; as of {shown(point.time)}, in a new room with this invite link:")
        typer.echo(f"{base}/r/{copied.id}#{copied.invite}")


def point_at(points: list[Point], at: str | None) -> Point:
    """The newest state that is not after a time; StartError if there is none."""
    if not points:
        raise StartError("There is no backup: see `whiteboard backup list`.")
    if at is None:
        return points[-1]
    latest = milliseconds(at)
    if fitting := [point for point in points if point.time <= latest]:
        return fitting[-1]
    raise StartError(f"There is no backup as old as that; the oldest is of {shown(points[0].time)}.")


def milliseconds(at: str) -> int:
    """Read a time, local if it names no zone; a second counts up to its end, since lists show no parts of one."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise StartError(
            f"--at: {at} is no time; it looks like 2026-11-23T14:05 or 2026-11-23T14:05:30+00:00."
        ) from None
    return int(moment.timestamp() * 1000) + (0 if moment.microsecond else 999)


def shown(ms: int) -> str:
    """A time as people read it, and as --at takes it."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().isoformat(timespec="seconds")


def is_whole(store: Store, segment: Segment, progress: Callable[[int], None]) -> bool:
    """Verify a segment; if it is damaged, say so and set it aside."""
    try:
        verify_segment(segment.path, progress=progress)
    except DamagedError as error:
        typer.echo(f"{error}.", err=True)
        store.set_aside(segment)
        return False
    return True


def store_of(settings: Settings) -> Store:
    """The backups of a data directory."""
    return Store(backups_of(settings))


def tell(store: Store) -> None:
    """Say how many backups there are, what they take, and how old the newest is."""
    points = store.points()
    newest = f"; the newest is of {shown(points[-1].time)}" if points else ""
    typer.echo(f"Backups: {len(points)}; bytes: {store.bytes:,}{newest}.")


def address_of(settings: Settings) -> str:
    """Where people open the whiteboard, as far as the settings tell."""
    host = "localhost" if settings.host in EVERYWHERE else settings.host
    return settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def count_paths(settings: Settings) -> int:
    """How much there is to read, at most."""
    with failures(), reading(settings.database) as engine:
        return count_all(engine)


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, and nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal
    ) as bars:
        task = bars.add_task(what, total=total)
        yield lambda step: bars.advance(task, step)


@contextmanager
def failures() -> Iterator[None]:
    """What goes wrong is told in one line."""
    try:
        yield
    except StartError:
        raise
    except FAILURES as error:
        raise StartError(str(getattr(error, "orig", None) or error)) from None
