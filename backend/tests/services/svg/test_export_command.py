"""`whiteboard export`: the same file from a running server and from the database."""

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parents[2]))

from server_process import ServerProcess

from app.cli import commands
from app.core.errors import StartError
from whiteboard_client import Invitation, connect, create_room

pytestmark = pytest.mark.process

DRAWN = '<path d="M0 0L30 10" stroke="#1d3557" stroke-width="10" stroke-opacity="0.502"/>'


async def drawn_on(url: str) -> Invitation:
    invitation = await create_room(url, "Ada")
    async with connect(invitation.seat) as board:
        board.draw("M0 0L30 10", color="#1d355780", width=10)
        await board.saved()
    return invitation


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, ["export", *words])


def test_a_drawing_is_had_from_a_server_and_from_its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ServerProcess(tmp_path / "data") as server:
        invitation = asyncio.run(drawn_on(server.url))
        room_id = invitation.seat.room_id
        done = run(invitation.invite_url)
        assert done.output == f"The drawing is in whiteboard-{room_id[:8]}.svg.\n"
        by_server = (tmp_path / f"whiteboard-{room_id[:8]}.svg").read_text()
        assert DRAWN in by_server
        monkeypatch.setenv("WHITEBOARD_DATA_DIR", str(tmp_path / "data"))
        assert run(room_id, "--output", "while-it-runs.svg").exit_code == 0
        assert run(invitation.invite_url, "--png", "--width", "80", "--output", "by-server.png").exit_code == 0
    assert (tmp_path / "while-it-runs.svg").read_text() == by_server
    assert run(room_id, "--output", "-").output == by_server
    assert run(room_id, "--png", "--width", "80", "--output", "by-database.png").exit_code == 0
    picture = (tmp_path / "by-server.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert (tmp_path / "by-database.png").read_bytes() == picture


def test_what_cannot_be_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    for words, told in {
        (str(uuid4()),): "no such room",
        ("nonsense",): "not an invite link",
        ("http://127.0.0.1:9/r/x#secret",): "could not be had",
    }.items():
        error = run(*words).exception
        assert isinstance(error, StartError)
        assert told in str(error)
        assert "secret" not in str(error)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert isinstance(run(str(uuid4())).exception, StartError)
    assert not (tmp_path / "none.db").exists()
