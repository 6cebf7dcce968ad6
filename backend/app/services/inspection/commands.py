"""`whiteboard rooms`, `doctor` and `top`: for the person who runs the server."""

import contextlib
import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.core.config import load_settings, parse_origin
from app.core.errors import StartError
from app.services.backups.commands import failures
from app.services.backups.taking import reading
from app.services.inspection.doctor import checks
from app.services.inspection.findings import Finding, examine
from app.services.inspection.rooms import Listing, Order, RoomSize, list_rooms
from app.services.inspection.top import Top, show_once, watch_live

inspection_commands = typer.Typer()

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
WIDTH = 160
"""Of tables, so that nothing is cut off; a narrower terminal breaks the lines."""

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@inspection_commands.command("rooms")
def rooms(
    sort: Annotated[Order, typer.Option(help="What to begin with the most, or the newest, of.")] = Order.active,
    limit: Annotated[int, typer.Option(min=0, help="How many to list; 0: all.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """List the rooms: how many, how large, how active; whether or not a server runs."""
    with failures(), reading(load_settings().database) as engine:
        listing = list_rooms(engine, sort, limit or None)
    if as_json:
        typer.echo(json.dumps(asdict(listing), default=plain, indent=2))
    else:
        show_rooms(listing)


@inspection_commands.command("doctor")
def doctor(
    url: Annotated[str | None, typer.Option(help="Where people open the whiteboard: look at the way in, too.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check this deployment, a line a check; the exit status is 1 if something fails."""
    console = Console(soft_wrap=True, highlight=False)
    found: list[Finding] = []
    with console.status("") as status:
        for finding in examine(checks(load_settings(), url), lambda what: status.update(f"{what} …")):
            found.append(finding)
            if not as_json:
                console.print(line_of(finding))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        counts = Counter(finding.verdict for finding in found)
        console.print(f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} wrong.")
    if any(finding.verdict == "fail" for finding in found):
        raise typer.Exit(1)


@inspection_commands.command("top")
def top(
    url: Annotated[
        list[str] | None, typer.Option(help="A server; several for several. Unset: as the settings say.")
    ] = None,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    *,
    once: Annotated[bool, typer.Option("--once", help="Look for a second, and end.")] = False,
) -> None:
    """Show the figures of running servers, as they go; q or Ctrl-C ends."""
    settings = load_settings()
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    urls = [origin_of(each) for each in url or [f"http://127.0.0.1:{settings.port}"]]
    board, console = Top(urls, token), Console(soft_wrap=True, highlight=False)
    with contextlib.suppress(KeyboardInterrupt):
        if once:
            show_once(board, console)
        else:
            watch_live(board, interval, console)
    if not board.answered:
        raise typer.Exit(1)


def origin_of(url: str) -> str:
    """An address of a server; StartError if it is none."""
    try:
        return parse_origin(url)
    except ValueError as error:
        raise StartError(f"--url: {error}.") from None


def line_of(finding: Finding) -> Text:
    """A finding as one line."""
    line = Text.assemble(
        (f"{finding.verdict:<5}", STYLES[finding.verdict]), (f"{finding.what}: ", "bold"), finding.found
    )
    return line.append(f" → {finding.advice}", "italic") if finding.advice else line


def show_rooms(listing: Listing) -> None:
    """A table, and the sums."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("room", "state", "people", "paths", "bytes", "last active", "created"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("people", "paths", "bytes") else "left")
    for room in listing.rooms:
        table.add_row(*cells(room))
    if listing.rooms:
        Console(width=WIDTH).print(table)
    asleep = listing.total - listing.live
    typer.echo(
        f"Rooms: {listing.total:,} ({listing.live:,} live, {asleep:,} asleep); "
        f"people: {listing.people:,}; paths: {listing.paths:,}."
    )


def cells(room: RoomSize) -> list[str]:
    """A room as a row for people, times in their zone."""
    numbers = [f"{number:,}" for number in (room.people, room.paths, room.bytes)]
    times = [f"{at.astimezone():%Y-%m-%d %H:%M}" for at in (room.last_active_at, room.created_at)]
    return [str(room.id), "live" if room.live else "asleep", *numbers, *times]


def plain(value: object) -> str:
    """An id or a time as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(value)
