"""The command line: what it says when something keeps it from running."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import cli, serving
from app.core.errors import StartError
from app.services import client_commands
from whiteboard_client.errors import UnreachableError


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    """Run a command; give its exit status, and what it wrote to stdout and to stderr."""
    monkeypatch.setattr(sys, "argv", ["whiteboard", *words])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code, *capsys.readouterr()


def test_it_tells_its_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(monkeypatch, capsys, "version")
    assert (status, out.count(".")) == (0, 2)


def test_it_lists_its_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(monkeypatch, capsys, "--help")
    assert all(name in out for name in ("serve", "migrate", "version", "play"))


LEFT_OUT = ("alembic", "psycopg", "sqlalchemy.dialects.postgresql", "whiteboard_client", "lxml", "resvg_py")


def test_a_server_starts_without_what_only_others_need() -> None:
    looked_for = f"print(*(name for name in {('fastapi', 'sqlalchemy', *LEFT_OUT)} if name in sys.modules))"
    script = f"import sys, app.cli; {looked_for}; import app.serving; {looked_for}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "\nfastapi sqlalchemy\n"


def test_it_migrates(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("WHITEBOARD_DATA_DIR", str(tmp_path / "data"))
    assert said(monkeypatch, capsys, "migrate") == (0, "The database is up to date.\n", "")
    assert (tmp_path / "data" / "whiteboard.db").exists()


@pytest.mark.parametrize(
    "error",
    [
        StartError("It cannot\nstart."),
        ExceptionGroup("", [ExceptionGroup("", [StartError("It cannot start.")])]),
    ],
)
def test_a_start_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(serving, "load_settings", fail)
    assert said(monkeypatch, capsys, "migrate") == (1, "", "whiteboard: It cannot start.\n")


def test_other_errors_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ExceptionGroup("", [StartError("x"), ZeroDivisionError()])

    monkeypatch.setattr(serving, "load_settings", fail)
    monkeypatch.setattr(sys, "argv", ["whiteboard", "migrate"])
    with pytest.raises(ExceptionGroup):
        cli.main()


def test_play_passes_on_what_it_was_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def play(*words: object) -> int:
        assert words == (Path("x.jsonl"), "http://x/r/y#z", "Ada", 2.0)
        return 3

    monkeypatch.setattr(client_commands, "play_recording", play)
    given = ("play", "x.jsonl", "--invite", "http://x/r/y#z", "--name", "Ada", "--speed", "2")
    assert said(monkeypatch, capsys, *given) == (0, "3 strokes are drawn and saved.\n", "")


@pytest.mark.parametrize("error", [UnreachableError("nobody there"), FileNotFoundError(2, "No such file", "x.jsonl")])
def test_play_tells_what_went_wrong_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    async def play(*_: object) -> int:
        raise error

    monkeypatch.setattr(client_commands, "play_recording", play)
    status, out, err = said(monkeypatch, capsys, "play", "x.jsonl", "--invite", "secret")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert str(error) in err
    assert "secret" not in err
