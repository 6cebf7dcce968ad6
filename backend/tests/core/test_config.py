"""The settings: where they come from, what they may be, and that each is documented."""

import re
from pathlib import Path

import pytest

from app.core import config
from app.core.config import Settings, load_settings, make_data_dir, parse_origin
from app.core.errors import StartError

EXAMPLE = Path(__file__).parents[3] / ".env.example"


@pytest.fixture(autouse=True)
def _no_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        for variable in (f"WHITEBOARD_{name.upper()}", name.upper()):
            monkeypatch.delenv(variable, raising=False)


def test_every_setting_is_in_the_example_with_its_default() -> None:
    shown = dict(re.findall(r"^# (WHITEBOARD_\w+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    assert set(shown) == {f"WHITEBOARD_{name.upper()}" for name in Settings.model_fields}
    given = {name.removeprefix("WHITEBOARD_").lower(): value for name, value in shown.items() if value[0] != "<"}
    assert Settings(**given) == Settings()


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("WHITEBOARD_PORT=1\nWHITEBOARD_HOST=there\nSOMETHING_ELSE=1\nREDIS_URL=\n", "utf-8")
    monkeypatch.setenv("WHITEBOARD_PORT", "2")
    settings = load_settings(tick_ms=50)
    assert (settings.port, settings.host, settings.tick_ms, settings.redis_url) == (2, "there", 50, None)


@pytest.mark.parametrize("prefix", ["", "WHITEBOARD_"])
def test_the_urls_are_taken_with_and_without_the_prefix(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{prefix}DATABASE_URL", "sqlite:////x.db")
    monkeypatch.setenv(f"{prefix}REDIS_URL", "redis://there")
    settings = load_settings()
    assert (settings.database, settings.redis_url) == ("sqlite:////x.db", "redis://there")


def test_the_database_is_in_the_data_directory() -> None:
    assert load_settings(data_dir="/some/where").database == "sqlite:////some/where/whiteboard.db"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WHITEBOARD_PORT", "65536"),
        ("WHITEBOARD_TICK_MS", "secret"),
        ("WHITEBOARD_SILENCE_SECONDS", "nan"),
        ("WHITEBOARD_STALL_SECONDS", "inf"),
        ("WHITEBOARD_JWT_KEY", "secret" * 5),
        ("WHITEBOARD_LOG_FORMAT", "xml"),
        ("WHITEBOARD_PUBLIC_URL", "https://me:secret@example.org"),
        ("WHITEBOARD_PUBLIC_URL", "https://example.org/board"),
        ("WHITEBOARD_ALLOWED_ORIGINS", "https://a.org,b.org"),
        ("WHITEBOARD_ALLOWED_ORIGINS", "https://a.org:port"),
        ("REDIS_URL", "http://secret"),
    ],
)
def test_a_wrong_one_is_told_in_one_line_without_its_value(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(StartError) as caught:
        load_settings()
    assert re.fullmatch(rf"(WHITEBOARD_)?{variable}: [^\n]+", str(caught.value))
    assert "secret" not in str(caught.value)


def test_every_wrong_one_is_told_at_once() -> None:
    with pytest.raises(StartError, match=r"WHITEBOARD_PORT: .*; WHITEBOARD_TICK_MS: "):
        load_settings(port=-1, tick_ms=0)


def test_the_key_is_never_shown() -> None:
    settings = load_settings(jwt_key="k" * 32)
    assert "kkk" not in repr(settings)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Example.ORG:443/", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("http://example.org:8080", "http://example.org:8080"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origins_are_spelt_as_browsers_do(given: str, origin: str) -> None:
    assert parse_origin(given) == origin
    settings = load_settings(public_url=given, allowed_origins="https://two.org, https://three.org,")
    assert settings.public_url == origin
    assert settings.origins == {origin, "https://two.org", "https://three.org"}


def test_no_origin_is_set_by_default() -> None:
    assert load_settings().origins == frozenset()


def test_the_data_directory_is_made_private(tmp_path: Path) -> None:
    make_data_dir(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    make_data_dir(tmp_path / "a" / "b")


def test_a_data_directory_under_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"data directory .* cannot be made"):
        make_data_dir(tmp_path / "file" / "data")


def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.os, "access", lambda *_: False)
    with pytest.raises(StartError, match="cannot be written"):
        make_data_dir(tmp_path)
