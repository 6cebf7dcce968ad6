"""`whiteboard rooms`: sizes and sums are right, in each order, and nothing secret stands there."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from postgres_server import on_both
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner, Result

from app.cli import commands
from app.core.database import Database
from app.models import Path, Room, UserSession
from app.services.backups.taking import reading
from app.services.inspection.rooms import Listing, Order, list_rooms

BEGAN = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NAME = "Quetzalcoatl"
INVITE_HASH = bytes(range(32))
FACTS = [(0, 3, 5), (2, 1, 300), (7, 0, 0), (0, 2, 40)]
"""Of each room: people, paths, bytes of each."""


def fill(db: Session) -> None:
    """Rooms of different sizes, each made a minute after the one before, and last active in the opposite order."""
    for n, (people, paths, size) in enumerate(FACTS):
        made, active = BEGAN + timedelta(minutes=n), BEGAN + timedelta(hours=9 - n)
        room = Room(id=UUID(int=n + 1), created_at=made, last_active_at=active, creator_ip="192.0.2.1")
        room.invite_hash, room.active_users, room.live = INVITE_HASH, people, people > 0
        db.add(room)
        db.flush()
        for k in range(paths + 1):  # the last one is a tombstone
            gone = k == paths
            d = "" if gone else "M" * size
            db.add(Path(room_key=room.key, id=uuid4(), d=d, width=1, color="#000000", ts=1, deleted=gone))
        session = UserSession(id=uuid4(), room_key=room.key, name=NAME, token_id=uuid4(), created_at=made)
        session.last_active_at = active
        db.add(session)


@pytest.fixture
async def filled(database: Database) -> None:
    await database.write(fill)


def listed(engine: Engine, order: Order, limit: int | None = None) -> tuple[list[int], Listing]:
    listing = list_rooms(engine, order, limit)
    return [room.id.int - 1 for room in listing.rooms], listing


@on_both
@pytest.mark.usefixtures("filled")
def test_each_order_and_every_size(database_url: str) -> None:
    with reading(database_url) as engine:
        assert listed(engine, Order.created)[0] == [3, 2, 1, 0]
        assert listed(engine, Order.active)[0] == [0, 1, 2, 3]
        assert listed(engine, Order.people)[0] == [2, 1, 3, 0]
        assert listed(engine, Order.paths)[0] == [0, 3, 1, 2]
        assert listed(engine, Order.bytes)[0] == [1, 3, 0, 2]
        for order in Order:
            rooms, listing = listed(engine, order)
            assert (listing.total, listing.live, listing.people, listing.paths) == (4, 2, 9, 6)
            facts = {n: (room.people, room.paths, room.bytes) for n, room in zip(rooms, listing.rooms, strict=True)}
            assert facts == {n: (people, paths, paths * size) for n, (people, paths, size) in enumerate(FACTS)}
            assert listed(engine, order, 2)[0] == rooms[:2]


@on_both
def test_a_database_without_rooms(database_url: str) -> None:
    with reading(database_url) as engine:
        assert list_rooms(engine, Order.active, None) == Listing([], 0, 0, 0, 0)


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(commands, ["rooms", *words], env={"WHITEBOARD_DATABASE_URL": url, "TZ": "UTC"})


@on_both
@pytest.mark.usefixtures("filled")
def test_people_get_a_table_and_programs_json(database_url: str) -> None:
    told = run(database_url, "--sort", "bytes", "--limit", "1").output.splitlines()
    assert told[0].split() == ["room", "state", "people", "paths", "bytes", "last", "active", "created"]
    assert told[1].split()[:5] == ["00000000-0000-0000-0000-000000000002", "live", "2", "1", "300"]
    assert told[2:] == ["Rooms: 4 (2 live, 2 asleep); people: 9; paths: 6."]
    body = json.loads(run(database_url, "--json", "--limit", "0").output)
    assert len(body["rooms"]) == body["total"] == 4
    assert body["rooms"][0]["created_at"] == "2026-11-23T14:00:00.000Z"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_secret_and_no_name_is_shown(database_url: str, form: tuple[str, ...]) -> None:
    told = run(database_url, *form).output
    assert [word for word in (NAME, INVITE_HASH.hex(), "192.0.2", "invite", "token") if word in told] == []


def test_a_database_that_is_not_there_is_not_made(tmp_path: object) -> None:
    result = run(f"sqlite:///{tmp_path}/none.db")
    assert result.exit_code == 1
    assert "There is no database" in str(result.exception)
