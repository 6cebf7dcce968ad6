"""The doctor looks at the database, the backups and Redis; the command."""

import os
from pathlib import Path
from typing import Any

import pytest
from doctor_help import the_one, verdicts
from typer.testing import CliRunner

from app.cli import commands
from app.core.config import Settings
from app.core.database import migrate
from app.services.backups.keeping import Round, job_of
from app.services.inspection import live_state, storing
from app.services.inspection.findings import examine, fail, ok, warn


@pytest.fixture
def site(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path)
    migrate(settings.database)
    return settings


def test_a_whole_database(site: Settings) -> None:
    assert verdicts(storing.database(site)) == [("ok", "database"), ("ok", "migrations"), ("ok", "database log")]


def test_no_database_yet(tmp_path: Path) -> None:
    assert verdicts(storing.database(Settings(data_dir=tmp_path))) == [("ok", "database")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_postgresql_that_does_not_sync_is_told(database_url: str, tmp_path: Path) -> None:
    """That of the tests does not."""
    whole, migrations = storing.database(Settings(data_dir=tmp_path, database_url=database_url))
    assert (whole.verdict, migrations.verdict) == ("fail", "ok")
    assert "with fsync" in whole.found
    assert "secret" not in whole.found


def test_a_damaged_page_is_told(site: Settings) -> None:
    file = site.data_dir / "whiteboard.db"
    content = bytearray(file.read_bytes())
    content[4096 * 2 : 4096 * 3] = os.urandom(4096)
    file.write_bytes(content)
    found = list(examine([("database", lambda: storing.database(site))]))
    assert found[0].verdict == "fail"
    assert "restore" in found[0].advice or "damaged" in found[0].found or "malformed" in found[0].found


def test_another_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "whiteboard.db").write_bytes(b"something else" * 1000)
    found = the_one(examine([("database", lambda: storing.database(Settings(data_dir=tmp_path)))]))
    assert (found.verdict, found.what) == ("fail", "database")
    assert "not a database" in found.found


def test_backups_none_fresh_and_old(site: Settings) -> None:
    assert verdicts(storing.backups(site)) == [("warn", "backups")]
    assert verdicts(storing.backups(Settings(data_dir=site.data_dir, backup_seconds=0))) == [("fail", "backups")]
    Round(job_of(site)).run()
    assert verdicts(storing.backups(site)) == [("ok", "backups")]
    for age, words in ((1000, "17 minutes"), (3 * 86400, "3 days")):
        current = site.data_dir / "backups" / "current"
        os.utime(current, (current.stat().st_ctime - age, current.stat().st_ctime - age))
        found = the_one(storing.backups(site))
        assert found.verdict == "warn"
        assert words in found.found


WELL = {"redis_version": "7.0.15", "role": "master", "used_memory": 10**6, "maxmemory": 0}


@pytest.mark.parametrize(
    ("look", "told", "verdict"),
    [
        (live_state.server, {}, "ok"),
        (live_state.server, {"redis_version": "5.0.7"}, "warn"),
        (live_state.server, {"server_name": "valkey", "valkey_version": "8.1.0"}, "ok"),
        (live_state.server, {"cluster_enabled": 1}, "fail"),
        (live_state.memory, {"maxmemory_policy": "noeviction"}, "ok"),
        (live_state.memory, {"maxmemory_policy": "allkeys-lru"}, "warn"),
        (live_state.memory, {"maxmemory_policy": "allkeys-lru", "maxmemory": 10**9}, "fail"),
        (live_state.memory, {"maxmemory_policy": "volatile-lru", "maxmemory": 10**9}, "ok"),
        (live_state.memory, {"maxmemory": 11 * 10**5}, "warn"),
        (live_state.writing, {}, "ok"),
        (live_state.writing, {"role": "slave"}, "fail"),
        (live_state.writing, {"rdb_last_bgsave_status": "err"}, "fail"),
    ],
)
def test_redis_is_judged_by_what_it_tells(look: Any, told: dict[str, Any], verdict: str) -> None:  # noqa: ANN401
    assert [verdict for verdict, _ in verdicts(look({**WELL, **told}))] == [verdict]


class Configured:
    """A Redis with this limit of buffers."""

    def __init__(self, limit: str) -> None:
        self._limit = limit

    def config_get(self, name: str) -> dict[str, str]:
        return {name: self._limit}


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [
        ("normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", "ok"),
        ("normal 0 0 0 pubsub 0 0 0", "ok"),
        ("normal 0 0 0 pubsub 1048576 1048576 60", "warn"),
    ],
)
def test_small_buffers_of_redis_are_told(limit: str, verdict: str) -> None:
    assert verdicts(live_state.buffers(Configured(limit))) == [(verdict, "Redis buffers")]  # type: ignore[arg-type]


def test_a_redis_that_does_not_answer(tmp_path: Path) -> None:
    assert verdicts(live_state.redis(Settings(data_dir=tmp_path))) == [("ok", "Redis")]
    silent = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/none.sock")
    assert verdicts(live_state.redis(silent)) == [("fail", "Redis")]


def run(tmp_path: Path, *words: str, **env: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, ["doctor", *words], env={"WHITEBOARD_DATA_DIR": str(tmp_path), **env})
    return result.exit_code, result.output


def test_a_line_a_check_and_the_exit_status(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.data_dir)
    some = [("one", lambda: [ok("a", "well")]), ("two", lambda: [warn("b", "so so", "look")])]
    monkeypatch.setattr("app.services.inspection.commands.checks", lambda *_: some)
    assert run(site.data_dir) == (0, "ok   a: well\nwarn b: so so → look\n1 ok, 1 to look at, 0 wrong.\n")
    some.append(("three", lambda: [fail("c", "ill", "mend")]))
    status, told = run(site.data_dir, "--json")
    assert status == 1
    assert '"verdict": "fail"' in told


def test_an_address_that_is_none(tmp_path: Path) -> None:
    status, _ = run(tmp_path, "--url", "ftp://x")
    assert status == 1
