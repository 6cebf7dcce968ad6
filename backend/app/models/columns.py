"""Column types that keep rows small and times exact."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class CompactUUID(TypeDecorator[UUID]):
    """A UUID in 16 bytes: the database's own type where it has one, else a BLOB (its text would take 36)."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[UUID] | TypeEngine[bytes]:
        """Choose the type by dialect."""
        return Uuid() if dialect.name == "postgresql" else LargeBinary(16)

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | bytes | None:
        """From Python to the database."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: UUID | bytes | None, dialect: Dialect) -> UUID | None:  # noqa: ARG002
        """From the database to Python."""
        return UUID(bytes=value) if isinstance(value, bytes) else value


class Milliseconds(TypeDecorator[datetime]):
    """A moment as whole milliseconds since 1970: SQLite has no time zones to get wrong then."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From Python to the database."""
        return None if value is None else round(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database to Python."""
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)
