"""The database's tables."""

from app.models.tables import Path, Room, UserSession

__all__ = ["Path", "Room", "UserSession"]
