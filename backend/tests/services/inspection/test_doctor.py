"""The checks of `whiteboard doctor`: each tells well from ill, and says what to do."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.core.config import Settings, unread_variables
from app.core.database import migrate
from app.services.backups.keeping import Round, job_of
from app.services.inspection import choices, disk, live_state, machine, storing
from app.services.inspection.findings import Finding, examine, fail, ok, warn


def verdicts(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """What was judged how; whatever is not well says what to do."""
    listed = list(findings)
    assert all(bool(each.advice) == (each.verdict != "ok") for each in listed)
    return [(each.verdict, each.what) for each in listed]


def the_one(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


# How checks are done.


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def breaks() -> Iterator[Finding]:
        yield ok("first", "well")
        raise PermissionError(13, "Permission denied", "/proc/x")

    seen: list[str] = []
    found = list(examine([("one", breaks), ("two", lambda: [ok("last", "well")])], seen.append))
    assert verdicts(found) == [("ok", "first"), ("fail", "one"), ("ok", "last")]
    assert "Permission denied" in found[1].found
    assert seen == ["one", "two"]


# The machine.


def test_the_versions_that_run_here_will_do() -> None:
    assert {verdict for verdict, _ in verdicts(machine.versions())} == {"ok"}


def test_an_old_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "sqlite_version", lambda: "3.40.1")
    monkeypatch.setattr(machine, "version", lambda _: "0.30.6")
    found = dict(map(reversed, verdicts(machine.versions())))  # type: ignore[arg-type]
    assert found == {"Python": "ok", "SQLite": "fail", "uvicorn": "warn", "redis": "warn", "websockets": "warn"}


@pytest.mark.parametrize(("limit", "verdict"), [(1024, "warn"), (65536, "ok"), (-1, "ok")])
def test_few_open_files_are_told(limit: int, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (limit, 524288))
    assert verdicts(machine.files()) == [(verdict, "open files")]


@pytest.mark.parametrize(
    ("systemd", "kernel", "verdict"),
    [(True, None, "ok"), (False, True, "warn"), (None, True, "ok"), (None, False, "warn"), (None, None, "warn")],
)
def test_the_clock(systemd: object, kernel: object, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "by_timedatectl", lambda: systemd)
    monkeypatch.setattr(machine, "by_kernel", lambda: kernel)
    assert verdicts(machine.clock()) == [(verdict, "clock")]


def test_the_kernel_can_be_asked_for_the_clock() -> None:
    assert machine.by_kernel() in (True, False, None)


# The disk.

MOUNTS = """\
20 1 0:1 / / rw shared:1 - overlay overlay rw
21 20 0:2 / /srv rw - ext4 /dev/sda1 rw
22 21 0:3 / /srv/shared\\040files rw master:1 - nfs4 server:/x rw
23 20 0:4 / /tmp rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/", "overlay"),
        ("/home/x", "overlay"),
        ("/srv", "ext4"),
        ("/srvx", "overlay"),
        ("/srv/whiteboard/data", "ext4"),
        ("/srv/shared files/x", "nfs4"),
        ("/tmp", "tmpfs"),  # noqa: S108
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(place: str, kind: str, tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, "utf-8")
    assert disk.kind_of(Path(place), mounts) == kind


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("ext4", "ok"), ("xfs", "ok"), ("nfs4", "fail"), ("fuse.sshfs", "fail"), ("tmpfs", "fail"), ("overlay", "warn")],
)
def test_some_file_systems_will_not_do(kind: str, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "kind_of", lambda *_: kind)
    assert verdicts(disk.file_system(Path("/"))) == [(verdict, "file system")]


@pytest.mark.parametrize(("seconds", "verdict"), [(5e-6, "fail"), (0.001, "ok"), (0.1, "warn")])
def test_a_sync_that_is_none_or_slow_is_told(seconds: float, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "timed_syncs", lambda _: [seconds] * 5)
    assert verdicts(disk.sync_speed(Path("/"))) == [(verdict, "fsync")]


def test_syncs_are_timed_and_leave_nothing(tmp_path: Path) -> None:
    assert all(seconds > 0 for seconds in disk.timed_syncs(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("free", "verdict"), [(10**8, "fail"), (10**9, "warn"), (10**12, "ok")])
def test_a_full_disk_is_told(free: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = disk.shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage)
    assert verdicts(disk.room(tmp_path)) == [(verdict, "disk space")]


def test_what_others_can_read_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    key = tmp_path / "jwt.key"
    key.touch(mode=0o600)
    assert verdicts(disk.closed_to_others(tmp_path, [key])) == [("ok", "rights")]
    key.chmod(0o640)
    found = the_one(disk.closed_to_others(tmp_path, [key, tmp_path / "none"]))
    assert (found.verdict, found.advice) == ("warn", f"chmod go= {key}")


# The settings.


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"public_url": "http://whiteboard.example.org"}, "without HTTPS"),
        ({"public_url": "https://whiteboard.example.org"}, "not trusted"),
        ({"trusted_proxies": "10.0.0.1"}, "public address is unset"),
        ({"public_url": "https://a.example", "trusted_proxies": "0.0.0.0/0"}, "every address"),
        ({"public_url": "https://a.example", "trusted_proxies": "10.0.0.1", "host": "::"}, "past the web server"),
        ({"database_url": "postgresql://u:p@h/n"}, "PostgreSQL without"),
        ({"database_url": "postgresql://u:p@h/n", "redis_url": "redis://h"}, "key of its own"),
        ({"tick_ms": 50}, "S10"),
        ({"process_timeout_seconds": 3}, "counts as dead"),
        ({"room_idle_seconds": 10}, "sleeps before"),
    ],
)
def test_a_contradiction_is_told(given: dict[str, Any], word: str) -> None:
    found = the_one(choices.settings(Settings(**given)))
    assert found.verdict == "warn"
    assert word in found.found
    assert found.advice


@pytest.mark.parametrize(
    "given",
    [{}, {"public_url": "http://localhost:8000"}, {"public_url": "https://a.example", "trusted_proxies": "127.0.0.1"}],
)
def test_good_settings_are_well(given: dict[str, Any]) -> None:
    assert verdicts(choices.settings(Settings(**given))) == [("ok", "settings")]


def test_a_variable_that_is_no_setting_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("WHITEBOARD_PORTS=1\nWHITEBOARD_HOST=x\nOTHER=2\n", "utf-8")
    monkeypatch.setenv("WHITEBOARD_HOTS", "1")
    monkeypatch.setenv("DATABASE_URL", "x")
    found = unread_variables(file)
    assert found == ["WHITEBOARD_HOTS", "WHITEBOARD_PORTS"]
    assert verdicts(choices.settings(Settings(database_url=None), found)) == [("warn", "settings")] * 2


# The database and the backups.


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


# Redis.

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


# The command.


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
