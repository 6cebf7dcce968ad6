"""The keys that sign tokens, and their file."""

import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from app.core.config import load_settings
from app.core.errors import StartError
from app.core.key_commands import key_commands
from app.core.keys import KeyFile, key_id, load_keys, read_keys, write_keys

ONE, TWO, THREE = b"1" * 32, b"2" * 64, b"3" * 32


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    key = load_keys(settings).newest
    assert len(key) >= 32
    assert load_keys(settings).newest == key
    assert (tmp_path / "jwt.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["jwt.key"]


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    settings = load_settings(data_dir=tmp_path)
    barrier = threading.Barrier(8)

    def make() -> None:
        barrier.wait()
        keys.append(load_keys(settings).newest)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["jwt.key"]


def test_a_key_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "jwt.key").write_bytes(b"k" * 40 + b"\n")
    (tmp_path / "jwt.key").chmod(0o644)
    assert load_keys(load_settings(data_dir=tmp_path)).newest == b"k" * 40
    assert (tmp_path / "jwt.key").stat().st_mode & 0o777 == 0o600


def test_half_a_key_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "jwt.key").write_bytes(b"k" * 31)
    with pytest.raises(StartError, match="damaged"):
        load_keys(load_settings(data_dir=tmp_path))


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="No such file"):
        load_keys(load_settings(data_dir=tmp_path / "missing"))


def test_configured_keys_are_newest_first() -> None:
    keys = load_keys(load_settings(jwt_key=f"{'a' * 32}, {'b' * 40},"))
    assert keys.newest == b"a" * 32
    assert list(keys.by_id) == [key_id(b"a" * 32), key_id(b"b" * 40)]
    assert len(set(keys.by_id)) == 2


@pytest.mark.parametrize("given", [",", "a" * 31, f"{'a' * 32},short"])
def test_a_key_that_is_too_short_is_told_without_repeating_it(given: str) -> None:
    with pytest.raises(StartError, match=r"^WHITEBOARD_JWT_KEY: a key needs 32 bytes or more$"):
        load_settings(jwt_key=given)


def test_a_file_has_a_key_a_line_and_remarks(tmp_path: Path) -> None:
    path = tmp_path / "jwt.key"
    path.write_bytes(b"# of today\n\n" + ONE + b"\r\n  " + TWO + b"\n")
    keys = KeyFile(path)
    assert keys.newest == ONE
    assert keys.of(key_id(TWO)) == [TWO]
    assert keys.of(None) == [ONE, TWO]
    assert keys.of(key_id(THREE)) == keys.of("") == keys.of("../jwt.key") == []


def test_the_id_of_a_key_does_not_tell_it() -> None:
    assert key_id(ONE) == key_id(ONE) != key_id(TWO)
    assert ONE.decode() not in key_id(ONE)


def test_a_changed_file_is_seen_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "jwt.key"
    write_keys(path, [ONE])
    keys = KeyFile(path)
    write_keys(path, [TWO, ONE])
    keys.refresh()
    assert (keys.newest, list(keys.by_id.values())) == (TWO, [TWO, ONE])
    for harm in (lambda: path.write_bytes(b"short"), path.unlink):
        harm()
        with capture_logs() as logs:
            keys.refresh()
            keys.refresh()
        assert keys.newest == TWO
        assert [line["log_level"] for line in logs] == ["error"]
    write_keys(path, [THREE])
    keys.refresh()
    assert keys.newest == THREE


def test_the_commands_add_a_key_and_forget_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHITEBOARD_DATA_DIR", str(tmp_path))
    path = tmp_path / "jwt.key"
    write_keys(path, [ONE])
    run = CliRunner()
    assert run.invoke(key_commands, ["rotate"]).exit_code == 0
    new, old = read_keys(path)
    assert old == ONE
    assert len(new) == 64
    listed = run.invoke(key_commands, ["list"])
    assert listed.output.split() == [key_id(new), key_id(ONE)]
    assert run.invoke(key_commands, ["retire"]).exit_code == 0
    assert read_keys(path) == [new]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["jwt.key"]


def test_a_key_that_is_a_setting_is_not_rotated_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHITEBOARD_JWT_KEY", "k" * 32)
    with pytest.raises(StartError, match="change WHITEBOARD_JWT_KEY"):
        CliRunner().invoke(key_commands, ["rotate"], catch_exceptions=False)
