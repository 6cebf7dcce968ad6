"""Finds tokens and invites where none may be (H2): by a token's shape, and by the stored digests of the invites."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:
    from sqlite3 import dbapi2 as sqlite

TOKEN = re.compile(r"eyJ[\w-]{10,}(?:\.[\w-]{10,}){1,2}|[\w-]{60,}\.[\w-]{43}\b")
"""The head and payload of a token, or its payload and signature."""
INVITE_LENGTH = 24
LARGE = 50_000_000


def secrets_in(text: str, data_dir: Path) -> list[str]:
    """The tokens and invites of a server that stand in a text."""
    found = [match[0] for match in TOKEN.finditer(text)]
    digests = invite_digests(data_dir / "whiteboard.db")
    return found + [each for each in candidates(text) if hashlib.sha256(each.encode()).digest() in digests]


def candidates(text: str) -> Iterator[str]:
    """Whatever might be an invite."""
    for run in {match[0] for match in re.finditer(rf"[\w-]{{{INVITE_LENGTH},}}", text, re.ASCII)}:
        for start in range(len(run) - INVITE_LENGTH + 1):
            yield run[start : start + INVITE_LENGTH]


def invite_digests(database: Path) -> set[bytes]:
    """The digests of all invites, read from a copy: a look at the file itself might recover it."""
    if not database.is_file() or database.stat().st_size > LARGE:
        return set()
    with TemporaryDirectory() as folder:
        for file in (database, database.with_name(f"{database.name}-wal")):
            if file.is_file():
                shutil.copy(file, folder)
        try:
            with closing(sqlite.connect(Path(folder, database.name))) as db:
                return {row[0] for row in db.execute("SELECT invite_hash FROM room")}
        except sqlite.DatabaseError:  # some tests damage it, or stop before it is made
            return set()
