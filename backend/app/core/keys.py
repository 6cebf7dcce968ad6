"""The keys that sign and verify tokens: from the settings, or from `jwt.key` of the data directory.

The file has one key a line, the newest first; a line that begins with # is a remark. The newest signs, all verify. The
file is replaced as a whole, and a running server sees it by itself.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import structlog

from app.core.config import KEY_BYTES, Settings, split_list, sync_directory
from app.core.errors import StartError

log = structlog.get_logger()

Version = tuple[int, int, int]


def key_id(key: bytes) -> str:
    """The name of a key in the header of tokens; it tells nothing of the key."""
    return hashlib.sha256(b"whiteboard key id:" + key).hexdigest()[:16]


class Keys:
    """Keys, newest first; `by_id` has each by its id."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._set(keys)

    def _set(self, keys: Sequence[bytes]) -> None:
        self.newest = keys[0]
        self.by_id: Mapping[str, bytes] = MappingProxyType({key_id(key): key for key in keys})

    def refresh(self) -> None:
        """See whether the keys have changed."""

    def of(self, kid: str | None) -> Sequence[bytes]:
        """The keys that may have signed a token whose header bears this id, or none."""
        if kid is None:
            return list(self.by_id.values())
        return [self.by_id[kid]] if kid in self.by_id else []


class KeyFile(Keys):
    """The keys of a file, read again when it has changed; if that fails, those from before stay."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = version_of(path)
        super().__init__(read_keys(path))

    def refresh(self) -> None:
        """Read the file if it is another one than before."""
        version = version_of(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            self._set(read_keys(self._path))
        except (OSError, StartError) as error:
            log.error("the keys cannot be read, those from before stay", error=str(error))  # noqa: TRY400 - no fault


def load_keys(settings: Settings) -> Keys:
    """The configured keys, else those of `jwt.key` in the data directory, which is made if it is missing."""
    if settings.jwt_key is not None:
        return Keys([key.encode() for key in split_list(settings.jwt_key.get_secret_value())])
    path = key_path(settings)
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):  # the first process wins
                write_keys(path, [new_key()], replace=False)
        return KeyFile(path)
    except OSError as error:
        raise StartError(f"The key {path} cannot be read or made: {error.strerror}.") from None


def key_path(settings: Settings) -> Path:
    """Where the keys are kept if they are no setting."""
    return settings.data_dir / "jwt.key"


def new_key() -> bytes:
    """A key of 256 bits, as text."""
    return secrets.token_hex(KEY_BYTES).encode()


def version_of(path: Path) -> Version | None:
    """What is another one for each content of the file; None if there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def read_keys(path: Path) -> list[bytes]:
    """The keys of a file, newest first; a file that others could read is closed to them. Raises StartError, OSError."""
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(PermissionError):  # a mounted secret of somebody else's: theirs to guard
            path.chmod(0o600)
    lines = [line.strip() for line in path.read_bytes().splitlines()]
    keys = [line for line in lines if line and not line.startswith(b"#")]
    if not keys or any(len(key) < KEY_BYTES for key in keys):
        raise StartError(f"The key {path} is damaged: bring it back from a copy, or remove it (tokens then end).")
    return keys


def write_keys(path: Path, keys: Sequence[bytes], *, replace: bool = True) -> None:
    """Write beside `path` and put it there whole: nobody ever reads half a key. Without `replace`: FileExistsError."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, b"".join(key + b"\n" for key in keys))
        os.fsync(handle)
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    finally:
        os.close(handle)
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)
