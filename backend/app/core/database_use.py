"""What a database is opened for."""

from enum import Enum, auto


class Use(Enum):
    """READ: nothing but reading, each transaction on one state. WRITE: what servers write, several at once.

    MIGRATE: changing the tables. REPLACE: bringing back a backup, with nobody else there.
    """

    READ = auto()
    WRITE = auto()
    MIGRATE = auto()
    REPLACE = auto()
