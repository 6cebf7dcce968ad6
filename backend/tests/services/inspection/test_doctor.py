"""The doctor looks at the machine, the disk and the settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doctor_help import the_one, verdicts

from app.core.config import Settings, unread_variables
from app.services.inspection import choices, disk, machine
from app.services.inspection.findings import Finding, examine, ok


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def breaks() -> Iterator[Finding]:
        yield ok("first", "well")
        raise PermissionError(13, "Permission denied", "/proc/x")

    seen: list[str] = []
    found = list(examine([("one", breaks), ("two", lambda: [ok("last", "well")])], seen.append))
    assert verdicts(found) == [("ok", "first"), ("fail", "one"), ("ok", "last")]
    assert "Permission denied" in found[1].found
    assert seen == ["one", "two"]


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
