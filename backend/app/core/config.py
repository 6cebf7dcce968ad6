"""The settings: what they are called, what they may be, and the directory that follows from them."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.errors import StartError
from app.core.redis_client import check_url

PREFIX = "WHITEBOARD_"
BARE = {"DATABASE_URL", "REDIS_URL"}
MEGABYTE = 1024 * 1024
KEY_BYTES = 32
"""Fewest bytes of a key for HS256 (RFC 7518, section 3.2)."""
DEFAULT_PORTS = {"http": 80, "https": 443}


class Settings(BaseSettings):
    """Every setting, read from the environment (and `.env`) under `WHITEBOARD_` and the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 opens the server to the network.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 takes any free one.")
    workers: int = Field(1, ge=1, le=256, description="Processes that share the work; one a processor core.")
    public_url: str | None = Field(
        None, description="Address under which people open the whiteboard; unset: the one that a request came to."
    )
    data_dir: Path = Field(Path("data"), description="Directory of the database, the key and the embedded Redis.")
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("WHITEBOARD_DATABASE_URL", "DATABASE_URL"),
        description="Database, as sqlite:////path/to/file.db or postgresql://user:password@host/name; unset: "
        "whiteboard.db in the data directory.",
    )
    redis_url: str | None = Field(
        None,
        validation_alias=AliasChoices("WHITEBOARD_REDIS_URL", "REDIS_URL"),
        description="Redis for the live state: redis://host:6379/0, rediss://, redis+sentinel://, redis+cluster://; "
        "unset: the server runs one of its own.",
    )
    jwt_key: SecretStr | None = Field(
        None,
        description="Secret that signs tokens, 32 bytes or more, and after a comma older ones that are still good; "
        "unset: made once and kept in the data directory.",
    )
    token_days: int = Field(30, ge=1, le=3650, description="Days for which a token is good.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may connect, separated by commas; unset: the server's own."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks of the web servers in front, whose X-Forwarded-… headers are believed."
    )
    max_frame: int = Field(4 * 1024 * 1024, ge=1024, description="Bytes of the largest WebSocket frame taken.")
    max_body: int = Field(1024 * 1024, ge=1024, description="Bytes of the largest HTTP body taken.")
    max_waiting: int = Field(5000, ge=1, description="Most connections that have not said hello yet.")
    request_seconds: float = Field(30, gt=0, description="Seconds in which the head of an HTTP request must be there.")
    tick_ms: int = Field(100, ge=10, le=1000, description="Milliseconds between two ticks of a room.")
    hello_seconds: float = Field(5, gt=0, description="Seconds that a new connection has to say hello.")
    silence_seconds: float = Field(45, gt=0, description="Seconds without a byte after which a connection is dropped.")
    stall_seconds: float = Field(60, gt=0, description="Seconds after which a reader that takes nothing is dropped.")
    room_idle_seconds: float = Field(300, gt=0, description="Seconds that an empty room stays live.")
    rooms_per_address: int = Field(
        10, ge=0, description="Live rooms that may be created from one IP address, or one /64 of IPv6; 0: no limit."
    )
    process_timeout_seconds: float = Field(
        10, gt=0, description="Seconds without a heartbeat after which a server process counts as dead."
    )
    redis_timeout_seconds: float = Field(2, gt=0, description="Seconds that an answer of Redis may take.")
    backup_seconds: float = Field(60, ge=0, description="Seconds between two backups; 0 makes none.")
    backup_minutes: int = Field(60, ge=1, description="Minutes for which every backup is kept.")
    backup_hours: int = Field(24, ge=1, description="Hours for which one backup an hour is kept.")
    backup_days: int = Field(30, ge=1, description="Days for which one backup a day is kept.")
    backup_max_gb: float = Field(0, ge=0, description="Gigabytes that all backups may take; 0: no limit.")
    metrics_token: SecretStr | None = Field(
        None, description="Secret that a reader of /metrics must bear; unset: whoever reaches the server may read it."
    )
    svg_max_bytes: int = Field(10 * MEGABYTE, ge=1024, description="Bytes of a file that is imported, as it is sent.")
    svg_max_inflated: int = Field(20 * MEGABYTE, ge=1024, description="The same when it is unpacked (svgz).")
    svg_max_depth: int = Field(256, ge=1, le=256, description="How deep the elements of an imported file may nest.")
    svg_max_elements: int = Field(50_000, ge=1, description="Elements of an imported file.")
    svg_max_paths: int = Field(20_000, ge=1, description="Paths that an imported file may become.")
    svg_max_segments: int = Field(200_000, ge=1, description="Segments of all these paths.")
    svg_max_use_depth: int = Field(10, ge=1, le=50, description="How many use elements may refer on to one another.")
    svg_max_style: int = Field(64 * 1024, ge=1, description="Bytes of a style attribute.")
    svg_max_css: int = Field(256 * 1024, ge=1, description="Bytes of all style sheets of a file, without font faces.")
    svg_memory_mb: int = Field(512, ge=128, description="Megabytes of memory that reading a file may take.")
    svg_cpu_seconds: float = Field(8, gt=0, description="Seconds of a processor that reading a file may take.")
    svg_seconds: float = Field(10, gt=0, description="Seconds that reading a file may take.")
    svg_workers: int = Field(2, ge=1, description="Files that are read at the same time.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people, or JSON.")

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("jwt_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        keys = split_list(key.get_secret_value()) if key is not None else []
        if key is not None and min((len(each.encode()) for each in keys), default=0) < KEY_BYTES:
            raise ValueError(f"a key needs {KEY_BYTES} bytes or more")
        return key

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, url: str | None) -> str | None:
        return None if url is None else check_url(url)

    @field_validator("public_url")
    @classmethod
    def _public_origin(cls, url: str | None) -> str | None:
        return None if url is None else parse_origin(url)

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        return tuple(map(parse_origin, split_list(value))) if isinstance(value, (str, list, tuple)) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(map(parse_network, split_list(value))) if isinstance(value, (str, list, tuple)) else value

    @property
    def origins(self) -> frozenset[str]:
        """The origins whose pages may connect; empty: the one that a request came to."""
        return frozenset(self.allowed_origins) | ({self.public_url} if self.public_url else set())

    @property
    def database(self) -> str:
        """The URL of the database that is to be used."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'whiteboard.db'}"


def parse_origin(url: str) -> str:
    """Give the origin of an http(s) address as browsers spell it (RFC 6454); more than an origin is a ValueError."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in DEFAULT_PORTS or not host or "@" in parts.netloc:
        raise ValueError("must look like https://whiteboard.example.org")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must end after the host and port: the whiteboard has no sub-path")
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{shown}{port}"


def parse_network(text: str) -> str:
    """Give an address or network (`10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`) in one spelling; else a ValueError."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError("must be addresses or networks, such as 127.0.0.1, 10.0.0.0/8, ::1") from None


def split_list(value: str | list[object] | tuple[object, ...]) -> list[str]:
    """Give the items between commas, or those of a list, without what is empty."""
    items = value.split(",") if isinstance(value, str) else map(str, value)
    return [item.strip() for item in items if item.strip()]


def unread_variables(file: Path = Path(".env")) -> list[str]:
    """Variables, of the environment and a file, that are named as settings are, and are none."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | BARE
    names = {*os.environ, *(dotenv_values(file) if file.is_file() else ())}
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 - pydantic checks them
    """Read the settings, those `given` (by field name) first; a wrong one is a StartError that names the variable."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise StartError("; ".join(_explain(each["loc"], each["msg"]) for each in error.errors())) from None


def part_of(settings: Settings) -> Settings:
    """What one of several workers may take of what is limited for all of them together."""
    limited = ("max_waiting", "svg_workers")
    parts = {name: max(1, getattr(settings, name) // settings.workers) for name in limited}
    return settings.model_copy(update=parts)


def _explain(where: tuple[int | str, ...], message: str) -> str:
    name = str(where[0]).upper() if where else "SETTINGS"
    variable = name if name.startswith(PREFIX) or name in BARE else PREFIX + name
    return f"{variable}: {message.removeprefix('Value error, ')}"


def make_data_dir(data_dir: Path) -> None:
    """Make the directory (mode 0700) if it is missing; one that cannot be made or written is a StartError."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"The data directory {data_dir} cannot be made: {error.strerror}.") from None
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        raise StartError(f"The data directory {data_dir} cannot be written: choose another with WHITEBOARD_DATA_DIR.")


def sync_directory(path: Path) -> None:
    """Make a file's new name survive a power cut: its directory must be synced too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
